/** What the owner of eSpeak's thread and the thread tell each other. */
import { z } from 'zod';

const id = z.number();

/** A text, with what is asked of it. */
export const order = z.object({
  id,
  text: z.string(),
  voices: z.array(z.string()),
  speed: z.number(),
});
export type Order = z.infer<typeof order>;

export const report = z.union([
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('audio'), id, audio: z.instanceof(Uint8Array) }),
  z.object({
    type: z.literal('spoken'),
    id,
    words: z.array(z.object({ text: z.string(), startMs: z.number(), endMs: z.number() })),
  }),
  z.object({ type: z.literal('failed'), id, message: z.string() }),
]);
export type Report = z.infer<typeof report>;
