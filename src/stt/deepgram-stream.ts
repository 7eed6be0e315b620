/**
 * One stream to Deepgram, whichever of its endpoints: the connection's life, the backlog before it is up, and the end.
 * What is said over it differs by endpoint and is a {@link Dialect}'s.
 *
 * The SDK makes the URL, authenticates and parses; the socket is ours ({@link WebSocketTransport}). Its reconnecting is
 * off: a stream that dies says so, and the caller decides what comes next.
 */
import { DeepgramClient } from '@deepgram/sdk';
import type { Logger } from 'pino';
import { EventQueue } from '../async/event-queue.ts';
import { closedWithin } from '../async/websocket.ts';
import { WebSocketTransport } from '../async/websocket-transport.ts';
import { AudioClock, BYTES_PER_MS } from './audio-clock.ts';
import { Backlog, type Outgoing } from './backlog.ts';
import { refusedError, SttError, type SttEvent, type SttOptions, type SttStream } from './index.ts';

export const PROVIDER = 'deepgram';
/** Audio kept while connecting; as long as what a chain of recognisers keeps. The oldest goes first. */
const BACKLOG_MS = 32_000;
/** What a stalled connection may hold back before the stream is given up: more than a whole backlog at once. */
const MAX_UNSENT_BYTES = 2 * BACKLOG_MS * BYTES_PER_MS;
/** Events for a consumer that lags. Deepgram sends a few a second: so many unread means nobody reads. */
const MAX_UNREAD_EVENTS = 1000;

export interface StreamSettings {
  apiKey: string;
  baseUrl: string;
  logger: Logger;
  connectTimeoutMs: number;
  keepAliveMs: number;
  closeTimeoutMs: number;
}

/** What the SDK's sockets of both endpoints have in common. */
export interface Connection {
  on(event: 'open', listener: () => void): void;
  on(event: 'message', listener: (message: unknown) => void): void;
  on(event: 'close', listener: (event: { code: number; reason: string }) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  connect(): unknown;
  sendCloseStream(message: { type: 'CloseStream' }): void;
  close(): void;
}

/** How a connection is asked for: once, and not for ever. */
export interface ConnectOptions {
  reconnectAttempts: 0;
  connectionTimeoutInSeconds: number;
}

/** What a dialect knows of its stream. */
export interface DialectContext {
  /** Turns the vendor's times into the stream's. */
  readonly clock: AudioClock;
  /** As if the stream's owner had asked for it. */
  request(item: Outgoing): void;
  /** Sends a WebSocket ping; the SDK's own way of doing so is not in its types. */
  ping(): void;
  /** A message of this type means nothing here. */
  ignored(vendorType: string): void;
}

/** What is said over a connection to one of Deepgram's endpoints. It belongs to one stream and holds no timer. */
export interface Dialect {
  /** Has the SDK make the connection. It is not to connect yet. */
  prepare(client: DeepgramClient, options: ConnectOptions): Promise<Connection>;
  /** What goes out for a frame that the vendor must not hear. */
  inPlaceOf(frame: Uint8Array): Outgoing;
  /** Passes on what was asked for. The connection is open. */
  send(item: Outgoing): void;
  /** Shows the vendor that there is still somebody. The connection is open. */
  keepAlive(): void;
  /**
   * What a message, parsed from JSON, means.
   * @throws SttError when it says that the vendor gives up; any other error when it cannot be understood.
   */
  read(message: unknown): SttEvent[];
}

export class DeepgramStream implements SttStream {
  readonly #settings: StreamSettings;
  readonly #signal: AbortSignal;
  readonly #onSign: () => void;
  readonly #dialect: Dialect;
  readonly #events = new EventQueue<SttEvent>({
    capacity: MAX_UNREAD_EVENTS,
    onAbandoned: () => this.close(),
  });
  readonly #clock = new AudioClock();
  readonly #backlog = new Backlog(BACKLOG_MS);
  readonly #onAbort = () => this.close();
  readonly #gone = Promise.withResolvers<void>();
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #connection: Connection | undefined;
  #transport: WebSocketTransport | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #muted = false;

  constructor(
    settings: StreamSettings,
    options: Pick<SttOptions, 'signal' | 'onSign'>,
    dialect: (context: DialectContext) => Dialect,
  ) {
    this.#settings = settings;
    this.#signal = options.signal;
    this.#onSign = () => options.onSign?.();
    this.#dialect = dialect({
      clock: this.#clock,
      request: (item) => this.#request(item),
      ping: () => this.#transport?.ping(),
      ignored: (vendorType) => settings.logger.debug({ provider: PROVIDER, vendorType }, 'message ignored'),
    });
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#signal.aborted) this.close();
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
    this.#request(
      this.#muted
        ? this.#dialect.inPlaceOf(frame)
        : { type: 'audio', frame, durationMs: frame.byteLength / BYTES_PER_MS },
    );
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
      const connection = await this.#dialect.prepare(client, {
        reconnectAttempts: 0,
        connectionTimeoutInSeconds: connectTimeoutMs / 1000,
      });
      // Closed before there was anything to connect.
      if (this.#state === 'closed') return;
      this.#connection = connection;
      // The SDK keeps one handler an event, so these are the only ones. `error` comes with, or brings, a `close`.
      connection.on('open', () => this.#opened());
      connection.on('message', (message) => this.#received(message));
      connection.on('close', (event) => this.#lost(`${event.code} ${event.reason}`.trim()));
      connection.on('error', (error) => this.#lost(error.message, error));
      connection.connect();
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error), error);
    }
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#onSign();
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
    // SDK and transport hand the bytes to the socket within this call, so audio and control stay in order.
    this.#dialect.send(item);
    if (item.type === 'gap') this.#clock.keptBack(item.durationMs);
    if (item.type !== 'audio') return;
    this.#clock.sent(item.durationMs);
    this.#keepAlive?.refresh();
    if (this.#transport.socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#fail('stt-overflow', 'the connection takes no more audio', { retryable: true });
    }
  }

  #sendKeepAlive(): void {
    if (this.#transport?.isOpen() !== true) return;
    this.#dialect.keepAlive();
    this.#keepAlive?.refresh();
  }

  #received(message: unknown): void {
    if (this.#state !== 'open') return;
    try {
      const events = this.#dialect.read(message);
      this.#onSign();
      for (const event of events) {
        if (this.#events.push(event)) continue;
        this.#fail('stt-overflow', 'nobody reads what was recognised', { retryable: false });
        return;
      }
    } catch (error) {
      if (error instanceof SttError) return this.#failWith(error);
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
    else this.#failWith(refusedError(PROVIDER, refused, status, headers['retry-after']));
  }

  #fail(code: SttError['code'], message: string, options: { retryable: boolean; cause?: unknown }): void {
    this.#failWith(new SttError(code, PROVIDER, message, options));
  }

  #failWith(error: SttError): void {
    if (this.#state === 'closed') return;
    this.#release();
    this.#events.fail(error);
    this.#cut();
  }

  #release(): void {
    this.#state = 'closed';
    clearTimeout(this.#keepAlive);
    this.#backlog.drain();
    this.#signal.removeEventListener('abort', this.#onAbort);
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
