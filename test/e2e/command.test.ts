/** The service as it is started: by its command, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';

const CLI = join(import.meta.dirname, '../../src/cli.ts');
const FLOWS_DIR = join(import.meta.dirname, '../../flows');
const TWILIO = {
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'f'.repeat(32),
  PUBLIC_URL: 'https://voice.example.com',
};
const KEYS = { DEEPGRAM_API_KEY: 'dg-key', ANTHROPIC_API_KEY: 'an-key', CARTESIA_API_KEY: 'ca-key' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callwright-e2e-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command to its end, with no more of the environment than is given. */
async function callwright(args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], FLOWS_DIR, DATA_DIR: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code, out, err };
}

it.each(Object.keys(KEYS))(
  'with a Twilio account and no %s, it says so and does not start',
  async (missing) => {
    const { [missing]: _, ...others } = KEYS as Record<string, string>;
    const { code, out, err } = await callwright(['serve'], { ...TWILIO, ...others });
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`^ {2}${missing} is not set, and TWILIO_ACCOUNT_SID is: .*key`, 'm'));
    expect(err).not.toMatch(/\n {4}at /);
    for (const value of [...Object.values(KEYS), TWILIO.TWILIO_AUTH_TOKEN])
      expect(out + err).not.toContain(value);
  },
);

it.each([
  ['PORT', 'eighty'],
  ['PUBLIC_URL', 'voice.example.com'],
  ['REDIS_URL', 'localhost:6379'],
])('a bad %s is named, with what is wrong', async (name, value) => {
  const { code, err } = await callwright(['serve'], { [name]: value });
  expect(code).toBe(1);
  expect(err).toContain(`${name}: `);
  expect(err).not.toMatch(/\n {4}at /);
});

it('tells its commands and its settings', async () => {
  const [help, serve] = await Promise.all([callwright(['--help']), callwright(['serve', '--help'])]);
  expect([help.code, serve.code]).toEqual([0, 0]);
  for (const command of ['serve', 'demo', 'calls', 'flow', 'sandbox'])
    expect(help.out).toContain(`  ${command}`);
  for (const name of Object.keys({ ...TWILIO, ...KEYS })) expect(serve.out).toContain(name);
});
