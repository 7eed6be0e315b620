/**
 * A neutral request as the body of `POST /v1/messages`, laid out for prompt caching.
 *
 * The vendor caches prefixes in the order tools, system, messages, up to blocks marked with `cache_control` (at most
 * four). Three are marked: the last tool, the last stable part of the system prompt, and the last block of the
 * conversation. Each turn thus finds the previous turn's conversation in the cache and adds to it.
 *
 * Volatile parts of the system prompt stand after the stable ones, behind their mark, so the bulk (tools and stable
 * parts) is read from the cache whatever they say. When one changes, the conversation behind it is read anew once, which
 * for the length of a call costs less than the alternative: carried in a user message they would keep even that cached,
 * but put the operator's instructions into the caller's mouth, where a caller can argue with them. Whoever composes the
 * prompt keeps what changes every turn (a clock with seconds) out of it.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { type ClaudeMessage, toClaudeMessages } from './claude-messages.ts';
import { modelSettings } from './claude-models.ts';
import type { Message, ModelRequest, SystemPart, ToolSpec } from './index.ts';
import { type WindowOptions, windowHistory } from './window.ts';

type Body = Anthropic.MessageCreateParamsStreaming;

const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/** Sampling parameters are never sent: current models refuse them. */
export function toClaudeRequest(request: ModelRequest, model: string, window: WindowOptions): Body {
  const system = toSystem(request.system);
  const hasTools = request.tools.length > 0;
  return {
    model,
    ...modelSettings(model, request.maxTokens),
    ...(hasTools && { tools: request.tools.map(toTool) }),
    ...(system.length > 0 && { system }),
    messages: toMessages(windowHistory(request.messages, window), hasTools),
    stream: true,
  };
}

/** `eager_input_streaming`: the input comes as it is written, not held back until checked, which would look like a stall. */
function toTool(tool: ToolSpec, index: number, all: readonly ToolSpec[]): Anthropic.Tool {
  return {
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.input, type: 'object' },
    eager_input_streaming: true,
    ...(index === all.length - 1 && CACHED),
  };
}

function toSystem(parts: readonly SystemPart[]): Anthropic.TextBlockParam[] {
  const filled = parts.filter((part) => part.text.trim() !== '');
  const stable = filled.filter((part) => part.stable);
  const ordered = [...stable, ...filled.filter((part) => !part.stable)];
  return ordered.map((part, index) => ({
    type: 'text',
    text: part.text.toWellFormed(),
    ...(index === stable.length - 1 && CACHED),
  }));
}

function toMessages(history: readonly Message[], hasTools: boolean): ClaudeMessage[] {
  const messages = toClaudeMessages(history, hasTools);
  const lastBlock = messages.at(-1)?.content.at(-1);
  if (lastBlock !== undefined) Object.assign(lastBlock, CACHED);
  return messages;
}
