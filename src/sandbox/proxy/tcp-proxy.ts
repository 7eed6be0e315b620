/** A TCP proxy on the loopback that can be made to fail as a server does: cut, refusing, silent or slow. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpProxyOptions {
  /** Where the real server is. */
  to: { host: string; port: number };
  /** 0 for any that is free. */
  port: number;
}

/** Bytes on their delayed way beyond this are left in the sender's socket. */
const MOST_DELAYED_BYTES = 1024 * 1024;

export class TcpProxy {
  readonly #to: TcpProxyOptions['to'];
  readonly #pairs = new Set<Pair>();
  readonly #server: Server;
  #port: number;
  #paused = false;
  #delayMs = 0;
  #closed = false;

  private constructor({ to, port }: TcpProxyOptions) {
    this.#to = to;
    this.#port = port;
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) =>
      this.#accept(client),
    );
  }

  /** Rejects where the port is taken. The caller closes it. */
  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Accepts connections again after {@link refuse}. Idempotent. */
  async listen(): Promise<void> {
    if (this.#server.listening || this.#closed) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening'); // rejects with the server's error
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Cuts every connection and refuses new ones, as where nothing listens. Idempotent. */
  async refuse(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    for (const pair of this.#pairs) pair.cut();
    await closed;
  }

  /** Nothing passes while it is on; connections stay open, and new ones are accepted. */
  set paused(paused: boolean) {
    this.#paused = paused;
    for (const pair of this.#pairs) pair.setPaused(paused);
  }

  /** Whatever comes from now on passes so late, in order. */
  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
    for (const pair of this.#pairs) pair.delayMs = delayMs;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.refuse();
  }

  #accept(client: Socket): void {
    const pair = new Pair(client, connect({ ...this.#to, noDelay: true, allowHalfOpen: true }), () =>
      this.#pairs.delete(pair),
    );
    this.#pairs.add(pair);
    pair.delayMs = this.#delayMs;
    pair.setPaused(this.#paused);
  }
}

/** One connection through the proxy: both of its sockets end together. */
class Pair {
  readonly #sockets: readonly [Socket, Socket];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #delayedBytes = new Map<Socket, number>();
  readonly #onEnd: () => void;
  delayMs = 0;
  #paused = true;

  constructor(client: Socket, server: Socket, onEnd: () => void) {
    this.#sockets = [client, server];
    this.#onEnd = onEnd;
    client.setNoDelay(true);
    this.#pass(client, server);
    this.#pass(server, client);
    for (const socket of this.#sockets) socket.on('error', () => this.cut());
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    for (const socket of this.#sockets) {
      if (paused) socket.pause();
      else socket.resume();
    }
  }

  /** Resets both. Idempotent. */
  cut(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
    this.#onEnd();
  }

  #pass(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      this.#add(from, chunk.length);
      this.#later(() => {
        this.#add(from, -chunk.length);
        if (!to.write(chunk)) from.pause();
      });
    });
    to.on('drain', () => {
      if (!this.#paused) from.resume();
    });
    from.on('end', () => this.#later(() => to.end()));
    from.on('close', (failed) => {
      if (failed || to.destroyed) this.cut();
      else this.#later(() => to.destroySoon());
    });
  }

  #add(from: Socket, bytes: number): void {
    const delayed = (this.#delayedBytes.get(from) ?? 0) + bytes;
    this.#delayedBytes.set(from, delayed);
    if (delayed > MOST_DELAYED_BYTES) from.pause();
    else if (bytes < 0 && !this.#paused) from.resume();
  }

  #later(run: () => void): void {
    // Behind what is still delayed, also once nothing is delayed any more.
    if (this.delayMs === 0 && this.#timers.size === 0) return run();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, this.delayMs);
    this.#timers.add(timer);
  }
}
