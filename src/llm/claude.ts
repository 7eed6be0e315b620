/**
 * Claude, through Anthropic's SDK and its Messages API.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { failure, toLlmError } from './claude-errors.ts';
import { fetchThrough } from './claude-fetch.ts';
import { DEFAULT_MODEL, priceUsd } from './claude-models.ts';
import { ClaudeReply, PROVIDER, parseEvent } from './claude-reply.ts';
import { toClaudeRequest } from './claude-request.ts';
import {
  type LanguageModel,
  LlmError,
  type LlmErrorCode,
  type LlmEvent,
  type ModelRequest,
  type Usage,
} from './index.ts';
import type { WindowOptions } from './window.ts';

export interface ClaudeOptions {
  apiKey: string;
  /** The origin of the API, such as `https://api.anthropic.com`. */
  baseUrl: string;
  /** For requests that name none. @defaultValue `claude-haiku-5-5` */
  model?: string;
  logger: Logger;
  /**
   * From the request to the first piece of content. Meanwhile a call's fillers are heard, so a slow model is waited for;
   * one that takes longer than this is most likely gone. @defaultValue 4000
   */
  firstTokenTimeoutMs?: number;
  /** From one piece of content to the next. Shorter than the speech a piece yields. @defaultValue 2500 */
  stallTimeoutMs?: number;
  /**
   * How long an idle connection is kept. Longer than a caller's turn, and than the four seconds after which Node drops
   * one by itself and the next turn would pay for a new handshake. @defaultValue 60000
   */
  keepAliveMs?: number;
  /** How much of a long history is sent. */
  window?: WindowOptions;
}

const DEFAULTS = {
  model: DEFAULT_MODEL,
  firstTokenTimeoutMs: 4000,
  stallTimeoutMs: 2500,
  keepAliveMs: 60_000,
  window: {},
} as const satisfies Partial<ClaudeOptions>;

/** A vendor's hint may lengthen an idle connection's life up to this. */
const LONGEST_KEEP_ALIVE_MS = 300_000;
const WARM_TIMEOUT_MS = 3000;
/** After the message is over, how long its response may take to end; only then can its connection serve again. */
const END_GRACE_MS = 250;

/** Creates the client; nothing is sent before the first `warm` or `stream`. Whoever creates it closes it. */
export function createClaude(options: ClaudeOptions): LanguageModel {
  return new Claude(options);
}

class Claude implements LanguageModel {
  readonly provider = PROVIDER;
  readonly #options: Required<ClaudeOptions>;
  readonly #connections: Agent;
  readonly #client: Anthropic;
  /** Requests under way. */
  readonly #live = new Set<Watchdog>();
  #closed: Promise<void> | undefined;

  constructor(options: ClaudeOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#connections = new Agent({
      keepAliveTimeout: this.#options.keepAliveMs,
      keepAliveMaxTimeout: LONGEST_KEEP_ALIVE_MS,
    });
    this.#client = createClient(this.#options, this.#connections);
  }

  priceUsd(model: string | undefined, usage: Usage): number | undefined {
    return priceUsd(model ?? this.#options.model, usage);
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<LlmEvent, void, undefined> {
    if (signal.aborted) return;
    if (this.#closed !== undefined) throw closedError();
    const { logger, model, window, firstTokenTimeoutMs, stallTimeoutMs } = this.#options;
    const body = toClaudeRequest(request, request.model ?? model, window);
    const reply = new ClaudeReply();
    const watchdog = this.#watch(firstTokenTimeoutMs);
    const cancel = (): void => watchdog.abort();
    signal.addEventListener('abort', cancel, { once: true });
    let overdue: LlmErrorCode = 'llm-no-first-token';
    try {
      const asked = this.#client.messages.create(body, { signal: watchdog.signal }).withResponse();
      const { data, request_id: requestId } = await watchdog.bound(asked);
      const events = data[Symbol.asyncIterator]();
      while (true) {
        const next = await watchdog.bound(events.next());
        if (signal.aborted) return;
        if (next.done === true) break;
        const event = reply.isOver ? undefined : parseEvent(next.value);
        if (event === undefined) continue;
        if (event.type === 'content_block_delta') {
          overdue = 'llm-stalled';
          watchdog.allow(stallTimeoutMs);
        }
        for (const told of reply.take(event)) {
          yield told;
          if (signal.aborted) return;
        }
        if (reply.isOver) watchdog.allow(END_GRACE_MS);
      }
      if (!reply.isOver) throw failure('llm-disconnected', 'the stream ended before the message did');
      logger.debug({ model: body.model, messages: body.messages.length, requestId }, 'model replied');
    } catch (error) {
      if (signal.aborted || reply.isOver) return;
      if (this.#closed !== undefined) throw closedError();
      throw watchdog.barked ? failure(overdue, 'no content came in time') : toLlmError(error);
    } finally {
      signal.removeEventListener('abort', cancel);
      // Where the reader left early, this ends the request; after a whole response it does nothing.
      watchdog.abort();
      this.#live.delete(watchdog);
      // The pool takes the connection back one turn of the event loop later. A request made before that, as after a
      // tool that answers at once, would open another.
      if (!signal.aborted) await nextTurn();
    }
  }

  /** Lists a model, which costs no tokens, and so leaves an open connection behind; it tests the key on the way. */
  async warm(): Promise<void> {
    if (this.#closed !== undefined) return;
    const watchdog = this.#watch(WARM_TIMEOUT_MS);
    try {
      await watchdog.bound(this.#client.models.list({ limit: 1 }, { signal: watchdog.signal }));
      await nextTurn();
    } catch (error) {
      const { code } = toLlmError(error);
      const level = code === 'llm-unauthorised' ? 'warn' : 'debug';
      this.#options.logger[level](
        { provider: PROVIDER, code },
        'could not open a connection to the model ahead of time',
      );
    } finally {
      this.#live.delete(watchdog);
    }
  }

  async close(): Promise<void> {
    this.#closed ??= this.#connections.destroy();
    for (const watchdog of this.#live) watchdog.abort();
    await this.#closed;
  }

  #watch(firstMs: number): Watchdog {
    const watchdog = new Watchdog(firstMs);
    this.#live.add(watchdog);
    return watchdog;
  }
}

/** The SDK, cut off from the environment: it would take headers, a log level and tracing from `ANTHROPIC_*` variables. */
function createClient({ apiKey, baseUrl }: Required<ClaudeOptions>, dispatcher: Agent): Anthropic {
  return new Anthropic({
    apiKey,
    baseURL: baseUrl,
    webhookKey: null,
    openTelemetry: false,
    // Its log holds what was said: whole requests, and whatever part of a stream is not JSON.
    logLevel: 'off',
    // It would wait as long as the vendor says; who asks for a reply knows better how long a caller waits.
    maxRetries: 0,
    fetch: fetchThrough(dispatcher, (sent) => ownHeaders(sent, apiKey)),
  });
}

/** Only what the SDK itself sends, and only the key that was passed in. */
function ownHeaders(sent: RequestInit['headers'], apiKey: string): Headers {
  const headers = new Headers();
  for (const [name, value] of new Headers(sent)) {
    if (/^(?:accept|content-type|user-agent|anthropic-version|x-stainless-.*)$/.test(name))
      headers.set(name, value);
  }
  headers.set('authorization', `Bearer ${apiKey}`);
  return headers;
}

function closedError(): LlmError {
  return new LlmError('llm-disconnected', PROVIDER, 'the client was closed', { retryable: false });
}

/**
 * Bounds how long a request may keep its reader waiting. The SDK's own timeout ends with the response headers, and it
 * takes no notice of a stream that says nothing. Time that the reader itself takes is not counted.
 */
class Watchdog {
  readonly #controller = new AbortController();
  #leftMs: number;
  #barked = false;

  constructor(firstMs: number) {
    this.#leftMs = firstMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The time was up and the request was aborted for it. */
  get barked(): boolean {
    return this.#barked;
  }

  /** From now on, this much more waiting is allowed. */
  allow(ms: number): void {
    this.#leftMs = ms;
  }

  abort(): void {
    this.#controller.abort();
  }

  /** Waits for a part of the request, which must settle once the signal aborts. */
  async bound<T>(part: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    let last: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // After a pause of the whole process, what has arrived meanwhile is read before time is called.
      last = setImmediate(() => {
        this.#barked = true;
        this.abort();
      });
    }, this.#leftMs);
    try {
      return await part;
    } finally {
      clearTimeout(timer);
      clearImmediate(last);
      this.#leftMs -= performance.now() - startedAt;
    }
  }
}
