import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFlow, loadCatalogue, loadFlow, parseFlow } from './loader.ts';
import { FlowError, formatProblem } from './problems.ts';

const HEAD = 'flow: test\ndescription: A test.\nstart: a\n';
const BYE = '  bye: { type: hangup }\n';

function keys(text: string): string {
  return `${HEAD}${text}nodes:\n  a: { type: say, say: Hello., next: bye }\n${BYE}`;
}

describe('a doubtful flow', () => {
  test.each([
    [
      'a node nothing leads to',
      `${HEAD}nodes:\n  a: { type: hangup }\n${BYE}`,
      '6:3: warning: no way leads to node "bye"',
    ],
    [
      'a tool nobody uses',
      keys('tools: { book: { description: Books., effect: reads, http: { url: "http://x.test" } } }\n'),
      '4:10: warning: no node uses the tool "book"',
    ],
    ['a secret nobody uses', keys('secrets: [API_URL]\n'), '4:11: warning: no tool uses {{ env.API_URL }}'],
  ])('%s', (_, text, problem) => {
    const { flow, problems } = checkFlow(text, { file: 'f', env: { API_URL: 'http://api.test' } });
    expect(problems.map(formatProblem)).toEqual([`f:${problem}`]);
    expect(flow).toBeDefined();
  });
});

describe('plain words that YAML reads as something else', () => {
  test('phone numbers keep their plus, keys may be numbers, "no" stays a word', () => {
    const flow = parseFlow(
      `${HEAD}numbers: [+15550100]\nnodes:\n  a:\n    type: menu\n    say: Choose.\n    options: { no: { key: 0 }, yes: { key: 1 } }\n    next: { no: bye, yes: bye, none: bye }\n${BYE}`,
      { file: 'f' },
    );
    expect(flow.numbers).toEqual(['+15550100']);
  });
});

describe('settings', () => {
  test('have defaults', () => {
    const { settings } = parseFlow(keys(''), { file: 'f' });
    expect(settings).toEqual({
      id: 'test',
      version: expect.stringMatching(/^[0-9a-f]{12}$/),
      language: 'en-US',
      pronunciation: {},
      openings: [],
      turnTaking: {
        voiceActivity: { threshold: 0.5, minSpeechMs: 96, hangoverMs: 200 },
        interruptByLengthMs: 600,
        drafts: { enabled: true, perTurn: 3, wastedPerCall: 20 },
        fillerAfterMs: 1600,
        fillers: ['One moment, please.'],
      },
      providers: {},
      reception: expect.objectContaining({ whenBusy: expect.objectContaining({ do: 'wait' }) }),
      recognition: { keyterms: [], endpointingMs: 300, utteranceEndMs: 1000 },
      usesModel: false,
      timing: {
        watchdogMs: 4000,
        watchdogText: 'One moment, please.',
        unheardText: 'Sorry, I did not catch that. Could you say it again?',
        maxCallMs: 1_800_000,
        bargeInDecideMs: 1500,
      },
    });
  });

  test('are as the file says', () => {
    const { settings } = parseFlow(
      keys(
        'language: de-DE\nvoice: { id: v, speed: 1.1 }\nrecognition: { model: nova, keyterms: [Zahn] }\nphrases: { still_working: Moment. }\n',
      ),
      { file: 'f' },
    );
    expect(settings).toMatchObject({
      language: 'de-DE',
      voice: { id: 'v', speed: 1.1 },
      recognition: { model: 'nova', keyterms: ['Zahn'] },
      timing: { watchdogText: 'Moment.' },
    });
  });
});

describe('files', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const flow = (id: string, more = ''): string =>
    `flow: ${id}\ndescription: A test.\n${more}start: bye\nnodes:\n${BYE}`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flows-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function errorOf(loading: Promise<unknown>): Promise<string> {
    const error = await loading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FlowError);
    return (error as FlowError).message; // just checked
  }

  test.each([
    [
      'too large',
      () => Buffer.alloc(10_485_760, 'a'),
      'the file is larger than 1 MB (10485760 bytes), which no flow should be',
    ],
    ['UTF-16', () => Buffer.from([0xff, 0xfe, 0x66, 0]), 'the file is UTF-16 text; save it as UTF-8'],
  ])('%s', async (_, content, message) => {
    await writeFile(file('odd.yaml'), content());
    expect(await errorOf(loadFlow(file('odd.yaml')))).toBe(`${file('odd.yaml')}:1:1: ${message}`);
    await rm(file('odd.yaml'));
  });

  test('not there', async () => {
    expect(await errorOf(loadFlow(file('none.yaml')))).toBe(
      `${file('none.yaml')}:1:1: there is no such file`,
    );
    expect(await errorOf(loadCatalogue(file('none')))).toContain(
      'the folder of flows cannot be read (ENOENT); check FLOWS_DIR',
    );
    expect(await errorOf(loadCatalogue(folder))).toContain('the folder holds no flow');
  });

  test('a folder is a catalogue', async () => {
    await writeFile(file('one.yaml'), flow('one', 'numbers: ["+15550101"]\n'));
    await writeFile(file('two.yml'), flow('two'));
    await writeFile(file('README.md'), 'Not a flow.');
    const catalogue = await loadCatalogue(folder, { defaultFlow: 'two' });
    expect(catalogue.flows.map(({ settings }) => settings.id)).toEqual(['one', 'two']);
    expect(catalogue.forNumber('+15550101')?.settings.id).toBe('one');
    expect(catalogue.forNumber('+15550999')?.settings.id).toBe('two');
    const version = catalogue.byId('one')?.settings.version;
    expect(catalogue.byId('one', version)).toBeDefined();
    expect(catalogue.byId('one', 'another')).toBeUndefined();
    expect((await loadCatalogue(folder)).forNumber('+15550999')).toBeUndefined();
    expect(await errorOf(loadCatalogue(folder, { defaultFlow: 'tow' }))).toContain(
      'the default flow "tow" does not exist; did you mean "two"?',
    );
  });

  test('a flow whose variable is not set is left out, unless it must be there', async () => {
    const needy = join(folder, 'needy');
    await mkdir(needy);
    const secret = 'secrets: [MISSING_URL]\n';
    await writeFile(join(needy, 'one.yaml'), flow('one', secret));
    expect(await errorOf(loadCatalogue(needy))).toContain('MISSING_URL is not set');
    await writeFile(join(needy, 'two.yaml'), flow('two'));
    expect((await loadCatalogue(needy)).flows.map(({ settings }) => settings.id)).toEqual(['two']);
    expect(await errorOf(loadCatalogue(needy, { defaultFlow: 'one' }))).toContain('MISSING_URL is not set');
  });

  test('two flows cannot share a number or an id; every problem of the folder is told', async () => {
    await writeFile(file('three.yaml'), flow('three', 'numbers: ["+15550102", "+15550101"]\n'));
    await writeFile(file('zwei.yaml'), flow('two'));
    await writeFile(file('broken.yaml'), 'flow: x\n');
    const message = await errorOf(loadCatalogue(folder));
    expect(message).toContain(
      `${file('broken.yaml')}:1:1: the flow has no "description", no "start" and no "nodes"`,
    );
    expect(message).toContain(
      `${file('three.yaml')}:3:24: the number +15550101 already belongs to the flow "one"`,
    );
    expect(message).toContain(
      `${file('zwei.yaml')}:1:7: the id "two" is that of ${file('two.yml')} already; choose another`,
    );
  });
});
