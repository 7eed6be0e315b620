/** For tests: what servers that speak OpenAI's protocol send, in the terms of the scripted API. */
import type { Exchange, Script } from './testing.ts';

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

export const openAiWire = { send, chunk, usage };

export function openAiReply(...texts: string[]): Script {
  return (exchange) => {
    send(exchange, chunk({ role: 'assistant', content: '' }), ...texts.map((content) => chunk({ content })));
    send(exchange, chunk({}, 'stop'), usage, '[DONE]');
    exchange.response.end();
  };
}

export function openAiToolCall(pieces: string[], finish = 'tool_calls', name = 'book'): Script {
  return (exchange) => {
    const first = { index: 0, id: 'call_1', type: 'function', function: { name, arguments: '' } };
    send(exchange, chunk({ role: 'assistant', content: null }), chunk({ tool_calls: [first] }));
    for (const piece of pieces)
      send(exchange, chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
    send(exchange, chunk({}, finish), usage, '[DONE]');
    exchange.response.end();
  };
}

export function openAiBegin(...texts: string[]): Script {
  return (exchange) => send(exchange, ...texts.map((content) => chunk({ content })));
}

export function openAiError(status: number, headers: Record<string, string> = {}, error: Chunk = {}): Script {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: 'the vendor says why', ...error } }));
  };
}
