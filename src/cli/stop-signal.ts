/** How a person or a supervisor ends a command. */

/** Signals this close together are one: a terminal, npm and a process group each pass the same Ctrl-C on. */
const SAME_SIGNAL_MS = 1000;

/**
 * A signal that aborts on the first SIGINT, SIGTERM or SIGHUP, for an orderly end. Whoever cannot wait sends another:
 * then the process ends at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const stop = (_name: string, number: number) => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
      process.exit(128 + number);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return controller.signal;
}
