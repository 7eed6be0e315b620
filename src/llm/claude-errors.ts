/**
 * What the SDK throws, as {@link LlmError}. Source: Anthropic docs, "Errors".
 */
import Anthropic from '@anthropic-ai/sdk';
import { badMessage, PROVIDER } from './claude-reply.ts';
import { LlmError, type LlmErrorCode } from './index.ts';

/** Longest part of a vendor's own message that is passed on. It names fields and limits, not what was said. */
const LONGEST_MESSAGE = 200;

const RETRYABLE: Readonly<Record<LlmErrorCode, boolean>> = {
  'llm-unauthorised': false,
  'llm-bad-request': false,
  'llm-rate-limited': true,
  'llm-overloaded': true,
  'llm-unreachable': true,
  'llm-disconnected': true,
  'llm-no-first-token': true,
  'llm-stalled': true,
  'llm-bad-message': true,
};

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
    return failure('llm-unreachable', 'no connection to the vendor', error);
  }
  if (error instanceof Anthropic.APIError) {
    // The constructor's own message holds the whole response body.
    const told = error.apiMessage ?? 'no message';
    const what = `${error.status ?? error.type ?? 'error'}: ${told.slice(0, LONGEST_MESSAGE)}`;
    return failure(codeOf(error.status, error.type), what, error);
  }
  // The parser's own message quotes the text it stumbled over.
  if (error instanceof SyntaxError) return badMessage('a stream event is not JSON');
  return failure('llm-disconnected', 'the stream was cut', error);
}

/** An error of this code, retryable or not as all of its kind. */
export function failure(code: LlmErrorCode, message: string, cause?: unknown): LlmError {
  return new LlmError(code, PROVIDER, message, { retryable: RETRYABLE[code], cause });
}

function codeOf(status: number | undefined, type: string | null): LlmErrorCode {
  const byType = BY_TYPE.get(type);
  if (status === undefined) return byType ?? 'llm-unreachable';
  if (status === 401 || status === 402 || status === 403) return 'llm-unauthorised';
  if (status === 429) return 'llm-rate-limited';
  if (status === 503 || status === 529) return 'llm-overloaded';
  if (status >= 500) return byType === 'llm-overloaded' ? byType : 'llm-unreachable';
  // A timeout or a conflict on the vendor's side passes by itself.
  return status === 408 || status === 409 ? 'llm-unreachable' : 'llm-bad-request';
}
