import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlowCommand, ListenExpectation, SpokenAs } from '../flows/index.ts';
import { CallBench } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'a timer is left').toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const SPANISH: SpokenAs = { language: 'es-US', voice: { id: 'voz' } };
const open: ListenExpectation = {
  kind: 'open',
  silenceMs: 8000,
  endpointing: { completeMs: 0, openMs: 0, unfinishedMs: 1800, numberMs: 2200 },
};

/** Goes on in Spanish after the first answer. */
function bilingual(as: SpokenAs): CallBench {
  return new CallBench(({ flow }) => {
    flow.script = ({ type }): FlowCommand[] | undefined => {
      if (type === 'call-started')
        return [
          { type: 'say', partId: 'a', text: 'Hello.', interruptible: true, fixed: false },
          { type: 'listen', expect: open },
        ];
      if (type !== 'caller-said') return undefined;
      return [
        { type: 'say', partId: 'b', text: 'Hola.', interruptible: true, fixed: false, as },
        { type: 'listen', expect: { ...open, as } },
      ];
    };
  });
}

async function says(bench: CallBench, text: string): Promise<void> {
  bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
  bench.recogniser.stream.push({ type: 'final', text, words: [], confidence: 1 });
  bench.recogniser.stream.push({ type: 'turn-ended' });
  await pass(3000);
}

describe('a call that goes on in another language', () => {
  it('is spoken and listened to in it', async () => {
    const bench = bilingual(SPANISH);
    await pass(3000);
    for (let frames = 0; frames < 50; frames++)
      bench.line.happens({ type: 'frame', audio: new Uint8Array(160).fill(0x12), atMs: frames * 20 });
    await says(bench, 'Español.');
    expect(bench.voice.opened).toEqual([{ language: 'en-US' }, { language: 'es-US', voice: 'voz' }]);
    expect(bench.recogniser.opened.map(({ language }) => language)).toEqual(['en-US', 'es-US']);
    const [first, second] = bench.recogniser.streams;
    expect([first?.closed, second?.closed]).toEqual([true, false]);
    expect(first?.writtenBytes).toBeGreaterThan(0);
    // What was said in the other language is not said to it again.
    expect(second?.writtenBytes).toBe(0);
    bench.line.end('stopped');
    await pass(0);
  });

  it('is told by the recogniser of that language what is said next', async () => {
    const bench = bilingual(SPANISH);
    await pass(3000);
    await says(bench, 'Español.');
    await says(bench, 'Sí, gracias.');
    expect(bench.flow.events).toContainEqual(
      expect.objectContaining({ type: 'caller-said', text: 'Sí, gracias.' }),
    );
    expect(bench.recogniser.streams).toHaveLength(2);
    expect(bench.entries('trouble')).toEqual([]);
    bench.line.end('stopped');
    await pass(0);
  });

  it('by another voice only, is listened to as before', async () => {
    const bench = bilingual({ language: 'en-US', voice: { id: 'other' } });
    await pass(3000);
    await says(bench, 'Hm.');
    expect(bench.voice.opened.map(({ voice }) => voice)).toEqual([undefined, 'other']);
    expect(bench.recogniser.streams).toHaveLength(1);
    bench.line.end('stopped');
    await pass(0);
  });
});
