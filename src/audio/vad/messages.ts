/** What the main thread and the model's thread tell each other. */
import { z } from 'zod';

const options = z.object({
  threshold: z.number().optional(),
  minSpeechMs: z.number().optional(),
  hangoverMs: z.number().optional(),
});

const event = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['speech-started', 'speech-continues']),
    onsetMs: z.number(),
    atMs: z.number(),
    probability: z.number(),
    levelDb: z.number(),
  }),
  z.object({
    type: z.literal('speech-stopped'),
    onsetMs: z.number(),
    endMs: z.number(),
    atMs: z.number(),
    meanProbability: z.number(),
    levelDb: z.number(),
  }),
]);

/** To the model's thread. A stream is known by a number that is never used twice. */
export const toWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), id: z.number(), options }),
  z.object({ type: z.literal('configure'), id: z.number(), options }),
  z.object({ type: z.literal('close'), id: z.number() }),
  /** One tick of all streams. `pieces`: id, atMs and length of each piece of `audio`, in order. */
  z.object({
    type: z.literal('audio'),
    pieces: z.instanceof(Float64Array),
    audio: z.instanceof(Uint8Array),
  }),
  z.object({ type: z.literal('end') }),
]);
export type ToWorker = z.infer<typeof toWorker>;

/** From the model's thread. */
export const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The model cannot be loaded: nothing will ever be heard. */
  z.object({ type: z.literal('failed'), reason: z.string() }),
  /** The answer to each `audio`, also where nothing happened: the thread is free for the next. */
  z.object({ type: z.literal('heard'), events: z.array(z.object({ id: z.number(), event })) }),
]);
export type FromWorker = z.infer<typeof fromWorker>;

/** What the thread is started with. */
export const workerSettings = z.object({
  modelPath: z.string().or(z.undefined()),
  /** See {@link RunGuard}. */
  guard: z.custom<Int32Array>((value) => value instanceof Int32Array),
});
export type WorkerSettings = z.infer<typeof workerSettings>;
