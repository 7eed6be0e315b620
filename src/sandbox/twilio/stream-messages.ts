/**
 * The media stream's messages, both ways. Source: Twilio docs, "Media Streams: WebSocket messages".
 */
import { z } from 'zod';

const inboundSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('media'),
    streamSid: z.string(),
    media: z.object({ payload: z.string().min(1) }),
  }),
  z.object({ event: z.literal('mark'), streamSid: z.string(), mark: z.object({ name: z.string() }) }),
  z.object({ event: z.literal('clear'), streamSid: z.string() }),
]);

export type ServiceMessage =
  | { event: 'media'; audio: Uint8Array }
  | { event: 'mark'; name: string }
  | { event: 'clear' }
  | { event: 'invalid'; problem: string };

/** Reads a message of the service's; what Twilio would not take is `invalid`, with the reason. */
export function readServiceMessage(data: string, streamSid: string): ServiceMessage {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return { event: 'invalid', problem: 'the message is no JSON' };
  }
  const result = inboundSchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    return {
      event: 'invalid',
      problem: `${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'not valid'}`,
    };
  }
  const message = result.data;
  if (message.streamSid !== streamSid) return { event: 'invalid', problem: `streamSid is not ${streamSid}` };
  switch (message.event) {
    case 'media': {
      const audio = decodeBase64(message.media.payload);
      return audio === undefined
        ? { event: 'invalid', problem: 'media.payload is no base64' }
        : { event: 'media', audio };
    }
    case 'mark':
      return { event: 'mark', name: message.mark.name };
    case 'clear':
      return { event: 'clear' };
  }
}

/** Node's decoder passes over what is no base64, so the length tells whether it did. */
function decodeBase64(payload: string): Uint8Array | undefined {
  const audio = Buffer.from(payload, 'base64');
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  return audio.length === Math.floor(((payload.length - padding) * 3) / 4) ? audio : undefined;
}

/** What identifies a stream in its messages. */
export interface StreamIdentity {
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
}

export interface StartDetails {
  readonly customParameters: Readonly<Record<string, string>>;
  readonly encoding: string;
}

/** Builds the messages to the service. Sequence numbers are the stream's to count; numbers travel as strings. */
export class CarrierMessages {
  readonly #ids: StreamIdentity;

  constructor(ids: StreamIdentity) {
    this.#ids = ids;
  }

  connected(): string {
    return JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  }

  start(sequence: number, { customParameters, encoding }: StartDetails): string {
    const { accountSid, callSid, streamSid } = this.#ids;
    return this.#message('start', sequence, {
      accountSid,
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding, sampleRate: 8000, channels: 1 },
      customParameters,
    });
  }

  /** Put together by hand: fifty a second and call, and nothing in them needs escaping. */
  media(sequence: number, chunk: number, timestampMs: number, payload: string): string {
    return `{"event":"media","sequenceNumber":"${sequence}","media":{"track":"inbound","chunk":"${chunk}","timestamp":"${timestampMs}","payload":"${payload}"},"streamSid":"${this.#ids.streamSid}"}`;
  }

  dtmf(sequence: number, digit: string): string {
    return this.#message('dtmf', sequence, { track: 'inbound_track', digit });
  }

  mark(sequence: number, name: string): string {
    return this.#message('mark', sequence, { name });
  }

  stop(sequence: number): string {
    const { accountSid, callSid } = this.#ids;
    return this.#message('stop', sequence, { accountSid, callSid });
  }

  #message(event: string, sequence: number, body: object): string {
    const { streamSid } = this.#ids;
    return JSON.stringify({ event, sequenceNumber: String(sequence), [event]: body, streamSid });
  }
}
