import type { Terminal } from './calls.ts';

/** Where commands write, and how a failed one says so without throwing. */
export interface CliContext {
  out: Terminal;
  err: Terminal;
  /** Ends the command with this exit code once it is done. */
  setExitCode(code: number): void;
}
