/**
 * Deepgram's Aura, as far as its WebSocket goes: `WS /v1/speak`.
 *
 * Every model is spoken by one of the sandbox's own voices, in English, at its own pace. Not there: other encodings than
 * 8 kHz μ-law, the HTTP endpoint.
 *
 * Protocol: Deepgram docs, "Text to Speech (WebSocket)", "Flush", "Clear", "Close".
 */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { Context, type ContextEvent } from '../cartesia/context.ts';
import { Outlet, type Payload } from '../faults.ts';
import {
  credential,
  Door,
  keyAccepted,
  type Refusal,
  type SandboxParts,
  type StandIn,
  urlOf,
} from '../stand-in.ts';

const PATH = '/v1/speak';
/** So that it is heard which stand-in speaks. */
const VOICE = 'rms';
/** Docs: "Flush", limits. */
const MOST_FLUSHES = 20;
const FLUSHES_WITHIN_MS = 60_000;
/** Text waits for its flush, whatever its sentences. */
const BUFFER_DELAY_MS = 60_000;

const querySchema = z.object({
  model: z.string().startsWith('aura-', 'there is no such model'),
  encoding: z.literal('mulaw', 'this stand-in speaks mulaw only'),
  sample_rate: z.literal('8000', 'this stand-in speaks 8000 only'),
});
const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Speak'), text: z.string().max(2000) }),
  z.object({ type: z.enum(['Flush', 'Clear', 'Close']) }),
]);

/** `requiredKey`: the only key that is good; any is, where there is none. */
export function createAura(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('deepgram-tts', parts, refusalFor);
  return {
    door,
    upgrade(request, socket, head) {
      const url = urlOf(request);
      if (url.pathname !== PATH) return false;
      const query = querySchema.safeParse(Object.fromEntries(url.searchParams));
      const check = () => {
        const key = credential(request, 'token') ?? credential(request, 'bearer');
        if (!keyAccepted(key, requiredKey)) return refusalFor(401);
        return query.success ? undefined : refusalFor(400, z.prettifyError(query.error));
      };
      door.webSocket({ request, socket, head }, check, (accepted, _outlet, id) => {
        new AuraSocket(parts, accepted, id, query.data?.model ?? '');
      });
      return true;
    },
  };
}

/** Refusals carry the reason in a header as well, since WebSocket clients cannot read the body. */
function refusalFor(status: number, detail?: string): Refusal {
  const message = detail ?? (status === 401 ? 'Invalid credentials.' : 'Something went wrong.');
  return {
    status,
    headers: { 'dg-error': message.replaceAll(/\s+/g, ' '), 'dg-request-id': randomUUID() },
    body: JSON.stringify({ err_msg: message }),
  };
}

/** One accepted socket: one text at a time, in order. */
class AuraSocket {
  readonly #parts: SandboxParts;
  readonly #socket: WebSocket;
  /** Of its own: audio goes out as bytes. */
  readonly #outlet: Outlet<Payload>;
  readonly #id: string;
  #context: Context;
  #text = '';
  #flushedAtMs: number[] = [];
  #sequence = 0;
  #hasText = false;
  #hasAudio = false;

  constructor(parts: SandboxParts, socket: WebSocket, id: string, model: string) {
    this.#parts = parts;
    this.#socket = socket;
    this.#id = id;
    this.#outlet = new Outlet<Payload>('deepgram-tts', parts.faults, {
      write: (payload) => socket.send(payload),
      cut: () => socket.terminate(),
    });
    this.#context = this.#newContext();
    // `ws` hands messages over as one Buffer unless told otherwise.
    socket.on('message', (data: Buffer) => this.#read(data));
    socket.on('close', () => {
      this.#context.cancel();
      this.#outlet.close();
    });
    this.#send({ type: 'Metadata', request_id: id, model_name: model, model_version: '0', model_uuid: id });
  }

  #newContext(): Context {
    return new Context({
      voice: this.#parts.voice,
      voiceName: VOICE,
      maxBufferDelayMs: BUFFER_DELAY_MS,
      expires: false,
      delays: this.#parts.delays.otherVoices,
      onEvent: (event) => this.#on(event),
    });
  }

  #read(data: Buffer): void {
    const read = messageSchema.safeParse(jsonOf(data));
    if (!read.success) return this.#socket.close(1008, 'DATA-0000');
    const message = read.data;
    switch (message.type) {
      case 'Speak':
        if (!this.#hasText) this.#parts.wire.record('tts-first-text-received', this.#id, message.text);
        this.#hasText = true;
        this.#text += message.text;
        return;
      case 'Flush':
        return this.#flush();
      case 'Clear':
        this.#context.cancel();
        this.#context = this.#newContext();
        this.#text = '';
        return this.#send({ type: 'Cleared', sequence_id: this.#sequence++ });
      case 'Close':
        return this.#outlet.afterSent(() => this.#socket.close(1000));
    }
  }

  #flush(): void {
    const now = performance.now();
    this.#flushedAtMs = this.#flushedAtMs.filter((atMs) => now - atMs < FLUSHES_WITHIN_MS);
    if (this.#flushedAtMs.length >= MOST_FLUSHES)
      return this.#send({ type: 'Warning', code: 'EXCESSIVE_FLUSH', description: 'too many flushes' });
    this.#flushedAtMs.push(now);
    this.#context.push({ transcript: this.#text, flush: true, last: false });
    this.#text = '';
  }

  #on(event: ContextEvent): void {
    switch (event.type) {
      case 'audio':
        if (!this.#hasAudio) this.#parts.wire.record('tts-first-byte-sent', this.#id, '');
        this.#hasAudio = true;
        return this.#outlet.send({
          text: event.audio,
          textWithShortAudio: () => event.audio.subarray(0, event.audio.length - 1),
        });
      case 'flushed':
        return this.#send({ type: 'Flushed', sequence_id: this.#sequence++ });
      case 'failed':
        return this.#socket.close(1011, 'NET-0000');
      case 'words':
      case 'done':
        return;
    }
  }

  #send(message: object): void {
    this.#outlet.send({ text: JSON.stringify(message) });
  }
}

/** Undefined where it is no JSON. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
