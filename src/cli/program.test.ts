import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { variables } from '../config/variables.ts';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'callwright-cli-'));
const flows = join(folder, 'flows');
mkdirSync(flows);
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing of the machine: neither its environment nor a `.env` file of the project. */
beforeEach(() => {
  for (const name of Object.keys(variables)) vi.stubEnv(name, '');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Runs a command and gives back all it said. */
async function callwright(...args: string[]) {
  const said = { out: '', err: '' };
  const terminal = (name: 'out' | 'err') => ({
    write: (text: string) => {
      said[name] += text;
    },
  });
  const code = await run(args, { out: terminal('out'), err: terminal('err') });
  return { code, ...said };
}

it('lists its commands and gives examples', async () => {
  const { code, out, err } = await callwright('--help');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const name of ['serve', 'demo', 'calls', 'flow', 'config', 'sandbox', 'simulate', 'replay']) {
    expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  }
  expect(out).toContain('Examples:');
});

it('tells its version', async () => {
  expect(await callwright('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
});

it('explains the environment variables where they matter', async () => {
  vi.stubEnv('PORT', 'abc');
  const { code, out } = await callwright('serve', '--help');
  expect(code).toBe(0);
  expect(out).toMatch(/PORT {2,}Port for HTTP and WebSockets\. Default: 3000/);
});

it.each([
  [['demoo'], /unknown command 'demoo'[\s\S]*Did you mean demo\?/],
  [['serve', '--prot'], /unknown option '--prot'/],
  [
    ['simulate', '--calls', 'x'],
    /'--calls <count>' argument 'x' is invalid\. It must be a whole number from 1/,
  ],
  [['sandbox', '--port', '65536'], /It must be a port number/],
  [['flow', 'check'], /missing required argument 'path'/],
])('does not understand %j, and says so', async (args, message) => {
  const { code, out, err } = await callwright(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

it('names what is wrong with the environment', async () => {
  vi.stubEnv('PORT', 'abc');
  vi.stubEnv('LOG_LEVEL', 'loud');
  const { code, err } = await callwright('config');
  expect(code).toBe(1);
  expect(err).toMatch(
    /^The environment is not as it should be:\n {2}PORT: "abc".*\n {2}LOG_LEVEL: "loud".*\n$/,
  );
});

it('shows the configuration without its secrets', async () => {
  vi.stubEnv('ADMIN_TOKEN', 'hunter2');
  vi.stubEnv('ANTHROPIC_API_KEY', 'hunter2');
  vi.stubEnv('BOOKING_PASSWORD', 'hunter2');
  const { code, out, err } = await callwright('config');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    adminToken: '(set)',
    anthropic: { source: 'real', apiKey: '(set)' },
  });
  expect(out).toContain('BOOKING_PASSWORD');
  expect(out + err).not.toContain('hunter2');
  expect(err).toMatch(/^No real calls, for want of a Twilio account: Anthropic for real/);
});

const flow = (next: string) =>
  `flow: small\ndescription: Greets.\nstart: hello\nnodes:\n  hello:\n    type: say\n    say: Hello.\n    next: ${next}\n  bye:\n    type: hangup\n`;

it('checks the flows of a folder, each mistake with its place', async () => {
  writeFileSync(join(flows, 'good.yaml'), flow('bye'));
  writeFileSync(join(flows, 'wrong.yaml'), flow('bey'));
  writeFileSync(join(flows, 'notes.txt'), 'not a flow');
  const { code, out } = await callwright('flow', 'check', flows);
  expect(code).toBe(1);
  expect(out).toContain(`${join('flows', 'good.yaml')}: ok\n`);
  expect(out).toMatch(/wrong\.yaml:\d+:\d+: .*"bey".*did you mean "bye"/);
  expect(out).not.toContain('notes.txt');
});

it.each(['the folder', 'each file'])('checks flows of one folder together, given %s', async (given) => {
  const pair = join(folder, 'pair');
  mkdirSync(pair, { recursive: true });
  const files = ['one.yaml', 'two.yaml'].map((name) => join(pair, name));
  for (const file of files) writeFileSync(file, flow('bye'));
  const { code, out } = await callwright('flow', 'check', ...(given === 'the folder' ? [pair] : files));
  expect(code).toBe(1);
  expect(out).toBe(
    'pair/one.yaml: ok\npair/two.yaml:1:7: the id "small" is that of pair/one.yaml already; choose another\n',
  );
});

it('checks a file once, however often it is named', async () => {
  const alone = join(folder, 'alone');
  mkdirSync(alone);
  writeFileSync(join(alone, 'one.yaml'), flow('bye'));
  const { code, out } = await callwright('flow', 'check', alone, join(alone, 'one.yaml'));
  expect({ code, out }).toEqual({ code: 0, out: 'alone/one.yaml: ok\n' });
});

it.each<[string, string, (path: string) => void]>([
  ['nope.yaml', 'nope.yaml:1:1: there is no such file', () => {}],
  ['empty', 'empty:1:1: the folder holds no flow (a file that ends in .yaml)', (path) => mkdirSync(path)],
  [
    'latin.yaml',
    'latin.yaml:1:10: the file is not UTF-8 text from here on; save it as UTF-8',
    (path) => writeFileSync(path, Buffer.from('flow: caf\xe9', 'latin1')),
  ],
])('finds %s not to be a flow, in one line', async (name, message, make) => {
  make(join(folder, name));
  const { code, out, err } = await callwright('flow', 'check', join(folder, name));
  expect({ code, out, err }).toEqual({ code: 1, out: `${message}\n`, err: '' });
});

it('prints the schema of flows', async () => {
  const { code, out } = await callwright('flow', 'schema');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    type: 'object',
    required: expect.arrayContaining(['flow', 'nodes']),
  });
});
