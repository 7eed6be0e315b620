/** What every failure of a vendor tells: what kind, whose, and whether the same may work later or elsewhere. */
export class VendorError<Code extends string> extends Error {
  readonly code: Code;
  readonly provider: string;
  readonly retryable: boolean;

  constructor(
    code: Code,
    provider: string,
    message: string,
    options: { retryable: boolean; cause?: unknown },
  ) {
    super(`${provider}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.provider = provider;
    this.retryable = options.retryable;
  }
}
