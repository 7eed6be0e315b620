/** What all stand-ins share: their parts, and the door through which a vendor's clients come in. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Voice } from '../tts/flite/index.ts';
import type { Delays } from './delays.ts';
import { type Faults, Outlet, type Vendor } from './faults.ts';
import type { KnownSpeech } from './known-speech.ts';
import type { Wire } from './wire.ts';

/** What stand-ins are made from; one set for a whole sandbox. */
export interface SandboxParts {
  voice: Voice;
  knownSpeech: KnownSpeech;
  delays: Delays;
  faults: Faults;
  wire: Wire;
  logger: Logger;
}

/** One vendor, ready to be mounted on a server. */
export interface StandIn {
  readonly door: Door;
  /** Its HTTP routes, if it has any. */
  readonly router?: Router;
  /** Takes a WebSocket upgrade of one of its paths; false where the path is not its own. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

/** An HTTP answer that refuses something, in the vendor's own form. */
export interface Refusal {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** Larger than any message of a client: a second of audio is 8 kB. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Where a vendor's requests and sockets enter: counts them and lets the opening faults strike. */
export class Door {
  readonly vendor: Vendor;
  readonly #parts: SandboxParts;
  readonly #refusal: (status: number) => Refusal;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    // The client's offer of subprotocols is never taken up.
    handleProtocols: () => false,
  });
  #requests = 0;

  /** `refusal` words a status in the vendor's own form. */
  constructor(vendor: Vendor, parts: SandboxParts, refusal: (status: number) => Refusal) {
    this.vendor = vendor;
    this.#parts = parts;
    this.#refusal = refusal;
  }

  get state(): { requests: number; openSockets: number } {
    return { requests: this.#requests, openSockets: this.#sockets.clients.size };
  }

  /** Goes before a vendor's own HTTP routes. */
  readonly http: RequestHandler = (request, response, next) => {
    this.#requests++;
    const fault = this.#parts.faults.takeOpening(this.vendor);
    if (fault === undefined) return next();
    if (fault.kind !== 'status') return void request.socket.resetAndDestroy();
    const refusal = this.#refusalOf(fault);
    response
      .status(refusal.status)
      .set(refusal.headers ?? {})
      .type('json')
      .send(refusal.body);
  };

  /** Goes before routes that answer with plain JSON: each answer is one message, which the sending faults strike. */
  readonly answers: RequestHandler = (request, response, next) => {
    const outlet = new Outlet(this.vendor, this.#parts.faults, {
      write: (text) => void response.write(text),
      cut: () => void request.socket.destroy(),
    });
    response.on('close', () => outlet.close());
    response.json = (body: unknown) => {
      response.type('json');
      outlet.send({ text: JSON.stringify(body) });
      outlet.afterSent(() => response.end());
      return response;
    };
    next();
  };

  /**
   * Accepts a WebSocket, or refuses it as `check` says. `open` gets it before any of its messages, and an outlet which
   * is closed with it.
   */
  webSocket(
    upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer },
    check: () => Refusal | undefined,
    open: (socket: WebSocket, outlet: Outlet, id: string) => void,
  ): void {
    const { request, socket, head } = upgrade;
    this.#requests++;
    const fault = this.#parts.faults.takeOpening(this.vendor);
    if (fault !== undefined && fault.kind !== 'status') return void request.socket.resetAndDestroy();
    const refusal = fault === undefined ? check() : this.#refusalOf(fault);
    if (refusal !== undefined) {
      refuseUpgrade(socket, refusal);
      return;
    }
    request.socket.setNoDelay(true);
    this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
      const id = randomUUID();
      const log = this.#parts.logger.child({ vendor: this.vendor, socket: id });
      const outlet = new Outlet(this.vendor, this.#parts.faults, {
        write: (text) => accepted.send(text),
        cut: () => accepted.terminate(),
        goSilent: () => accepted.pause(),
      });
      accepted.on('error', (error) => log.warn({ err: error }, 'sandbox socket failed'));
      accepted.on('close', () => outlet.close());
      open(accepted, outlet, id);
    });
  }

  /** Cuts all sockets. Idempotent. */
  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  #refusalOf(fault: { status: number; retryAfterSec?: number | undefined }): Refusal {
    const refusal = this.#refusal(fault.status);
    if (fault.retryAfterSec === undefined) return refusal;
    return { ...refusal, headers: { ...refusal.headers, 'retry-after': String(fault.retryAfterSec) } };
  }
}

/** Answers an upgrade request with plain HTTP. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const headers = {
    'content-type': 'application/json',
    ...refusal.headers,
    connection: 'close',
    'content-length': String(Buffer.byteLength(refusal.body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Error'}\r\n${lines.join('\r\n')}\r\n\r\n${refusal.body}`,
  );
}

/** The path and query a request asks for. */
export function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://sandbox');
}

/** The credential after the scheme of an `Authorization` header; undefined for another scheme or none. */
export function credential(request: IncomingMessage, scheme: string): string | undefined {
  const [given, key] = (request.headers.authorization ?? '').split(' ');
  return given?.toLowerCase() === scheme.toLowerCase() && key ? key : undefined;
}

/** Whether a presented key is good: any key is, unless a certain one is required. */
export function keyAccepted(presented: string | undefined, required: string | undefined): boolean {
  return presented !== undefined && (required === undefined || presented === required);
}
