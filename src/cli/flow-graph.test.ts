import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeSchema } from '../flows/schema.ts';
import { run } from './program.ts';

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flow-graph-'));
  await writeFile(
    file('doubtful.yaml'),
    'flow: doubtful\ndescription: A test.\nstart: a\nnodes:\n  a: { type: menu, say: Choose., options: { on: { key: 1 } }, next: { on: bye, none: a } }\n  bye: { type: hangup }\n  lost: { type: hangup }\n',
  );
  await writeFile(
    file('broken.yaml'),
    'flow: broken\ndescription: A test.\nstart: a\nnodes:\n  b: { type: hangup }\n',
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function callwright(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const exitCode = await run(args, {
    out: { write: (text: string) => out.push(text) > 0 },
    err: { write: (text: string) => err.push(text) > 0 },
  });
  return { exitCode, out: out.join(''), err: err.join('') };
}

describe('flow graph', () => {
  test('writes Mermaid', async () => {
    const { exitCode, out } = await callwright('flow', 'graph', file('doubtful.yaml'));
    expect(exitCode).toBe(0);
    expect(out).toContain('flowchart TD\n');
    expect(out).toContain('n0 -->|"on (1)"| n1');
  });

  test('draws SVG where the file is one, or as it is told', async () => {
    await callwright('flow', 'graph', file('doubtful.yaml'), '--out', file('doubtful.svg'));
    const drawn = await readFile(file('doubtful.svg'), 'utf8');
    expect(drawn).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*on \(1\)[\s\S]*<\/svg>\n$/);
    expect((await callwright('flow', 'graph', file('doubtful.yaml'), '--format', 'svg')).out).toBe(drawn);
  });

  test('says what is wrong with a flow that cannot be drawn', async () => {
    const { exitCode, err } = await callwright('flow', 'graph', file('broken.yaml'));
    expect(exitCode).toBe(1);
    expect(err).toContain('broken.yaml:3:8: the flow starts at "a", which does not exist; did you mean "b"?');
  });
});

describe('flow check', () => {
  test('tells doubts, which do not fail unless they are to', async () => {
    const usual = await callwright('flow', 'check', file('doubtful.yaml'));
    expect(usual.out).toContain('doubtful.yaml:7:3: warning: no way leads to node "lost"\n');
    expect(usual.exitCode).toBe(0);
    const strict = await callwright('flow', 'check', '--strict', file('doubtful.yaml'));
    expect(strict.out).toContain('doubtful.yaml:7:3: no way leads to node "lost"\n');
    expect(strict.exitCode).toBe(1);
  });

  test('tells programs which is which', async () => {
    const { out } = await callwright('flow', 'check', '--json', file('doubtful.yaml'));
    expect(JSON.parse(out)).toMatchObject({
      problems: [{ code: 'unreachable-node', severity: 'warning', line: 7, column: 3 }],
    });
  });
});

test('flow schema writes the schema to a file', async () => {
  expect((await callwright('flow', 'schema', '--out', file('schema.json'))).exitCode).toBe(0);
  expect(JSON.parse(await readFile(file('schema.json'), 'utf8'))).toEqual(describeSchema());
});
