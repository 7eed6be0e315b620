/**
 * How late the event loop is: work that is due waits for what runs before it, and audio is due every 20 ms. Measured by
 * Node's own histogram, which samples on a timer of its own (Node docs, `perf_hooks.monitorEventLoopDelay`).
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopDelayOptions {
  /** From when on the process is late: the 99th percentile of a second, in milliseconds. */
  limitMs: number;
  /** Called once a second with that percentile; for tests. */
  onSecond?: (delayMs: number) => void;
}

export interface LoopDelay {
  /** Of the last whole second, in milliseconds. */
  readonly delayMs: number;
  /** It was beyond the limit for three seconds on end, and has not been within it for as long since. */
  readonly isLate: boolean;
  /** Idempotent. */
  close(): void;
}

/** A sample is late by what held the loop up, on top of this, in milliseconds. */
const RESOLUTION_MS = 20;
const SECOND_MS = 1_000;
/** One pause of the garbage collector, or one slow request, is no overload. */
const SECONDS_UNTIL_LATE = 3;
/** And an overload is over once calls have been served well for a while. */
const SECONDS_UNTIL_WELL = 3;

/** Starts to measure. Close it when done. */
export function measureLoopDelay({ limitMs, onSecond }: LoopDelayOptions): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const judge = new Lateness(limitMs);
  let delayMs = 0;
  histogram.enable();
  const read = (): void => {
    delayMs = Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS);
    histogram.reset();
    judge.second(delayMs);
    onSecond?.(delayMs);
  };
  // After the timers that are due: the histogram's own is among them, and what it has to say would be lost by a reset.
  const timer = setInterval(() => setImmediate(read), SECOND_MS);
  timer.unref();
  return {
    get delayMs() {
      return delayMs;
    },
    get isLate() {
      return judge.isLate;
    },
    close() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** Seconds in, whether the process is late out. */
export class Lateness {
  readonly #limitMs: number;
  #isLate = false;
  /** Seconds on end that spoke against what is held now. */
  #against = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get isLate(): boolean {
    return this.#isLate;
  }

  /** @param delayMs the 99th percentile of this second */
  second(delayMs: number): void {
    const isOver = delayMs > this.#limitMs;
    this.#against = isOver === this.#isLate ? 0 : this.#against + 1;
    if (this.#against < (this.#isLate ? SECONDS_UNTIL_WELL : SECONDS_UNTIL_LATE)) return;
    this.#isLate = isOver;
    this.#against = 0;
  }
}
