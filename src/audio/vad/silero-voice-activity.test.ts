import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createVoice } from '../../tts/flite/index.ts';
import type { VoiceActivity, VoiceActivityEvent } from './index.ts';
import type { WorkerSettings } from './messages.ts';
import { Silero } from './silero.ts';
import { createVoiceActivity, type SileroOptions } from './silero-voice-activity.ts';
import { hearAlone, pinkNoise, toMulaw } from './testing.ts';

const voice = createVoice();
let sentences: Uint8Array[];
beforeAll(async () => {
  const texts = [
    'Yes, please.',
    'My number is four two seven.',
    'No, that was not it.',
    'Hello? Who is there?',
  ];
  sentences = await Promise.all(texts.map(async (text) => (await voice.speak(text, 'slt')).audio));
});
afterAll(() => voice.close());

/** The real thread, which the test can see working, and end. */
class Watched {
  worker: Worker | undefined;
  #sent = 0;
  #answered = 0;

  readonly start = (workerData: WorkerSettings): Worker => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (message: { type: string }, transfer?: ArrayBuffer[]) => {
      if (message.type === 'audio') this.#sent++;
      post(message, transfer);
    };
    worker.on('message', (message: { type: string }) => {
      if (message.type === 'heard') this.#answered++;
    });
    this.worker = worker;
    return worker;
  };

  /** All that was written has been heard. */
  async settled(): Promise<void> {
    if (this.worker === undefined) throw new Error('no thread');
    do await once(this.worker, 'message');
    while (this.#sent > this.#answered);
  }
}

async function setUp(options: SileroOptions = {}): Promise<{ vad: VoiceActivity; watched: Watched }> {
  const watched = new Watched();
  const vad = await createVoiceActivity({ startWorker: watched.start, ...options });
  onTestFinished(() => vad.close());
  return { vad, watched };
}

/** A line with noise of its own and a sentence on it, each another. */
function line(index: number): Uint8Array {
  const sentence = sentences[index % sentences.length] ?? new Uint8Array(0);
  const noise = pinkNoise(3200, -60 + (index % 3) * 8, index + 1);
  const audio = toMulaw(noise);
  audio.set(sentence.subarray(0, 16_000), 4000 + index * 160);
  return audio;
}

/** Frames 0 to 159 of each line, in pieces that no stream drops. */
async function play(
  watched: Watched,
  streams: readonly { write(frame: Uint8Array, atMs: number): void }[],
  audio: readonly Uint8Array[],
  frames = { from: 0, to: 160 },
): Promise<void> {
  for (let piece = frames.from; piece < frames.to; piece += 20) {
    for (let frame = piece; frame < Math.min(piece + 20, frames.to); frame++) {
      for (const [index, stream] of streams.entries()) {
        stream.write(
          (audio[index] ?? new Uint8Array(0)).subarray(frame * 160, frame * 160 + 160),
          frame * 20,
        );
      }
    }
    await watched.settled();
  }
}

test('sixty calls at once hear what each would hear alone; one of them hangs up in the middle', async () => {
  const { vad, watched } = await setUp();
  expect(vad.available).toBe(true);
  const lines = Array.from({ length: 60 }, (_, index) => line(index));
  const heard: VoiceActivityEvent[][] = lines.map(() => []);
  const streams = lines.map((_, index) => vad.open({}, (event) => heard[index]?.push(event)));
  await play(watched, streams, lines, { from: 0, to: 60 });
  streams[7]?.close();
  const heardBy7 = heard[7]?.length;
  await play(watched, streams, lines, { from: 60, to: 160 });
  expect(heard[7]?.length).toBe(heardBy7);

  const silero = await Silero.load();
  onTestFinished(() => silero.release());
  const close = (event: VoiceActivityEvent) =>
    Object.fromEntries(
      Object.entries(event).map(([key, value]) => [
        key,
        typeof value === 'number' ? Math.round(value * 100) / 100 : value,
      ]),
    );
  for (const index of [0, 1, 2, 3, 13, 29, 41, 59]) {
    const alone = await hearAlone(silero, lines[index] ?? new Uint8Array(0));
    expect(alone.some((event) => event.type === 'speech-started')).toBe(true);
    expect(heard[index]?.map(close)).toEqual(alone.map(close));
  }
});

test('a new stream knows nothing of an old one', async () => {
  const { vad, watched } = await setUp();
  const hear = async (): Promise<VoiceActivityEvent[]> => {
    const events: VoiceActivityEvent[] = [];
    const stream = vad.open({}, (event) => events.push(event));
    await play(watched, [stream], [line(1)]);
    stream.close();
    return events;
  };
  expect(await hear()).toEqual(await hear());
});

test('a stream that floods the thread keeps its newest half second', async () => {
  const { vad, watched } = await setUp();
  const events: VoiceActivityEvent[] = [];
  const stream = vad.open({}, (event) => events.push(event));
  const audio = line(2);
  for (let frame = 0; frame < 1000; frame++) stream.write(audio.subarray(0, 160), frame * 20);
  await watched.settled();
  await play(watched, [stream], [audio]);
  expect(events.every((event) => event.atMs <= 3200)).toBe(true);
});

test('settings of a stream can change while it is open', async () => {
  const { vad, watched } = await setUp();
  const events: VoiceActivityEvent[] = [];
  const stream = vad.open({}, (event) => events.push(event));
  stream.configure({ minSpeechMs: 60_000 });
  await play(watched, [stream], [line(0)]);
  expect(events).toEqual([]);
});

test('where the model cannot be loaded it says so, and calls go on without', async () => {
  const faults: string[] = [];
  const { vad } = await setUp({
    modelPath: '/nowhere/silero.onnx',
    onFault: (reason) => faults.push(reason),
  });
  expect(vad.available).toBe(false);
  expect(vad.unavailableReason).toMatch(/cannot be loaded: .*\/nowhere\/silero\.onnx/);
  expect(faults).toEqual([vad.unavailableReason]);
  const stream = vad.open({}, () => {
    throw new Error('heard something');
  });
  stream.write(line(0), 0);
  stream.configure({ threshold: 0.9 });
  stream.close();
  await vad.close();
});

test('where no thread can be started it says so', async () => {
  const { vad } = await setUp({
    startWorker: () => {
      throw new Error('no threads here');
    },
  });
  expect(vad.unavailableReason).toContain('no threads here');
});

test('when its thread dies, speech going on ends, the fault is told, and a new thread hears the same streams', async () => {
  const faults: string[] = [];
  const { vad, watched } = await setUp({ onFault: (reason) => faults.push(reason), restartAfterMs: 1 });
  const events: VoiceActivityEvent[] = [];
  const stream = vad.open({}, (event) => events.push(event));
  const audio = line(1);
  await play(watched, [stream], [audio], { from: 0, to: 80 });
  expect(events.at(-1)?.type).toBe('speech-continues');
  const first = watched.worker;
  await first?.terminate();
  expect(vad.available).toBe(false);
  expect(faults).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ type: 'speech-stopped', endMs: events.at(-2)?.atMs });
  stream.write(audio.subarray(0, 160), 1600);

  while (watched.worker === first) await new Promise(setImmediate);
  if (watched.worker !== undefined) await once(watched.worker, 'message');
  expect(vad.available).toBe(true);
  events.length = 0;
  await play(watched, [stream], [audio]);
  expect(events.some((event) => event.type === 'speech-started')).toBe(true);
});

test('one listener that throws does not cost the others their events', async () => {
  const { vad, watched } = await setUp();
  const events: VoiceActivityEvent[] = [];
  const streams = [
    vad.open({}, () => {
      throw new Error('a mistake');
    }),
    vad.open({}, (event) => events.push(event)),
  ];
  await play(watched, streams, [line(1), line(1)]);
  expect(events.some((event) => event.type === 'speech-started')).toBe(true);
});

test('closed, it is silent and its thread is gone, however often it is closed', async () => {
  const { vad, watched } = await setUp();
  const stream = vad.open({}, () => undefined);
  stream.write(line(0).subarray(0, 160), 0);
  const gone = watched.worker === undefined ? undefined : once(watched.worker, 'exit');
  await Promise.all([vad.close(), vad.close(), gone]);
  expect(vad.available).toBe(false);
  stream.write(line(0).subarray(0, 160), 20);
  vad.open({}, () => undefined).close();
});
