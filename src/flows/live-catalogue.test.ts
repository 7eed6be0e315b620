import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallFlow } from './index.ts';
import { LiveCatalogue } from './live-catalogue.ts';

let folder: string;
let live: LiveCatalogue | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callwright-flows-'));
});
afterEach(async () => {
  await live?.close();
  live = undefined;
  await rm(folder, { recursive: true, force: true });
});

const flow = (id: string, said: string, number = '+15550123'): string => `flow: ${id}
description: Says something.
model: none
numbers: ["${number}"]
start: hello
nodes:
  hello: { type: hangup, say: "${said}" }
`;

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

async function load(options: { defaultFlow?: string } = {}): Promise<LiveCatalogue> {
  live = await LiveCatalogue.load(folder, { logger: pino({ level: 'silent' }), ...options });
  return live;
}

const firstWords = (flow: CallFlow | undefined): string | undefined => flow?.prompts()[0];

describe('a folder of flows while calls go on', () => {
  it('takes a new version for new calls, and keeps the old one for those that are in it', async () => {
    await write('a.yaml', flow('a', 'Old words.'));
    const flows = await load();
    const old = flows.forNumber('+15550123');
    await write('a.yaml', flow('a', 'New words.'));
    expect(await flows.reload()).toEqual({ changed: ['a'], removed: [], problems: [] });
    expect(firstWords(flows.forNumber('+15550123'))).toBe('New words.');
    expect(firstWords(flows.byId('a'))).toBe('New words.');
    expect(flows.byId('a', old?.settings.version)).toBe(old);
  });

  it('goes on with what works where the new text does not', async () => {
    await write('a.yaml', flow('a', 'Good.'));
    await write('b.yaml', flow('b', 'Old.', '+15550124'));
    const flows = await load();
    await write('a.yaml', flow('a', 'Bad.').replace('start: hello', 'start: helo'));
    await write('b.yaml', flow('b', 'New.', '+15550124'));
    const { changed, problems } = await flows.reload();
    expect(changed).toEqual(['b']);
    expect(problems).toEqual([expect.stringContaining('"helo", which does not exist')]);
    expect(firstWords(flows.forNumber('+15550123'))).toBe('Good.');
    expect(firstWords(flows.forNumber('+15550124'))).toBe('New.');
  });

  it('lets no file take the number of another, nor the default flow go', async () => {
    await write('a.yaml', flow('a', 'First.'));
    await write('b.yaml', flow('b', 'Second.', '+15550124'));
    const flows = await load({ defaultFlow: 'b' });
    await write('b.yaml', flow('b', 'Thief.', '+15550123'));
    expect((await flows.reload()).problems).toHaveLength(1);
    expect(firstWords(flows.forNumber('+15550123'))).toBe('First.');
    expect(firstWords(flows.forNumber('+15550124'))).toBe('Second.');
    await rm(join(folder, 'b.yaml'));
    expect((await flows.reload()).problems).toEqual([expect.stringContaining('default flow "b"')]);
    expect(firstWords(flows.forNumber('+15550199'))).toBe('Second.');
  });

  it('adds and removes flows; a folder that has become empty changes nothing', async () => {
    await write('a.yaml', flow('a', 'First.'));
    const flows = await load();
    await write('b.yaml', flow('b', 'Second.', '+15550124'));
    expect((await flows.reload()).changed).toEqual(['b']);
    await rm(join(folder, 'a.yaml'));
    expect((await flows.reload()).removed).toEqual(['a']);
    expect(flows.byId('a')).toBeUndefined();
    await rm(join(folder, 'b.yaml'));
    expect((await flows.reload()).problems).toHaveLength(1);
    expect(firstWords(flows.forNumber('+15550124'))).toBe('Second.');
  });

  it('notices by itself that a file was written, or put in its place', async () => {
    await write('a.yaml', flow('a', 'One.'));
    const flows = await load();
    const seen: string[] = [];
    const { promise: twice, resolve } = Promise.withResolvers<void>();
    flows.watch((loaded) => {
      seen.push(firstWords(loaded) ?? '');
      if (seen.length === 1)
        void write('.a.tmp', flow('a', 'Three.')).then(() =>
          rename(join(folder, '.a.tmp'), join(folder, 'a.yaml')),
        );
      else resolve();
    });
    await write('a.yaml', flow('a', 'Two.'));
    await twice;
    expect(seen).toEqual(['Two.', 'Three.']);
  });

  it('makes a new version of a flow when a file it knows changes, and tells of the last reload', async () => {
    await write('faq.md', 'We are open at nine.');
    await write('a.yaml', flow('a', 'Hello.').replace('model: none', 'knowledge: [faq.md]'));
    const flows = await load();
    expect(flows.lastReload).toBeUndefined();
    const first = flows.byId('a')?.settings.version;
    expect((await flows.reload()).changed).toEqual([]);
    const { promise: noticed, resolve } = Promise.withResolvers<CallFlow>();
    flows.watch(resolve);
    await write('faq.md', 'We are open at ten.');
    expect((await noticed).settings.version).not.toBe(first);
    await rm(join(folder, 'faq.md'));
    const { problems } = await flows.reload();
    expect(problems).toEqual([expect.stringContaining('there is no file faq.md beside the flow')]);
    expect(flows.lastReload).toMatchObject({ problems, at: expect.any(String) });
    expect(flows.byId('a')).toBe(await noticed);
  });

  it('makes a new version when a function changes, or a file that it imports', async () => {
    await mkdir(join(folder, 'tools'));
    await write('tools/helper.ts', 'export const hour: number = 9;');
    await write('tools/hours.ts', "import { hour } from './helper.ts';\nexport const opens = () => hour;\n");
    const tool = 'tools: { opens: { description: x, effect: reads, function: hours.ts#opens } }\nstart:';
    await write('a.yaml', flow('a', 'Hello.').replace('start:', tool));
    const flows = await load();
    const versions = [flows.byId('a')?.settings.version];
    let { promise: noticed, resolve } = Promise.withResolvers<CallFlow>();
    flows.watch((loaded) => resolve(loaded));
    for (const file of ['helper.ts', 'hours.ts']) {
      const text = await readFile(join(folder, 'tools', file), 'utf8');
      await write(join('tools', file), `${text}\n// Changed.`);
      versions.push((await noticed).settings.version);
      ({ promise: noticed, resolve } = Promise.withResolvers<CallFlow>());
    }
    expect(new Set(versions).size).toBe(3);
  });

  it('makes no new version where only the tests of a flow change', async () => {
    const tests = (name: string): string =>
      `tests:\n  - name: ${name}\n    steps: [{ agent: Hello }] # so far\n`;
    await write('a.yaml', `${flow('a', 'Hello.')}${tests('one')}`);
    const flows = await load();
    const { version } = flows.byId('a')?.settings ?? {};
    await write('a.yaml', `${flow('a', 'Hello.')}${tests('another')}`);
    expect(await flows.reload()).toEqual({ changed: [], removed: [], problems: [] });
    await write('a.yaml', flow('a', 'Hello.').replace('nodes:', `${tests('before')}nodes:`));
    expect((await flows.reload()).changed).toEqual([]);
    expect(flows.byId('a')?.settings.version).toBe(version);
    await write('a.yaml', `${flow('a', 'Hello you.')}${tests('another')}`);
    expect((await flows.reload()).changed).toEqual(['a']);
  });

  it('keeps a bounded number of old versions, and always those that answer', async () => {
    await write('still.yaml', flow('still', 'Never changed.', '+15550124'));
    await write('a.yaml', flow('a', 'Number 0.'));
    const flows = await load();
    const first = flows.byId('a')?.settings.version;
    const still = flows.byId('still')?.settings.version;
    for (let i = 1; i <= 110; i++) {
      await write('a.yaml', flow('a', `Number ${i}.`));
      await flows.reload();
    }
    expect(flows.byId('a', first)).toBeUndefined();
    expect(flows.byId('still', still)).toBeDefined();
    expect(firstWords(flows.byId('a'))).toBe('Number 110.');
  });
});
