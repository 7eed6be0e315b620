/** What Deepgram says: how any message is read, and those of `/v1/listen` (docs: streaming) as far as they are used here. */
import { z } from 'zod';

/** Times are seconds of the audio that was sent. */
const wordSchema = z.object({
  word: z.string(),
  /** Only with `punctuate` or `smart_format`. */
  punctuated_word: z.string().optional(),
  start: z.number(),
  end: z.number(),
  confidence: z.number(),
});

const resultsSchema = z.object({
  type: z.literal('Results'),
  /** The words of this stretch of audio will not change any more. */
  is_final: z.boolean(),
  /** The endpointer heard the pause it was asked for. */
  speech_final: z.boolean().default(false),
  channel: z.object({
    alternatives: z.array(
      z.object({
        transcript: z.string(),
        confidence: z.number().default(0),
        words: z.array(wordSchema).default([]),
      }),
    ),
  }),
});

const utteranceEndSchema = z.object({
  type: z.literal('UtteranceEnd'),
  /** Seconds; negative when the vendor does not know. */
  last_word_end: z.number().optional(),
});

const speechStartedSchema = z.object({ type: z.literal('SpeechStarted'), timestamp: z.number() });

const knownSchema = z.discriminatedUnion('type', [resultsSchema, utteranceEndSchema, speechStartedSchema]);
/** Not empty: the SDK hands over a binary message as a Blob, whose `type` is ''. */
const typedSchema = z.object({ type: z.string().min(1) });

export type DeepgramResults = z.infer<typeof resultsSchema>;
export type DeepgramMessage = z.infer<typeof knownSchema>;

/** A message of the vendor's that cannot be understood; `message` says why, without any spoken word. */
class UnreadableMessageError extends Error {
  override readonly name = 'UnreadableMessageError';
}

/** Of a type that means nothing here, such as `Metadata`, or one that is newer than this adapter. */
export interface OtherMessage {
  type: 'other';
  vendorType: string;
}

/**
 * Validates one message of `/v1/listen`, already parsed from JSON.
 * @throws UnreadableMessageError when it has no type, or a known type and the wrong shape.
 */
export function readNovaMessage(message: unknown): DeepgramMessage | OtherMessage {
  return readMessage(knownSchema, ['Results', 'UtteranceEnd', 'SpeechStarted'], message);
}

/** As {@link readNovaMessage}, for the messages of a schema; `types` are all the types that it knows. */
export function readMessage<T extends { type: string }>(
  schema: z.ZodType<T>,
  types: readonly T['type'][],
  message: unknown,
): T | OtherMessage {
  const typed = typedSchema.safeParse(message);
  if (!typed.success) throw new UnreadableMessageError('a message that is not a JSON object with a "type"');
  const vendorType = typed.data.type;
  if (!types.includes(vendorType)) return { type: 'other', vendorType };
  const known = schema.safeParse(message);
  if (known.success) return known.data;
  const fields = known.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new UnreadableMessageError(`a "${vendorType}" message with a wrong or missing ${fields}`);
}
