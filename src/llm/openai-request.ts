/**
 * A neutral request as the body of `POST /v1/chat/completions`, and how servers that speak this protocol differ: they
 * say so by refusing a parameter, and are then asked without it for good.
 */
import type OpenAI from 'openai';
import type { ModelRequest, SystemPart } from './index.ts';
import { toOpenAiMessages } from './openai-messages.ts';
import { thinkingOf } from './openai-models.ts';
import { type WindowOptions, windowHistory } from './window.ts';

type Body = OpenAI.ChatCompletionCreateParamsStreaming;

/** What a server, or one of its models, takes. */
export interface Dialect {
  /** OpenAI's newer models refuse `max_tokens`; older servers pass over `max_completion_tokens`, or refuse it. */
  readonly limit: 'max_tokens' | 'max_completion_tokens';
  /** Whether `stream_options` is known, by which servers are asked to tell the usage. */
  readonly hasStreamOptions: boolean;
  readonly hasReasoningEffort: boolean;
}

const PLAINEST: Dialect = { limit: 'max_tokens', hasStreamOptions: false, hasReasoningEffort: false };

function isPlainest({ limit, hasStreamOptions, hasReasoningEffort }: Dialect): boolean {
  return limit === 'max_tokens' && !hasStreamOptions && !hasReasoningEffort;
}

/** `isOwn`: it is OpenAI itself that is asked. */
export function dialectOf(isOwn: boolean): Dialect {
  return {
    limit: isOwn ? 'max_completion_tokens' : 'max_tokens',
    hasStreamOptions: true,
    hasReasoningEffort: isOwn,
  };
}

/** What is left to try with a server that has refused a request in these words; undefined where it is not about that. */
export function otherDialect(used: Dialect, refusal: string): Dialect | undefined {
  // Some say nothing that can be read: then the oldest words are tried.
  if (refusal.trim() === '') return isPlainest(used) ? undefined : PLAINEST;
  if (used.hasStreamOptions && refusal.includes('stream_options'))
    return { ...used, hasStreamOptions: false };
  if (used.hasReasoningEffort && refusal.includes('reasoning_effort'))
    return { ...used, hasReasoningEffort: false };
  // Whoever refuses one of the two names it, and often the other as the one to use.
  if (/max_(?:completion_)?tokens/.test(refusal)) {
    const limit = used.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    const isRefused = new RegExp(`\\b${used.limit}\\b`).test(refusal);
    return isRefused ? { ...used, limit } : undefined;
  }
  return undefined;
}

export function toOpenAiRequest(
  request: ModelRequest,
  model: string,
  { window, dialect }: { window: WindowOptions; dialect: Dialect },
): Body {
  const system = systemText(request.system);
  const hasTools = request.tools.length > 0;
  return {
    model,
    messages: [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...toOpenAiMessages(windowHistory(request.messages, window), hasTools),
    ],
    ...(hasTools && {
      tools: request.tools.map(({ name, description, input }) => ({
        type: 'function' as const,
        function: { name, description, parameters: { ...input, type: 'object' } },
      })),
    }),
    [dialect.limit]: request.maxTokens,
    ...(dialect.hasReasoningEffort && thinkingOf(model)),
    stream: true,
    ...(dialect.hasStreamOptions && { stream_options: { include_usage: true } }),
  };
}

/** Stable parts first: servers cache what is the same at the beginning. */
function systemText(parts: readonly SystemPart[]): string {
  const ordered = [...parts.filter(({ stable }) => stable), ...parts.filter(({ stable }) => !stable)];
  return ordered
    .map(({ text }) => text.trim().toWellFormed())
    .filter((text) => text !== '')
    .join('\n\n');
}
