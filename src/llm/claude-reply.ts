/**
 * Reads one streamed reply of the Messages API. Source: Anthropic docs, "Streaming messages".
 */
import { z } from 'zod';
import { llmError } from './errors.ts';
import type { LlmError, LlmEvent, StopReason, ToolCall, Usage } from './index.ts';

export const PROVIDER = 'anthropic';

const tokens = z.number().int().nonnegative().nullish();
const usageSchema = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  cache_read_input_tokens: tokens,
  cache_creation_input_tokens: tokens,
});
const index = z.number().int().nonnegative();
const inputSchema = z.record(z.string(), z.unknown());

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: z.object({ usage: usageSchema.optional() }) }),
  z.object({
    type: z.literal('content_block_start'),
    index,
    content_block: z.object({
      type: z.string(),
      // A text block's, usually empty here.
      text: z.string().optional(),
      // A tool call's.
      id: z.string().optional(),
      name: z.string().optional(),
      input: z.unknown().optional(),
    }),
  }),
  z.object({
    type: z.literal('content_block_delta'),
    index,
    // `text` of a text_delta, `partial_json` of an input_json_delta; thinking and signatures are not looked into.
    delta: z.object({ type: z.string(), text: z.string().optional(), partial_json: z.string().optional() }),
  }),
  z.object({ type: z.literal('content_block_stop'), index }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: usageSchema.optional(),
  }),
  z.object({ type: z.literal('message_stop') }),
]);
type WireEvent = z.infer<typeof eventSchema>;
const KNOWN_TYPES = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** A message that is not what the API promises. What it says is left out: it may be what was spoken on a call. */
export function badMessage(problem: string): LlmError {
  return llmError(PROVIDER, 'llm-bad-message', problem);
}

/** A checked event; undefined for one of a kind that this client does not know, which the API may add any time. */
export function parseEvent(raw: unknown): WireEvent | undefined {
  const parsed = eventSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const type = z.object({ type: z.string() }).safeParse(raw);
  if (type.success && !KNOWN_TYPES.has(type.data.type)) return undefined;
  const at = parsed.error.issues[0]?.path.join('.') || 'the event';
  throw badMessage(`a stream event is malformed at "${at}"`);
}

interface OpenTool {
  id: string;
  name: string;
  /** As it stood in the block's start; used when no JSON follows. */
  input: unknown;
  json: string;
  complete: boolean;
}

/** One reply in the making. */
export class ClaudeReply {
  readonly #tools = new Map<number, OpenTool>();
  readonly #usage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  #stopReason: string | undefined;
  #isOver = false;

  /** The message came to its end; what follows on the wire, if anything, is of no interest. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What comes of an event: the cost so far and text at once, tool calls and `done` when the message is over. */
  *take(event: WireEvent): Generator<LlmEvent> {
    switch (event.type) {
      case 'message_start':
        this.#count(event.message.usage);
        yield { type: 'started', usage: { ...this.#usage } };
        break;
      case 'content_block_start':
        this.#open(event);
        if (event.content_block.type === 'text' && event.content_block.text) {
          yield { type: 'text', text: event.content_block.text };
        }
        break;
      case 'content_block_delta': {
        const { type, text, partial_json: json } = event.delta;
        if (type === 'text_delta' && text) yield { type: 'text', text };
        const tool = this.#tools.get(event.index);
        if (type === 'input_json_delta' && tool !== undefined) tool.json += json ?? '';
        break;
      }
      case 'content_block_stop': {
        const tool = this.#tools.get(event.index);
        if (tool !== undefined) tool.complete = true;
        break;
      }
      case 'message_delta':
        this.#stopReason = event.delta.stop_reason ?? this.#stopReason;
        this.#count(event.usage);
        break;
      case 'message_stop':
        yield* this.#finish();
    }
  }

  #open({ index: at, content_block: block }: Extract<WireEvent, { type: 'content_block_start' }>): void {
    if (block.type !== 'tool_use') return;
    if (!block.id || !block.name) throw badMessage('a tool call has no id or no name');
    this.#tools.set(at, { id: block.id, name: block.name, input: block.input, json: '', complete: false });
  }

  /** Counts are cumulative: later ones replace earlier ones. Null and absent tell nothing. */
  #count(usage: z.infer<typeof usageSchema> | undefined): void {
    this.#usage.inputTokens = usage?.input_tokens ?? this.#usage.inputTokens;
    this.#usage.outputTokens = usage?.output_tokens ?? this.#usage.outputTokens;
    this.#usage.cacheReadTokens = usage?.cache_read_input_tokens ?? this.#usage.cacheReadTokens;
    this.#usage.cacheWriteTokens = usage?.cache_creation_input_tokens ?? this.#usage.cacheWriteTokens;
  }

  *#finish(): Generator<LlmEvent> {
    if (this.#stopReason === undefined) throw badMessage('the message ended without a stop reason');
    // Tools are the model's only when it stopped to have them run: one that the token limit cut short looks whole
    // (its input is `{}` or has lost a field), and after a refusal none is meant any more.
    const calls = this.#stopReason === 'tool_use' ? [...this.#tools.values()].map(toCall) : [];
    for (const call of calls) yield { type: 'tool-call', call };
    this.#isOver = true;
    yield { type: 'done', stopReason: toStopReason(this.#stopReason, calls), usage: { ...this.#usage } };
  }
}

function toCall({ id, name, input, json, complete }: OpenTool): ToolCall {
  if (!complete) throw badMessage(`the call of tool "${name}" was not finished`);
  const parsed = inputSchema.safeParse(json.trim() === '' ? (input ?? {}) : parseJson(json));
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
  switch (reason) {
    case 'tool_use':
      return calls.length > 0 ? 'tool-calls' : 'end';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'max-tokens';
    case 'refusal':
      return 'refusal';
    default:
      // end_turn, stop_sequence, pause_turn and whatever may be added: the model has had its say.
      return 'end';
  }
}
