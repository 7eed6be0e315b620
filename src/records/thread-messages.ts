/** What passes between the thread that asks for records and the one that keeps them. Both are of the same version. */
import { UserError } from '../user-error.ts';
import { BadCursorError, type Records, RecordsError } from './index.ts';

/** What is asked for: a method of {@link Records} and its argument, if it has one. */
export interface ThreadRequest {
  id: number;
  /** `campaigns`: one of theirs, as the argument says. They are in the same database. */
  method: Exclude<keyof Records, 'close'> | 'campaigns';
  argument: unknown;
}

export type ToThread = ThreadRequest | { type: 'close' };

export type FromThread =
  /** The database is open. */
  | { type: 'ready' }
  /** It could not be opened; the thread ends. */
  | { type: 'failed'; failure: Failure }
  | { type: 'answer'; id: number; result: unknown }
  | { type: 'refusal'; id: number; failure: Failure }
  | { type: 'log'; level: 'info' | 'warn'; fields: object; message: string };

/** An error in transit: its class does not survive being copied to another thread. */
export interface Failure {
  kind: 'bad-cursor' | 'user-error' | 'other';
  code: string;
  message: string;
  stack: string | undefined;
}

/** Packs what was thrown. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) {
    return { kind: 'other', code: 'records-failed', message: String(error), stack: undefined };
  }
  const { message, stack } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'records-failed';
  if (error instanceof BadCursorError) return { kind: 'bad-cursor', code, message, stack };
  if (error instanceof UserError) return { kind: 'user-error', code, message, stack };
  return { kind: 'other', code, message, stack };
}

/** The error that was packed, with the stack it had in its own thread. */
export function toError({ kind, code, message, stack }: Failure): Error {
  const error =
    kind === 'bad-cursor'
      ? new BadCursorError(message)
      : kind === 'user-error'
        ? new UserError(message)
        : new RecordsError(code, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
