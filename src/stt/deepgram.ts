/**
 * Deepgram Nova as a recogniser (docs: `/v1/listen`, streaming), through `@deepgram/sdk`.
 *
 * The SDK makes the URL, authenticates and parses; the socket is ours ({@link WebSocketTransport}). Its reconnecting is
 * off: a stream that dies says so, and the caller decides what comes next.
 */
import { DeepgramClient } from '@deepgram/sdk';
import type { Logger } from 'pino';
import { EventQueue } from '../async/event-queue.ts';
import { closedWithin } from '../async/websocket.ts';
import { AudioClock } from './audio-clock.ts';
import { Backlog, type Outgoing } from './backlog.ts';
import { readDeepgramMessage } from './deepgram-messages.ts';
import { WebSocketTransport } from './deepgram-transport.ts';
import { DeepgramTurns } from './deepgram-turns.ts';
import { type SpeechToText, SttError, type SttEvent, type SttOptions, type SttStream } from './index.ts';

const PROVIDER = 'deepgram';
const DEFAULT_MODEL = 'nova-3';
/** Long enough for a breath between words, short enough for a conversation. */
const DEFAULT_ENDPOINTING_MS = 300;
/** Deepgram judges by its interims, of which there is one a second: less would not work (docs: "Utterance End"). */
const MIN_UTTERANCE_END_MS = 1000;
/** Shorter than a caller's patience with silence, longer than any healthy handshake. */
const DEFAULT_CONNECT_TIMEOUT_MS = 5000;
/** Deepgram hangs up (NET-0001) after 10 s of nothing and asks for a sign of life every 3 to 5 s. */
const DEFAULT_KEEP_ALIVE_MS = 4000;
/** After CloseStream the server flushes and closes; one that does neither is cut off. */
const DEFAULT_CLOSE_TIMEOUT_MS = 2000;
/** μ-law at 8 kHz. */
const BYTES_PER_MS = 8;
/** Audio kept while connecting; longer than `connectTimeoutMs` should be. The oldest goes first. */
const BACKLOG_MS = 10_000;
/** What a stalled connection may hold back before the stream is given up: more than a whole backlog at once. */
const MAX_UNSENT_BYTES = 2 * BACKLOG_MS * BYTES_PER_MS;
/** Events for a consumer that lags. Deepgram sends a few a second: so many unread means nobody reads. */
const MAX_UNREAD_EVENTS = 1000;

export interface DeepgramOptions {
  apiKey: string;
  /** An `http(s)` origin, such as `https://api.deepgram.com`. */
  baseUrl: string;
  /** @defaultValue `nova-3` */
  model?: string;
  logger: Logger;
  /** @defaultValue 5000 */
  connectTimeoutMs?: number;
  /** Silence towards the vendor after which a KeepAlive is sent. @defaultValue 4000 */
  keepAliveMs?: number;
  /** From CloseStream to cutting the connection. @defaultValue 2000 */
  closeTimeoutMs?: number;
}

type Settings = Required<DeepgramOptions>;

/** One recogniser for the whole service; each stream has a connection of its own. */
export function createDeepgram(options: DeepgramOptions): SpeechToText {
  return new Deepgram({
    model: DEFAULT_MODEL,
    connectTimeoutMs: DEFAULT_CONNECT_TIMEOUT_MS,
    keepAliveMs: DEFAULT_KEEP_ALIVE_MS,
    closeTimeoutMs: DEFAULT_CLOSE_TIMEOUT_MS,
    ...options,
  });
}

class Deepgram implements SpeechToText {
  readonly provider = PROVIDER;
  readonly #settings: Settings;
  readonly #streams = new Set<DeepgramStream>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  open(options: SttOptions): SttStream {
    const stream = new DeepgramStream(this.#settings, options);
    this.#streams.add(stream);
    void stream.gone.then(() => this.#streams.delete(stream));
    return stream;
  }

  async close(): Promise<void> {
    const streams = [...this.#streams];
    for (const stream of streams) stream.close();
    await Promise.all(streams.map((stream) => stream.gone));
  }
}

type Connection = Awaited<ReturnType<DeepgramClient['listen']['v1']['connect']>>;

class DeepgramStream implements SttStream {
  readonly #settings: Settings;
  readonly #options: SttOptions;
  readonly #events = new EventQueue<SttEvent>({
    capacity: MAX_UNREAD_EVENTS,
    onAbandoned: () => this.close(),
  });
  readonly #clock = new AudioClock();
  readonly #turns = new DeepgramTurns(this.#clock, () => this.finalize());
  readonly #backlog = new Backlog(BACKLOG_MS);
  readonly #onAbort = () => this.close();
  readonly #gone = Promise.withResolvers<void>();
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #connection: Connection | undefined;
  #transport: WebSocketTransport | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #muted = false;

  constructor(settings: Settings, options: SttOptions) {
    this.#settings = settings;
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.close();
    else void this.#connect();
  }

  /** Resolves when nothing of the stream is left: no socket, no timer, no listener. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<SttEvent, undefined> {
    return this.#events[Symbol.asyncIterator]();
  }

  write(frame: Uint8Array): void {
    const durationMs = frame.byteLength / BYTES_PER_MS;
    this.#request(this.#muted ? { type: 'gap', durationMs } : { type: 'audio', frame, durationMs });
  }

  finalize(): void {
    this.#request({ type: 'finalize' });
  }

  mute(muted: boolean): void {
    this.#muted = muted;
  }

  close(): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open' && this.#transport?.isOpen() === true;
    this.#release();
    this.#events.end();
    if (!wasOpen) {
      this.#cut();
      return;
    }
    this.#connection?.sendCloseStream({ type: 'CloseStream' });
    this.#leave(this.#settings.closeTimeoutMs);
  }

  async #connect(): Promise<void> {
    const { apiKey, baseUrl, connectTimeoutMs } = this.#settings;
    try {
      const client = new DeepgramClient({
        apiKey,
        baseUrl,
        transportFactory: (url, headers) => {
          this.#transport = new WebSocketTransport({ url, headers, connectTimeoutMs });
          return this.#transport;
        },
      });
      const connection = await client.listen.v1.connect({
        ...this.#query(),
        reconnectAttempts: 0,
        connectionTimeoutInSeconds: connectTimeoutMs / 1000,
      });
      // Closed before there was anything to connect.
      if (this.#state === 'closed') return;
      this.#connection = connection;
      // The SDK keeps one handler an event, so these are the only ones. `error` comes with, or brings, a `close`.
      connection.on('open', () => this.#opened());
      connection.on('message', (message: unknown) => this.#received(message));
      connection.on('close', (event) => this.#lost(`${event.code} ${event.reason}`.trim()));
      connection.on('error', (error) => this.#lost(error.message, error));
      connection.connect();
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error), error);
    }
  }

  #query() {
    const { language, keyterms, endpointingMs, utteranceEndMs, model } = this.#options;
    return {
      model: model ?? this.#settings.model,
      language,
      encoding: 'mulaw',
      sample_rate: 8000,
      channels: 1,
      interim_results: 'true',
      smart_format: 'true',
      punctuate: 'true',
      vad_events: 'true',
      endpointing: endpointingMs ?? DEFAULT_ENDPOINTING_MS,
      utterance_end_ms: Math.max(utteranceEndMs ?? 0, MIN_UTTERANCE_END_MS),
      ...(keyterms === undefined ? {} : { keyterm: [...keyterms] }),
    } as const;
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#keepAlive = setTimeout(() => this.#sendKeepAlive(), this.#settings.keepAliveMs);
    for (const item of this.#backlog.drain()) this.#send(item);
    if (this.#backlog.droppedMs > 0) {
      this.#settings.logger.warn(
        { provider: PROVIDER, droppedMs: this.#backlog.droppedMs },
        'audio was dropped while the recogniser connected',
      );
    }
  }

  #request(item: Outgoing): void {
    if (this.#state === 'open') this.#send(item);
    else if (this.#state === 'connecting') this.#backlog.push(item);
  }

  #send(item: Outgoing): void {
    // The socket may be closing, in the turn before its `close` is told.
    if (this.#state !== 'open' || this.#transport?.isOpen() !== true) return;
    switch (item.type) {
      case 'audio':
        // SDK and transport hand the bytes to the socket within this call, so audio and control stay in order.
        this.#connection?.sendMedia(item.frame);
        this.#clock.sent(item.durationMs);
        this.#keepAlive?.refresh();
        if (this.#transport.socket.bufferedAmount > MAX_UNSENT_BYTES) {
          this.#fail('stt-overflow', 'the connection takes no more audio', { retryable: true });
        }
        return;
      case 'gap':
        this.#clock.keptBack(item.durationMs);
        return;
      case 'finalize':
        this.#connection?.sendFinalize({ type: 'Finalize' });
        return;
    }
  }

  #sendKeepAlive(): void {
    if (this.#transport?.isOpen() !== true) return;
    this.#connection?.sendKeepAlive({ type: 'KeepAlive' });
    this.#keepAlive?.refresh();
  }

  #received(message: unknown): void {
    if (this.#state !== 'open') return;
    try {
      const read = readDeepgramMessage(message);
      if (read.type === 'other') {
        this.#settings.logger.debug({ provider: PROVIDER, vendorType: read.vendorType }, 'message ignored');
        return;
      }
      for (const event of this.#turns.read(read)) {
        if (this.#events.push(event)) continue;
        this.#fail('stt-overflow', 'nobody reads what was recognised', { retryable: false });
        return;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail('stt-bad-message', reason, { retryable: true, cause: error });
    }
  }

  /** The connection is gone, or never came up. */
  #lost(reason: string, cause?: unknown): void {
    if (this.#state === 'open') {
      this.#fail('stt-disconnected', `the connection was lost: ${reason}`, { retryable: true, cause });
      return;
    }
    const refusal = this.#transport?.refusal;
    if (refusal === undefined) {
      this.#fail('stt-unreachable', `no connection: ${reason}`, { retryable: true, cause });
      return;
    }
    const { status, headers } = refusal;
    // Deepgram says in this header what a refused request had wrong.
    const detail = headers['dg-error'];
    const refused = `the connection was refused with ${status}${detail === undefined ? '' : ` (${detail})`}`;
    if (status === 401 || status === 403) this.#fail('stt-unauthorised', refused, { retryable: false });
    else if (status >= 500) this.#fail('stt-unreachable', refused, { retryable: true });
    else this.#fail('stt-refused', refused, { retryable: status === 429 });
  }

  #fail(code: SttError['code'], message: string, options: { retryable: boolean; cause?: unknown }): void {
    if (this.#state === 'closed') return;
    this.#release();
    this.#events.fail(new SttError(code, PROVIDER, message, options));
    this.#cut();
  }

  #release(): void {
    this.#state = 'closed';
    clearTimeout(this.#keepAlive);
    this.#backlog.drain();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  /** Ends the connection at once, whatever stage it has reached. */
  #cut(): void {
    this.#connection?.close();
    this.#transport?.socket.terminate();
    this.#leave(0);
  }

  #leave(withinMs: number): void {
    if (this.#transport === undefined) this.#gone.resolve();
    else void closedWithin(this.#transport.socket, withinMs).then(this.#gone.resolve);
  }
}
