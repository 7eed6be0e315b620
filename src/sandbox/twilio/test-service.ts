/**
 * A small service for the tests of the carrier's stand-in: it answers webhooks and takes media streams, and lets both in
 * only when the official `twilio` package finds their signatures right.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pino from 'pino';
import twilio from 'twilio';
import { type WebSocket, WebSocketServer } from 'ws';
import { createTwilioSandbox, type TwilioSandbox, type TwilioSandboxOptions } from './index.ts';

export const ACCOUNT_SID = 'AC0123456789abcdef0123456789abcdef';
export const AUTH_TOKEN = 'test-token';
export const FROM = '+15550123000';
export const TO = '+15550100000';

type Parameters = Readonly<Record<string, string>>;
type Answer = (parameters: Parameters) => { status?: number; type?: string; body: string };

/** One media stream, seen from the service. */
export class TestStream {
  readonly socket: WebSocket;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Every message, parsed where it is JSON, with its time. */
  readonly received: { atMs: number; message: Record<string, unknown> }[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket, headers: Readonly<Record<string, unknown>>) {
    this.socket = socket;
    this.headers = headers;
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#wake());
    socket.on('message', (data, isBinary) => {
      this.received.push({
        atMs: performance.now(),
        message: isBinary ? { event: 'binary' } : parse(String(data)),
      });
      this.#wake();
    });
  }

  get streamSid(): string {
    return String(this.of('start')[0]?.['streamSid']);
  }

  /** Messages with this event, in order. */
  of(event: string): Record<string, unknown>[] {
    return this.received.filter(({ message }) => message['event'] === event).map(({ message }) => message);
  }

  /** Waits until there are so many messages with this event; returns the last of them. */
  async nth(event: string, count = 1): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.of(event)[count - 1];
      if (found !== undefined) return found;
      if (this.socket.readyState === this.socket.CLOSED)
        throw new Error(`closed before ${event} no. ${count}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async closed(): Promise<void> {
    while (this.socket.readyState !== this.socket.CLOSED) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  play(audio: Uint8Array): void {
    this.#send({ event: 'media', media: { payload: Buffer.from(audio).toString('base64') } });
  }

  mark(name: string): void {
    this.#send({ event: 'mark', mark: { name } });
  }

  clear(): void {
    this.#send({ event: 'clear' });
  }

  #send(message: object): void {
    this.socket.send(JSON.stringify({ ...message, streamSid: this.streamSid }));
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return { event: 'malformed' };
  }
}

export class TestService {
  readonly baseUrl: string;
  /** Set to stand behind a proxy: the host that everybody outside knows, over TLS. */
  publicHost: string | undefined;
  /** Webhooks whose signature was right. */
  readonly requests: { path: string; parameters: Parameters }[] = [];
  readonly refused: string[] = [];
  readonly streams: TestStream[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #close: () => Promise<void>;
  #onStream: (stream: TestStream) => void = () => undefined;

  private constructor(baseUrl: string, close: () => Promise<void>) {
    this.baseUrl = baseUrl;
    this.#close = close;
  }

  /** Where `<Stream url>` points. */
  get mediaUrl(): string {
    return `${this.publicHost === undefined ? this.baseUrl.replace('http', 'ws') : `wss://${this.publicHost}`}/media`;
  }

  static async start(): Promise<TestService> {
    const app = express();
    const server = createServer(app);
    const sockets = new WebSocketServer({ noServer: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // TCP server: never a string
    const service = new TestService(`http://127.0.0.1:${port}`, async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    app.use(express.urlencoded({ extended: false }), (request, response) => {
      const { publicHost: host } = service;
      if (
        !twilio.validateExpressRequest(
          request,
          AUTH_TOKEN,
          host === undefined ? {} : { host, protocol: 'https' },
        )
      ) {
        service.refused.push(request.path);
        response.status(403).end();
        return;
      }
      const parameters: Parameters = { ...(request.method === 'GET' ? request.query : request.body) };
      service.requests.push({ path: request.path, parameters });
      const {
        status = 200,
        type = 'text/xml',
        body,
      } = service.#answers.get(request.path)?.(parameters) ?? { body: '' };
      response.status(status).type(type).send(body);
    });
    server.on('upgrade', (request, socket, head) => {
      const signature = String(request.headers['x-twilio-signature'] ?? '');
      if (!twilio.validateRequest(AUTH_TOKEN, signature, service.mediaUrl, {})) {
        service.refused.push('/media');
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const stream = new TestStream(webSocket, request.headers);
        service.streams.push(stream);
        service.#onStream(stream);
      });
    });
    return service;
  }

  /** Answers a path with TwiML: what is to stand within `<Response>`. */
  twiml(path: string, content: string | ((parameters: Parameters) => string)): void {
    this.answer(path, (parameters) => ({
      body: `<Response>${typeof content === 'string' ? content : content(parameters)}</Response>`,
    }));
  }

  answer(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  /** TwiML that opens a media stream to this service. */
  connect(attributes = '', parameters = ''): string {
    return `<Connect ${attributes}><Stream url="${this.mediaUrl}">${parameters}</Stream></Connect>`;
  }

  /** The next media stream. */
  async nextStream(): Promise<TestStream> {
    return new Promise((resolve) => {
      this.#onStream = resolve;
    });
  }

  parametersOf(path: string): Parameters[] {
    return this.requests.filter((request) => request.path === path).map(({ parameters }) => parameters);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

/** A tone that no ear takes for silence. */
export function tone(durationMs: number): Uint8Array {
  // 0x20 and 0xa0 are about +8000 and -8000: a square wave of 500 Hz.
  return Uint8Array.from({ length: durationMs * 8 }, (_, i) => (i % 16 < 8 ? 0xa0 : 0x20));
}

/** Speaks each of the first ten letters as 20 ms of tone: fast, and loud enough for everything that listens. */
const toneVoice = {
  speak: async (text: string) => ({ audio: tone(Math.min(10, text.length) * 20), words: [] }),
};

export function startSandbox(
  service: TestService,
  options: Partial<TwilioSandboxOptions> = {},
): TwilioSandbox {
  return createTwilioSandbox({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    voiceUrl: `${service.baseUrl}/voice`,
    voice: toneVoice,
    knownSpeech: { register: () => undefined },
    logger: pino({ level: 'silent' }),
    ...options,
  });
}
