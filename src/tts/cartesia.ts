/**
 * Cartesia Sonic as a voice (docs: `WSS /tts/websocket`), through `@cartesia/cartesia-js`: one warm connection for all
 * replies, one context a reply.
 */
import type { Logger } from 'pino';
import { CartesiaConnection } from './cartesia-connection.ts';
import { PROVIDER } from './cartesia-messages.ts';
import { CartesiaStream } from './cartesia-stream.ts';
import { type TextToSpeech, TtsError, type TtsOptions, type TtsStream } from './index.ts';
import { patienceOf } from './stream-output.ts';

const DEFAULT_MODEL = 'sonic-3';
/** Katie: a clear, even English voice. */
const DEFAULT_VOICE = 'f786b574-daa5-4673-aa0c-cbe3e8534c02';
/** As long as the first byte may take: a connection that is slower is of no use to the reply that waits for it. */
const DEFAULT_CONNECT_TIMEOUT_MS = 3000;
const DEFAULT_FIRST_BYTE_TIMEOUT_MS = 3000;
const CLOSE_TIMEOUT_MS = 1000;
/**
 * The vendor closes a socket after five idle minutes, and the next reply should find a new one. One that lived for less
 * was not closed for idleness, and opening it again at once could go on for ever.
 */
const DEFAULT_REOPEN_AFTER_MS = 60_000;
/** What the vendor takes as `speed`. */
const SPEED = { min: 0.6, max: 1.5 };

export interface CartesiaOptions {
  apiKey: string;
  /** An `http(s)` origin, such as `https://api.cartesia.ai`. */
  baseUrl: string;
  /** The vendor's voice id. */
  voice?: string;
  /** @defaultValue `sonic-3` */
  model?: string;
  logger: Logger;
  /** @defaultValue 3000 */
  connectTimeoutMs?: number;
  /** How long owed audio is waited for, where the reply does not say. @defaultValue 3000 */
  firstByteTimeoutMs?: number;
  /** A connection that was up for longer than this is opened again when the vendor closes it. @defaultValue 60000 */
  reopenAfterMs?: number;
}

/**
 * One voice for the whole service.
 * @throws TypeError when `baseUrl` is not a URL.
 */
export function createCartesia(options: CartesiaOptions): TextToSpeech {
  new URL(options.baseUrl);
  return new CartesiaVoice({
    voice: DEFAULT_VOICE,
    model: DEFAULT_MODEL,
    connectTimeoutMs: DEFAULT_CONNECT_TIMEOUT_MS,
    firstByteTimeoutMs: DEFAULT_FIRST_BYTE_TIMEOUT_MS,
    reopenAfterMs: DEFAULT_REOPEN_AFTER_MS,
    ...options,
  });
}

class CartesiaVoice implements TextToSpeech {
  readonly provider = PROVIDER;
  readonly #settings: Required<CartesiaOptions>;
  /** The one for new contexts is the last; others are only finishing theirs. */
  readonly #connections = new Set<CartesiaConnection>();
  #closed = false;

  constructor(settings: Required<CartesiaOptions>) {
    this.#settings = settings;
  }

  open(options: TtsOptions): TtsStream {
    const { language, voice, model, speed, signal } = options;
    if (!signal.aborted && !this.#closed) this.#connection();
    return new CartesiaStream({
      request: {
        model_id: model ?? this.#settings.model,
        voice: { mode: 'id', id: voice ?? this.#settings.voice },
        // The vendor takes the language without its region.
        language: language.replace(/-.*/, ''),
        output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8000 },
        add_timestamps: true,
        // Text comes in clauses already; the vendor's own waiting for more would only add to the silence.
        max_buffer_delay_ms: 0,
        ...(speed !== undefined && {
          generation_config: { speed: Math.min(Math.max(speed, SPEED.min), SPEED.max) },
        }),
      },
      signal,
      patienceMs: patienceOf(options, this.#settings.firstByteTimeoutMs),
      connection: () => this.#connection(),
    });
  }

  async warm(): Promise<void> {
    if (!this.#closed) await this.#connection().settled;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#connections].map((connection) => connection.close()));
  }

  #connection(): CartesiaConnection {
    if (this.#closed) {
      throw new TtsError('tts-unreachable', PROVIDER, 'the voice has been closed', { retryable: false });
    }
    const current = [...this.#connections].at(-1);
    if (current?.usable) return current;
    const { apiKey, baseUrl, connectTimeoutMs, logger } = this.#settings;
    const connection = new CartesiaConnection({
      apiKey,
      baseUrl,
      connectTimeoutMs,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      logger,
      onGone: (gone, uptimeMs) => this.#gone(gone, uptimeMs),
    });
    this.#connections.add(connection);
    return connection;
  }

  #gone(connection: CartesiaConnection, uptimeMs: number): void {
    this.#connections.delete(connection);
    if (!this.#closed && uptimeMs > this.#settings.reopenAfterMs) this.#connection();
  }
}
