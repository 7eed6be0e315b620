/**
 * Claude, through Anthropic's SDK and its Messages API.
 */
import Anthropic from '@anthropic-ai/sdk';
import type { Logger } from 'pino';
import type { Agent } from 'undici';
import { toLlmError } from './claude-errors.ts';
import { DEFAULT_MODEL, priceUsd } from './claude-models.ts';
import { ClaudeReply, PROVIDER, parseEvent } from './claude-reply.ts';
import { toClaudeRequest } from './claude-request.ts';
import type { LanguageModel, LlmEvent, ModelRequest, Usage } from './index.ts';
import { type ReplyReader, ReplyStreams } from './reply-stream.ts';
import { fetchThrough } from './vendor-fetch.ts';
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

const WARM_TIMEOUT_MS = 3000;

/** Creates the client; nothing is sent before the first `warm` or `stream`. Whoever creates it closes it. */
export function createClaude(options: ClaudeOptions): LanguageModel {
  return new Claude(options);
}

class Claude implements LanguageModel {
  readonly provider = PROVIDER;
  readonly #options: Required<ClaudeOptions>;
  readonly #streams: ReplyStreams;
  readonly #client: Anthropic;

  constructor(options: ClaudeOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#streams = new ReplyStreams(PROVIDER, this.#options.keepAliveMs);
    this.#client = createClient(this.#options, this.#streams.connections);
  }

  priceUsd(model: string | undefined, usage: Usage): number | undefined {
    return priceUsd(model ?? this.#options.model, usage);
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<LlmEvent, void, undefined> {
    const { logger, model, window, firstTokenTimeoutMs, stallTimeoutMs } = this.#options;
    const body = toClaudeRequest(request, request.model ?? model, window);
    let requestId: string | null | undefined;
    const reader = readerOf(new ClaudeReply());
    yield* this.#streams.read({
      ask: async (stop) => {
        const answer = await this.#client.messages.create(body, { signal: stop }).withResponse();
        requestId = answer.request_id;
        return answer.data;
      },
      reader,
      signal,
      firstTokenTimeoutMs: request.firstTokenTimeoutMs ?? firstTokenTimeoutMs,
      stallTimeoutMs,
      toError: toLlmError,
    });
    if (reader.isOver)
      logger.debug({ model: body.model, messages: body.messages.length, requestId }, 'model replied');
  }

  /** Lists a model, which costs no tokens, and so leaves an open connection behind; it tests the key on the way. */
  async warm(): Promise<void> {
    if (this.#streams.isClosed) return;
    try {
      await this.#streams.once(WARM_TIMEOUT_MS, (signal) =>
        this.#client.models.list({ limit: 1 }, { signal }),
      );
    } catch (error) {
      const { code } = toLlmError(error);
      const level = code === 'llm-unauthorised' ? 'warn' : 'debug';
      this.#options.logger[level](
        { provider: PROVIDER, code },
        'could not open a connection to the model ahead of time',
      );
    }
  }

  close(): Promise<void> {
    return this.#streams.close();
  }
}

function readerOf(reply: ClaudeReply): ReplyReader {
  return {
    get isOver() {
      return reply.isOver;
    },
    get isWhole() {
      return reply.isOver;
    },
    end: () => [],
    read(raw) {
      const event = parseEvent(raw);
      if (event === undefined) return { isContent: false, events: [] };
      return { isContent: event.type === 'content_block_delta', events: reply.take(event) };
    },
  };
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
