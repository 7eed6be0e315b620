import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeCoreJournal } from '../call/replay.ts';
import type { TurnEvent } from '../call/turn-events.ts';
import { OPEN_EXPECTATION, type TurnSettings } from '../call/turn-state.ts';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'callwright-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SETTINGS: TurnSettings = {
  language: 'en-US',
  hearsVoice: true,
  watchdogMs: 4000,
  fillerAfterMs: 2500,
  decideMs: 1500,
  endpointMs: 2000,
  interruptByLengthMs: 600,
  drafts: { enabled: true, perTurn: 2, wastedPerCall: 20 },
  maxCallMs: 60_000,
};

/** The agent is interrupted in the middle of its greeting. */
const EVENTS: readonly TurnEvent[] = [
  { type: 'line-opened', atMs: 0, input: { type: 'call-started' } },
  { type: 'reply-complete', atMs: 5, replyId: 1, expect: OPEN_EXPECTATION },
  { type: 'reply-audible', atMs: 200, replyId: 1 },
  { type: 'speech-started', atMs: 1500, by: 'voice', protected: false },
  { type: 'words', atMs: 1900, text: 'stop\u001B[2J', final: false, protected: false, remainingMs: 900 },
  { type: 'line-closed', atMs: 2500 },
];
const ABOUT = { flow: 'desk', seed: 1, index: 7, rule: 'never-talks-over', message: 'it did', atMs: 2500 };
const JOURNAL = writeCoreJournal({ settings: SETTINGS, about: ABOUT, events: EVENTS });

async function replay(text: string, ...options: string[]) {
  const file = join(folder, 'journal.jsonl');
  writeFileSync(file, text);
  return { file, ...(await callwright('replay', file, ...options)) };
}

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

describe('callwright replay', () => {
  it('shows what happened, what it changed and what was ordered', async () => {
    const { code, out, err } = await replay(JOURNAL);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('call 7 of seed 1, flow desk');
    expect(out).toContain('broken 2500 ms into the call: never-talks-over');
    expect(out).toMatch(/^ {4}1\.500 {2}speech-started by "voice" protected false$/m);
    expect(out).toMatch(/^ {13}reply: 1, to call-started, complete ⇒ 1, to call-started, complete, paused$/m);
    expect(out).toMatch(/^ {11}→ pause-line$/m);
    expect(out).toMatch(/^ {11}→ cancel-reply replyId 1 rollback false by "words"$/m);
    expect(out).toMatch(/^ {13}phase: listening ⇒ ended$/m);
  });

  it('never lets the words of a caller steer the terminal', async () => {
    const { out } = await replay(JOURNAL);
    expect(out).toContain('stop');
    expect(out.includes('\u001B')).toBe(false);
  });

  it('prints one event a line as JSON, for programs', async () => {
    const { out } = await replay(JOURNAL, '--json');
    const lines = out.trimEnd().split('\n');
    const steps = lines.map((line) => JSON.parse(line) as { event: TurnEvent; commands: { type: string }[] });
    expect(steps.map(({ event }) => event)).toEqual(EVENTS);
    expect(steps[3]?.commands.map(({ type }) => type)).toContain('pause-line');
  });

  it('begins anew where the line comes back', async () => {
    const back: TurnEvent = {
      type: 'line-opened',
      atMs: 4000,
      input: { type: 'line-resumed', lostMs: 1500 },
    };
    const { out } = await replay(`${JOURNAL}${JSON.stringify(back)}\n`);
    expect(out).toMatch(/→ start-reply replyId 1 input \{"type":"line-resumed","lostMs":1500\}$/m);
  });

  it.each([
    ['an empty file', '', /journal\.jsonl:1: the file is empty\n/],
    ['another kind of file', '{"type":"words"}\n', /:1: the first line must hold the settings/],
    [
      'another version',
      JOURNAL.replace('"version":1', '"version":2'),
      /:1: the journal is not of version 1\n/,
    ],
    ['a line that is cut', JOURNAL.slice(0, -9), /:7: this is not JSON\n/],
    ['an event nobody knows', `${JOURNAL}{"type":"sneeze","atMs":1}\n`, /:8: type: /],
    ['a field that is wrong', JOURNAL.replace('"by":"voice"', '"by":"me"'), /:5: by: /],
    ['a setting that is missing', JOURNAL.replace('"watchdogMs":4000,', ''), /:1: settings\.watchdogMs: /],
  ])('says which line of %s is wrong, and what to do', async (_, text, message) => {
    const { code, out, err } = await replay(text);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).toContain('npm run simulate');
    expect(err).not.toContain('at ');
  });

  it('says that a file is not there', async () => {
    const { code, err } = await callwright('replay', join(folder, 'nowhere.jsonl'));
    expect(code).toBe(1);
    expect(err).toMatch(/nowhere\.jsonl: there is no such file\n$/);
  });
});
