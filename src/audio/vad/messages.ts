/** What the main thread and the model's thread tell each other. */
import { z } from 'zod';
import type { VoiceActivityEvent } from './index.ts';

const options = z.object({
  threshold: z.number().optional(),
  minSpeechMs: z.number().optional(),
  hangoverMs: z.number().optional(),
});

/** To the model's thread. A stream is known by a number that is never used twice. */
export const toWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), id: z.number(), options }),
  z.object({ type: z.literal('configure'), id: z.number(), options }),
  z.object({ type: z.literal('close'), id: z.number() }),
  /** One tick of all streams: so many pieces are in the tray. */
  z.object({ type: z.literal('audio'), pieces: z.number() }),
  z.object({ type: z.literal('end') }),
]);
export type ToWorker = z.infer<typeof toWorker>;

/** From the model's thread. */
export const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The model cannot be loaded: nothing will ever be heard. */
  z.object({ type: z.literal('failed'), reason: z.string() }),
  /**
   * The answer to each `audio`, also where nothing happened: the thread is free for the next. The events are as
   * `pack` made them.
   */
  z.object({ type: z.literal('heard'), events: z.instanceof(Float64Array) }),
]);
export type FromWorker = z.infer<typeof fromWorker>;

/** What the thread is started with. */
export const workerSettings = z.object({
  modelPath: z.string().or(z.undefined()),
  /** See {@link RunGuard}. */
  guard: z.custom<Int32Array>((value) => value instanceof Int32Array),
  /** See {@link AudioTray}. */
  tray: z.instanceof(SharedArrayBuffer),
});
export type WorkerSettings = z.infer<typeof workerSettings>;

const EVENT_TYPES = ['speech-started', 'speech-continues', 'speech-stopped'] as const;
const NUMBERS_AN_EVENT = 7;

/** Appends an event of a stream to `numbers`: hundreds a second cost less as numbers than as objects. */
export function pack(numbers: number[], id: number, event: VoiceActivityEvent): void {
  const { onsetMs, atMs, levelDb } = event;
  const [endMs, probability] =
    event.type === 'speech-stopped' ? [event.endMs, event.meanProbability] : [atMs, event.probability];
  numbers.push(id, EVENT_TYPES.indexOf(event.type), onsetMs, endMs, atMs, probability, levelDb);
}

/** Tells the events that were packed, in their order. */
export function unpack(
  numbers: Float64Array,
  onEvent: (id: number, event: VoiceActivityEvent) => void,
): void {
  for (let from = 0; from < numbers.length; from += NUMBERS_AN_EVENT) {
    const [id = 0, kind = 0, onsetMs = 0, endMs = 0, atMs = 0, probability = 0, levelDb = 0] =
      numbers.subarray(from, from + NUMBERS_AN_EVENT);
    const type = EVENT_TYPES[kind];
    if (type === 'speech-stopped')
      onEvent(id, { type, onsetMs, endMs, atMs, meanProbability: probability, levelDb });
    else if (type !== undefined) onEvent(id, { type, onsetMs, atMs, probability, levelDb });
  }
}
