import { TtsError } from './index.ts';

/** What an HTTP status of a vendor's means, in a refused handshake as well as in a message. */
export function statusError(provider: string, status: number, reason: string, cause?: unknown): TtsError {
  const message = `${reason} (${status})`;
  if (status === 401 || status === 403)
    return new TtsError('tts-unauthorised', provider, message, { retryable: false, cause });
  if (status === 429) return new TtsError('tts-rate-limited', provider, message, { retryable: true, cause });
  if (status >= 500 || status === 408)
    return new TtsError('tts-unreachable', provider, message, { retryable: true, cause });
  return new TtsError('tts-refused', provider, message, { retryable: false, cause });
}
