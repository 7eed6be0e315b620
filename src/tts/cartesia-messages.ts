/** What Cartesia's speech socket says (docs: `WSS /tts/websocket`), as far as it is used here, and what its errors mean. */
import { z } from 'zod';

export const PROVIDER = 'cartesia';

const chunkSchema = z.object({
  type: z.literal('chunk'),
  context_id: z.string(),
  /** Base64 of audio in the format that was asked for. */
  data: z.base64(),
});

const timestampsSchema = z.object({
  type: z.literal('timestamps'),
  context_id: z.string(),
  /** Seconds since the context's first audio; the three lists run in parallel. */
  word_timestamps: z
    .object({ words: z.array(z.string()), start: z.array(z.number()), end: z.array(z.number()) })
    .refine(({ words, start, end }) => words.length === start.length && words.length === end.length, {
      error: 'lists of different lengths',
    }),
});

const doneSchema = z.object({ type: z.literal('done'), context_id: z.string() });

const errorSchema = z.object({
  type: z.literal('error'),
  /** Missing where the vendor could not read which context it was about. */
  context_id: z.string().nullish(),
  status_code: z.number().optional(),
  error_code: z.string().nullish(),
  title: z.string().nullish(),
  message: z.string().nullish(),
});

const knownSchema = z.discriminatedUnion('type', [chunkSchema, timestampsSchema, doneSchema, errorSchema]);
/** Enough to tell whom a message is for, whatever else is wrong with it. */
const envelopeSchema = z.object({ type: z.string(), context_id: z.string().nullish() });

export type CartesiaMessage = z.infer<typeof knownSchema>;

const KNOWN_TYPES: ReadonlySet<string> = new Set<CartesiaMessage['type']>([
  'chunk',
  'timestamps',
  'done',
  'error',
]);

export type ReadMessage =
  | { type: 'message'; message: CartesiaMessage }
  /** Of a type that means nothing here, such as `flush_done`, or one that is newer than this adapter. */
  | { type: 'other'; vendorType: string }
  /** Not to be understood. `contextId`: whose it was, if that much could be read. */
  | { type: 'unreadable'; contextId: string | undefined; reason: string };

/** Validates one text message from the socket. */
export function readCartesiaMessage(text: string): ReadMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { type: 'unreadable', contextId: undefined, reason: 'a message that is not JSON' };
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) {
    return {
      type: 'unreadable',
      contextId: undefined,
      reason: 'a message that is not an object with a "type"',
    };
  }
  const { type, context_id } = envelope.data;
  if (!KNOWN_TYPES.has(type)) return { type: 'other', vendorType: type };
  const known = knownSchema.safeParse(json);
  if (known.success) return { type: 'message', message: known.data };
  const fields = known.error.issues.map((issue) => issue.path.join('.')).join(', ');
  return {
    type: 'unreadable',
    contextId: context_id ?? undefined,
    reason: `a "${type}" message with a wrong or missing ${fields}`,
  };
}
