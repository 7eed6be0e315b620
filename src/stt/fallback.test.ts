import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventQueue } from '../async/event-queue.ts';
import { ProviderHealth, type ProviderLink } from '../provider-health.ts';
import { createRecogniserChain } from './fallback.ts';
import {
  type SpeechToText,
  SttError,
  type SttErrorCode,
  type SttEvent,
  type SttOptions,
  type SttStream,
} from './index.ts';

const FRAME_MS = 20;

// The breakers go by the date, and the chain by the clock that it is given: both are the test's.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** One stream of a recogniser whose part the test plays. */
class Ear extends EventQueue<SttEvent> implements SttStream {
  readonly options: SttOptions;
  readonly heard: number[] = [];
  finalizes = 0;
  muted = false;
  closed = false;
  constructor(options: SttOptions) {
    super({ capacity: 1000 });
    this.options = options;
  }
  write(audio: Uint8Array): void {
    for (let at = 0; at < audio.length; at += 160) this.heard.push(audio[at] ?? -1);
  }
  finalize(): void {
    this.finalizes++;
  }
  mute(muted: boolean): void {
    this.muted = muted;
  }
  close(): void {
    this.closed = true;
    this.end();
  }
  sign(): void {
    this.options.onSign?.();
  }
  says(type: 'interim' | 'final', text: string, fromMs: number): void {
    const words = text.split(' ').map((word, index) => ({
      text: word,
      startMs: fromMs + index * 100,
      endMs: fromMs + (index + 1) * 100,
      confidence: 1,
    }));
    this.push(type === 'final' ? { type, text, words, confidence: 1 } : { type, text, words });
  }
  dies(code: SttErrorCode = 'stt-disconnected', retryable = true): void {
    this.fail(new SttError(code, 'test', 'died', { retryable }));
  }
}

class Recogniser implements SpeechToText {
  readonly provider: string;
  readonly ears: Ear[] = [];
  /** Whether a stream is listened to as soon as it is opened. */
  answers = true;
  /** What a stream dies of at once. */
  refusal: { code: SttErrorCode; retryable: boolean } | undefined;
  constructor(provider: string) {
    this.provider = provider;
  }
  open(options: SttOptions): Ear {
    const ear = new Ear(options);
    this.ears.push(ear);
    if (this.refusal !== undefined) ear.dies(this.refusal.code, this.refusal.retryable);
    else if (this.answers) ear.sign();
    return ear;
  }
  get ear(): Ear {
    const ear = this.ears.at(-1);
    if (ear === undefined) throw new Error(`${this.provider} was not asked`);
    return ear;
  }
  async close(): Promise<void> {}
}

/** A chain in the test's own time, which passes with its audio. */
function bench({ providers, model }: { providers?: ProviderLink[]; model?: string } = {}) {
  const [a, b, c] = [new Recogniser('a'), new Recogniser('b'), new Recogniser('c')];
  let nowMs = 0;
  const health = new ProviderHealth();
  const chain = createRecogniserChain({
    recognisers: [a, b, c],
    health,
    logger: pino({ level: 'silent' }),
    nowMs: () => nowMs,
  });
  const abort = new AbortController();
  const stream = chain.open({
    language: 'en-US',
    signal: abort.signal,
    ...(providers === undefined ? {} : { providers }),
    ...(model === undefined ? {} : { model }),
  });
  const events: SttEvent[] = [];
  const done = (async () => {
    for await (const event of stream) events.push(event);
  })();
  let frames = 0;
  return {
    a,
    b,
    c,
    health,
    stream,
    events,
    done,
    abort,
    nowMs: () => nowMs,
    /** So much of the caller's speech, or of silence; frames of speech can be told from each other. */
    async pass(ms: number, sound: 'speech' | 'silence' = 'silence') {
      for (let at = 0; at < ms; at += FRAME_MS) {
        const frame = new Uint8Array(160).fill(sound === 'speech' ? 0x15 : 0xff);
        if (sound === 'speech') frame[0] = frames % 200;
        frames++;
        nowMs += FRAME_MS;
        vi.setSystemTime(nowMs);
        stream.write(frame);
        await turn();
      }
    },
    settled: () => turn().then(() => turn()),
    told: (type: SttEvent['type']) => events.filter((event) => event.type === type),
    /** What a call makes of it: finals add up, an interim stands until it is replaced. */
    said: () => {
      const finals: string[] = [];
      let interim = '';
      for (const event of events) {
        if (event.type === 'interim') interim = event.text;
        if (event.type !== 'final') continue;
        finals.push(event.text);
        interim = '';
      }
      return [...finals, interim].filter((text) => text !== '').join(' ');
    },
  };
}

describe('a recogniser that dies in mid-utterance', () => {
  it('is tried again at once, and hears what no final has covered', async () => {
    const { a, b, pass, said, told } = bench();
    await pass(1000, 'speech');
    a.ear.says('final', 'one two', 0);
    a.ear.says('interim', 'three four', 200);
    await pass(200, 'speech');
    a.ear.dies();
    await pass(40, 'speech');
    expect(a.ears).toHaveLength(2);
    expect(b.ears).toHaveLength(0);
    // From 200 ms on, in order, and live from there.
    expect(a.ear.heard).toEqual(Array.from({ length: 52 }, (_, index) => index + 10));
    a.ear.says('interim', 'three', 0);
    a.ear.says('final', 'three four five', 0);
    await pass(20);
    expect(said()).toBe('one two three four five');
    expect(told('final').at(-1)).toMatchObject({
      words: [{ startMs: 200 }, { startMs: 300 }, { endMs: 500 }],
    });
    expect(told('provider-failed')).toEqual([
      { type: 'provider-failed', provider: 'a', code: 'stt-disconnected' },
    ]);
    expect(told('provider-switched')).toEqual([]);
  });

  it('a second time, is followed by the next of the chain', async () => {
    const { a, b, pass, told, said } = bench();
    await pass(100);
    a.ear.dies();
    await pass(100, 'speech');
    a.ear.dies();
    await pass(20, 'speech');
    expect(b.ears).toHaveLength(1);
    expect(told('provider-switched')).toEqual([{ type: 'provider-switched', from: 'a', to: 'b' }]);
    b.ear.says('final', 'hello', 0);
    await pass(20);
    expect(said()).toBe('hello');
  });

  it('by what it says is not tried again at once, by a refusal not at all', async () => {
    const { a, b, c, pass } = bench();
    a.ear.dies('stt-bad-message');
    await pass(20);
    expect([a.ears.length, b.ears.length]).toEqual([1, 1]);
    b.ear.dies('stt-unauthorised', false);
    await pass(20);
    expect(c.ears).toHaveLength(1);
    c.ear.says('interim', 'well', 0);
    c.ear.says('final', 'well', 0);
    c.ear.push({ type: 'turn-ended' });
    await pass(35_000);
    expect(a.ears.length).toBeGreaterThan(1);
    expect(b.ears).toHaveLength(1);
  });

  it('long after the utterance began leaves its first words as they were told', async () => {
    const { a, b, pass, said } = bench();
    a.refusal = { code: 'stt-unreachable', retryable: true };
    await pass(34_000, 'speech');
    a.ear.says('interim', Array.from({ length: 340 }, (_, index) => `w${index}`).join(' '), 0);
    await pass(20, 'speech');
    a.ear.dies();
    await pass(20, 'speech');
    const first = b.ear.heard.length * FRAME_MS;
    const kept = Array.from(
      { length: first / 100 },
      (_, index) => `w${Math.round(340.4 - first / 100) + index}`,
    );
    b.ear.says('final', kept.join(' '), 0);
    await pass(20);
    const all = said().split(' ');
    expect(new Set(all).size).toBe(all.length);
    expect(all[0]).toBe('w0');
    expect(all.at(-1)).toMatch(/w3(39|40)/);
  });

  it('with words that were asked for is asked for them again', async () => {
    const { a, stream, pass } = bench();
    await pass(200, 'speech');
    stream.finalize();
    a.ear.dies();
    await pass(20);
    expect(a.ear.finalizes).toBe(1);
  });
});

describe('what another is yet to tell', () => {
  const types = (events: readonly SttEvent[]) => events.map(({ type }) => type);

  it('is announced, until it is told', async () => {
    const { a, pass, events } = bench();
    await pass(1000, 'speech');
    a.ear.says('interim', 'one', 0);
    await pass(20, 'speech');
    a.ear.dies();
    await pass(60);
    expect(types(events)).toEqual(['interim', 'provider-failed', 'recognition-behind']);
    a.ear.says('interim', 'one two', 0);
    await pass(20);
    a.ear.says('final', 'one two three four five six seven eight nine ten', 0);
    await pass(20);
    expect(types(events.slice(3))).toEqual(['interim', 'final', 'recognition-caught-up']);
  });

  it('is no longer waited for where nobody makes words of it', async () => {
    const { a, pass, events } = bench();
    await pass(1000, 'speech');
    a.ear.dies();
    await pass(1900);
    expect(types(events)).not.toContain('recognition-caught-up');
    await pass(300);
    expect(types(events)).toContain('recognition-caught-up');
  });

  it('is nothing where all was told, or nothing was said', async () => {
    const { a, pass, events, settled } = bench();
    await pass(500);
    a.ear.dies();
    await settled();
    await pass(500, 'speech');
    a.ear.says('final', 'one two three four five', 500);
    await pass(20);
    a.ear.dies();
    await pass(100);
    expect(types(events)).not.toContain('recognition-behind');
  });
});

it('the only recogniser is asked again, though its failures are known', async () => {
  const { a, pass, told, health } = bench({ providers: [{ provider: 'a' }] });
  for (let i = 0; i < 3; i++) health.use('stt', 'a')?.failed();
  await turn();
  expect(health.works('stt', 'a')).toBe(false);
  a.ear.dies();
  await pass(400, 'speech');
  a.ear.says('final', 'hello', 0);
  await pass(40);
  expect(told('final')).toHaveLength(1);
  expect(health.works('stt', 'a')).toBe(true);
});

describe('a recogniser that does not begin to listen', () => {
  it('is given up after its budget', async () => {
    const { a, b, pass, told } = bench();
    a.answers = false;
    a.ear.dies();
    await pass(980);
    expect(b.ears).toHaveLength(0);
    await pass(60);
    expect(b.ears).toHaveLength(1);
    expect(a.ears.every(({ closed }) => closed)).toBe(true);
    expect(told('provider-failed').at(-1)).toMatchObject({ provider: 'a', code: 'stt-timeout' });
  });

  it('and all others neither, is told of once, and that one listens again', async () => {
    const { a, b, c, pass, told } = bench();
    for (const each of [a, b, c]) each.refusal = { code: 'stt-unreachable', retryable: true };
    a.ear.dies();
    await pass(1400);
    expect(told('provider-switched')).toEqual([]);
    await pass(4000);
    expect(told('provider-switched')).toEqual([{ type: 'provider-switched', from: 'a' }]);
    for (const each of [a, b, c]) each.refusal = undefined;
    await pass(40_000);
    expect(told('provider-switched')[1]).toMatchObject({ to: expect.any(String) });
    expect(told('provider-switched')[1]).not.toHaveProperty('from');
  });

  it('for good, as all others, is told of at once', async () => {
    const { a, b, c, pass, told } = bench();
    for (const each of [b, c]) each.refusal = { code: 'stt-unauthorised', retryable: false };
    a.ear.dies('stt-unauthorised', false);
    await pass(40);
    expect(told('provider-switched')).toEqual([{ type: 'provider-switched', from: 'a' }]);
    await pass(60_000);
    expect([a, b, c].map(({ ears }) => ears.length)).toEqual([1, 1, 1]);
  });
});

describe('a recogniser that says nothing while the caller speaks', () => {
  it('is replaced by one that makes words of the same sound', async () => {
    const { a, b, pass, told, said } = bench();
    await pass(1000);
    await pass(1600, 'speech');
    expect(b.ears).toHaveLength(1);
    expect(a.ear.closed).toBe(false);
    expect(told('provider-failed')).toEqual([]);
    b.ear.says('interim', 'hello there', 1000);
    await pass(20, 'speech');
    expect(a.ear.closed).toBe(true);
    expect(told('provider-failed')).toEqual([
      { type: 'provider-failed', provider: 'a', code: 'stt-stalled' },
    ]);
    expect(told('provider-switched')).toEqual([{ type: 'provider-switched', from: 'a', to: 'b' }]);
    expect(said()).toBe('hello there');
  });

  it('stays where the other makes nothing of it either: it is noise', async () => {
    const { a, b, pass, told } = bench();
    await pass(2000, 'speech');
    await pass(4000);
    expect(b.ear.closed).toBe(true);
    expect(a.ear.closed).toBe(false);
    await pass(2000, 'speech');
    expect(b.ears).toHaveLength(1);
    expect(told('provider-failed')).toEqual([]);
  });

  it('stays where it was only late', async () => {
    const { a, b, pass, said } = bench();
    await pass(1600, 'speech');
    a.ear.says('interim', 'hello', 0);
    await pass(20, 'speech');
    expect(b.ear.closed).toBe(true);
    b.ear.says('interim', 'hello', 0);
    await pass(20, 'speech');
    expect(said()).toBe('hello');
  });

  it('is not in doubt while it gives signs, words or not', async () => {
    const { a, b, pass } = bench();
    for (let second = 0; second < 10; second++) {
      await pass(1000, 'speech');
      a.ear.sign();
    }
    expect(b.ears).toHaveLength(0);
  });

  it('after it has replaced another is found out as well, on what it was left', async () => {
    const { a, b, pass, said } = bench();
    await pass(800, 'speech');
    a.ear.says('interim', 'one', 0);
    await pass(20);
    a.ear.dies('stt-bad-message');
    await pass(1400);
    expect([a.ears.length, b.ears.length]).toEqual([2, 1]);
    a.ear.says('final', 'one two', 0);
    await pass(20);
    expect(said()).toBe('one two');
    expect(b.ear.closed).toBe(true);
  });

  it('and neither does the next one, which is followed by the one after', async () => {
    const { b, c, pass, said, told } = bench();
    await pass(2200, 'speech');
    expect([b.ears.length, c.ears.length]).toEqual([1, 1]);
    expect(b.ear.closed).toBe(true);
    c.ear.says('interim', 'hello there', 0);
    await pass(20, 'speech');
    expect(said()).toBe('hello there');
    expect(told('provider-switched')).toEqual([{ type: 'provider-switched', from: 'a', to: 'c' }]);
  });
});

describe('the preferred recogniser', () => {
  async function onB() {
    const made = bench();
    await made.pass(100);
    made.a.ear.dies('stt-bad-message');
    await made.pass(20);
    return made;
  }

  it('comes back at the end of a turn, once it has understood one', async () => {
    const { a, b, pass, said, told } = await onB();
    await pass(6000);
    expect(a.ears).toHaveLength(2);
    // Each counts from where it began.
    const [atA, atB] = [a.ear.heard.length * FRAME_MS, b.ear.heard.length * FRAME_MS];
    await pass(400, 'speech');
    a.ear.says('interim', 'hello there', atA);
    b.ear.says('interim', 'hello there', atB);
    await pass(20, 'speech');
    b.ear.says('final', 'hello there', atB);
    b.ear.push({ type: 'turn-ended' });
    await pass(600);
    // It has not said all yet.
    expect(b.ear.closed).toBe(false);
    a.ear.says('final', 'hello there', atA);
    a.ear.push({ type: 'turn-ended' });
    await pass(600);
    expect(b.ear.closed).toBe(true);
    expect(said()).toBe('hello there');
    // Late, and known: another told it.
    a.ear.says('interim', 'there', atA + 100);
    a.ear.says('final', 'goodbye', atA + 1000);
    await pass(20);
    expect(said()).toBe('hello there goodbye');
    expect(told('provider-switched')).toEqual([
      { type: 'provider-switched', from: 'a', to: 'b' },
      { type: 'provider-switched', from: 'b', to: 'a' },
    ]);
  });

  it('is not tried in the middle of a turn', async () => {
    const { a, b, pass } = await onB();
    for (let second = 0; second < 10; second++) {
      b.ear.says('interim', `so ${second}`, second * 1000);
      await pass(1000, 'speech');
    }
    expect(a.ears).toHaveLength(1);
  });

  it('is passed over from the start where calls have failed at it', async () => {
    const { a, b, health, pass, told } = bench({ providers: [{ provider: 'a' }, { provider: 'b' }] });
    a.refusal = { code: 'stt-unreachable', retryable: true };
    expect(health.works('stt', 'a')).toBe(true);
    a.ear.dies('stt-unreachable');
    await pass(20);
    expect(told('provider-switched')).toEqual([{ type: 'provider-switched', from: 'a', to: 'b' }]);
    expect(b.ears).toHaveLength(1);
  });
});

describe('a chain', () => {
  it('is asked as the flow names it, each with its own model', async () => {
    const { a, b, c, pass } = bench({
      providers: [{ provider: 'gone' }, { provider: 'c' }, { provider: 'a', model: 'special' }],
      model: 'wanted',
    });
    expect(c.ear.options.model).toBe('wanted');
    c.ear.dies('stt-refused', false);
    await pass(20);
    expect(a.ear.options.model).toBe('special');
    a.ear.dies('stt-refused', false);
    await pass(20);
    expect(b.ears).toHaveLength(0);
  });

  it('keeps what is muted from whoever takes over', async () => {
    const { a, b, stream, pass } = bench();
    stream.mute(true);
    await pass(400, 'speech');
    expect(a.ear.muted).toBe(true);
    a.ear.dies('stt-bad-message');
    await pass(20, 'speech');
    expect(b.ear.muted).toBe(true);
    expect(b.ear.heard.slice(0, 20).every((byte) => byte === 0xff)).toBe(true);
  });

  it('ends with its signal, and leaves no stream open', async () => {
    const { a, b, abort, done, pass } = bench();
    await pass(1600, 'speech');
    expect(b.ears).toHaveLength(1);
    abort.abort();
    await done;
    expect([a.ear.closed, b.ear.closed]).toEqual([true, true]);
    await pass(100, 'speech');
    expect([a.ears.length, b.ears.length]).toEqual([1, 1]);
  });

  it('does not keep a quiet line for whoever takes over', async () => {
    const { a, b, pass } = bench();
    await pass(20_000);
    a.ear.dies('stt-bad-message');
    await pass(20);
    expect(b.ear.heard.length * FRAME_MS).toBeLessThan(4000);
  });
});
