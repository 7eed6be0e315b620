/**
 * Anthropic's Messages API, as far as its wire goes: `POST /v1/messages`, streamed and whole.
 *
 * There is no model behind it. It answers by declared rules (`rules.ts`) from what the request holds: system text,
 * tools and messages. It understands little, only English, and forgets everything between requests. Not there:
 * thinking, images, batches, counting tokens (usage is an estimate: four characters a token).
 *
 * Protocol: Anthropic docs, "Messages", "Streaming messages", "Errors", "Prompt caching".
 */
import { createHash, randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import { Outlet } from '../faults.ts';
import { credential, Door, keyAccepted, type Refusal, type SandboxParts, type StandIn } from '../stand-in.ts';
import { answer } from './answer.ts';
import { lastWordsOf } from './conversation.ts';
import { type CutReply, withinTokens } from './cut-reply.ts';
import { tokensOf } from './pieces.ts';
import { type MessagesRequest, parseMessagesRequest } from './request.ts';

const MAX_BODY = '8mb';
/** Prefixes that were marked for caching and are known; the oldest is forgotten first. */
const MAX_CACHED_PREFIXES = 500;
/** The wire tells of so many pieces of an answer: a voice that is waited for begins with no more. */
const TOLD_PIECES = 8;

/** `requiredKey`: the only key that is good; any is, where there is none. */
export function createAnthropic(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('anthropic', parts, refusalFor);
  const cache = new PrefixCache();
  const router = express.Router();
  // Clients open their connection ahead of the first request.
  router.get('/', (_request, response) => void response.status(200).end());
  router.post('/v1/messages', door.http, express.json({ limit: MAX_BODY }), (request, response) => {
    const key = credential(request, 'bearer') ?? request.get('x-api-key');
    if (!keyAccepted(key, requiredKey)) return refuse(response, refusalFor(401));
    const version = request.get('anthropic-version');
    if (version === undefined)
      return refuse(response, refusalFor(400, 'anthropic-version: header is required'));
    const parsed = parseMessagesRequest(request.body, version);
    if ('problem' in parsed) return refuse(response, refusalFor(400, parsed.problem));
    new Exchange(parts, parsed, request, response, cache.usageOf(parsed)).run();
  });
  router.use('/v1', unreadable);
  return { door, router };
}

const unreadable: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof SyntaxError) refuse(response, refusalFor(400, 'the body is not valid JSON'));
  else next(error);
};

function refuse(response: Response, refusal: Refusal): void {
  response.status(refusal.status).set('request-id', `req_${randomUUID()}`).type('json').send(refusal.body);
}

function refusalFor(status: number, detail?: string): Refusal {
  const known = REASONS[status] ?? { type: 'api_error', message: 'Internal server error' };
  const error = { type: known.type, message: detail ?? known.message };
  return { status, body: JSON.stringify({ type: 'error', error, request_id: `req_${randomUUID()}` }) };
}

const REASONS: Record<number, { type: string; message: string }> = {
  400: { type: 'invalid_request_error', message: 'Invalid request' },
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  403: { type: 'permission_error', message: 'Permission denied' },
  404: { type: 'not_found_error', message: 'Not found' },
  413: { type: 'request_too_large', message: 'Request is too large' },
  429: { type: 'rate_limit_error', message: 'Rate limit reached' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
};

interface InputUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

/** Remembers which marked prefixes were seen, so that usage tells writes from reads as the vendor's does. */
class PrefixCache {
  readonly #seen = new Set<string>();

  usageOf(request: MessagesRequest): InputUsage {
    const system = typeof request.system === 'string' ? [] : request.system;
    const marked = system.findLastIndex((part) => 'cache_control' in part);
    const prefix =
      marked < 0 ? '' : JSON.stringify([request.model, request.tools, system.slice(0, marked + 1)]);
    const cached = tokensOf(prefix);
    const input_tokens = tokensOf(JSON.stringify([request.tools, request.system, request.messages])) - cached;
    const hash = createHash('sha256').update(prefix).digest('base64');
    const known = this.#seen.has(hash);
    if (cached > 0) this.#remember(hash);
    return {
      input_tokens: Math.max(1, input_tokens),
      cache_creation_input_tokens: known ? 0 : cached,
      cache_read_input_tokens: known ? cached : 0,
    };
  }

  #remember(hash: string): void {
    this.#seen.delete(hash);
    this.#seen.add(hash);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= MAX_CACHED_PREFIXES) break;
      this.#seen.delete(oldest);
    }
  }
}

/** A piece of a content block as it is streamed. */
interface Delta {
  index: number;
  delta: { type: 'text_delta'; text: string } | { type: 'input_json_delta'; partial_json: string };
}

/** One request and its answer. It ends with the response, whoever ends that. */
class Exchange {
  readonly #parts: SandboxParts;
  readonly #request: MessagesRequest;
  readonly #response: Response;
  readonly #usage: InputUsage;
  readonly #outlet: Outlet;
  readonly #id = `msg_${randomUUID()}`;
  readonly #receivedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    parts: SandboxParts,
    request: MessagesRequest,
    http: Request,
    response: Response,
    usage: InputUsage,
  ) {
    this.#parts = parts;
    this.#request = request;
    this.#response = response;
    this.#usage = usage;
    this.#outlet = new Outlet('anthropic', parts.faults, {
      write: (text) => this.#write(text),
      cut: () => http.socket.destroy(),
    });
    response.on('close', () => {
      clearTimeout(this.#timer);
      this.#outlet.close();
    });
  }

  run(): void {
    this.#record('llm-request-received');
    const reply = withinTokens(answer(this.#request), this.#request.max_tokens, 'toolu_');
    if (this.#request.stream) this.#stream(reply);
    else this.#answerWhole(reply);
  }

  #record(type: 'llm-request-received' | 'llm-first-token-sent'): void {
    this.#parts.wire.record(type, this.#id, lastWordsOf(this.#request));
  }

  #tellOfText({ pieces }: CutReply, at: number): void {
    const sent = pieces.slice(0, at + 1).map(({ text }) => text);
    this.#parts.wire.tellOfText(this.#id, lastWordsOf(this.#request), sent.join(''));
  }

  #answerWhole(reply: CutReply): void {
    const { firstTokenMs, tokensPerSecond } = this.#parts.delays.anthropic;
    const outputTokens = tokensOf(reply.pieces.map((piece) => piece.text).join(''));
    const message = {
      ...this.#message(),
      content: reply.blocks,
      stop_reason: reply.stopReason,
      usage: { ...this.#usage, output_tokens: outputTokens },
    };
    this.#afterRequest(firstTokenMs + (outputTokens * 1000) / tokensPerSecond, () => {
      this.#record('llm-first-token-sent');
      this.#outlet.send({ text: JSON.stringify(message) });
      this.#outlet.afterSent(() => this.#response.end());
    });
  }

  /** Runs it so long after the request came: working out the answer is part of the delay. */
  #afterRequest(delayMs: number, run: () => void): void {
    this.#timer = setTimeout(run, Math.max(0, this.#receivedAt + delayMs - performance.now()));
  }

  #message() {
    return {
      id: this.#id,
      type: 'message',
      role: 'assistant',
      model: this.#request.model,
      stop_sequence: null,
    };
  }

  #stream(reply: CutReply): void {
    const message = {
      ...this.#message(),
      content: [],
      stop_reason: null,
      usage: { ...this.#usage, output_tokens: 1 },
    };
    this.#event('message_start', { message });
    this.#event('ping', {});
    this.#afterRequest(this.#parts.delays.anthropic.firstTokenMs, () => {
      this.#record('llm-first-token-sent');
      this.#streamPiece(reply, 0, performance.now());
    });
  }

  /** Sends the pieces one by one at the model's pace, each block framed by its start and stop. */
  #streamPiece(reply: CutReply, at: number, dueAt: number): void {
    const piece = reply.pieces[at];
    if (piece === undefined) {
      this.#endStream(reply);
      return;
    }
    const block = reply.blocks[piece.block];
    if (reply.pieces[at - 1]?.block !== piece.block) {
      const content_block = block?.type === 'tool_use' ? { ...block, input: {} } : { type: 'text', text: '' };
      this.#event('content_block_start', { index: piece.block, content_block });
    }
    const delta: Delta['delta'] =
      block?.type === 'tool_use'
        ? { type: 'input_json_delta', partial_json: piece.text }
        : { type: 'text_delta', text: piece.text };
    this.#event('content_block_delta', { index: piece.block, delta });
    if (reply.pieces[at + 1]?.block !== piece.block)
      this.#event('content_block_stop', { index: piece.block });
    if (block?.type === 'text' && at < TOLD_PIECES) this.#tellOfText(reply, at);
    // From the time it was due, not from now: lateness of timers must not add up.
    const nextDueAt = dueAt + (tokensOf(piece.text) * 1000) / this.#parts.delays.anthropic.tokensPerSecond;
    const waitMs = Math.max(0, nextDueAt - performance.now());
    this.#timer = setTimeout(() => this.#streamPiece(reply, at + 1, nextDueAt), waitMs);
  }

  #endStream(reply: CutReply): void {
    const output_tokens = tokensOf(reply.pieces.map((piece) => piece.text).join(''));
    this.#event('message_delta', {
      delta: { stop_reason: reply.stopReason, stop_sequence: null },
      usage: { output_tokens },
    });
    this.#event('message_stop', {});
    this.#outlet.afterSent(() => this.#response.end());
  }

  #event(type: string, fields: object): void {
    this.#outlet.send({ text: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n` });
  }

  /** The head goes out with the first message, so that a stalled answer has none. */
  #write(text: string): void {
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, {
        'content-type': this.#request.stream ? 'text/event-stream; charset=utf-8' : 'application/json',
        'cache-control': 'no-cache',
        'request-id': `req_${this.#id}`,
      });
    }
    this.#response.write(text);
  }
}
