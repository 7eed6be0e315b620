/**
 * The line's way out in virtual time: what `src/audio/playout.ts` does, without its carrier. It also keeps what really
 * sounded at the caller's ear, piece by piece.
 */
import { BYTES_PER_MS } from '../../src/telephony/index.ts';
import type { VirtualClock } from './clock.ts';
import type { Faults } from './scenario.ts';

export interface PlayoutEvents {
  audible(): void;
  idle(): void;
  /** Audio stopped sounding: it sounded from `fromMs` to `toMs` of the reply's audio, until now. */
  sounded(fromMs: number, toMs: number): void;
}

/** From the end of the audio to its mark. */
const MARK_MS = 40;
/** So much is with the carrier already, ahead of what is heard. */
const AHEAD_MS = 400;
/** After this a mark is not waited for any longer; as the real playout. */
const LATE_MARK_MS = 1000;

export class VirtualPlayout {
  appendedMs = 0;
  /** Something of it has begun to sound. */
  hasBegun = false;
  /** Everything before this was played. */
  #playedMs = 0;
  #startedAtMs = 0;
  /** Where the sound at hand began. */
  #fromMs = 0;
  #isSounding = false;
  #isPaused = false;
  #isHeld: boolean;
  #isClosed = false;
  /** Counts stretches of sound, so that the end of an earlier one is known as such. */
  #stretch = 0;
  readonly #clock: VirtualClock;
  readonly #faults: Faults;
  readonly #events: PlayoutEvents;

  constructor(clock: VirtualClock, faults: Faults, events: PlayoutEvents, isHeld: boolean) {
    this.#clock = clock;
    this.#faults = faults;
    this.#events = events;
    this.#isHeld = isHeld;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isIdle(): boolean {
    return !this.#isSounding && this.#playedMs === this.appendedMs;
  }

  /** The caller hears it just now. */
  get isSounding(): boolean {
    return this.#isSounding && this.heardMs() < this.appendedMs;
  }

  /** The moment its last sound was heard, as far as it sounded just now. */
  get soundedUntilMs(): number {
    if (!this.#isSounding) return 0;
    return Math.min(this.#clock.nowMs, this.#startedAtMs + this.appendedMs - this.#playedMs);
  }

  get remainingMs(): number {
    return this.appendedMs - this.heardMs();
  }

  heardMs(): number {
    if (!this.#isSounding) return this.#playedMs;
    return Math.min(this.appendedMs, this.#playedMs + this.#clock.nowMs - this.#startedAtMs);
  }

  append(lengthMs: number): void {
    if (this.#isClosed || lengthMs <= 0) return;
    if (this.#isSounding && !this.isSounding) {
      // It had run dry, and its last mark is not back yet.
      this.#playedMs = this.appendedMs;
      this.#startedAtMs = this.#clock.nowMs;
    }
    this.appendedMs += lengthMs;
    this.#send();
  }

  /** Nothing from here on will be said, as far as it is not with the carrier yet. Returns where the audio ends then. */
  takeBack(fromMs: number): number {
    const sentMs = this.#isSounding ? Math.min(this.appendedMs, this.heardMs() + AHEAD_MS) : this.#playedMs;
    this.appendedMs = Math.min(this.appendedMs, Math.max(sentMs, fromMs));
    return this.appendedMs;
  }

  release(): void {
    this.#isHeld = false;
    this.#send();
  }

  pause(): void {
    if (this.#isPaused || this.#isClosed) return;
    this.#isPaused = true;
    this.#stop();
  }

  resume(fromMs: number): void {
    if (!this.#isPaused || this.#isClosed) return;
    this.#isPaused = false;
    // Whole bytes, as on the line.
    this.#playedMs = Math.min(this.#playedMs, Math.round(fromMs * BYTES_PER_MS) / BYTES_PER_MS);
    this.#send();
    if (this.isIdle) this.#events.idle();
  }

  /** The carrier stopped by itself: what is left is sent again. */
  stopped(): void {
    if (!this.isSounding) return;
    this.#stop();
    this.#send();
  }

  cancel(): number {
    this.#stop();
    this.#isClosed = true;
    return this.#playedMs;
  }

  #stop(): void {
    if (!this.#isSounding) return;
    const heardMs = this.heardMs();
    this.#isSounding = false;
    this.#stretch++;
    this.#events.sounded(this.#fromMs, heardMs);
    this.#playedMs = heardMs;
  }

  #send(): void {
    if (this.#isPaused || this.#isHeld || this.#isClosed || this.#isSounding) return;
    if (this.#playedMs >= this.appendedMs) return;
    this.#isSounding = true;
    this.hasBegun = true;
    this.#startedAtMs = this.#clock.nowMs;
    this.#fromMs = this.#playedMs;
    this.#stretch++;
    this.#events.audible();
    if (this.#isSounding) this.#waitForEnd(this.#stretch);
  }

  #waitForEnd(stretch: number): void {
    this.#clock.after(this.remainingMs, () => {
      if (stretch !== this.#stretch) return;
      if (this.isSounding) return this.#waitForEnd(stretch);
      const fault = this.#faults.next('mark');
      const markMs =
        fault?.what === 'missing' ? LATE_MARK_MS : MARK_MS + (fault?.what === 'late' ? fault.ms % 900 : 0);
      const appendedMs = this.appendedMs;
      this.#clock.after(markMs, () => {
        if (stretch !== this.#stretch) return;
        if (appendedMs !== this.appendedMs) return this.#waitForEnd(stretch);
        this.#stop();
        this.#events.idle();
      });
    });
  }
}
