/**
 * Stands between the service and the stand-ins of its model and its voice, passes everything on as it is, and keeps
 * what was asked for, what was given and what was broken off.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { SpokenWord } from '../../src/tts/flite/index.ts';

/** A request to the model. Times are `performance.now()`. */
export interface ModelExchange {
  /** What the caller said last, as it stands in the request; empty where the request is of another kind. */
  said: string;
  fromMs: number;
  /** The whole answer was passed on. */
  doneMs?: number;
  /** The service went away before. */
  abortedMs?: number;
}

/** A context of the voice. */
export interface VoiceExchange {
  /** What it was given to say so far. */
  text: string;
  fromMs: number;
  doneMs?: number;
  cancelledMs?: number;
  /** μ-law, as far as it was sent. */
  audio: Uint8Array[];
  /** Times from the first byte of `audio`. */
  words: SpokenWord[];
}

const modelRequest = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
});
const toVoice = z.looseObject({
  context_id: z.string(),
  transcript: z.string().default(''),
  cancel: z.boolean().default(false),
});
const fromVoice = z.looseObject({
  type: z.string(),
  context_id: z.string().optional(),
  data: z.string().optional(),
  word_timestamps: z
    .object({ words: z.array(z.string()), start: z.array(z.number()), end: z.array(z.number()) })
    .optional(),
});

/** Listens on the loopback. Whoever starts it closes it. */
export class VendorTap {
  readonly model: ModelExchange[] = [];
  readonly voice: VoiceExchange[] = [];
  readonly #targetUrl: string;
  readonly #contexts = new Map<string, VoiceExchange>();
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #server = createServer((request, response) => this.#onRequest(request, response));

  private constructor(targetUrl: string) {
    this.#targetUrl = targetUrl;
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#relay(client, request));
    });
  }

  /** `targetUrl`: the origin that everything is passed on to. */
  static async start(targetUrl: string): Promise<VendorTap> {
    const tap = new VendorTap(targetUrl);
    await new Promise<void>((resolve) => tap.#server.listen(0, '127.0.0.1', resolve));
    return tap;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // it listens on a TCP port
  }

  /** What has been is of no interest. */
  forget(): void {
    this.model.length = 0;
    this.voice.length = 0;
  }

  /** Cuts everything. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const exchange: ModelExchange = { said: '', fromMs: performance.now() };
    if (request.url === '/v1/messages') {
      this.model.push(exchange);
      const body: Buffer[] = [];
      request.on('data', (piece: Buffer) => body.push(piece));
      request.on('end', () => {
        exchange.said = lastSaid(Buffer.concat(body).toString());
      });
    }
    const { method, headers } = request;
    const upstream = httpRequest(`${this.#targetUrl}${request.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => {
      if (response.writableFinished) exchange.doneMs = performance.now();
      else exchange.abortedMs = performance.now();
      upstream.destroy();
    });
    request.pipe(upstream);
  }

  #relay(client: WebSocket, { url, headers }: IncomingMessage): void {
    const passed = Object.entries(headers).filter(
      ([name]) => !/^(host|connection|upgrade|sec-websocket-.*)$/.test(name),
    );
    const upstream = new WebSocket(`${this.#targetUrl.replace('http', 'ws')}${url}`, {
      headers: Object.fromEntries(passed.map(([name, value]) => [name, String(value)])),
      perMessageDeflate: false,
    });
    const early: string[] = [];
    client.on('message', (data) => {
      const text = textOf(data);
      this.#onToVoice(text);
      if (upstream.readyState === WebSocket.OPEN) upstream.send(text);
      else early.push(text);
    });
    upstream.on('open', () => {
      for (const text of early.splice(0)) upstream.send(text);
    });
    upstream.on('message', (data) => {
      const text = textOf(data);
      client.send(text);
      this.#onFromVoice(text);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.terminate());
      one.on('close', () => other.close());
    }
  }

  #onToVoice(text: string): void {
    const { context_id: id, transcript, cancel } = toVoice.parse(JSON.parse(text));
    const known = this.#contexts.get(id);
    if (cancel) {
      if (known !== undefined && known.doneMs === undefined) known.cancelledMs ??= performance.now();
      return;
    }
    const context = known ?? { text: '', fromMs: performance.now(), audio: [], words: [] };
    context.text += transcript;
    if (known !== undefined) return;
    this.#contexts.set(id, context);
    this.voice.push(context);
  }

  #onFromVoice(text: string): void {
    const { type, context_id: id, data, word_timestamps: words } = fromVoice.parse(JSON.parse(text));
    const context = this.#contexts.get(id ?? '');
    if (context === undefined) return;
    if (type === 'done' || type === 'error') context.doneMs ??= performance.now();
    if (data !== undefined) context.audio.push(Buffer.from(data, 'base64'));
    words?.words.forEach((word, i) => {
      context.words.push({
        text: word,
        startMs: (words.start[i] ?? 0) * 1000,
        endMs: (words.end[i] ?? 0) * 1000,
      });
    });
  }
}

/** `ws` hands messages over as one Buffer unless told otherwise. */
function textOf(data: RawData): string {
  return (data as Buffer).toString('utf8');
}

function lastSaid(body: string): string {
  const request = modelRequest.safeParse(JSON.parse(body));
  const last = request.data?.messages.findLast(({ role }) => role === 'user');
  return last === undefined
    ? ''
    : typeof last.content === 'string'
      ? last.content
      : JSON.stringify(last.content);
}
