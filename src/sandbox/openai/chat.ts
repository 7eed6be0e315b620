/**
 * OpenAI's Chat Completions, as far as their wire goes: `POST /v1/chat/completions`, streamed and whole. Any
 * model's name will do.
 *
 * The answers are those of the Messages API's stand-in: the same rules, so that a conversation can go on from one to the
 * other. Not there: sampling, several choices, logprobs, images, response formats.
 *
 * Protocol: OpenAI API reference, "Chat Completions", "Streaming", "Error codes".
 */
import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import { answer } from '../anthropic/answer.ts';
import { lastWordsOf } from '../anthropic/conversation.ts';
import { type CutReply, withinTokens } from '../anthropic/cut-reply.ts';
import { tokensOf } from '../anthropic/pieces.ts';
import { Outlet } from '../faults.ts';
import { credential, Door, type Refusal, type SandboxParts, type StandIn } from '../stand-in.ts';
import { type ChatRequest, parseChatRequest } from './chat-request.ts';

const MAX_BODY = '8mb';
/** The wire tells of so many pieces of an answer: a voice that is waited for begins with no more. */
const TOLD_PIECES = 8;

/** `requiredKey`: the only key that is good; without one, none is asked for, as on a server of one's own. */
export function createOpenAiChat(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('openai', parts, refusalFor);
  const router = express.Router();
  const isKnown = (request: Request): boolean =>
    requiredKey === undefined || credential(request, 'bearer') === requiredKey;
  router.post('/v1/chat/completions', door.http, express.json({ limit: MAX_BODY }), (request, response) => {
    if (!isKnown(request)) return refuse(response, refusalFor(401));
    const parsed = parseChatRequest(request.body);
    if ('problem' in parsed) return refuse(response, refusalFor(400, parsed.problem, parsed.param));
    new Exchange(parts, parsed, request, response).run();
  });
  router.use('/v1/chat', unreadable);
  return { door, router };
}

const unreadable: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof SyntaxError) refuse(response, refusalFor(400, 'We could not parse the JSON body.'));
  else next(error);
};

function refuse(response: Response, { status, body }: Refusal): void {
  response.status(status).set('x-request-id', `req_${randomUUID()}`).type('json').send(body);
}

function refusalFor(status: number, detail?: string, param: string | null = null): Refusal {
  const known = REASONS[status] ?? { type: 'server_error', code: null, message: 'The server had an error.' };
  const { type, code, message } = known;
  return { status, body: JSON.stringify({ error: { message: detail ?? message, type, param, code } }) };
}

const REASONS: Record<number, { type: string; code: string | null; message: string }> = {
  400: { type: 'invalid_request_error', code: null, message: 'Invalid request' },
  401: { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  403: { type: 'invalid_request_error', code: null, message: 'Permission denied' },
  404: {
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: 'The model does not exist.',
  },
  429: { type: 'requests', code: 'rate_limit_exceeded', message: 'Rate limit reached' },
  503: { type: 'server_error', code: null, message: 'The engine is currently overloaded' },
};

/** One request and its answer. It ends with the response, whoever ends that. */
class Exchange {
  readonly #parts: SandboxParts;
  readonly #request: ChatRequest;
  readonly #response: Response;
  readonly #outlet: Outlet;
  readonly #id = `chatcmpl-${randomUUID()}`;
  readonly #created = Math.floor(Date.now() / 1000);
  readonly #receivedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SandboxParts, request: ChatRequest, http: Request, response: Response) {
    this.#parts = parts;
    this.#request = request;
    this.#response = response;
    this.#outlet = new Outlet('openai', parts.faults, {
      write: (text) => this.#write(text),
      cut: () => http.socket.destroy(),
    });
    response.on('close', () => {
      clearTimeout(this.#timer);
      this.#outlet.close();
    });
  }

  run(): void {
    const { asked } = this.#request;
    this.#record('llm-request-received');
    const reply = withinTokens(answer(asked), asked.max_tokens, 'call_');
    if (asked.stream) {
      this.#chunk({ role: 'assistant', content: '' });
      this.#afterRequest(this.#parts.delays.openai.firstTokenMs, () => {
        this.#record('llm-first-token-sent');
        this.#streamPiece(reply, 0, performance.now());
      });
      return;
    }
    const { firstTokenMs, tokensPerSecond } = this.#parts.delays.openai;
    const { completion_tokens } = this.#usageOf(reply);
    this.#afterRequest(firstTokenMs + (completion_tokens * 1000) / tokensPerSecond, () => {
      this.#record('llm-first-token-sent');
      this.#outlet.send({ text: JSON.stringify(this.#whole(reply)) });
      this.#outlet.afterSent(() => this.#response.end());
    });
  }

  #record(type: 'llm-request-received' | 'llm-first-token-sent'): void {
    this.#parts.wire.record(type, this.#id, lastWordsOf(this.#request.asked));
  }

  /** Runs it so long after the request came: working out the answer is part of the delay. */
  #afterRequest(delayMs: number, run: () => void): void {
    this.#timer = setTimeout(run, Math.max(0, this.#receivedAt + delayMs - performance.now()));
  }

  #usageOf({ pieces }: CutReply) {
    const { tools, system, messages } = this.#request.asked;
    const prompt_tokens = tokensOf(JSON.stringify([tools, system, messages]));
    const completion_tokens = tokensOf(pieces.map(({ text }) => text).join(''));
    return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  }

  #whole(reply: CutReply): object {
    const text = reply.blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
    const calls = reply.blocks.flatMap((block) => (block.type === 'tool_use' ? [callOf(block)] : []));
    const message = {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    };
    return {
      ...this.#envelope('chat.completion'),
      choices: [{ index: 0, message, finish_reason: FINISH[reply.stopReason] }],
      usage: this.#usageOf(reply),
    };
  }

  #envelope(object: string) {
    return { id: this.#id, object, created: this.#created, model: this.#request.asked.model };
  }

  /** Sends the pieces one by one at the model's pace. */
  #streamPiece(reply: CutReply, at: number, dueAt: number): void {
    const piece = reply.pieces[at];
    if (piece === undefined) return this.#endStream(reply);
    const block = reply.blocks[piece.block];
    if (block?.type === 'tool_use') {
      const index = reply.blocks.slice(0, piece.block).filter(({ type }) => type === 'tool_use').length;
      const isFirst = reply.pieces[at - 1]?.block !== piece.block;
      if (isFirst) this.#chunk({ tool_calls: [{ index, ...callOf({ ...block, input: undefined }) }] });
      this.#chunk({ tool_calls: [{ index, function: { arguments: piece.text } }] });
    } else {
      this.#chunk({ content: piece.text });
      if (at < TOLD_PIECES) this.#tellOfText(reply, at);
    }
    // From the time it was due, not from now: lateness of timers must not add up.
    const nextDueAt = dueAt + (tokensOf(piece.text) * 1000) / this.#parts.delays.openai.tokensPerSecond;
    const waitMs = Math.max(0, nextDueAt - performance.now());
    this.#timer = setTimeout(() => this.#streamPiece(reply, at + 1, nextDueAt), waitMs);
  }

  #tellOfText({ pieces }: CutReply, at: number): void {
    const sent = pieces.slice(0, at + 1).map(({ text }) => text);
    this.#parts.wire.tellOfText(this.#id, lastWordsOf(this.#request.asked), sent.join(''));
  }

  #endStream(reply: CutReply): void {
    this.#chunk({}, FINISH[reply.stopReason]);
    if (this.#request.tellsUsage) {
      const last = {
        ...this.#envelope('chat.completion.chunk'),
        choices: [],
        usage: this.#usageOf(reply),
      };
      this.#outlet.send({ text: `data: ${JSON.stringify(last)}\n\n` });
    }
    this.#outlet.send({ text: 'data: [DONE]\n\n' });
    this.#outlet.afterSent(() => this.#response.end());
  }

  #chunk(delta: object, finish_reason: string | null = null): void {
    const chunk = {
      ...this.#envelope('chat.completion.chunk'),
      choices: [{ index: 0, delta, finish_reason }],
      ...(this.#request.tellsUsage ? { usage: null } : {}),
    };
    this.#outlet.send({ text: `data: ${JSON.stringify(chunk)}\n\n` });
  }

  /** The head goes out with the first message, so that a stalled answer has none. */
  #write(text: string): void {
    if (!this.#response.headersSent) {
      const { stream } = this.#request.asked;
      this.#response.writeHead(200, {
        'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
        'cache-control': 'no-cache',
        'x-request-id': `req_${this.#id}`,
      });
    }
    this.#response.write(text);
  }
}

const FINISH = { end_turn: 'stop', tool_use: 'tool_calls', max_tokens: 'length' } as const;

/** `input` undefined: its pieces are still to come. */
function callOf({ id, name, input }: { id: string; name: string; input: object | undefined }): object {
  const json = input === undefined ? '' : JSON.stringify(input);
  return { id, type: 'function', function: { name, arguments: json } };
}
