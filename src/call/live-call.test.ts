import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SttEvent } from '../stt/index.ts';
import { CallBench } from './testing.ts';

const final = (text: string): SttEvent => ({ type: 'final', text, words: [], confidence: 1 });
const interim = (text: string): SttEvent => ({ type: 'interim', text, words: [] });
const ended: SttEvent = { type: 'turn-ended' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'a timer is left').toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function greeted(prepare?: (bench: CallBench) => void): Promise<CallBench> {
  const bench = new CallBench(prepare);
  await pass(3000);
  return bench;
}

async function callerSays(bench: CallBench, text: string): Promise<void> {
  bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
  bench.recogniser.stream.push(final(text));
  bench.recogniser.stream.push(ended);
  await pass(1);
}

async function hangUp(bench: CallBench): Promise<void> {
  bench.line.end('stopped');
  await pass(0);
  expect(bench.end?.reason).toBe('stopped');
}

describe('a call', () => {
  it('greets, asks the model, speaks its clauses as they come and keeps what was heard', async () => {
    const bench = await greeted();
    expect(bench.entries('turn')).toMatchObject([
      { role: 'agent', text: 'Hello, how can I help?', interrupted: false },
    ]);
    await callerSays(bench, 'what are your hours');
    bench.model.says('We are open nine to five. Any');
    await pass(10);
    expect(bench.line.queuedBytes).toBeGreaterThan(0);
    bench.model.says('thing else?');
    bench.model.isDone();
    await pass(6000);
    expect(bench.entries('turn').slice(1)).toMatchObject([
      { role: 'caller', text: 'what are your hours' },
      { role: 'agent', text: 'We are open nine to five. Anything else?', interrupted: false },
    ]);
    expect(bench.flow.events.at(-1)).toMatchObject({
      type: 'reply-heard',
      parts: [{ partId: 'm1', complete: true }],
    });
    await hangUp(bench);
  });

  it('measures every stage of a turn', async () => {
    const bench = await greeted();
    await callerSays(bench, 'hello');
    await pass(200);
    bench.model.says('Hello to you. ');
    bench.model.isDone();
    await pass(3000);
    const latency = bench.entries('turn').at(-1)?.['latency'];
    expect(latency).toMatchObject({
      turnEndMs: expect.any(Number),
      modelRequestMs: expect.any(Number),
      modelFirstTokenMs: expect.any(Number),
      firstClauseMs: expect.any(Number),
      voiceFirstByteMs: expect.any(Number),
      firstFrameMs: expect.any(Number),
      voiceToVoiceMs: expect.any(Number),
    });
    await hangUp(bench);
  });
});

describe('barge-in', () => {
  it('clears the line and cancels model and voice within one turn of the event loop; history keeps what was heard', async () => {
    const bench = await greeted();
    await callerSays(bench, 'tell me everything');
    bench.model.says('Alpha bravo charlie delta echo. Foxtrot');
    await pass(1000);
    const clears = bench.line.clears;
    bench.recogniser.stream.push(interim('stop'));
    await pass(0);
    expect(bench.line.clears).toBe(clears + 1);
    expect(bench.line.queuedBytes).toBe(0);
    expect(bench.model.requests[0]?.signal.aborted).toBe(true);
    expect(bench.voice.streams.at(-1)?.cancelled).toBe(true);
    expect(bench.entries('turn').at(-1)).toMatchObject({ interrupted: true, text: 'Alpha bravo' });
    expect(bench.entries('barge-in')).toHaveLength(1);
    const heard = bench.flow.events.findLast((event) => event.type === 'reply-heard');
    expect(heard?.parts).toMatchObject([{ partId: 'm1', heard: 'Alpha bravo', complete: false }]);
    await hangUp(bench);
  });

  it('by a noise only pauses: nothing is cancelled and no word is lost or doubled', async () => {
    const bench = await greeted();
    await callerSays(bench, 'tell me more.');
    bench.model.says('Alpha bravo charlie. ');
    bench.model.isDone();
    await pass(800);
    bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
    await pass(0);
    expect(bench.line.queuedBytes).toBe(0);
    await pass(4000);
    expect(bench.entries('turn').at(-1)).toMatchObject({ text: 'Alpha bravo charlie.', interrupted: false });
    expect(bench.entries('barge-in')).toHaveLength(0);
    expect(bench.model.requests).toHaveLength(1);
    await hangUp(bench);
  });

  it('works the fourth time as it did the first', async () => {
    const bench = await greeted();
    for (let i = 1; i <= 4; i++) {
      await callerSays(bench, `question ${i}`);
      bench.model.says('Alpha bravo charlie delta echo. Foxtrot');
      await pass(700);
      bench.recogniser.stream.push(interim('wait'));
      await pass(0);
      expect(bench.entries('barge-in')).toHaveLength(i);
      expect(bench.line.queuedBytes).toBe(0);
      bench.recogniser.stream.push(final('wait'));
      bench.recogniser.stream.push(ended);
      await pass(1);
    }
    await hangUp(bench);
  });

  it('before anything was heard is the caller going on: the reply is taken back and the words add up', async () => {
    const bench = await greeted();
    await callerSays(bench, 'I want an appointment');
    await callerSays(bench, 'on Friday');
    expect(bench.model.requests.map((request) => request.signal.aborted)).toEqual([true, false]);
    const said = bench.flow.events.filter((event) => event.type === 'caller-said').map((event) => event.text);
    expect(said).toEqual(['I want an appointment', 'I want an appointment on Friday']);
    bench.model.says('Friday it is. ');
    bench.model.isDone();
    await pass(3000);
    expect(bench.entries('turn').filter((turn) => turn['role'] === 'caller')).toHaveLength(1);
    await hangUp(bench);
  });

  it('cannot cut what must be heard', async () => {
    const bench = new CallBench(({ flow }) => {
      flow.interruptible = false;
    });
    await pass(300);
    bench.line.happens({ type: 'frame', audio: new Uint8Array(160), atMs: 0 });
    bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
    bench.recogniser.stream.push(interim('yes yes'));
    await pass(3000);
    expect(bench.entries('turn')[0]).toMatchObject({ text: 'Hello, how can I help?', interrupted: false });
    await hangUp(bench);
  });
});

describe('tools', () => {
  const toolCall = { id: 't1', name: 'book', input: {} };
  const withTool = (effect: 'reads' | 'writes') => (bench: CallBench) => {
    bench.flow.script = (event) =>
      event.type === 'model-replied' && event.toolCalls.length > 0
        ? [
            {
              type: 'run-tool',
              callId: 't1',
              tool: 'book',
              input: {},
              effect,
              timeoutMs: 5000,
              idempotencyKey: 'key-1',
            },
          ]
        : undefined;
  };
  async function asksForTool(bench: CallBench): Promise<void> {
    await callerSays(bench, 'book it');
    bench.model.current.push({ type: 'tool-call', call: toolCall });
    bench.model.isDone('tool-calls');
    await pass(10);
  }

  it('are journalled before they run and after', async () => {
    const bench = await greeted(withTool('writes'));
    await asksForTool(bench);
    expect(bench.entries('tool-started')).toMatchObject([
      { callId: 't1', name: 'book', idempotencyKey: 'key-1' },
    ]);
    expect(await bench.sessions.journal('call-1')).toContainEqual(
      expect.objectContaining({ type: 'tool-started' }),
    );
    expect(bench.entries('tool-finished')).toEqual([]);
    bench.flow.toolRuns[0]?.answer.resolve({ result: 'done', isError: false });
    await pass(10);
    expect(bench.entries('tool-finished')).toMatchObject([{ callId: 't1', result: 'done', isError: false }]);
    await hangUp(bench);
  });

  it('keep their result through an interruption, and are not run again', async () => {
    const bench = await greeted(withTool('writes'));
    await asksForTool(bench);
    await callerSays(bench, 'actually wait');
    expect(bench.flow.toolRuns[0]?.signal.aborted).toBe(false);
    expect(
      bench.flow.events.some((event) => event.type === 'caller-said' && event.text.includes('wait')),
    ).toBe(false);
    bench.flow.toolRuns[0]?.answer.resolve({ result: 'done', isError: false });
    await pass(10);
    const types = bench.flow.events.map((event) => event.type);
    expect(types.indexOf('tool-finished')).toBeLessThan(types.lastIndexOf('caller-said'));
    expect(bench.flow.toolRuns).toHaveLength(1);
    await hangUp(bench);
  });

  it('that only read are forgotten with a reply that is taken back', async () => {
    const bench = await greeted(withTool('reads'));
    await asksForTool(bench);
    await callerSays(bench, 'for Friday');
    bench.flow.toolRuns[0]?.answer.resolve({ result: 'late', isError: false });
    await pass(10);
    expect(bench.flow.events.some((event) => event.type === 'tool-finished')).toBe(false);
    await hangUp(bench);
  });

  it('that change something are not started while the caller may be saying no', async () => {
    const bench = await greeted(withTool('writes'));
    await callerSays(bench, 'book it');
    bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
    await pass(1);
    bench.model.current.push({ type: 'tool-call', call: toolCall });
    bench.model.isDone('tool-calls');
    await pass(10);
    expect(bench.flow.toolRuns).toHaveLength(0);
    await callerSays(bench, 'no, stop');
    expect(bench.flow.toolRuns).toHaveLength(0);
    await hangUp(bench);
  });
});

describe('silence', () => {
  it('of a stuck model is broken within the watchdog’s time, and again', async () => {
    const bench = await greeted();
    await callerSays(bench, 'hello?');
    bench.flow.script = () => undefined;
    const before = bench.line.playedBytes;
    await pass(4100);
    expect(bench.line.playedBytes + bench.line.queuedBytes).toBeGreaterThanOrEqual(before);
    await pass(5000);
    expect(bench.line.playedBytes).toBeGreaterThan(before);
    await hangUp(bench);
  });

  it('of a dead voice is filled by the next voice, from the first word not spoken', async () => {
    const bench = await greeted();
    bench.voice.diesAfterWords = 2;
    await callerSays(bench, 'hello');
    bench.model.says('Alpha bravo charlie delta echo. ');
    bench.model.isDone();
    await pass(5000);
    // The vendor was asked once more before.
    expect(bench.voice.streams.at(-1)?.said.join('')).toBe(' charlie delta echo.');
    expect(bench.spare.streams.at(-1)?.said.join('')).toBe(' echo.');
    expect(bench.entries('turn').at(-1)).toMatchObject({
      text: 'Alpha bravo charlie delta echo.',
      interrupted: false,
      voices: ['fake-tts', 'spare-tts'],
    });
    const trouble = { stage: 'tts', code: 'tts-disconnected', provider: 'fake-tts' };
    expect(bench.entries('trouble')).toEqual([trouble, trouble]);
    expect(bench.entries('provider-switched')).toEqual([
      { stage: 'tts', from: 'fake-tts', to: 'spare-tts', code: 'tts-disconnected' },
    ]);
    await hangUp(bench);
  });

  it('of the caller is asked about', async () => {
    const bench = await greeted();
    await pass(8100);
    expect(bench.flow.events).toContainEqual(expect.objectContaining({ type: 'caller-silent', count: 1 }));
    await hangUp(bench);
  });

  it('of a model that fails is an apology', async () => {
    const bench = await greeted();
    await callerSays(bench, 'hello');
    bench.model.fails();
    await pass(3000);
    expect(bench.entries('turn').at(-1)).toMatchObject({ text: 'Sorry about that.' });
    await hangUp(bench);
  });
});

describe('a recogniser that dies', () => {
  it('is replaced, and the call goes on', async () => {
    const bench = await greeted();
    bench.recogniser.stream.fail(new Error('gone'));
    await pass(500);
    expect(bench.recogniser.streams).toHaveLength(2);
    await callerSays(bench, 'still here');
    expect(bench.model.requests).toHaveLength(1);
    await hangUp(bench);
  });
});

describe('audio that no recogniser has answered', () => {
  it('is heard by the next one, and what was answered is not heard twice', async () => {
    const bench = await greeted();
    const speak = (from: number, count: number): void => {
      for (let i = from; i < from + count; i++) {
        bench.line.happens({ type: 'frame', audio: new Uint8Array(160).fill(0xff), atMs: i * 20 });
      }
    };
    speak(0, 50);
    const word = { text: 'hello', startMs: 0, endMs: 4000, confidence: 1 };
    bench.recogniser.stream.push({ type: 'final', text: 'hello', words: [word], confidence: 1 });
    await pass(1);
    speak(50, 10);
    bench.recogniser.stream.fail(new Error('gone'));
    await pass(500);
    expect(bench.recogniser.streams).toHaveLength(2);
    expect(bench.recogniser.stream.writtenBytes).toBeLessThanOrEqual(10 * 160);
    expect(bench.recogniser.stream.writtenBytes).toBeGreaterThan(0);
    await hangUp(bench);
  });
});

describe('the end', () => {
  it('by the flow comes after the goodbye was heard', async () => {
    const bench = await greeted(({ flow }) => {
      flow.script = (event) =>
        event.type === 'caller-said'
          ? [flow.say('bye', 'Goodbye then.'), { type: 'hang-up', reason: 'flow' }]
          : undefined;
    });
    await callerSays(bench, 'bye');
    await pass(300);
    expect(bench.left).toEqual([]);
    await pass(2000);
    expect(bench.left).toMatchObject([{ type: 'hang-up', reason: 'flow' }]);
    expect(bench.entries('turn').at(-1)).toMatchObject({ text: 'Goodbye then.', interrupted: false });
    expect(bench.end?.plan).toMatchObject({ type: 'hang-up' });
  });

  it('leaves nothing running, whatever was going on', async () => {
    const moments: ((bench: CallBench) => Promise<unknown>)[] = [
      async () => {},
      () => pass(100),
      async (bench) => {
        await pass(3000);
        await callerSays(bench, 'thinking');
      },
      async (bench) => {
        await pass(3000);
        await callerSays(bench, 'speaking');
        bench.model.says('A long story begins here, and goes on. ');
        await pass(500);
      },
      async (bench) => {
        await pass(3000);
        bench.recogniser.stream.push(interim('in the middle of'));
        await pass(10);
      },
    ];
    for (const moment of moments) {
      const bench = new CallBench();
      await moment(bench);
      await hangUp(bench);
      expect(bench.recogniser.streams.every((stream) => stream.closed)).toBe(true);
      expect(bench.model.requests.every((request) => request.signal.aborted)).toBe(true);
      expect(bench.voice.streams.every((stream) => stream.cancelled || stream.ended)).toBe(true);
      expect(vi.getTimerCount()).toBe(0);
    }
  });
});
