/** For tests: the wires of all vendors, by the same names. */
import { createClaude } from './claude.ts';
import type { VendorScripts } from './conformance.ts';
import { createOpenAi } from './openai.ts';
import { callTool, type Exchange, failWith, replyWith, type Script, wire } from './testing.ts';

const CLAUDE_ERRORS = new Map([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [429, 'rate_limit_error'],
  [529, 'overloaded_error'],
]);

interface Block {
  type: string;
  id?: string;
  tool_use_id?: string;
}

const claude: VendorScripts = {
  provider: 'anthropic',
  connect: (options) => createClaude({ apiKey: 'the-key', ...options }),
  reply: replyWith,
  toolCall: (pieces) => callTool(pieces),
  cutToolCall: (pieces) => callTool(pieces, 'max_tokens'),
  begin:
    (...texts) =>
    ({ send }) =>
      send(wire.messageStart(), wire.blockStart(0), ...texts.map((text) => wire.text(0, text))),
  fail: (status, headers) => failWith(status, CLAUDE_ERRORS.get(status) ?? 'api_error', headers),
  raw:
    (data) =>
    ({ send, response }) => {
      send(wire.messageStart());
      response.end(`event: content_block_delta\ndata: ${data}\n\n`);
    },
  pairsIn({ messages }) {
    const blocks = (messages as { content: Block[] }[]).flatMap(({ content }) => content);
    return {
      calls: blocks.flatMap(({ type, id }) => (type === 'tool_use' ? [id ?? ''] : [])),
      results: blocks.flatMap(({ type, tool_use_id }) => (type === 'tool_result' ? [tool_use_id ?? ''] : [])),
    };
  },
};

type Chunk = Record<string, unknown>;

/** Sends chunks, with the response's head before the first. */
function send({ response }: Exchange, ...chunks: (Chunk | string)[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks)
    response.write(`data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`);
}

function chunk(delta: Chunk, finish_reason: string | null = null): Chunk {
  return { id: 'c1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] };
}

const usage = {
  choices: [],
  usage: { prompt_tokens: 12, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 2 } },
};

function openAiReply(...texts: string[]): Script {
  return (exchange) => {
    send(exchange, chunk({ role: 'assistant', content: '' }), ...texts.map((content) => chunk({ content })));
    send(exchange, chunk({}, 'stop'), usage, '[DONE]');
    exchange.response.end();
  };
}

function openAiToolCall(pieces: string[], finish = 'tool_calls', name = 'book'): Script {
  return (exchange) => {
    const first = { index: 0, id: 'call_1', type: 'function', function: { name, arguments: '' } };
    send(exchange, chunk({ role: 'assistant', content: null }), chunk({ tool_calls: [first] }));
    for (const piece of pieces)
      send(exchange, chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
    send(exchange, chunk({}, finish), usage, '[DONE]');
    exchange.response.end();
  };
}

function openAiBegin(...texts: string[]): Script {
  return (exchange) => send(exchange, ...texts.map((content) => chunk({ content })));
}

function openAiError(status: number, headers: Record<string, string> = {}, error: Chunk = {}): Script {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: 'the vendor says why', ...error } }));
  };
}

const openAi: VendorScripts = {
  provider: 'openai',
  connect: (options) => createOpenAi({ apiKey: undefined, model: 'a-model', ...options }),
  reply: openAiReply,
  toolCall: (pieces) => openAiToolCall(pieces),
  cutToolCall: (pieces) => openAiToolCall(pieces, 'length'),
  begin: openAiBegin,
  fail: openAiError,
  raw: (data) => (exchange) => {
    send(exchange, data);
    exchange.response.end();
  },
  pairsIn({ messages }) {
    const all = messages as { role: string; tool_call_id?: string; tool_calls?: { id: string }[] }[];
    return {
      calls: all.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id)),
      results: all.flatMap(({ role, tool_call_id }) => (role === 'tool' ? [tool_call_id ?? ''] : [])),
    };
  },
};

export const VENDORS = { claude, openAi };
