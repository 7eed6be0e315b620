/** What a WebSocket client has to know beyond the open and close of a socket. */
import type { IncomingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';

/** A handshake that was answered with an ordinary HTTP response. */
export interface Refusal {
  status: number;
  headers: IncomingHttpHeaders;
}

/**
 * Tells how a server refused the handshake: the socket's own `error` carries the status in its text only and no
 * headers. `error` and `close` follow. Call it in the same turn in which the socket was made.
 */
export function onRefused(socket: WebSocket, listener: (refusal: Refusal) => void): void {
  socket.once('unexpected-response', (_request, response) => {
    listener({ status: response.statusCode ?? 0, headers: response.headers });
    response.resume();
    socket.terminate();
  });
}

/** Waits until the socket is closed, and cuts it when that has not happened `withinMs` from now. Never rejects. */
export function closedWithin(socket: WebSocket, withinMs: number): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    // Unreferenced: an open socket keeps the process alive by itself.
    const timer = setTimeout(() => socket.terminate(), withinMs).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
