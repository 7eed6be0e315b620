import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { startApi, type TestApi, TOKEN } from '../api/testing.ts';
import { registerCampaignCommands } from './campaigns.ts';
import { registerDoNotCallCommands } from './do-not-call.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
}, 60_000);

afterAll(() => api?.close());

afterEach(() => {
  process.exitCode = undefined;
});

/** What a command prints, and its exit code. */
async function callwright(args: string[], isTTY = false) {
  const printed = { out: '', err: '' };
  const terminal = (name: 'out' | 'err') => ({
    isTTY,
    columns: 200,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const context = {
    baseUrl: new URL(api.origin).origin,
    adminToken: TOKEN,
    dataDir: 'nowhere',
    out: terminal('out'),
    err: terminal('err'),
  };
  const program = new Command().exitOverride();
  registerCampaignCommands(program, context);
  registerDoNotCallCommands(program, context);
  await program.parseAsync(args, { from: 'user' });
  const exitCode = process.exitCode;
  process.exitCode = undefined;
  return { ...printed, exitCode };
}

async function listOf(content: string): Promise<string> {
  const file = join(await temporaryFolder(), 'people.csv');
  await writeFile(file, content);
  return file;
}

async function someCampaign(): Promise<string> {
  const settings = await listOf('country: US\nconsent: { required: false }\n');
  const made = await callwright([
    'campaign',
    'create',
    '--name',
    'Recall',
    '--flow',
    'recall',
    '--settings',
    settings,
  ]);
  return made.out.trim();
}

describe('callwright campaign', () => {
  test('imports a list, and prints what was set aside as CSV', async () => {
    const id = await someCampaign();
    const file = await listOf('Name,Handy,Phone\nAnn,2025550101,1\nBob,x,2\n');
    const done = await callwright(
      ['campaign', 'import', id, file, '--map', 'phone=Handy', '--map', 'nick=Name'],
      true,
    );
    expect(done.out).toMatch(/people\.csv: 2 rows read, 1 imported, 1 set aside\n +1 number-invalid\n/);
    expect(done.err).toMatch(/\[#+-*\] \d+ % {2}sending/);
    expect(done.exitCode).toBeUndefined();
    const again = await callwright([
      'campaign',
      'import',
      id,
      file,
      '--map',
      'phone=Handy',
      '--map',
      'nick=Name',
      '--json',
    ]);
    expect(JSON.parse(again.out)).toMatchObject({ rowsRead: 2, rowsImported: 1 });
    expect(again.err).toBe('');
    const aside = await callwright(['campaign', 'set-aside', id]);
    expect(aside.out).toMatch(/^line,reason,detail,Name,Handy,Phone\r\n3,number-invalid,.*,Bob,x,2\r\n$/);
    const shown = await callwright(['campaign', 'show', id]);
    expect(shown.out).toMatch(/contacts +1 waiting/);
    expect((await callwright(['campaign', 'list'])).out).toMatch(new RegExp(`${id} +Recall +draft +recall`));
  });

  test('shows the first rows of a list as they would be imported', async () => {
    const file = await listOf('Name;Mobile\nAnn;(202) 555-0101\nBob;1.2E+10\n');
    const { out } = await callwright([
      'campaign',
      'import',
      'any',
      file,
      '--preview',
      '--default-country',
      'us',
    ]);
    expect(out).toMatch(/phone +from "Mobile"/);
    expect(out).toMatch(/2 +\+12025550101 +America\/New_York +name=Ann/);
    expect(out).toMatch(/3 +- .*number-inexact/);
  });

  test.each([
    [['campaign', 'import', 'none', 'no-such-file.csv'], /there is no file no-such-file.csv/],
    [['campaign', 'show', 'none'], /there is no campaign none/],
    [['campaign', 'set-aside', 'none'], /there is no campaign none/],
    [['do-not-call', 'remove', '+12025550199'], /is not on the do-not-call list/],
    [['do-not-call', 'add', '12'], /12: /],
  ])('%j says what is wrong', async (args, message) => {
    const { out, err, exitCode } = await callwright(args);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 1 });
    expect(err).toMatch(message);
  });

  test('a list that cannot be read is told of, and the exit code is 1', async () => {
    const { out, exitCode } = await callwright([
      'campaign',
      'import',
      await someCampaign(),
      await listOf('a,b\n1,2\n'),
    ]);
    expect(out).toMatch(/it failed: no column looks like telephone numbers/);
    expect(exitCode).toBe(1);
  });
});

describe('callwright do-not-call', () => {
  test('adds, imports, lists, exports and removes numbers', async () => {
    expect((await callwright(['do-not-call', 'add', '+12025550111', '--reason', 'asked'])).out).toMatch(
      /is on the/,
    );
    const file = await listOf('2025550112\n2025550111\nnobody\n');
    const imported = await callwright(['do-not-call', 'import', file, '--default-country', 'US']);
    expect(imported.out).toMatch(
      /3 rows read, 1 numbers added, 1 listed already, 1 not understood\n +line 3/,
    );
    expect((await callwright(['do-not-call', 'list', '--limit', '1'])).out).toMatch(
      /^\+12025550111 .*asked\n$/,
    );
    expect((await callwright(['do-not-call', 'export'])).out.split('\r\n')).toHaveLength(4);
    expect((await callwright(['do-not-call', 'remove', '+12025550111'])).out).toMatch(/is off the/);
    expect((await callwright(['do-not-call', 'list', '--json'])).out).not.toMatch(/50111/);
  });
});
