/**
 * Reads one streamed reply of Chat Completions, as OpenAI and the servers that speak its protocol send it. Source:
 * OpenAI API reference, "Chat Completions: streaming"; where servers differ is told beside the field.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { llmError } from './errors.ts';
import type { LlmError, LlmEvent, StopReason, ToolCall, Usage } from './index.ts';
import type { ReplyReader } from './reply-stream.ts';

export const OPENAI = 'openai';

const tokens = z.number().int().nonnegative().nullish();
const usageSchema = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  prompt_tokens_details: z.object({ cached_tokens: tokens }).nullish(),
});
type WireUsage = z.infer<typeof usageSchema>;

const toolCallSchema = z.object({
  // Left out where a server sends whole calls, one after the other.
  index: z.number().int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z
    .object({
      name: z.string().nullish(),
      // A text in pieces; some servers send the object itself.
      arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
    })
    .nullish(),
});
type WireToolCall = z.infer<typeof toolCallSchema>;

const chunkSchema = z.object({
  choices: z.array(
    z.object({
      delta: z
        .object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          // What a model thinks, by two names: a sign that it is at work.
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
          tool_calls: z.array(toolCallSchema).nullish(),
        })
        .nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: usageSchema.nullish(),
  // Groq tells it here.
  x_groq: z.object({ usage: usageSchema.nullish() }).nullish(),
});
type Chunk = z.infer<typeof chunkSchema>;
type Delta = NonNullable<Chunk['choices'][number]['delta']>;

const inputSchema = z.record(z.string(), z.unknown());

/** A chunk that is not what the API promises. What it says is left out: it may be what was spoken on a call. */
export function badMessage(problem: string): LlmError {
  return llmError(OPENAI, 'llm-bad-message', problem);
}

interface OpenTool {
  index: number | undefined;
  id: string;
  name: string;
  json: string;
}

/** One reply in the making. */
export class OpenAiReply implements ReplyReader {
  readonly #tools: OpenTool[] = [];
  readonly #usage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  #isBegun = false;
  #isRefused = false;
  #stopReason: StopReason | undefined;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  get isWhole(): boolean {
    return this.#stopReason !== undefined;
  }

  read(raw: unknown): { isContent: boolean; events: Iterable<LlmEvent> } {
    const parsed = chunkSchema.safeParse(raw);
    if (!parsed.success) {
      const at = parsed.error.issues[0]?.path.join('.') || 'the chunk';
      throw badMessage(`a chunk is malformed at "${at}"`);
    }
    const delta = parsed.data.choices[0]?.delta ?? {};
    return { isContent: isContent(delta), events: this.#take(parsed.data, delta) };
  }

  *end(): Generator<LlmEvent> {
    this.#isOver = true;
    yield { type: 'done', stopReason: this.#stopReason ?? 'end', usage: { ...this.#usage } };
  }

  /** Text at once; tool calls once the model has finished; `done` once the usage is told, which comes last. */
  *#take({ choices, usage, x_groq }: Chunk, delta: Delta): Generator<LlmEvent> {
    // What the prompt has cost is told at the end alone.
    if (!this.#isBegun) yield { type: 'started', usage: { ...this.#usage } };
    this.#isBegun = true;
    if (!this.isWhole) {
      if (delta.content) yield { type: 'text', text: delta.content };
      if (delta.refusal) this.#isRefused = true;
      for (const call of delta.tool_calls ?? []) this.#addToTool(call);
    }
    const reason = choices[0]?.finish_reason;
    if (reason && !this.isWhole) yield* this.#finish(reason);
    const told = usage ?? x_groq?.usage;
    if (told) {
      this.#count(told);
      if (this.isWhole) yield* this.end();
    }
  }

  /** Pieces of a call name its index; a new id begins a new call, also where every call has the index 0. */
  #addToTool({ index, id, function: part }: WireToolCall): void {
    const json = typeof part?.arguments === 'object' ? JSON.stringify(part.arguments ?? {}) : part?.arguments;
    const at = index ?? undefined;
    const last = this.#tools.findLast((tool) => at === undefined || tool.index === at);
    const isNew = last === undefined || (id ? id !== last.id : at === undefined && Boolean(part?.name));
    if (!isNew) {
      last.json += json ?? '';
      last.name ||= part?.name ?? '';
      return;
    }
    this.#tools.push({
      index: at,
      id: id || `call_${randomUUID()}`,
      name: part?.name ?? '',
      json: json ?? '',
    });
  }

  *#finish(reason: string): Generator<LlmEvent> {
    // What was cut short by the token limit may look whole, and what was filtered is not meant any more. Some servers
    // tell of tool calls by "stop".
    const isCut = reason === 'length' || reason === 'content_filter' || this.#isRefused;
    const calls = isCut ? [] : this.#tools.map(toCall);
    for (const call of calls) yield { type: 'tool-call', call };
    this.#stopReason = this.#isRefused ? 'refusal' : toStopReason(reason, calls);
  }

  #count({ prompt_tokens, completion_tokens, prompt_tokens_details }: WireUsage): void {
    const cached = prompt_tokens_details?.cached_tokens ?? 0;
    // The prompt's tokens hold those that were read from the cache.
    this.#usage.inputTokens = Math.max(0, (prompt_tokens ?? 0) - cached);
    this.#usage.cacheReadTokens = cached;
    this.#usage.outputTokens = completion_tokens ?? 0;
  }
}

function isContent({ content, refusal, reasoning, reasoning_content, tool_calls }: Delta): boolean {
  return Boolean(content || refusal || reasoning || reasoning_content || tool_calls?.length);
}

function toCall({ id, name, json }: OpenTool): ToolCall {
  if (name === '') throw badMessage('a tool call has no name');
  const parsed = inputSchema.safeParse(json.trim() === '' ? {} : parseJson(json));
  if (!parsed.success)
    throw badMessage(`the input of tool "${name}" is not a JSON object (${json.length} characters)`);
  return { id, name, input: parsed.data };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function toStopReason(reason: string, calls: readonly ToolCall[]): StopReason {
  if (calls.length > 0) return 'tool-calls';
  if (reason === 'length') return 'max-tokens';
  return reason === 'content_filter' ? 'refusal' : 'end';
}
