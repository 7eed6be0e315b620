/** What the SDK throws, as {@link LlmError}. Source: OpenAI API reference, "Error codes". */
import OpenAI from 'openai';
import { codeOfStatus, llmError, statusError } from './errors.ts';
import { LlmError, type LlmErrorCode } from './index.ts';
import { badMessage, OPENAI } from './openai-reply.ts';

/** `error.code` or `error.type` of an error; inside a stream it comes without a status. */
const BY_TYPE: ReadonlyMap<string, LlmErrorCode> = new Map([
  ['invalid_api_key', 'llm-unauthorised'],
  ['insufficient_quota', 'llm-unauthorised'],
  ['invalid_request_error', 'llm-bad-request'],
  ['model_not_found', 'llm-bad-request'],
  ['context_length_exceeded', 'llm-bad-request'],
  ['rate_limit_exceeded', 'llm-rate-limited'],
  ['rate_limit_error', 'llm-rate-limited'],
  ['overloaded_error', 'llm-overloaded'],
]);

/** Maps whatever a request or the reading of its stream threw. */
export function toLlmError(error: unknown): LlmError {
  if (error instanceof LlmError) return error;
  if (error instanceof OpenAI.APIConnectionError) {
    return llmError(OPENAI, 'llm-unreachable', 'no connection to the server', { cause: error });
  }
  if (error instanceof OpenAI.APIError) {
    const { status, code, type, headers } = error;
    const answer = { status: String(status ?? code ?? type ?? 'error'), told: toldOf(error), headers };
    return statusError(OPENAI, codeOf(status, code, type), answer, error);
  }
  // The parser's own message quotes the text it stumbled over.
  if (error instanceof SyntaxError) return badMessage('a chunk is not JSON');
  return llmError(OPENAI, 'llm-disconnected', 'the stream was cut', { cause: error });
}

/** The server's own words, where it has some. */
export function toldOf(error: InstanceType<typeof OpenAI.APIError>): string | undefined {
  const told: unknown = error.error;
  if (typeof told === 'string') return told;
  if (typeof told !== 'object' || told === null) return undefined;
  return 'message' in told && typeof told.message === 'string' ? told.message : undefined;
}

function codeOf(
  status: number | undefined,
  code: string | null | undefined,
  type: string | undefined,
): LlmErrorCode {
  const byType = BY_TYPE.get(code ?? '') ?? BY_TYPE.get(type ?? '');
  if (status === undefined) return byType ?? 'llm-unreachable';
  // An empty account answers 429: it is not a matter of time.
  return status === 429 && byType === 'llm-unauthorised' ? byType : codeOfStatus(status);
}
