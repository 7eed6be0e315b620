/**
 * What the SDK throws, as {@link LlmError}. Source: Anthropic docs, "Errors".
 */
import Anthropic from '@anthropic-ai/sdk';
import { badMessage, PROVIDER } from './claude-reply.ts';
import { codeOfStatus, llmError, statusError } from './errors.ts';
import { LlmError, type LlmErrorCode } from './index.ts';

/** `error.type` of an error response or of an `error` event inside a stream. */
const BY_TYPE: ReadonlyMap<string | null, LlmErrorCode> = new Map([
  ['authentication_error', 'llm-unauthorised'],
  ['permission_error', 'llm-unauthorised'],
  ['billing_error', 'llm-unauthorised'],
  ['invalid_request_error', 'llm-bad-request'],
  ['not_found_error', 'llm-bad-request'],
  ['request_too_large', 'llm-bad-request'],
  ['rate_limit_error', 'llm-rate-limited'],
  ['overloaded_error', 'llm-overloaded'],
]);

/** Maps whatever a request or the reading of its stream threw. */
export function toLlmError(error: unknown): LlmError {
  if (error instanceof LlmError) return error;
  if (error instanceof Anthropic.APIConnectionError) {
    return llmError(PROVIDER, 'llm-unreachable', 'no connection to the vendor', { cause: error });
  }
  if (error instanceof Anthropic.APIError) {
    const { status, type, headers } = error;
    // The constructor's own message holds the whole response body.
    const told = error.apiMessage ?? undefined;
    const answer = { status: String(status ?? type ?? 'error'), told, headers };
    return statusError(PROVIDER, codeOf(status, type), answer, error);
  }
  // The parser's own message quotes the text it stumbled over.
  if (error instanceof SyntaxError) return badMessage('a stream event is not JSON');
  return llmError(PROVIDER, 'llm-disconnected', 'the stream was cut', { cause: error });
}

function codeOf(status: number | undefined, type: string | null): LlmErrorCode {
  const byType = BY_TYPE.get(type);
  if (status === undefined) return byType ?? 'llm-unreachable';
  return status >= 500 && byType === 'llm-overloaded' ? byType : codeOfStatus(status);
}
