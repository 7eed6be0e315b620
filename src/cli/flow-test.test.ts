import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { variables } from '../config/variables.ts';
import { callTool, replyWith, type Script, startScriptedApi } from '../llm/testing.ts';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'callwright-flow-test-'));
const flows = join(folder, 'flows');
mkdirSync(flows);
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD = `
flow: good
description: A menu.
start: menu
model: none
nodes:
  menu:
    type: menu
    say: For hours, press 1.
    attempts: 1
    options: { hours: { key: "1" } }
    next: { hours: hours, none: bye }
  hours: { type: hangup, say: Nine to five., result: informed }
  bye: { type: hangup, say: Goodbye. }
tests:
  - name: by key
    steps: [{ keys: "1" }, { ends: informed }]
  - name: in no time
    steps: [{ caller: Purple }, { agent: goodbye }]
`;

const TALK = `
flow: talk
description: A talk.
start: talk
secrets: [TIMES_URL]
tools:
  times: { description: Times., effect: reads, http: { url: "{{ env.TIMES_URL }}/times" } }
nodes:
  talk: { type: agent, goal: Talk., speaks_first: agent, tools: [times], next: { done: bye } }
  bye: { type: hangup }
tests:
  - name: greets
    steps: [{ model: Good morning. }, { agent: Good morning }]
    rubric: It is polite.
`;

/** What commands load when they are run takes its time on a busy machine. */
beforeAll(async () => {
  await Promise.all([
    import('../flows/loader.ts'),
    import('../flows/test/suite.ts'),
    import('./chat-model.ts'),
    import('./flow-test-recordings.ts'),
  ]);
}, 60_000);

beforeEach(() => {
  for (const name of Object.keys(variables)) vi.stubEnv(name, '');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  rmSync(flows, { recursive: true });
  mkdirSync(flows);
  write('good.yaml', GOOD);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function write(name: string, text: string): string {
  const path = join(flows, name);
  writeFileSync(path, text);
  return path;
}

async function flowTest(...args: string[]) {
  const said = { out: '', err: '' };
  const terminal = (name: 'out' | 'err') => ({ write: (text: string) => (said[name] += text) });
  const code = await run(['flow', 'test', ...args], { out: terminal('out'), err: terminal('err') });
  return { code, ...said };
}

/** With a model that answers so. */
async function withModel<T>(scripts: Script[], work: () => Promise<T>): Promise<T> {
  const api = await startScriptedApi(...scripts);
  vi.stubEnv('ANTHROPIC_API_KEY', 'the-key');
  vi.stubEnv('ANTHROPIC_BASE_URL', api.baseUrl);
  try {
    return await work();
  } finally {
    await api.close();
  }
}

test('plays the flows of FLOWS_DIR and says what came of them', async () => {
  const { code, out, err } = await flowTest();
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.replace(/in [\d.]+ s/, 'in 0 s')).toBe(
    'good (flows/good.yaml) nodes 100 %, transitions 100 %\n  ✓ by key\n  ✓ in no time\n\n2 passed in 0 s; coverage: nodes 100 %, transitions 100 %\n',
  );
});

test('tells what failed, with the conversation, and ends with 1', async () => {
  const path = write('good.yaml', GOOD.replace('ends: informed', 'ends: told'));
  const { code, out, err } = await flowTest(path);
  expect({ code, err }).toEqual({ code: 1, err: '1 failed\n' });
  expect(out).toContain('  ✗ by key\n');
  expect(out).toContain('    agent     Nine to five.\n');
  expect(out).toMatch(
    /✗ the call ended with another result \(flows\/good\.yaml:\d+\)\n {4}expected {2}told\n {4}got {7}informed/,
  );
});

test('plays only what is asked for', async () => {
  const { code, out } = await flowTest('--filter', 'BY KEY', '--coverage');
  expect(code).toBe(0);
  expect(out).toContain('1 passed');
  expect(out).not.toContain('in no time');
  expect(await flowTest('--filter', 'nothing')).toMatchObject({
    code: 1,
    err: 'no test is called anything like "nothing"\n',
  });
});

test('counts nodes and transitions, and fails below a share of nodes', async () => {
  const path = write('good.yaml', GOOD.replace(/ {2}- name: in no time[\s\S]*/, ''));
  const { code, out, err } = await flowTest(path, '--coverage', '--min-coverage', '100');
  expect({ code, err }).toEqual({ code: 1, err: 'good: tests visit 66 % of the nodes, fewer than 100 %\n' });
  expect(out).toContain('  node not visited: bye\n  transition not taken: menu: none → bye\n');
  expect((await flowTest(path, '--min-coverage', '66')).code).toBe(0);
  expect((await flowTest('--min-coverage', 'all')).code).toBe(2);
});

test('a flow with a mistake, or without any test, is no success', async () => {
  const bad = write('bad.yaml', GOOD.replace('flow: good', 'flow: bad').replace('none: bye }', 'none: by }'));
  expect(await flowTest(bad)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('did you mean "bye"?'),
  });
  const untested = write(
    'untested.yaml',
    GOOD.replace(/tests:[\s\S]*/, '').replace('flow: good', 'flow: untested'),
  );
  expect(await flowTest(untested)).toMatchObject({
    code: 1,
    err: 'there are no tests; flows hold them under "tests:"\n',
  });
});

test('is read by programs, and by CI', async () => {
  const junit = join(folder, 'reports', 'junit.xml');
  const { code, out } = await flowTest('--json', '--junit', junit);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    flows: [
      {
        flow: 'good',
        tests: [{ name: 'by key', status: 'passed' }, {}],
        coverage: { nodes: { visited: 3, all: 3, percent: 100 } },
      },
    ],
    summary: { passed: 2, failed: 0, skipped: 0, problems: [] },
  });
  expect(readFileSync(junit, 'utf8')).toContain(
    '<testcase name="by key" classname="good" file="flows/good.yaml"',
  );
});

describe('with the real model', () => {
  test('it answers and judges', async () => {
    const path = write('talk.yaml', TALK);
    const judges = (holds: boolean): Script =>
      callTool([JSON.stringify({ holds, why: 'It is rude.' })], 'tool_use', 'give_verdict');
    const good = await withModel([replyWith('Good morning to you.'), judges(true)], () =>
      flowTest(path, '--model'),
    );
    expect(good).toMatchObject({ code: 0, err: '' });
    expect(good.out).toContain('2 passed');
    const bad = await withModel([replyWith('Good morning, whatever.'), judges(false)], () =>
      flowTest(path, '--model'),
    );
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('the model judges that this does not hold: It is rude.');
  });

  test('and without a key it says so; without --model, rubrics are skipped and counted', async () => {
    const path = write('talk.yaml', TALK);
    expect(await flowTest(path, '--model')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('ANTHROPIC_API_KEY is not set'),
    });
    const { code, out } = await flowTest(path);
    expect(code).toBe(0);
    expect(out).toContain('- greets: It is polite. (skipped: needs --model and ANTHROPIC_API_KEY)');
    expect(out).toContain('1 passed, 1 skipped');
  });
});

test('what tools really answer can be recorded and played', async () => {
  const tested = TALK.replace(
    /tests:[\s\S]*/,
    `tests:
  - name: asks
    tools: { times: { recorded: recordings/times.json } }
    steps: [{ model: { call: { times: {} } } }, { expect: { tool: times } }]
`,
  );
  const path = write('talk.yaml', tested);
  expect((await flowTest(path)).out).toContain('run the tests with --record to write it');
  // The answer is an error, for nobody listens there: it is kept like any other.
  vi.stubEnv('TIMES_URL', 'http://127.0.0.1:9');
  expect((await flowTest(path, '--record')).code).toBe(0);
  expect(JSON.parse(readFileSync(join(flows, 'recordings', 'times.json'), 'utf8'))).toMatchObject([
    { input: {}, isError: true },
  ]);
  vi.stubEnv('TIMES_URL', '');
  expect((await flowTest(path)).code).toBe(0);
});

test('what a test visits in a subflow counts for that flow too', async () => {
  write(
    'pin.yaml',
    `
flow: pin
description: Asks for a PIN.
start: ask
nodes:
  ask:
    type: collect
    slots: [{ name: pin, type: digits, length: 4, ask: Your PIN? }]
    next: { done: known, failed: unknown }
  known: { type: return, outcome: known }
  unknown: { type: return, outcome: unknown }
`,
  );
  write(
    'door.yaml',
    `
flow: door
description: Opens.
start: who
voicemail: machine
nodes:
  who: { type: subflow, flow: pin, output: { code: pin }, next: { known: text, unknown: bye } }
  text: { type: sms, text: "Code {{ slots.code }}", next: { done: bye, failed: bye } }
  machine: { type: voicemail, say: Call us back. }
  bye: { type: hangup, result: over }
tests:
  - name: known
    tools: { sms: { result: sent } }
    steps:
      - expect: { node: pin/ask }
      - keys: "1234"
      - expect: { tool: { sms: { text: Code 1234 } }, slots: { code: "1234" } }
      - ends: over
  - name: a machine
    direction: outbound
    steps: [{ machine: true }, { agent: /call us back/i }, { ends: { node: machine } }]
`,
  );
  const { code, out } = await flowTest('--json');
  expect(code).toBe(0);
  expect(JSON.parse(out).flows).toMatchObject([
    { flow: 'door', coverage: { nodes: { percent: 100 } } },
    { flow: 'good' },
    { flow: 'pin', tests: [], coverage: { nodes: { missing: ['unknown'] } } },
  ]);
});

test('a broken file does not keep the others from being played, and is told', async () => {
  write(
    'broken.yaml',
    GOOD.replace('flow: good', 'flow: broken').replace('next: { hours: hours', 'next: { hours: huors'),
  );
  const { code, out, err } = await flowTest(flows);
  expect(code).toBe(1);
  expect(out).toContain('2 passed');
  expect(err).toContain('which does not exist; did you mean "hours"?');
  expect(JSON.parse((await flowTest(flows, '--json')).out)).toMatchObject({
    summary: { passed: 2, problems: [expect.stringContaining('broken.yaml')] },
  });
});
