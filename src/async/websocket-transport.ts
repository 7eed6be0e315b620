/**
 * A WebSocket in the shape in which Deepgram's SDK takes one (`transportFactory`). With the SDK's default socket (5.13.0)
 * a refused handshake shows no status and no reason, compression of every frame is offered and cannot be declined, and
 * neither an end nor a close is bounded in time. URL, authentication and messages stay the SDK's.
 */
import { WebSocket } from 'ws';
import { onRefused, type Refusal } from './websocket.ts';

/** What the SDK may give to be sent. */
type Message = string | ArrayBuffer | Blob | ArrayBufferView;

export interface TransportOptions {
  /** As the SDK made it, with the query; `http(s)` becomes `ws(s)`. */
  url: string;
  headers: Record<string, string>;
  connectTimeoutMs: number;
}

/** One connection. Sends in the order in which it is asked to, and keeps no queue of its own. */
export class WebSocketTransport {
  readonly socket: WebSocket;
  /** How the handshake was refused, if it was. */
  refusal: Refusal | undefined;

  constructor(options: TransportOptions) {
    this.socket = new WebSocket(options.url, {
      headers: options.headers,
      handshakeTimeout: options.connectTimeoutMs,
      // Deflate would cost more time than 160 bytes of μ-law are worth, and 300 kB of state a call.
      perMessageDeflate: false,
    });
    // Every failure is told by `close` as well; an `error` nobody listens for would end the process.
    this.socket.on('error', () => {});
    onRefused(this.socket, (refusal) => {
      this.refusal = refusal;
    });
  }

  send(data: Message): void {
    // A Blob is read asynchronously, so that whatever is sent after it would overtake it.
    if (data instanceof Blob) throw new TypeError('audio must be bytes, not a Blob');
    this.socket.send(data);
  }

  isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** A WebSocket ping; its answer is nobody's concern. */
  ping(): void {
    this.socket.ping();
  }

  onOpen(listener: () => void): void {
    this.socket.on('open', listener);
  }

  onMessage(listener: (message: Message) => void): void {
    this.socket.on('message', (data: Buffer, isBinary) => listener(isBinary ? data : data.toString()));
  }

  onError(listener: (error: Error) => void): void {
    this.socket.on('error', listener);
  }

  onClose(listener: (event: { code: number; reason: string }) => void): void {
    this.socket.on('close', (code, reason) => listener({ code, reason: reason.toString() }));
  }

  /** At once: whoever wants a graceful end sends CloseStream first and waits for the server. */
  close(): void {
    this.socket.terminate();
  }
}
