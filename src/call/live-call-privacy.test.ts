import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MULAW_SILENCE } from '../audio/mulaw.ts';
import type { FlowCommand, ListenExpectation } from '../flows/index.ts';
import { CallBench } from './testing.ts';

const FRAME_MS = 20;
const SPEECH = 0x12;
const frame = new Uint8Array(160).fill(SPEECH);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'a timer is left').toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const open: ListenExpectation = {
  kind: 'open',
  silenceMs: 8000,
  endpointing: { completeMs: 0, openMs: 0, unfinishedMs: 1800, numberMs: 2200 },
};
const pin: ListenExpectation = {
  ...open,
  kind: 'digits',
  private: true,
  keys: { max: 4, terminator: '#', betweenMs: 3000 },
};
const keyed: ListenExpectation = { ...pin, keysOnly: true };

/** Asks for what is private, then for something else. */
async function asked(expect: ListenExpectation): Promise<CallBench> {
  const bench = new CallBench(({ flow }) => {
    const say = (text: string): FlowCommand => flow.say(text, text);
    flow.isPrivate = true;
    flow.script = ({ type }) => {
      if (type === 'call-started') return [say('Your PIN please.'), { type: 'listen', expect }];
      if (type !== 'caller-pressed' && type !== 'caller-said') return undefined;
      flow.isPrivate = false;
      return [say('Thank you. Anything else?'), { type: 'listen', expect: open }];
    };
  });
  await pass(3000);
  return bench;
}

let at = 0;
async function speaks(bench: CallBench, frames: number): Promise<void> {
  for (let count = 0; count < frames; count++, at += FRAME_MS) {
    bench.line.happens({ type: 'frame', audio: frame, atMs: at });
    await pass(FRAME_MS);
  }
}

async function hangUp(bench: CallBench): Promise<number[]> {
  bench.line.end('stopped');
  await pass(0);
  return bench.recorded.filter((_, index) => index % 2 === 0);
}

describe('what is asked for in private by key', () => {
  it('is heard by no recogniser and recorded by nobody, until the next question', async () => {
    const bench = await asked(keyed);
    expect(bench.recogniser.stream.muted).toBe(true);
    await speaks(bench, 10);
    expect(new Set(bench.recogniser.stream.lastWritten)).toEqual(new Set([MULAW_SILENCE]));
    for (const digit of '1234') bench.line.happens({ type: 'key', digit });
    await pass(3000);
    expect(bench.recogniser.stream.muted).toBe(false);
    await speaks(bench, 60);
    expect(bench.recogniser.stream.lastWritten).toContain(SPEECH);
    const caller = await hangUp(bench);
    expect(caller.indexOf(SPEECH)).toBeGreaterThanOrEqual(10 * 160);
    expect(caller).toContain(SPEECH);
  });

  it('is not in the journal, and the flow is told it', async () => {
    const bench = await asked(keyed);
    for (const digit of '1234') bench.line.happens({ type: 'key', digit });
    await pass(3000);
    expect(bench.flow.events).toContainEqual(
      expect.objectContaining({ type: 'caller-pressed', digits: '1234' }),
    );
    expect(bench.entries('turn')).toContainEqual(
      expect.objectContaining({ role: 'caller', text: '(sensitive)' }),
    );
    await hangUp(bench);
    expect(JSON.stringify(bench.journal.entries)).not.toContain('1234');
  });

  it('stays unheard on the next stream of the recogniser', async () => {
    const bench = await asked(keyed);
    bench.recogniser.stream.end();
    await pass(500);
    expect(bench.recogniser.streams).toHaveLength(2);
    expect(bench.recogniser.stream.muted).toBe(true);
    await hangUp(bench);
  });
});

describe('what is asked for in private by voice', () => {
  it('is heard, and neither recorded nor written down', async () => {
    const bench = await asked(pin);
    expect(bench.recogniser.stream.muted).toBe(false);
    await speaks(bench, 10);
    bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
    bench.recogniser.stream.push({ type: 'final', text: 'one two three four', words: [], confidence: 1 });
    bench.recogniser.stream.push({ type: 'turn-ended' });
    await pass(3000);
    expect(bench.flow.events).toContainEqual(
      expect.objectContaining({ type: 'caller-said', text: 'one two three four' }),
    );
    expect(bench.entries('turn').map(({ role, text }) => [role, text])).toContainEqual([
      'caller',
      '(sensitive)',
    ]);
    const caller = await hangUp(bench);
    expect(caller).not.toContain(SPEECH);
    expect(JSON.stringify(bench.journal.entries)).not.toContain('three');
  });

  it('is not written down either where the line goes in the middle of it', async () => {
    const bench = await asked(pin);
    bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
    bench.recogniser.stream.push({ type: 'interim', text: 'one two three', words: [] });
    await pass(10);
    await hangUp(bench);
    expect(JSON.stringify(bench.journal.entries)).not.toContain('three');
  });
});

describe('what is a secret though nobody asked for it', () => {
  it('is not in what another process would be told of a turn that is not over', async () => {
    const bench = new CallBench(({ flow }) => {
      flow.secret = '4111111111111111';
    });
    await pass(3000);
    bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
    bench.recogniser.stream.push({ type: 'interim', text: 'my card is 4111111111111111 and', words: [] });
    await pass(10);
    expect(bench.call.inFlight.caller?.text).toBe('my card is ••• and');
    await hangUp(bench);
  });
});
