/**
 * A neutral history in the form the Messages API takes without a complaint: user first and last, roles alternating,
 * every tool call answered in the message after it. Source: Anthropic docs, "Messages" and "Handle tool calls".
 */
import type Anthropic from '@anthropic-ai/sdk';
import {
  CALL_BEGAN,
  GO_ON,
  resultInWords,
  resultsOf,
  resultText,
  type ToolMessage,
} from './history-words.ts';
import type { Message, ToolCall } from './index.ts';

type Block = Anthropic.TextBlockParam | Anthropic.ToolUseBlockParam | Anthropic.ToolResultBlockParam;
/** Of the API's many kinds of message, the only ones sent. */
export interface ClaudeMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

/**
 * Converts a history. `hasTools`: whether the request offers tools. Without them the API refuses tool blocks, so calls
 * made earlier are then told in words.
 */
export function toClaudeMessages(history: readonly Message[], hasTools: boolean): ClaudeMessage[] {
  const results = resultsOf(history);
  const conversation = new Conversation();
  const seen = new Set<string>();
  for (const message of history) {
    switch (message.role) {
      case 'user':
        conversation.add('user', text(message.text));
        break;
      case 'assistant': {
        // An id that comes twice would be refused; the first call keeps it.
        const calls = message.toolCalls.filter((call) => !seen.has(call.id));
        for (const call of calls) seen.add(call.id);
        conversation.add('assistant', text(message.text), hasTools ? calls.map(toolUse) : []);
        conversation.add(
          'user',
          calls.flatMap((call) => {
            const result = results.get(call.id);
            return hasTools ? [toolResult(call, result)] : inWords(call, result);
          }),
        );
        break;
      }
      case 'tool':
        // Stands with the call it answers; one that answers none is left out.
        break;
    }
  }
  return conversation.finish();
}

/** Joins what follows in the same role, block by block, so that what was sent before keeps its form. */
class Conversation {
  readonly #messages: ClaudeMessage[] = [];

  add(role: ClaudeMessage['role'], ...parts: Block[][]): void {
    const blocks = parts.flat();
    if (blocks.length === 0) return;
    if (this.#messages.length === 0 && role === 'assistant') this.add('user', text(CALL_BEGAN));
    const last = this.#messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else this.#messages.push({ role, content: blocks });
  }

  finish(): ClaudeMessage[] {
    if (this.#messages.length === 0) this.add('user', text(CALL_BEGAN));
    if (this.#messages.at(-1)?.role === 'assistant') this.add('user', text(GO_ON));
    return this.#messages;
  }
}

/** No block at all for an empty text, which the API refuses; as it refuses halves of surrogate pairs. */
function text(content: string): Block[] {
  return content.trim() === '' ? [] : [{ type: 'text', text: content.toWellFormed() }];
}

function toolUse(call: ToolCall): Block {
  return { type: 'tool_use', id: wireId(call.id), name: call.name, input: call.input };
}

function toolResult(call: ToolCall, result: ToolMessage | undefined): Block {
  return {
    type: 'tool_result',
    tool_use_id: wireId(call.id),
    content: resultText(result),
    ...((result?.isError ?? true) && { is_error: true }),
  };
}

function inWords(call: ToolCall, result: ToolMessage | undefined): Block[] {
  return text(resultInWords(call, result));
}

/** Ids of tool calls may hold letters, digits, `_` and `-` only; those that other vendors gave may hold more. */
function wireId(id: string): string {
  return id.replace(/[^\w-]/g, '_') || '_';
}
