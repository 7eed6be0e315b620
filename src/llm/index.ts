/**
 * The language model: what a call asks of it, whoever the vendor is.
 */
import type { ProviderLink } from '../provider-health.ts';
import { VendorError } from '../vendor-error.ts';

/** A JSON Schema object, as tool inputs are described to models. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One tool call a model asked for. `id` is the vendor's and must come back with the result. */
export interface ToolCall {
  id: string;
  name: string;
  /** Parsed and known to be a JSON object; not yet checked against the tool's schema. */
  input: Record<string, unknown>;
}

/** One message of a conversation as a model is shown it. A `tool` message answers one call of the assistant before it. */
export type Message =
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string; toolCalls: ToolCall[] }
  | { role: 'tool'; callId: string; name: string; result: string; isError: boolean };

export interface ToolSpec {
  name: string;
  description: string;
  input: JsonSchema;
}

/** A part of the system prompt. `stable` parts come first and do not change during a call: vendors cache them. */
export interface SystemPart {
  text: string;
  stable: boolean;
}

export interface ModelRequest {
  /** The vendor's model name; the vendor's adapter has its own default. */
  model?: string;
  /** In order of preference, for whoever chooses among several; an adapter of one vendor ignores it. */
  providers?: readonly ProviderLink[] | undefined;
  system: readonly SystemPart[];
  /** Windowed by the adapter through `windowHistory`; pass the whole history. */
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  maxTokens: number;
  /** How long the first piece of content may take. Default: the adapter's own. */
  firstTokenTimeoutMs?: number;
}

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

export type StopReason = 'end' | 'tool-calls' | 'max-tokens' | 'refusal';

/** Who answers: a vendor, and the model it is asked for where that is not its adapter's default. */
export type AnsweredBy = Pick<ProviderLink, 'provider' | 'model'>;

/** Why another one was asked. `llm-resting`: it failed so often lately that it was left alone. */
export type SwitchCode = LlmErrorCode | 'llm-resting';

export type LlmEvent =
  /**
   * What is known of the cost before the answer is whole; a request that is aborted has cost at least this. `by`: told
   * by whoever chooses among several.
   */
  | { type: 'started'; usage: Usage; by?: AnsweredBy }
  | { type: 'text'; text: string }
  /** Whole and parsed. Only yielded when the model finished it: never one cut short by the token limit. */
  | { type: 'tool-call'; call: ToolCall }
  /** `from` failed, or was passed over; from here on it is `to` that answers, and what it says goes on from before. */
  | { type: 'switched'; from: AnsweredBy; to: AnsweredBy; code: SwitchCode }
  /** Always last. */
  | { type: 'done'; stopReason: StopReason; usage: Usage; by?: AnsweredBy };

export interface LanguageModel {
  /** For logs, metrics and records: `anthropic`. */
  readonly provider: string;
  /**
   * Streams one reply. The iteration ends after `done`; it ends silently when the signal aborts, and throws
   * {@link LlmError} when the vendor fails, also when the first token or the next one does not come in time.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<LlmEvent>;
  /**
   * What this would cost, in US dollars, at the vendor's list price; undefined where the model's price is not known.
   * `provider`: who answered, where that is not clear.
   */
  priceUsd(model: string | undefined, usage: Usage, provider?: string): number | undefined;
  /** Opens a connection ahead of the first request. Failing is not an error. */
  warm(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export type LlmErrorCode =
  | 'llm-unauthorised'
  | 'llm-bad-request'
  | 'llm-rate-limited'
  | 'llm-overloaded'
  | 'llm-unreachable'
  | 'llm-disconnected'
  | 'llm-no-first-token'
  | 'llm-stalled'
  | 'llm-bad-message';

/** A model request failed. `retryable`: the same request may work later or elsewhere. */
export class LlmError extends VendorError<LlmErrorCode> {
  override readonly name = 'LlmError';
}
