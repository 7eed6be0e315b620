/**
 * One socket to Cartesia, shared by many replies: each has a context, and the vendor says of each message whose it is.
 *
 * The SDK makes the connection (address, version, authentication). Three of its parts are gone around, as of 4.2.0:
 * - Its ES module build finds no `ws` and falls back to the browser's way, with the key in the URL; hence the CommonJS
 *   build, which is what the paths with `.js` name.
 * - Its `send` opens a new socket without a word when the old one is closing, and all contexts are lost; hence sending
 *   on the socket itself, which also leaves in the same turn.
 * - Its listener for messages throws out of the socket, and so ends the process, at a chunk without data; and its
 *   `receive` waits for ever when the socket drops. Hence a listener of our own.
 */
import net from 'node:net';
import { Cartesia } from '@cartesia/cartesia-js/index.js';
import { TTSWS } from '@cartesia/cartesia-js/resources/tts/ws.js';
import type { GenerationRequest, WebsocketClientEvent } from '@cartesia/cartesia-js/resources/tts.js';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { closedWithin, onRefused, type Refusal } from '../async/websocket.ts';
import { type CartesiaMessage, PROVIDER, readCartesiaMessage } from './cartesia-messages.ts';
import { statusError } from './http-status.ts';
import { TtsError } from './index.ts';

export interface ConnectionOptions {
  apiKey: string;
  baseUrl: string;
  connectTimeoutMs: number;
  closeTimeoutMs: number;
  logger: Logger;
  /** The socket is gone. `uptimeMs`: how long it was open, 0 if never. */
  onGone: (connection: CartesiaConnection, uptimeMs: number) => void;
}

/** Who speaks through a context. */
export interface ContextOwner {
  onMessage(message: CartesiaMessage): void;
  /** Nothing more will come for this context. */
  onFailure(error: TtsError): void;
}

export class CartesiaConnection {
  readonly #options: ConnectionOptions;
  readonly #tts: TTSWS;
  readonly #socket: WebSocket;
  readonly #owners = new Map<string, ContextOwner>();
  /** What was asked for before the socket was open. Lives no longer than a handshake may take. */
  #waiting: GenerationRequest[] = [];
  #refusal: Refusal | undefined;
  #error: Error | undefined;
  #openedAtMs: number | undefined;
  #lastMessageAtMs = Number.NEGATIVE_INFINITY;
  #leaving = false;
  readonly #settled = Promise.withResolvers<void>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#tts = openSocket(options);
    const { socket } = this.#tts;
    if (!(socket instanceof WebSocket)) throw new TypeError('the Cartesia SDK does not use the "ws" package');
    this.#socket = socket;
    onRefused(socket, (refusal) => {
      this.#refusal = refusal;
    });
    socket.removeAllListeners('message');
    socket.on('message', (data: Buffer) => this.#received(data.toString()));
    socket.on('close', (code, reason) => this.#closed(`${code} ${reason.toString()}`.trim()));
    // Without a listener the SDK turns errors into unhandled rejections; `close` follows and is dealt with there.
    this.#tts.on('error', (error) => {
      this.#error = error;
    });
    // A failed handshake also rejects this promise, which would be unhandled if nobody took it.
    this.#tts.connect().then(
      () => this.#opened(),
      () => undefined,
    );
  }

  /** Resolves when the handshake has succeeded or failed. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** True while new contexts may be opened here. */
  get usable(): boolean {
    const { readyState } = this.#socket;
    return !this.#leaving && (readyState === WebSocket.CONNECTING || readyState === WebSocket.OPEN);
  }

  /** When the vendor last said anything, by `performance.now()`; −∞ if never. */
  get lastMessageAtMs(): number {
    return this.#lastMessageAtMs;
  }

  /** Begins a context; messages for it go to its owner. */
  begin(contextId: string, owner: ContextOwner): void {
    this.#owners.set(contextId, owner);
  }

  /** Sends a request, in order, now or as soon as the socket is open. Lost with the socket, of which the owner hears. */
  request(request: GenerationRequest): void {
    if (this.#openedAtMs === undefined) this.#waiting.push(request);
    else this.#send(request);
  }

  /** Ends a context that the vendor has finished: whatever still comes for it is ignored. */
  forget(contextId: string): void {
    this.#owners.delete(contextId);
    if (this.#leaving && this.#owners.size === 0) this.#leave();
  }

  /** Ends a context that the vendor may still be working on. */
  cancel(contextId: string): void {
    if (this.#openedAtMs === undefined) {
      this.#waiting = this.#waiting.filter((request) => request.context_id !== contextId);
    } else {
      this.#send({ cancel: true, context_id: contextId });
    }
    this.forget(contextId);
  }

  /** Takes no new contexts, and closes after the last one. */
  retire(): void {
    this.#leaving = true;
    if (this.#owners.size === 0) this.#leave();
  }

  /** Closes now. The owners of contexts hear of it. Idempotent; resolves when the socket is gone. */
  async close(): Promise<void> {
    this.#leaving = true;
    this.#leave();
    await closedWithin(this.#socket, this.#options.closeTimeoutMs);
  }

  #leave(): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#tts.close();
    void closedWithin(this.#socket, this.#options.closeTimeoutMs);
  }

  #opened(): void {
    this.#openedAtMs = performance.now();
    for (const request of this.#waiting) this.#send(request);
    this.#waiting = [];
    this.#settled.resolve();
  }

  #send(message: WebsocketClientEvent): void {
    // A socket that is closing takes nothing more; its contexts fail when it has closed.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #received(text: string): void {
    this.#lastMessageAtMs = performance.now();
    const read = readCartesiaMessage(text);
    switch (read.type) {
      case 'other':
        return;
      case 'unreadable':
        this.#deliver(read.contextId, (owner) =>
          owner.onFailure(new TtsError('tts-bad-message', PROVIDER, read.reason, { retryable: true })),
        );
        return;
      case 'message':
        this.#deliver(read.message.context_id, (owner) => owner.onMessage(read.message));
        return;
    }
  }

  /** A message that does not say whose it is belongs to the only one there is; among several it is anybody's guess. */
  #deliver(contextId: string | null | undefined, how: (owner: ContextOwner) => void): void {
    const [only] = this.#owners.size === 1 ? this.#owners.values() : [];
    const owner = contextId == null ? only : this.#owners.get(contextId);
    if (owner !== undefined) how(owner);
    else if (contextId == null) {
      this.#options.logger.warn(
        { provider: PROVIDER, contexts: this.#owners.size },
        'the vendor sent an error or an unreadable message that names no context',
      );
    }
  }

  #closed(reason: string): void {
    const error = this.#lossError(reason);
    const owners = [...this.#owners.values()];
    this.#owners.clear();
    this.#waiting = [];
    this.#settled.resolve();
    const uptimeMs = this.#openedAtMs === undefined ? 0 : performance.now() - this.#openedAtMs;
    this.#options.onGone(this, uptimeMs);
    for (const owner of owners) owner.onFailure(error);
  }

  #lossError(reason: string): TtsError {
    if (this.#refusal !== undefined) {
      return statusError(PROVIDER, this.#refusal.status, 'the connection was refused');
    }
    if (this.#openedAtMs === undefined) {
      const cause = this.#error;
      return new TtsError('tts-unreachable', PROVIDER, `no connection: ${cause?.message ?? reason}`, {
        retryable: true,
        cause,
      });
    }
    return new TtsError('tts-disconnected', PROVIDER, `the connection was lost: ${reason}`, {
      retryable: true,
    });
  }
}

/** The SDK speaks `wss:` to any base URL; for an `http:` one the TLS below it is replaced by a plain socket. */
function openSocket({ apiKey, baseUrl, connectTimeoutMs }: ConnectionOptions): TTSWS {
  const { protocol, hostname, port } = new URL(baseUrl);
  return new TTSWS(new Cartesia({ apiKey, baseURL: baseUrl }), {
    handshakeTimeout: connectTimeoutMs,
    // Base64 of noise-like audio does not shrink enough to be worth the time.
    perMessageDeflate: false,
    ...(protocol === 'http:' && {
      createConnection: () =>
        net.connect({
          port: Number(port || 80),
          host: hostname.replace(/^\[|\]$/g, ''),
          // `ws` leaves it to whoever makes the socket to time the handshake.
          timeout: connectTimeoutMs,
        }),
    }),
  });
}
