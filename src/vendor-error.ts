/** What every failure of a vendor tells: what kind, whose, and whether the same may work later or elsewhere. */
export class VendorError<Code extends string> extends Error {
  readonly code: Code;
  readonly provider: string;
  readonly retryable: boolean;
  /** The vendor asks not to be asked again before. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: Code,
    provider: string,
    message: string,
    options: { retryable: boolean; cause?: unknown; retryAfterMs?: number | undefined },
  ) {
    super(`${provider}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.provider = provider;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** `Retry-After` (RFC 9110): seconds, or a date. Undefined where there is none that makes sense. */
export function retryAfterMs(written: string | null | undefined): number | undefined {
  if (!written) return undefined;
  const seconds = Number(written);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(written) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
