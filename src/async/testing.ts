/**
 * A WebSocket server on a loopback port for tests of clients. The test plays the server's part itself: it awaits
 * connections and messages in order and answers by hand.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { EventQueue } from './event-queue.ts';

const PLENTY = { capacity: 100_000 };

/** One accepted connection, as its server sees it. */
export class Peer {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #inbox = new EventQueue<string | Buffer>(PLENTY);
  readonly #reader = this.#inbox[Symbol.asyncIterator]();

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.socket = socket;
    this.request = request;
    socket.on('error', () => {});
    // Messages are single Buffers: `binaryType` is left at its default.
    socket.on('message', (data: Buffer, isBinary) => this.#inbox.push(isBinary ? data : data.toString()));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.#inbox.end();
        resolve(code);
      });
    });
  }

  /** The next message: text as a string, binary as a Buffer. Throws when the client has gone. */
  async receive(): Promise<string | Buffer> {
    const next = await this.#reader.next();
    if (next.done) throw new Error('the client closed the connection');
    return next.value;
  }

  /** The next message, which must be JSON. */
  async receiveJson(): Promise<Record<string, unknown>> {
    return JSON.parse(String(await this.receive()));
  }

  /** All messages that are left, up to the client's close. */
  async rest(): Promise<(string | Buffer)[]> {
    const messages: (string | Buffer)[] = [];
    for (let next = await this.#reader.next(); !next.done; next = await this.#reader.next()) {
      messages.push(next.value);
    }
    return messages;
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }
}

/** Listens on 127.0.0.1. `await using` closes it with all its connections. */
export class LoopbackServer implements AsyncDisposable {
  readonly #http: Server = createServer();
  readonly #sockets: WebSocketServer;
  readonly #accepted = new EventQueue<Peer>(PLENTY);
  readonly #peers = this.#accepted[Symbol.asyncIterator]();
  /** Upgrade requests so far, also the refused ones. */
  readonly upgrades: IncomingMessage[] = [];
  /** Raw TCP connections that are open, also those that have not been answered. */
  readonly raw = new Set<Duplex>();
  /** When set, upgrades are answered with this instead of being accepted; `silence` answers nothing at all. */
  refuseWith: { status: number; headers?: Record<string, string> } | 'silence' | undefined;

  constructor(options: { perMessageDeflate?: boolean } = {}) {
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: options.perMessageDeflate ?? false,
    });
    this.#http.on('connection', (socket) => {
      this.raw.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.raw.delete(socket));
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(options: { perMessageDeflate?: boolean } = {}): Promise<LoopbackServer> {
    const server = new LoopbackServer(options);
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    // A TCP server that listens has an AddressInfo.
    const { port } = this.#http.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The next accepted connection. */
  async accept(): Promise<Peer> {
    const next = await this.#peers.next();
    if (next.done) throw new Error('the server is closed');
    return next.value;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.upgrades.push(request);
    const refusal = this.refuseWith;
    if (refusal === undefined) {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#accepted.push(new Peer(webSocket, request));
      });
    } else if (refusal === 'silence') {
      // Nobody else reads the socket of an upgrade, and unread it would never close.
      socket.resume().on('end', () => socket.end());
    } else {
      const headers = Object.entries(refusal.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(
        `HTTP/1.1 ${refusal.status} No\r\n${headers.join('')}Connection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.raw) socket.destroy();
    this.#accepted.discard();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = await LoopbackServer.start();
  const { url } = server;
  await server[Symbol.asyncDispose]();
  return url;
}

/** Collects what no test may cause. `await using` takes the listeners off after one more turn of the event loop. */
export function watchForCrashes(): AsyncDisposable & { crashes: unknown[] } {
  const crashes: unknown[] = [];
  const note = (error: unknown) => crashes.push(error);
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  return {
    crashes,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', note);
      process.off('uncaughtException', note);
    },
  };
}
