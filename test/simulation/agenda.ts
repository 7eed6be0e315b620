/** What is to be told to the core: events one after the other, what is to happen after them, and the timers it has armed. */
import type { TimerName, TurnEvent } from '../../src/call/turn-events.ts';
import type { VirtualClock } from './clock.ts';
import type { Faults } from './scenario.ts';

/** One event at a time: what a command causes waits until its own event is done with. */
export class Agenda {
  readonly #handle: (event: TurnEvent) => void;
  readonly #events: TurnEvent[] = [];
  readonly #soon: (() => void)[] = [];
  #isAtWork = false;

  constructor(handle: (event: TurnEvent) => void) {
    this.#handle = handle;
  }

  /** Runs it once all events at hand are done with, as promises do. */
  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** False where somebody further up is at it already. */
  add(event: TurnEvent): boolean {
    this.#events.push(event);
    if (this.#isAtWork) return false;
    this.#isAtWork = true;
    for (;;) {
      const next = this.#events.shift();
      if (next !== undefined) this.#handle(next);
      else {
        const run = this.#soon.shift();
        if (run === undefined) break;
        run();
      }
    }
    this.#isAtWork = false;
    return true;
  }
}

/** The core's timers, some of them late. */
export class VirtualTimers {
  readonly #clock: VirtualClock;
  readonly #faults: Faults;
  readonly #onTimer: (name: TimerName) => void;
  readonly #current = new Map<TimerName, number>();
  #armed = 0;

  constructor(clock: VirtualClock, faults: Faults, onTimer: (name: TimerName) => void) {
    this.#clock = clock;
    this.#faults = faults;
    this.#onTimer = onTimer;
  }

  arm(name: TimerName, afterMs: number): void {
    const armed = ++this.#armed;
    this.#current.set(name, armed);
    const lateMs = this.#faults.next('timer')?.ms ?? 0;
    this.#clock.after(afterMs + lateMs, () => {
      if (this.#current.get(name) !== armed) return;
      this.#current.delete(name);
      this.#onTimer(name);
    });
  }

  disarm(name: TimerName): void {
    this.#current.delete(name);
  }

  clear(): void {
    this.#current.clear();
  }
}
