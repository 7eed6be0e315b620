/** What stands in a history, whoever it is shown to, where a vendor's API needs words and there are none. */
import type { Message, ToolCall } from './index.ts';

export type ToolMessage = Extract<Message, { role: 'tool' }>;

/** Stands before an agent that speaks first. */
export const CALL_BEGAN = '(The call has begun.)';
/** Stands after an agent that spoke last: a request that ends with the assistant is a prefill, which models refuse. */
export const GO_ON = '(The caller has not said anything since. Go on.)';
/** Stands for a result that was lost, so that the model neither repeats the call unasked nor invents its outcome. */
const UNKNOWN_RESULT = 'The result of this call is not known.';

/** The result of each call by its id; of two, the first. */
export function resultsOf(history: readonly Message[]): Map<string, ToolMessage> {
  const results = new Map<string, ToolMessage>();
  for (const message of history) {
    if (message.role === 'tool' && !results.has(message.callId)) results.set(message.callId, message);
  }
  return results;
}

export function resultText(result: ToolMessage | undefined): string {
  if (result === undefined) return UNKNOWN_RESULT;
  return result.result.trim() === '' ? '(no content)' : result.result.toWellFormed();
}

/** For a request without tools, where calls made earlier cannot be shown as such. */
export function resultInWords(call: ToolCall, result: ToolMessage | undefined): string {
  return `(Result of ${call.name}, used earlier: ${resultText(result)})`;
}
