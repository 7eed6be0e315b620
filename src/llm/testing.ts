/**
 * For tests: a loopback server that speaks the Messages API's wire format as each test scripts it.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, vi } from 'vitest';
import { z } from 'zod';
import { type ClaudeOptions, createClaude } from './claude.ts';
import { type LanguageModel, LlmError, type LlmEvent, type ModelRequest } from './index.ts';

/** A request body, as far as tests look into it. */
const bodySchema = z.record(z.string(), z.unknown());

/** One request, and the hands on its response. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  readonly response: ServerResponse;
  /** Resolves once the response is over, whoever ended it; true if it had been sent whole. */
  readonly closed: Promise<boolean>;
  /** Sends events, with the response's head before the first. */
  send(...events: WireEvent[]): void;
}

export type WireEvent = { type: string } & Record<string, unknown>;
export type Script = (exchange: Exchange) => void | Promise<void>;

export interface ScriptedApi {
  readonly baseUrl: string;
  readonly exchanges: Exchange[];
  /** TCP connections accepted so far. */
  readonly connections: { accepted: number; closed: number };
  /** Resolves when a connection closes. */
  connectionClosed(): Promise<unknown>;
  close(): Promise<void>;
}

/** Answers the first request by the first script, and so on; the last script serves all that follow. */
export async function startScriptedApi(...scripts: Script[]): Promise<ScriptedApi> {
  const exchanges: Exchange[] = [];
  const connections = { accepted: 0, closed: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const closed = once(response, 'close').then(() => response.writableFinished);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const exchange: Exchange = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? {} : bodySchema.parse(JSON.parse(text)),
        response,
        closed,
        send: (...events) => {
          if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
          for (const event of events)
            response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
        },
      };
      exchanges.push(exchange);
      const script = scripts[exchanges.length - 1] ?? scripts.at(-1);
      void Promise.resolve(script?.(exchange)).catch((error: unknown) => response.destroy(error as Error));
    });
  });
  // No hint on how long connections are kept, and none is closed from this side.
  server.keepAliveTimeout = 0;
  const closings = new EventTarget();
  server.on('connection', (socket) => {
    connections.accepted++;
    socket.on('close', () => {
      connections.closed++;
      closings.dispatchEvent(new Event('closed'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is never a string.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    exchanges,
    connections,
    connectionClosed: () => once(closings, 'closed'),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const wire = {
  messageStart: (usage: Record<string, unknown> = { input_tokens: 10, output_tokens: 1 }): WireEvent => ({
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage },
  }),
  ping: { type: 'ping' } satisfies WireEvent,
  blockStart: (index: number, block: Record<string, unknown> = { type: 'text', text: '' }): WireEvent => ({
    type: 'content_block_start',
    index,
    content_block: block,
  }),
  text: (index: number, text: string): WireEvent => delta(index, { type: 'text_delta', text }),
  json: (index: number, partial: string): WireEvent =>
    delta(index, { type: 'input_json_delta', partial_json: partial }),
  thinking: (index: number): WireEvent => delta(index, { type: 'thinking_delta', thinking: 'hm' }),
  blockStop: (index: number): WireEvent => ({ type: 'content_block_stop', index }),
  messageDelta: (
    stopReason: string | null,
    usage: Record<string, unknown> = { output_tokens: 7 },
  ): WireEvent => ({
    type: 'message_delta',
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage,
  }),
  messageStop: { type: 'message_stop' } satisfies WireEvent,
};

function delta(index: number, content: Record<string, unknown>): WireEvent {
  return { type: 'content_block_delta', index, delta: content };
}

/** A script: a whole reply in these pieces of text. */
export function replyWith(...texts: string[]): Script {
  return ({ send, response }) => {
    send(
      wire.messageStart(),
      wire.blockStart(0),
      ...texts.map((text) => wire.text(0, text)),
      wire.blockStop(0),
    );
    send(wire.messageDelta('end_turn'), wire.messageStop);
    response.end();
  };
}

/** A script: one tool call whose input arrives in these pieces of JSON. */
export function callTool(pieces: string[], stopReason = 'tool_use', name = 'book'): Script {
  return ({ send, response }) => {
    send(wire.messageStart(), wire.blockStart(0, { type: 'tool_use', id: 'toolu_1', name, input: {} }));
    send(...pieces.map((piece) => wire.json(0, piece)), wire.blockStop(0));
    send(wire.messageDelta(stopReason), wire.messageStop);
    response.end();
  };
}

/** A script: an error response. */
export function failWith(status: number, type: string, headers: Record<string, string> = {}): Script {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ type: 'error', error: { type, message: 'the vendor says why' } }));
  };
}

/** Everything an iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What a reply says and does, without its cost. */
export async function* contentOf(events: AsyncIterable<LlmEvent>): AsyncGenerator<LlmEvent, void, undefined> {
  for await (const event of events) if (event.type !== 'started') yield event;
}

/** A plain request: one stable instruction, one tool, one word from the caller. */
export const REQUEST: ModelRequest = {
  system: [{ text: 'Be brief.', stable: true }],
  messages: [{ role: 'user', text: 'Hello' }],
  tools: [{ name: 'book', description: 'Books.', input: { type: 'object', properties: {} } }],
  maxTokens: 100,
};

/** A server and clients for one test file; whatever a test opens is closed after it. */
export function claudeBench(): {
  serve(...scripts: Script[]): Promise<ScriptedApi>;
  connect(baseUrl: string, options?: Partial<ClaudeOptions>): LanguageModel;
} {
  const toClose: (() => Promise<void>)[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    for (const close of toClose.splice(0).reverse()) await close();
  });
  return {
    serve: async (...scripts) => {
      const api = await startScriptedApi(...scripts);
      toClose.push(() => api.close());
      return api;
    },
    connect: (baseUrl, options = {}) => {
      const model = createClaude({
        apiKey: 'the-key',
        baseUrl,
        logger: pino({ level: 'silent' }),
        ...options,
      });
      toClose.push(() => model.close());
      return model;
    },
  };
}

/** The whole reply to {@link REQUEST}, without what it had cost at its start. */
export function ask(model: LanguageModel, signal = new AbortController().signal): Promise<LlmEvent[]> {
  return collect(contentOf(model.stream(REQUEST, signal)));
}

/** The error that a reply ends with, and what came before it. */
export async function askInVain(
  model: LanguageModel,
  onEvent: () => void = () => undefined,
): Promise<{ error: LlmError; events: LlmEvent[] }> {
  const events: LlmEvent[] = [];
  try {
    for await (const event of contentOf(model.stream(REQUEST, new AbortController().signal))) {
      events.push(event);
      onEvent();
    }
  } catch (error) {
    if (error instanceof LlmError) return { error, events };
    throw error;
  }
  throw new Error(`expected a failure, got ${JSON.stringify(events)}`);
}

/** A script that begins a reply and leaves it at that. */
export const beginAndHang: Script = ({ send }) =>
  send(wire.messageStart(), wire.blockStart(0), wire.text(0, 'Let me'));

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
