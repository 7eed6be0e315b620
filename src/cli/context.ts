import type { Terminal } from './calls.ts';

/** Where commands read and write, and how a failed one says so without throwing. */
export interface CliContext {
  /** What is typed or piped in. */
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  out: Terminal;
  err: Terminal;
  /** Ends the command with this exit code once it is done. */
  setExitCode(code: number): void;
}
