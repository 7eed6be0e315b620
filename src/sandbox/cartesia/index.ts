/**
 * Cartesia's text-to-speech, as far as its WebSocket goes: `WS /tts/websocket`.
 *
 * Every voice id is spoken by the sandbox's own voice, in English, at its own pace: `language`, `generation_config` and
 * pronunciation dictionaries are accepted without effect. Not there: other formats than raw 8 kHz μ-law, phoneme
 * timestamps, speech-to-text, HTTP endpoints.
 *
 * Protocol: Cartesia docs, "Text to Speech (WebSocket)", "Contexts", "API errors", "Concurrency limits and timeouts".
 */
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Outlet } from '../faults.ts';
import {
  credential,
  Door,
  keyAccepted,
  type Refusal,
  type SandboxParts,
  type StandIn,
  urlOf,
} from '../stand-in.ts';
import { Context, type ContextEvent } from './context.ts';

const PATH = '/tts/websocket';
/** An idle socket is closed after five minutes (docs: "Concurrency limits and timeouts"). */
const IDLE_MS = 5 * 60_000;
/** Contexts speaking at once on one socket; more than any plan allows. */
const MAX_CONTEXTS = 100;
/** Ended contexts that are remembered, since they may not be used again. */
const MAX_REMEMBERED = 1000;
/** The vendor's default for `max_buffer_delay_ms`. */
const DEFAULT_BUFFER_DELAY_MS = 3000;

/** `requiredKey`: the only key that is good; any is, where there is none. */
export function createCartesia(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('cartesia', parts, refusalFor);
  return {
    door,
    upgrade(request, socket, head) {
      const url = urlOf(request);
      if (url.pathname !== PATH) return false;
      const version = request.headers['cartesia-version'] ?? url.searchParams.get('cartesia_version');
      const key = credential(request, 'bearer') ?? url.searchParams.get('api_key') ?? undefined;
      const check = () => {
        if (!keyAccepted(key, requiredKey)) return refusalFor(401);
        return version ? undefined : refusalFor(400, 'the cartesia-version header is missing');
      };
      door.webSocket({ request, socket, head }, check, (accepted, outlet, id) => {
        new SpeechSocket(parts, accepted, outlet, id);
      });
      return true;
    },
  };
}

function refusalFor(status: number, detail?: string): Refusal {
  return { status, body: JSON.stringify({ ...describe(status, detail), request_id: randomUUID() }) };
}

/** What the vendor says about a status (docs: "API errors"). */
function describe(status: number, detail?: string, code?: string) {
  const known = REASONS[status] ?? { code: 'internal_error', title: 'Internal server error' };
  return { error_code: code ?? known.code, title: known.title, message: detail ?? known.title };
}

const REASONS: Record<number, { code: string; title: string }> = {
  400: { code: 'invalid_request', title: 'Invalid request' },
  401: { code: 'unauthorized', title: 'Invalid API key' },
  402: { code: 'quota_exceeded', title: 'Quota exceeded' },
  429: { code: 'concurrency_limited', title: 'Too many concurrent requests' },
};

const voice = z.union([z.string().min(1), z.object({ id: z.string().min(1) }).transform(({ id }) => id)]);

/** What must stay the same over a context; every input repeats it. */
const fixed = z.object({
  model_id: z.string(),
  voice,
  output_format: z.object({
    container: z.literal('raw', 'this stand-in speaks raw only'),
    encoding: z.literal('pcm_mulaw', 'this stand-in speaks pcm_mulaw only'),
    sample_rate: z.literal(8000, 'this stand-in speaks 8000 only'),
  }),
  language: z.string().default('en'),
  add_timestamps: z.boolean().default(false),
  max_buffer_delay_ms: z.number().min(0).max(5000).default(DEFAULT_BUFFER_DELAY_MS),
});

const generationRequest = fixed.extend({
  context_id: z.string().min(1),
  transcript: z.string(),
  continue: z.boolean().default(false),
  flush: z.boolean().default(false),
});
type GenerationRequest = z.output<typeof generationRequest>;

const cancelRequest = z.object({ cancel: z.literal(true), context_id: z.string() });
const anyRequest = z.looseObject({ context_id: z.string().optional() });

/** Model ids: the Sonic family. */
const MODEL = /^sonic(-|$)/;

/** One accepted socket; its contexts end with it. */
class SpeechSocket {
  readonly #parts: SandboxParts;
  readonly #outlet: Outlet;
  readonly #id: string;
  readonly #contexts = new Map<string, { context: Context; fixed: string }>();
  readonly #endedContexts = new Set<string>();

  constructor(parts: SandboxParts, socket: WebSocket, outlet: Outlet, id: string) {
    this.#parts = parts;
    this.#outlet = outlet;
    this.#id = id;
    const idleTimer = setTimeout(() => socket.close(1000, 'idle for five minutes'), IDLE_MS);
    socket.on('message', (data) => {
      idleTimer.refresh();
      this.#onMessage(data);
    });
    socket.on('close', () => {
      clearTimeout(idleTimer);
      for (const { context } of this.#contexts.values()) context.cancel();
      this.#contexts.clear();
    });
  }

  #onMessage(data: RawData): void {
    // `ws` hands messages over as one Buffer unless told otherwise.
    const raw = anyRequest.safeParse(jsonOf(data as Buffer));
    if (!raw.success) {
      this.#sendError(undefined, 400, 'the message is not a JSON object');
      return;
    }
    const contextId = raw.data.context_id;
    const cancel = cancelRequest.safeParse(raw.data);
    if (cancel.success) {
      this.#cancel(cancel.data.context_id);
      return;
    }
    const request = generationRequest.safeParse(raw.data);
    if (!request.success) {
      this.#sendError(contextId, 400, z.prettifyError(request.error));
      return;
    }
    this.#generate(request.data);
  }

  #cancel(contextId: string): void {
    this.#contexts.get(contextId)?.context.cancel();
    this.#end(contextId);
  }

  #generate(request: GenerationRequest): void {
    const contextId = request.context_id;
    if (!MODEL.test(request.model_id)) {
      this.#sendError(contextId, 400, `there is no model ${request.model_id}`, 'model_not_found');
      return;
    }
    if (this.#endedContexts.has(contextId)) {
      this.#sendError(contextId, 400, 'the context has ended');
      return;
    }
    const settings = JSON.stringify(fixed.parse(request));
    const known = this.#contexts.get(contextId);
    if (known !== undefined && known.fixed !== settings) {
      this.#sendError(contextId, 400, 'only transcript, continue and flush may change within a context');
      return;
    }
    if (known === undefined && request.transcript === '' && !request.continue) {
      this.#sendError(contextId, 400, 'transcript is empty');
      return;
    }
    if (known === undefined && this.#contexts.size >= MAX_CONTEXTS) {
      this.#sendError(contextId, 429);
      return;
    }
    const { context } = known ?? this.#open(contextId, request, settings);
    context.push({ transcript: request.transcript, flush: request.flush, last: !request.continue });
  }

  #open(contextId: string, request: GenerationRequest, settings: string) {
    const { wire, voice, delays } = this.#parts;
    const exchange = `${this.#id}/${contextId}`;
    wire.record('tts-first-text-received', exchange, request.transcript);
    let silent = true;
    const onEvent = (event: ContextEvent) => {
      this.#onContextEvent(contextId, request, event);
      if (silent && event.type === 'audio') wire.record('tts-first-byte-sent', exchange, request.transcript);
      silent &&= event.type !== 'audio';
    };
    const context = new Context({
      voice,
      voiceName: request.voice,
      maxBufferDelayMs: request.max_buffer_delay_ms,
      delays: delays.cartesia,
      onEvent,
    });
    const entry = { context, fixed: settings };
    this.#contexts.set(contextId, entry);
    return entry;
  }

  #onContextEvent(contextId: string, request: GenerationRequest, event: ContextEvent): void {
    const common = { context_id: contextId, done: false, status_code: 206 };
    switch (event.type) {
      case 'audio':
        this.#sendChunk({ type: 'chunk', ...common, step_time: 10, flush_id: event.flushId }, event.audio);
        return;
      case 'words':
        if (request.add_timestamps) {
          const { words } = event;
          this.#send({
            type: 'timestamps',
            ...common,
            word_timestamps: {
              words: words.map((word) => word.text),
              start: words.map((word) => word.startMs / 1000),
              end: words.map((word) => word.endMs / 1000),
            },
          });
        }
        return;
      case 'flushed':
        this.#send({ type: 'flush_done', ...common, flush_id: event.flushId, flush_done: true });
        return;
      case 'done':
        this.#end(contextId);
        this.#send({ type: 'done', ...common, done: true });
        return;
      case 'failed':
        this.#sendError(contextId, event.status, event.message);
        return;
    }
  }

  /** A context's id is not usable any more. */
  #end(contextId: string): void {
    this.#contexts.delete(contextId);
    this.#endedContexts.add(contextId);
    for (const oldest of this.#endedContexts) {
      if (this.#endedContexts.size <= MAX_REMEMBERED) break;
      this.#endedContexts.delete(oldest);
    }
  }

  /** An error ends its context. */
  #sendError(contextId: string | undefined, status: number, message?: string, code?: string): void {
    if (contextId !== undefined) this.#cancel(contextId);
    this.#send({
      type: 'error',
      ...(contextId === undefined ? {} : { context_id: contextId }),
      ...describe(status, message, code),
      status_code: status,
      request_id: randomUUID(),
      done: true,
    });
  }

  #sendChunk(message: object, audio: Uint8Array): void {
    const withAudio = (bytes: Uint8Array) =>
      JSON.stringify({
        ...message,
        data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      });
    this.#outlet.send({
      text: withAudio(audio),
      textWithShortAudio: () => withAudio(audio.subarray(0, audio.length - 1)),
    });
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
