/** Errors of language models, made the same way for every vendor. */
import { retryAfterMs } from '../vendor-error.ts';
import { LlmError, type LlmErrorCode } from './index.ts';

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

/** Longest part of a vendor's own message that is passed on. It names fields and limits, not what was said. */
const LONGEST_MESSAGE = 200;

/** An error of this code, retryable or not as all of its kind. */
export function llmError(
  provider: string,
  code: LlmErrorCode,
  message: string,
  more: { cause?: unknown; retryAfterMs?: number | undefined } = {},
): LlmError {
  return new LlmError(code, provider, message, { retryable: RETRYABLE[code], ...more });
}

/** The error of an answer with this status. `told`: the vendor's own words for it. */
export function statusError(
  provider: string,
  code: LlmErrorCode,
  answer: { status: string; told: string | undefined; headers: Headers | undefined },
  cause: unknown,
): LlmError {
  const message = `${answer.status}: ${(answer.told ?? 'no message').slice(0, LONGEST_MESSAGE)}`;
  return llmError(provider, code, message, {
    cause,
    retryAfterMs: retryAfterMs(answer.headers?.get('retry-after')),
  });
}

/** What an HTTP status says of a request, whoever answers it. */
export function codeOfStatus(status: number): LlmErrorCode {
  if (status === 401 || status === 402 || status === 403) return 'llm-unauthorised';
  if (status === 429) return 'llm-rate-limited';
  if (status === 503 || status === 529) return 'llm-overloaded';
  if (status >= 500) return 'llm-unreachable';
  // A timeout or a conflict on the vendor's side passes by itself.
  return status === 408 || status === 409 ? 'llm-unreachable' : 'llm-bad-request';
}
