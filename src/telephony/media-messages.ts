/**
 * The messages of a Twilio media stream, both ways (Twilio docs: "Media Streams – WebSocket messages"). Everything
 * that comes is checked here; what is not as it should be becomes a {@link Fault} and is never thrown.
 */
import { z } from 'zod';
import { describeIssue, sidSchema } from './sid.ts';
import type { TokenRefusal } from './stream-token.ts';

/** What can be wrong with a message or a stream; these words label the counter and the log. */
export type Fault =
  // One message, which is then ignored.
  | 'malformed-json'
  | 'binary-message'
  | 'unknown-event'
  | 'invalid-message'
  | 'bad-payload'
  | 'wrong-track'
  | 'wrong-stream'
  | 'before-start'
  | 'second-start'
  | 'repeated-message'
  // The carrier found fault with one of ours.
  | 'carrier-complained'
  // One message, which is used all the same.
  | 'out-of-order'
  // The stream, which is then closed.
  | 'oversized-message'
  | 'bad-websocket-frame'
  | 'wrong-media-format'
  | 'wrong-account'
  | 'unknown-session'
  | 'no-start'
  | 'silent'
  | 'too-many-faults'
  | 'too-slow-to-read'
  | 'store-failed'
  | `token-${TokenRefusal}`
  // Ours.
  | 'listener-failed'
  | 'kept-too-much';

/** `sequence` is undefined where the message had none that is a number. */
interface Numbered {
  streamSid: string;
  sequence: number | undefined;
}

export interface StartMessage extends Numbered {
  type: 'start';
  accountSid: string;
  callSid: string;
  parameters: Readonly<Record<string, string>>;
}

export type StreamMessage =
  | { type: 'connected' }
  | StartMessage
  | ({ type: 'media'; audio: Uint8Array; atMs: number } & Numbered)
  | ({ type: 'dtmf'; digit: string } & Numbered)
  | ({ type: 'mark'; name: string } & Numbered)
  | ({ type: 'stop' } & Numbered);

/** `detail` names what was wrong, never the value. */
interface FaultyMessage {
  type: 'fault';
  fault: Fault;
  detail?: string;
}

const connectedSchema = z.object({ protocol: z.literal('Call') });

const startSchema = z.object({
  streamSid: sidSchema('MZ'),
  start: z.object({
    accountSid: z.string(),
    callSid: sidSchema('CA'),
    mediaFormat: z.object({
      encoding: z.literal('audio/x-mulaw'),
      sampleRate: z.literal(8000),
      channels: z.literal(1),
    }),
    // Twilio: name and value of a parameter are under 500 characters together.
    customParameters: z.record(z.string().max(500), z.string().max(500)).default({}),
  }),
});

const dtmfSchema = z.object({
  streamSid: z.string(),
  dtmf: z.object({ digit: z.string().regex(/^[0-9*#A-D]$/) }),
});

const markSchema = z.object({ streamSid: z.string(), mark: z.object({ name: z.string().min(1).max(500) }) });

const stopSchema = z.object({ streamSid: z.string() });

/** Reads one text message. `maxPayloadBytes` bounds the audio of a `media` message. */
export function readMessage(text: string, maxPayloadBytes: number): StreamMessage | FaultyMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return fault('malformed-json');
  }
  if (!isRecord(message)) return fault('invalid-message', 'message: is no object');
  switch (message['event']) {
    case 'media':
      return readMedia(message, maxPayloadBytes);
    case 'mark':
      return read(markSchema, message, ({ mark }, numbered) => ({
        type: 'mark',
        name: mark.name,
        ...numbered,
      }));
    case 'dtmf':
      return read(dtmfSchema, message, ({ dtmf }, numbered) => ({
        type: 'dtmf',
        digit: dtmf.digit,
        ...numbered,
      }));
    case 'stop':
      return read(stopSchema, message, (_, numbered) => ({ type: 'stop', ...numbered }));
    case 'start':
      return readStart(message);
    case 'connected': {
      const connected = connectedSchema.safeParse(message);
      return connected.success
        ? { type: 'connected' }
        : fault('invalid-message', describeIssue(connected.error));
    }
    default:
      return fault('unknown-event');
  }
}

function read<Fields extends { streamSid: string }>(
  schema: z.ZodType<Fields>,
  message: Record<string, unknown>,
  build: (fields: Fields, numbered: Numbered) => StreamMessage,
): StreamMessage | FaultyMessage {
  const fields = schema.safeParse(message);
  if (!fields.success) return fault('invalid-message', describeIssue(fields.error));
  return build(fields.data, { streamSid: fields.data.streamSid, sequence: sequenceOf(message) });
}

function readStart(message: Record<string, unknown>): StreamMessage | FaultyMessage {
  const parsed = startSchema.safeParse(message);
  if (!parsed.success) {
    const wrongFormat = parsed.error.issues.some((issue) => issue.path[1] === 'mediaFormat');
    return fault(wrongFormat ? 'wrong-media-format' : 'invalid-message', describeIssue(parsed.error));
  }
  const { start, streamSid } = parsed.data;
  return {
    type: 'start',
    streamSid,
    sequence: sequenceOf(message),
    accountSid: start.accountSid,
    callSid: start.callSid,
    parameters: start.customParameters,
  };
}

/** Fifty times a second for every call, so checked by hand: a schema takes several times as long. */
function readMedia(message: Record<string, unknown>, maxPayloadBytes: number): StreamMessage | FaultyMessage {
  const { streamSid, media } = message;
  if (typeof streamSid !== 'string') return fault('invalid-message', 'streamSid: is no text');
  if (!isRecord(media)) return fault('invalid-message', 'media: is no object');
  const { track, payload, timestamp } = media;
  if (track !== 'inbound') return fault('wrong-track');
  const atMs = typeof timestamp === 'string' && timestamp !== '' ? Number(timestamp) : timestamp;
  if (typeof atMs !== 'number' || !(atMs >= 0 && atMs < Number.MAX_SAFE_INTEGER)) {
    return fault('invalid-message', 'media.timestamp: is no time');
  }
  if (typeof payload !== 'string') return fault('invalid-message', 'media.payload: is no text');
  const expectedBytes = Buffer.byteLength(payload, 'base64');
  if (expectedBytes === 0 || expectedBytes > maxPayloadBytes)
    return fault('bad-payload', 'media.payload: length');
  const audio = Buffer.from(payload, 'base64');
  // The decoder skips characters that are not base64, and so comes out shorter.
  if (audio.length !== expectedBytes) return fault('bad-payload', 'media.payload: is not base64');
  return { type: 'media', audio, atMs, streamSid, sequence: sequenceOf(message) };
}

function sequenceOf(message: Record<string, unknown>): number | undefined {
  const { sequenceNumber } = message;
  const sequence =
    typeof sequenceNumber === 'string' && sequenceNumber !== '' ? Number(sequenceNumber) : sequenceNumber;
  return typeof sequence === 'number' && Number.isSafeInteger(sequence) && sequence >= 0
    ? sequence
    : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(kind: Fault, detail?: string): FaultyMessage {
  return detail === undefined ? { type: 'fault', fault: kind } : { type: 'fault', fault: kind, detail };
}

/** Writes the three messages that Twilio takes. Only the changing part is put together for each. */
export function createMessageWriter(streamSid: string) {
  const sid = JSON.stringify(streamSid);
  const beforePayload = `{"event":"media","streamSid":${sid},"media":{"payload":"`;
  const beforeName = `{"event":"mark","streamSid":${sid},"mark":{"name":`;
  const clear = `{"event":"clear","streamSid":${sid}}`;
  return {
    /** Raw μ-law of any length; Twilio asks for no frame size. */
    media(audio: Uint8Array): string {
      const bytes = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength);
      return `${beforePayload}${bytes.toString('base64')}"}}`;
    },
    mark: (name: string) => `${beforeName}${JSON.stringify(name)}}}`,
    clear: () => clear,
  };
}
