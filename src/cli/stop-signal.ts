/** How a person or a supervisor ends a command. */
import type { StopSignals } from '../stop-signals.ts';

/** Signals this close together are one: a terminal, npm and a process group each pass the same Ctrl-C on. */
const SAME_SIGNAL_MS = 1000;
/** Nobody's fingers send SIGTERM: only the copies that npm and a process group make of one. */
const SAME_SIGTERM_MS = 250;

/**
 * A signal that aborts on the first SIGINT, SIGTERM or SIGHUP, for an orderly end. Whoever cannot wait sends another:
 * then the process ends at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  onStops([() => controller.abort()]);
  return controller.signal;
}

/** The same in three steps: the first asks for an orderly end, the second for one now, the third is not asked. */
export function stopSignals(): StopSignals {
  const inOrder = new AbortController();
  const now = new AbortController();
  onStops([() => inOrder.abort(), () => now.abort()]);
  return { inOrder: inOrder.signal, now: now.signal };
}

/** Takes one of the steps for each signal; after the last, the process ends. */
function onStops(steps: readonly (() => void)[]): void {
  const left = [...steps];
  let last: { name: NodeJS.Signals; atMs: number } | undefined;
  const stop = (name: NodeJS.Signals, number: number) => {
    const atMs = performance.now();
    const sameMs = name === 'SIGTERM' && last?.name === name ? SAME_SIGTERM_MS : SAME_SIGNAL_MS;
    if (last !== undefined && atMs - last.atMs < sameMs) return;
    last = { name, atMs };
    const step = left.shift();
    if (step === undefined) process.exit(128 + number);
    step();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
}
