/**
 * One clock for the media of all calls: every member is called every 20 ms of real time, on average exactly.
 *
 * Deadlines are multiples from one beginning, so nothing drifts; a late tick is followed by those that were missed, as
 * packets are on a network. Calls are spread over the 20 ms, as they are in life, so that a hundred of them do not all
 * speak in the same instant.
 */
import { FRAME_MS } from '../../telephony/index.ts';

/** Called with the time it really is. */
export type OnTick = (atMs: number) => void;

const SLOT_MS = 2;
const SLOTS = FRAME_MS / SLOT_MS;
/** After a longer stall (a suspended machine) the missed ticks are not made up for. */
const LONGEST_CATCH_UP_MS = 2000;

export class Ticker {
  readonly #slots: Set<OnTick>[] = Array.from({ length: SLOTS }, () => new Set());
  #members = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Deadline of the slot that comes next, and which one that is. */
  #dueAtMs = 0;
  #nextSlot = 0;

  /** Calls `onTick` every 20 ms until the returned function is called. Its exceptions are the process's. */
  add(onTick: OnTick): () => void {
    const slot = this.#slots.reduce((fewest, candidate) =>
      candidate.size < fewest.size ? candidate : fewest,
    );
    slot.add(onTick);
    this.#members++;
    if (this.#timer === undefined) {
      this.#dueAtMs = performance.now();
      this.#arm();
    }
    return () => {
      if (!slot.delete(onTick)) return;
      this.#members--;
      if (this.#members > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #arm(): void {
    while (this.#slots[this.#nextSlot]?.size === 0) this.#skipSlot();
    const delayMs = Math.max(0, Math.ceil(this.#dueAtMs - performance.now()));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onTimer(), delayMs);
  }

  #onTimer(): void {
    let nowMs = performance.now();
    if (nowMs - this.#dueAtMs > LONGEST_CATCH_UP_MS) this.#dueAtMs = nowMs;
    while (this.#members > 0 && this.#dueAtMs <= nowMs) {
      for (const onTick of this.#slots[this.#nextSlot] ?? []) onTick(nowMs);
      this.#skipSlot();
      nowMs = performance.now();
    }
    if (this.#members > 0) this.#arm();
    else this.#timer = undefined;
  }

  #skipSlot(): void {
    this.#nextSlot = (this.#nextSlot + 1) % SLOTS;
    this.#dueAtMs += SLOT_MS;
  }
}
