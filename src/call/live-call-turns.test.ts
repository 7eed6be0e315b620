/** Drafts, back-channels, noises and ready audio, through the whole of a live call. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlowCommand } from '../flows/index.ts';
import { CallBench } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'a timer is left').toBe(0);
  vi.useRealTimers();
});

/** As loud as μ-law goes, either way. */
const LOUD = Uint8Array.from({ length: 160 }, (_, index) => (index % 2 === 0 ? 0x00 : 0x80));
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function greeted(prepare?: (bench: CallBench) => void): Promise<CallBench> {
  const bench = new CallBench(prepare);
  await pass(3000);
  return bench;
}

async function hangUp(bench: CallBench): Promise<void> {
  bench.line.end('stopped');
  await pass(0);
  expect(bench.voiceActivity.closed).toBe(true);
}

const likely = async (bench: CallBench, text: string): Promise<void> => {
  bench.recogniser.stream.push({ type: 'interim', text, words: [] });
  bench.recogniser.stream.push({ type: 'turn-likely', text });
  await pass(1);
};
const final = async (bench: CallBench, text: string): Promise<void> => {
  bench.recogniser.stream.push({ type: 'final', text, words: [], confidence: 1 });
  bench.recogniser.stream.push({ type: 'turn-ended' });
  await pass(1);
};

describe('a draft', () => {
  it('is the reply when the words stay as they were, and was not heard before', async () => {
    const bench = await greeted();
    await likely(bench, 'what are your hours');
    expect(bench.model.requests).toHaveLength(1);
    bench.model.says('Nine to five. ');
    bench.model.isDone();
    await pass(200);
    expect(bench.voice.streams.at(-1)?.said.join('')).toContain('Nine to five.');
    expect(bench.line.queuedBytes).toBe(0);
    expect(bench.entries('model-used')).toHaveLength(0);
    await final(bench, 'What are your hours?');
    expect(bench.line.queuedBytes).toBeGreaterThan(0);
    await pass(2000);
    expect(bench.model.requests).toHaveLength(1);
    expect(bench.entries('turn').slice(1)).toMatchObject([
      { role: 'caller', text: 'What are your hours?' },
      { role: 'agent', text: 'Nine to five.' },
    ]);
    expect(bench.entries('draft')).toMatchObject([{ outcome: 'adopted', modelInputTokens: 0 }]);
    expect(bench.entries('model-used')).toHaveLength(1);
    await hangUp(bench);
  });

  it('leaves nothing but its cost when the caller goes on', async () => {
    const bench = await greeted();
    await likely(bench, 'what are your hours');
    bench.model.current.push({
      type: 'started',
      usage: { inputTokens: 30, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    });
    bench.model.says('Nine to five. ');
    await pass(50);
    const [first] = bench.model.requests;
    bench.recogniser.stream.push({ type: 'turn-resumed' });
    await pass(1);
    expect(first?.signal.aborted).toBe(true);
    expect(bench.voice.streams.at(-1)?.cancelled).toBe(true);
    await final(bench, 'what are your hours on Sunday');
    expect(bench.model.requests).toHaveLength(2);
    bench.model.says('Closed. ');
    bench.model.isDone();
    await pass(2000);
    expect(bench.entries('turn').slice(1)).toMatchObject([
      { role: 'caller', text: 'what are your hours on Sunday' },
      { role: 'agent', text: 'Closed.' },
    ]);
    expect(bench.entries('draft')).toMatchObject([
      { outcome: 'dropped', reason: 'resumed', modelInputTokens: 30, modelOutputTokens: 4, usd: 0.001 },
    ]);
    await hangUp(bench);
  });

  it.each(['reads', 'writes'] as const)('runs a tool that %s as its effect allows', async (effect) => {
    const tool: FlowCommand = {
      type: 'run-tool',
      callId: 't1',
      tool: 'look',
      input: {},
      effect,
      timeoutMs: 5000,
      idempotencyKey: 'key-1',
    };
    const bench = await greeted(({ flow }) => {
      flow.script = (event) =>
        event.type === 'model-replied' && event.toolCalls.length > 0 ? [tool] : undefined;
    });
    await likely(bench, 'is Tuesday free');
    bench.model.current.push({ type: 'tool-call', call: { id: 't1', name: 'look', input: {} } });
    bench.model.isDone('tool-calls');
    await pass(10);
    expect(bench.flow.toolRuns).toHaveLength(effect === 'reads' ? 1 : 0);
    expect(bench.entries('tool-started')).toHaveLength(0);
    await final(bench, 'Is Tuesday free?');
    await pass(10);
    expect(bench.flow.toolRuns).toHaveLength(1);
    expect(bench.entries('tool-started')).toHaveLength(1);
    bench.flow.toolRuns[0]?.answer.resolve({ result: 'yes', isError: false });
    await pass(10);
    await hangUp(bench);
  });

  it('whose tool writes is dropped with the tool never run', async () => {
    const bench = await greeted(({ flow }) => {
      flow.script = (event) =>
        event.type === 'model-replied' && event.toolCalls.length > 0
          ? [
              {
                type: 'run-tool',
                callId: 't1',
                tool: 'book',
                input: {},
                effect: 'writes',
                timeoutMs: 5000,
                idempotencyKey: 'key-1',
              },
            ]
          : undefined;
    });
    await likely(bench, 'book it');
    bench.model.current.push({ type: 'tool-call', call: { id: 't1', name: 'book', input: {} } });
    bench.model.isDone('tool-calls');
    await pass(10);
    await hangUp(bench);
    await pass(10);
    expect(bench.flow.toolRuns).toHaveLength(0);
    expect(bench.entries('tool-started')).toHaveLength(0);
  });
});

describe('a sound over the agent', () => {
  const speaking = async ({ isWhole = true } = {}): Promise<CallBench> => {
    const bench = await greeted((stage) => {
      stage.voiceActivity.available = true;
    });
    await final(bench, 'tell me more.');
    bench.model.says('Alpha bravo charlie delta echo foxtrot golf hotel. ');
    if (isWhole) bench.model.isDone();
    else bench.model.says('India');
    await pass(800);
    expect(bench.line.queuedBytes).toBeGreaterThan(0);
    return bench;
  };
  const started = (bench: CallBench): void =>
    bench.voiceActivity.hears({
      type: 'speech-started',
      onsetMs: 0,
      atMs: 130,
      probability: 0.9,
      levelDb: -20,
    });
  const stopped = (bench: CallBench): void =>
    bench.voiceActivity.hears({
      type: 'speech-stopped',
      onsetMs: 0,
      endMs: 300,
      atMs: 500,
      meanProbability: 0.9,
      levelDb: -20,
    });
  const whole = 'Alpha bravo charlie delta echo foxtrot golf hotel.';

  it('that has no words lets it go on as soon as the sound is over, and nothing is cancelled', async () => {
    const bench = await speaking();
    started(bench);
    expect(bench.line.queuedBytes).toBe(0);
    await pass(300);
    stopped(bench);
    await pass(200);
    expect(bench.line.queuedBytes).toBeGreaterThan(0);
    await pass(5000);
    expect(bench.entries('turn').at(-1)).toMatchObject({ text: whole, interrupted: false });
    expect(bench.model.requests[0]?.signal.aborted).toBe(true);
    expect(bench.entries('barge-in')).toHaveLength(0);
    await hangUp(bench);
  });

  it('that says "uh-huh" is noted, and the agent goes on', async () => {
    const bench = await speaking();
    started(bench);
    bench.recogniser.stream.push({ type: 'interim', text: 'uh-huh', words: [] });
    await pass(300);
    stopped(bench);
    await pass(0);
    expect(bench.line.queuedBytes).toBeGreaterThan(0);
    await final(bench, 'Uh-huh.');
    await pass(5000);
    expect(bench.entries('turn').at(-1)).toMatchObject({ text: whole, interrupted: false });
    expect(bench.entries('back-channel')).toMatchObject([{ text: 'Uh-huh.' }]);
    expect(bench.model.requests).toHaveLength(1);
    await hangUp(bench);
  });

  it('that lasts cuts it short before any word while it is being made; when nothing follows the agent goes on', async () => {
    const bench = await speaking({ isWhole: false });
    bench.flow.script = (event) =>
      event.type === 'go-on' ? [bench.flow.say('rest', 'delta echo')] : undefined;
    const onsetMs = bench.nowMs();
    const carrierMs = 10_000;
    const sounds = async (fromMs: number, untilMs: number): Promise<void> => {
      for (let at = fromMs; at < untilMs; at += 20) {
        bench.line.happens({ type: 'frame', audio: LOUD, atMs: carrierMs + at });
        await pass(20);
      }
    };
    await sounds(0, 140);
    bench.voiceActivity.hears({
      type: 'speech-started',
      onsetMs,
      atMs: onsetMs + 120,
      probability: 0.95,
      levelDb: -20,
    });
    expect(bench.line.queuedBytes).toBe(0);
    await sounds(140, 560);
    expect(bench.entries('barge-in')).toEqual([]);
    await sounds(560, 680);
    expect(bench.entries('barge-in')).toMatchObject([{ by: 'length' }]);
    stopped(bench);
    await pass(2000);
    expect(bench.flow.events.some(({ type }) => type === 'go-on')).toBe(true);
    await hangUp(bench);
  });

  it('is heard by the recogniser alone once voice activity is lost', async () => {
    const bench = await speaking();
    bench.voiceActivity.available = false;
    bench.line.happens({ type: 'frame', audio: new Uint8Array(160).fill(0xff), atMs: 4000 });
    bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
    await pass(0);
    expect(bench.line.queuedBytes).toBe(0);
    await hangUp(bench);
  });
});

describe('texts of a reply', () => {
  it('stand apart, for the voice and in the transcript', async () => {
    const bench = await greeted(({ flow }) => {
      flow.script = (event) =>
        event.type === 'caller-said'
          ? [
              { type: 'say', partId: 'a', text: 'At 3:30 PM.', interruptible: true, fixed: false },
              { type: 'say', partId: 'b', text: 'Anything else?', interruptible: true, fixed: false },
            ]
          : undefined;
    });
    await final(bench, 'when do you open?');
    await pass(100);
    expect(bench.voice.streams.at(-1)?.said.join('')).toBe('At three thirty P M. Anything else?');
    await hangUp(bench);
    expect(bench.entries('turn').at(-1)).toMatchObject({ generated: 'At 3:30 PM. Anything else?' });
  });
});

describe('what is said on every call', () => {
  it('is asked of the voice once', async () => {
    const first = await greeted();
    expect(first.voice.streams).toHaveLength(1);
    expect(first.spare.streams.map(({ said }) => said.join(''))).not.toContain('Hello, how can I help?');
    await hangUp(first);
    const again = await greeted((bench) => {
      for (const [text, prompt] of first.prompts.kept) bench.prompts.kept.set(text, prompt);
    });
    expect(first.prompts.kept.has('Hello, how can I help?')).toBe(true);
    expect(again.voice.streams).toHaveLength(0);
    expect(again.entries('turn')).toMatchObject([{ text: 'Hello, how can I help?' }]);
    expect(again.entries('spoken')).toEqual([]);
    await hangUp(again);
  });
});
