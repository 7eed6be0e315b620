/**
 * Any server that speaks OpenAI's Chat Completions (GPT, vLLM, Ollama, Groq, Cerebras, …), through OpenAI's SDK.
 */
import OpenAI from 'openai';
import type { Logger } from 'pino';
import type { Agent } from 'undici';
import type { LanguageModel, LlmEvent, ModelRequest, Usage } from './index.ts';
import { toLlmError, toldOf } from './openai-errors.ts';
import { priceUsd } from './openai-models.ts';
import { OPENAI, OpenAiReply } from './openai-reply.ts';
import { type Dialect, dialectOf, otherDialect, toOpenAiRequest } from './openai-request.ts';
import { ReplyStreams } from './reply-stream.ts';
import { fetchThrough } from './vendor-fetch.ts';
import type { WindowOptions } from './window.ts';

export interface OpenAiOptions {
  /** Undefined: the server needs none. */
  apiKey: string | undefined;
  /** The origin of the API, such as `https://api.openai.com`; its routes are under `/v1`. */
  baseUrl: string;
  /** For requests that name none. */
  model: string;
  logger: Logger;
  /** From the request to the first piece of content. @defaultValue 4000 */
  firstTokenTimeoutMs?: number;
  /** From one piece of content to the next. Shorter than the speech a piece yields. @defaultValue 2500 */
  stallTimeoutMs?: number;
  /** How long an idle connection is kept: longer than a caller's turn. @defaultValue 60000 */
  keepAliveMs?: number;
  /** How much of a long history is sent. */
  window?: WindowOptions;
}

const DEFAULTS = {
  firstTokenTimeoutMs: 4000,
  stallTimeoutMs: 2500,
  keepAliveMs: 60_000,
  window: {},
} as const satisfies Partial<OpenAiOptions>;

const WARM_TIMEOUT_MS = 3000;
/** One parameter a time may be refused; there are three that servers differ in. */
const MOST_DIALECTS = 4;

/** Creates the client; nothing is sent before the first `warm` or `stream`. Whoever creates it closes it. */
export function createOpenAi(options: OpenAiOptions): LanguageModel {
  return new OpenAiModel(options);
}

class OpenAiModel implements LanguageModel {
  readonly provider = OPENAI;
  readonly #options: Required<OpenAiOptions>;
  readonly #streams: ReplyStreams;
  readonly #client: OpenAI;
  /** What each model was found to take. */
  readonly #dialects = new Map<string, Dialect>();

  constructor(options: OpenAiOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#streams = new ReplyStreams(OPENAI, this.#options.keepAliveMs);
    this.#client = createClient(this.#options, this.#streams.connections);
  }

  priceUsd(model: string | undefined, usage: Usage): number | undefined {
    return priceUsd(model ?? this.#options.model, usage);
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<LlmEvent, void, undefined> {
    const { logger, firstTokenTimeoutMs, stallTimeoutMs } = this.#options;
    const reader = new OpenAiReply();
    yield* this.#streams.read({
      ask: (stop) => this.#ask(request, stop),
      reader,
      signal,
      firstTokenTimeoutMs: request.firstTokenTimeoutMs ?? firstTokenTimeoutMs,
      stallTimeoutMs,
      toError: toLlmError,
    });
    if (reader.isOver) logger.debug({ model: request.model ?? this.#options.model }, 'model replied');
  }

  /** Lists the models, which costs no tokens, and so leaves an open connection behind; it tests the key on the way. */
  async warm(): Promise<void> {
    if (this.#streams.isClosed) return;
    try {
      await this.#streams.once(WARM_TIMEOUT_MS, (signal) => this.#client.models.list({ signal }));
    } catch (error) {
      const { code } = toLlmError(error);
      const level = code === 'llm-unauthorised' ? 'warn' : 'debug';
      this.#options.logger[level](
        { provider: OPENAI, code },
        'could not open a connection to the model ahead of time',
      );
    }
  }

  close(): Promise<void> {
    return this.#streams.close();
  }

  /** Asks in the words the server knows; what it refuses for a word alone is asked again without it. */
  async #ask(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    const { window, model: usual, baseUrl } = this.#options;
    const model = request.model ?? usual;
    for (let tries = 1; ; tries++) {
      const dialect = this.#dialects.get(model) ?? dialectOf(new URL(baseUrl).hostname === 'api.openai.com');
      try {
        const body = toOpenAiRequest(request, model, { window, dialect });
        return await this.#client.chat.completions.create(body, { signal });
      } catch (error) {
        const refusal = tries < MOST_DIALECTS ? refusalIn(error) : undefined;
        const other = refusal === undefined ? undefined : otherDialect(dialect, refusal);
        if (other === undefined) throw error;
        this.#dialects.set(model, other);
      }
    }
  }
}

/** What a server says of a request it does not take; undefined where that is not what went wrong. */
function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof OpenAI.APIError) || (error.status !== 400 && error.status !== 422)) return undefined;
  const detail = error.error === undefined ? '' : JSON.stringify(error.error);
  return `${error.param ?? ''} ${toldOf(error) ?? detail}`;
}

/** The SDK, cut off from the environment: it would take keys, headers and a log level from `OPENAI_*` variables. */
function createClient({ apiKey, baseUrl }: Required<OpenAiOptions>, dispatcher: Agent): OpenAI {
  return new OpenAI({
    // The SDK wants one; where there is none, no header is sent.
    apiKey: apiKey ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: `${baseUrl.replace(/\/+$/, '')}/v1`,
    // Its log holds what was said.
    logLevel: 'off',
    // It would wait as long as the vendor says; who asks for a reply knows better how long a caller waits.
    maxRetries: 0,
    fetch: fetchThrough(dispatcher, (sent) => ownHeaders(sent, apiKey)),
  });
}

/** Only what the SDK itself sends, and only the key that was passed in. */
function ownHeaders(sent: RequestInit['headers'], apiKey: string | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of new Headers(sent)) {
    if (/^(?:accept|content-type|user-agent|x-stainless-.*)$/.test(name)) headers.set(name, value);
  }
  if (apiKey !== undefined) headers.set('authorization', `Bearer ${apiKey}`);
  return headers;
}
