/**
 * A neutral history in the form of Chat Completions: tool results directly behind the calls they answer. Servers with
 * strict chat templates (vLLM, Ollama) also want users and assistants to alternate, the user first and last.
 * Source: OpenAI API reference, "Chat Completions".
 */
import { createHash } from 'node:crypto';
import type OpenAI from 'openai';
import {
  CALL_BEGAN,
  GO_ON,
  resultInWords,
  resultsOf,
  resultText,
  type ToolMessage,
} from './history-words.ts';
import type { Message, ToolCall } from './index.ts';

type Param = OpenAI.ChatCompletionMessageParam;
type AssistantParam = OpenAI.ChatCompletionAssistantMessageParam & { content: string | null };

/** The API has no mark for results that are errors. */
const ERROR_MARK = 'Error: ';
/** Ids of tool calls may be so long at most; those that other vendors gave may be longer. */
const LONGEST_ID = 40;

/** Converts a history. `hasTools`: whether the request offers tools; without them calls made earlier are told in words. */
export function toOpenAiMessages(history: readonly Message[], hasTools: boolean): Param[] {
  const results = resultsOf(history);
  const conversation = new Conversation();
  const seen = new Set<string>();
  for (const message of history) {
    if (message.role === 'user') conversation.user(message.text);
    // A result stands with the call it answers; one that answers none is left out.
    if (message.role !== 'assistant') continue;
    const calls = message.toolCalls.filter((call) => !seen.has(call.id));
    for (const call of calls) seen.add(call.id);
    conversation.assistant(message.text, hasTools ? calls : []);
    for (const call of calls) {
      const result = results.get(call.id);
      if (hasTools) conversation.result(call, result);
      else conversation.user(resultInWords(call, result));
    }
  }
  return conversation.finish();
}

class Conversation {
  readonly #messages: Param[] = [];

  user(text: string): void {
    const content = text.trim() === '' ? '' : text.toWellFormed();
    if (content === '') return;
    const last = this.#messages.at(-1);
    if (last?.role === 'user') last.content = `${String(last.content)}\n${content}`;
    else this.#messages.push({ role: 'user', content });
  }

  assistant(text: string, calls: readonly ToolCall[]): void {
    const content = text.trim() === '' ? null : text.toWellFormed();
    if (content === null && calls.length === 0) return;
    if (this.#messages.length === 0) this.user(CALL_BEGAN);
    const last = this.#messages.at(-1);
    const tool_calls = calls.map(toToolCall);
    if (last?.role === 'assistant' && last.tool_calls === undefined) {
      last.content = [last.content, content].filter(Boolean).join(' ');
      if (tool_calls.length > 0) last.tool_calls = tool_calls;
      return;
    }
    const message: AssistantParam = { role: 'assistant', content };
    if (tool_calls.length > 0) message.tool_calls = tool_calls;
    this.#messages.push(message);
  }

  result(call: ToolCall, result: ToolMessage | undefined): void {
    const mark = (result?.isError ?? true) ? ERROR_MARK : '';
    this.#messages.push({
      role: 'tool',
      tool_call_id: wireId(call.id),
      content: `${mark}${resultText(result)}`,
    });
  }

  finish(): Param[] {
    if (this.#messages.length === 0) this.user(CALL_BEGAN);
    if (this.#messages.at(-1)?.role === 'assistant') this.user(GO_ON);
    return this.#messages;
  }
}

function toToolCall({ id, name, input }: ToolCall): OpenAI.ChatCompletionMessageFunctionToolCall {
  return { id: wireId(id), type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function wireId(id: string): string {
  if (id !== '' && id.length <= LONGEST_ID) return id;
  return `call_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}
