/** What Deepgram's turn-based endpoint says (docs: `/v2/listen`; asyncapi.yml of deepgram-api-specs), as far as it is used. */
import { z } from 'zod';
import { type OtherMessage, readMessage } from './deepgram-messages.ts';

/** Times are seconds of the audio that was sent. */
const wordSchema = z.object({
  /** As it is written, with its punctuation. */
  word: z.string(),
  confidence: z.number(),
  /** Not there on older deployments. */
  start: z.number().optional(),
  end: z.number().optional(),
});

const turnInfoSchema = z.object({
  type: z.literal('TurnInfo'),
  /** Open: the vendor may add to it. */
  event: z.string(),
  turn_index: z.number(),
  audio_window_start: z.number(),
  audio_window_end: z.number(),
  /** Of the whole turn so far. */
  transcript: z.string(),
  words: z.array(wordSchema).default([]),
});

/** Always the last message. */
const errorSchema = z.object({ type: z.literal('Error'), code: z.string() });

const knownSchema = z.discriminatedUnion('type', [turnInfoSchema, errorSchema]);
const EVENTS = ['StartOfTurn', 'Update', 'EagerEndOfTurn', 'TurnResumed', 'EndOfTurn'] as const;
const eventSchema = z.enum(EVENTS);

export type FluxTurnInfo = z.infer<typeof turnInfoSchema> & { event: (typeof EVENTS)[number] };
type FluxError = z.infer<typeof errorSchema>;

/**
 * Validates one message, already parsed from JSON.
 * @throws UnreadableMessageError when it has no type, or a known type and the wrong shape.
 */
export function readFluxMessage(message: unknown): FluxTurnInfo | FluxError | OtherMessage {
  const read = readMessage(knownSchema, ['TurnInfo', 'Error'], message);
  if (read.type !== 'TurnInfo') return read;
  const event = eventSchema.safeParse(read.event);
  if (event.success) return { ...read, event: event.data };
  return { type: 'other', vendorType: `TurnInfo ${read.event}` };
}
