/** What ElevenLabs' realtime recogniser says (docs: "Realtime" speech to text, AsyncAPI), as far as it is used. */
import { z } from 'zod';
import { SttError } from './index.ts';

export const PROVIDER = 'elevenlabs';

const typed = z.object({ message_type: z.string().min(1), error: z.string().optional() });

const partial = z.object({ message_type: z.literal('partial_transcript'), text: z.string() });
const committed = z.object({ message_type: z.literal('committed_transcript'), text: z.string() });
const timed = z.object({
  message_type: z.literal('committed_transcript_with_timestamps'),
  text: z.string(),
  /** Times are seconds of the session's audio. Between words there are spaces, as items of their own. */
  words: z
    .array(
      z.object({
        text: z.string().default(''),
        start: z.number().optional(),
        end: z.number().optional(),
        type: z.string().default('word'),
        logprob: z.number().optional(),
      }),
    )
    .nullish(),
});

const known = z.discriminatedUnion('message_type', [partial, committed, timed]);
const KNOWN: readonly string[] = [
  'partial_transcript',
  'committed_transcript',
  'committed_transcript_with_timestamps',
];

export type ScribeMessage = z.infer<typeof known>;
export type TimedTranscript = z.infer<typeof timed>;

/** Told, and the session goes on (seen with servers: a commit of less than 0.3 s of audio is passed over). */
const NOTICES: readonly string[] = ['commit_throttled', 'insufficient_audio_activity', 'warning'];
/** What failed once fails again: credentials, money, terms, and what was asked for. */
const REFUSALS: readonly string[] = [
  'quota_exceeded',
  'unaccepted_terms',
  'invalid_request',
  'input_error',
  'chunk_size_exceeded',
];
const BUSY: readonly string[] = ['rate_limited', 'queue_overflow', 'resource_exhausted'];

/**
 * Validates one message; undefined: it means nothing here.
 *
 * @throws SttError when it says that the vendor gives up; any other error when it cannot be understood
 */
export function readScribeMessage(data: string): ScribeMessage | undefined {
  const message: unknown = JSON.parse(data);
  const { message_type: type, error } = typed.parse(message);
  if (KNOWN.includes(type)) return known.parse(message);
  if (NOTICES.includes(type)) return undefined;
  const isFailure = error !== undefined || REFUSALS.includes(type) || BUSY.includes(type);
  if (isFailure) throw failureOf(type);
  return undefined;
}

function failureOf(type: string): SttError {
  const told = `the vendor gave up: ${type}`;
  if (type === 'auth_error') return new SttError('stt-unauthorised', PROVIDER, told, { retryable: false });
  if (REFUSALS.includes(type)) return new SttError('stt-refused', PROVIDER, told, { retryable: false });
  if (BUSY.includes(type)) return new SttError('stt-refused', PROVIDER, told, { retryable: true });
  return new SttError('stt-disconnected', PROVIDER, told, { retryable: true });
}
