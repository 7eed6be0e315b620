/** An answer of the rules as a model would give it: token by token, and cut where its limit is. */
import { randomUUID } from 'node:crypto';
import type { Reply } from './answer.ts';
import { piecesOf, tokensOf } from './pieces.ts';

export type Block =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: object };

/** A reply cut to what the client's limit allows, in pieces of about a token. */
export interface CutReply {
  blocks: Block[];
  pieces: { block: number; text: string }[];
  stopReason: 'end_turn' | 'tool_use' | 'max_tokens';
}

/** `idPrefix`: how the vendor's ids of tool calls begin. */
export function withinTokens(reply: Reply, maxTokens: number, idPrefix: string): CutReply {
  const blocks: Block[] = reply.text === '' ? [] : [{ type: 'text', text: reply.text }];
  for (const call of reply.calls) {
    blocks.push({
      type: 'tool_use',
      id: `${idPrefix}${randomUUID().replaceAll('-', '')}`,
      name: call.name,
      input: call.input,
    });
  }
  const all = blocks.flatMap((block, index) =>
    piecesOf(block.type === 'text' ? block.text : JSON.stringify(block.input)).map((text) => ({
      block: index,
      text,
    })),
  );
  let tokens = 0;
  const pieces = all.filter((piece) => {
    tokens += tokensOf(piece.text);
    return tokens <= maxTokens;
  });
  if (pieces.length === all.length)
    return { blocks, pieces, stopReason: reply.calls.length > 0 ? 'tool_use' : 'end_turn' };
  // Whole answers show a tool call that was cut short as a call without input, as the vendor does.
  const last = pieces.at(-1)?.block ?? -1;
  const cut = blocks.slice(0, last + 1).map((block, index): Block => {
    if (block.type === 'tool_use') return index === last ? { ...block, input: {} } : block;
    return {
      type: 'text',
      text: pieces
        .filter((piece) => piece.block === index)
        .map((piece) => piece.text)
        .join(''),
    };
  });
  return { blocks: cut, pieces, stopReason: 'max_tokens' };
}
