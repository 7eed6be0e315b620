/** For tests: the wires of all vendors, by the same names. */
import { createClaude } from './claude.ts';
import type { VendorScripts } from './conformance.ts';
import { createOpenAi } from './openai.ts';
import { callTool, failWith, replyWith, wire } from './testing.ts';
import { openAiBegin, openAiError, openAiReply, openAiToolCall, openAiWire } from './testing-openai.ts';

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

const openAi: VendorScripts = {
  provider: 'openai',
  connect: (options) => createOpenAi({ apiKey: undefined, model: 'a-model', ...options }),
  reply: openAiReply,
  toolCall: (pieces) => openAiToolCall(pieces),
  cutToolCall: (pieces) => openAiToolCall(pieces, 'length'),
  begin: openAiBegin,
  fail: openAiError,
  raw: (data) => (exchange) => {
    openAiWire.send(exchange, data);
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
