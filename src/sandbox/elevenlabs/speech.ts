/**
 * ElevenLabs' text-to-speech, as far as its WebSocket goes: `WS /v1/text-to-speech/{voice}/stream-input`.
 *
 * Every voice is spoken by one of the sandbox's own, in English, at its own pace. Not there: other formats than
 * `ulaw_8000`, several contexts on one socket, the HTTP endpoints, waiting for more text (each text is spoken at once).
 *
 * Protocol: ElevenLabs docs, "Websocket" (Text to Speech).
 */
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { BYTES_PER_MS } from '../../telephony/index.ts';
import type { SpokenWord } from '../../tts/flite/index.ts';
import { Context, type ContextEvent } from '../cartesia/context.ts';
import type { Outlet } from '../faults.ts';
import { Door, keyAccepted, type Refusal, type SandboxParts, type StandIn, urlOf } from '../stand-in.ts';

const PATH = /^\/v1\/text-to-speech\/([^/]+)\/stream-input$/;
/** So that it is heard which stand-in speaks. */
const VOICE = 'awb';

const querySchema = z.object({
  model_id: z.string().startsWith('eleven_', 'there is no such model'),
  output_format: z.literal('ulaw_8000', 'this stand-in speaks ulaw_8000 only'),
});
const messageSchema = z.looseObject({ text: z.string(), flush: z.boolean().optional() });

interface TimedChar {
  char: string;
  startMs: number;
  durationMs: number;
}

/** `requiredKey`: the only key that is good; any is, where there is none. */
export function createElevenLabsSpeech(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('elevenlabs-tts', parts, refusalFor);
  return {
    door,
    upgrade(request, socket, head) {
      const url = urlOf(request);
      if (!PATH.test(url.pathname)) return false;
      const query = querySchema.safeParse(Object.fromEntries(url.searchParams));
      const check = () => {
        const key = request.headers['xi-api-key'];
        if (!keyAccepted(typeof key === 'string' ? key : undefined, requiredKey)) return refusalFor(401);
        return query.success ? undefined : refusalFor(400, z.prettifyError(query.error));
      };
      door.webSocket({ request, socket, head }, check, (accepted, outlet, id) => {
        new SpeechSocket(parts, accepted, outlet, id);
      });
      return true;
    },
  };
}

function refusalFor(status: number, detail?: string): Refusal {
  const name = status === 401 ? 'invalid_api_key' : 'error';
  return { status, body: JSON.stringify({ detail: { status: name, message: detail ?? name } }) };
}

/** One accepted socket: one reply. */
class SpeechSocket {
  readonly #parts: SandboxParts;
  readonly #socket: WebSocket;
  readonly #outlet: Outlet;
  readonly #id: string;
  readonly #context: Context;
  #hasText = false;
  #hasAudio = false;
  #sentMs = 0;
  /** Told with the audio in which they begin. */
  #chars: TimedChar[] = [];

  constructor(parts: SandboxParts, socket: WebSocket, outlet: Outlet, id: string) {
    this.#parts = parts;
    this.#socket = socket;
    this.#outlet = outlet;
    this.#id = id;
    this.#context = new Context({
      voice: parts.voice,
      voiceName: VOICE,
      maxBufferDelayMs: 0,
      expires: false,
      delays: parts.delays.otherVoices,
      onEvent: (event) => this.#on(event),
    });
    // `ws` hands messages over as one Buffer unless told otherwise.
    socket.on('message', (data: Buffer) => this.#read(data));
    socket.on('close', () => this.#context.cancel());
  }

  #read(data: Buffer): void {
    const read = messageSchema.safeParse(jsonOf(data));
    if (!read.success) {
      this.#send({ error: 'invalid_message', message: 'the message is not as documented', code: 1008 });
      return this.#socket.close(1008);
    }
    const { text } = read.data;
    if (text.trim() !== '' && !this.#hasText) {
      this.#hasText = true;
      this.#parts.wire.record('tts-first-text-received', this.#id, text);
    }
    this.#context.push({ transcript: text, flush: false, last: text === '' });
  }

  #on(event: ContextEvent): void {
    switch (event.type) {
      case 'audio':
        // Its words are told right after it, in the same turn.
        return queueMicrotask(() => this.#sendAudio(event.audio));
      case 'words':
        this.#chars.push(...event.words.flatMap(charsOf));
        return;
      case 'done':
        queueMicrotask(() => {
          this.#send({ isFinal: true });
          this.#outlet.afterSent(() => this.#socket.close(1000));
        });
        return;
      case 'failed':
        this.#send({ error: 'system_busy', message: event.message, code: 1011 });
        return this.#socket.close(1011);
      case 'flushed':
        return;
    }
  }

  #sendAudio(audio: Uint8Array): void {
    if (!this.#hasAudio) this.#parts.wire.record('tts-first-byte-sent', this.#id, '');
    this.#hasAudio = true;
    const fromMs = this.#sentMs;
    this.#sentMs += audio.length / BYTES_PER_MS;
    const chars = this.#chars.filter(({ startMs }) => startMs < this.#sentMs);
    this.#chars = this.#chars.slice(chars.length);
    const alignment = {
      chars: chars.map(({ char }) => char),
      charStartTimesMs: chars.map(({ startMs }) => startMs - fromMs),
      charDurationsMs: chars.map(({ durationMs }) => durationMs),
    };
    const withAudio = (bytes: Uint8Array) =>
      JSON.stringify({ audio: Buffer.from(bytes).toString('base64'), isFinal: null, alignment });
    this.#outlet.send({
      text: withAudio(audio),
      textWithShortAudio: () => withAudio(audio.subarray(0, audio.length - 1)),
    });
  }

  #send(message: object): void {
    this.#outlet.send({ text: JSON.stringify(message) });
  }
}

/** A word's letters share its time; the space after it has none. */
function charsOf({ text, startMs, endMs }: SpokenWord): TimedChar[] {
  const chars = [...text];
  const durationMs = (endMs - startMs) / chars.length;
  return [
    ...chars.map((char, index) => ({ char, startMs: startMs + index * durationMs, durationMs })),
    { char: ' ', startMs: endMs - 1, durationMs: 0 },
  ];
}

/** Undefined where it is no JSON. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
