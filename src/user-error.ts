/** What a person can mend from its message alone, such as a port that is taken: told in a line, without a stack. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly code = 'user-error';
}

/** Codes of errors whose message names what is wrong and the remedy. */
const TOLD_CODES: ReadonlySet<unknown> = new Set([
  'user-error',
  'flow-invalid',
  'caller-script-invalid',
  'redis-unreachable',
]);

/** Whether the message is all that helps. Of other errors only the stack says where they come from. */
export function isUserError(error: Error): boolean {
  return 'code' in error && TOLD_CODES.has(error.code);
}
