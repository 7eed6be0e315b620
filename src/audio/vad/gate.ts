/**
 * Which windows are worth the model's time. On a telephone line a caller is quiet most of the call; judging only what
 * stands out from the line's own noise costs a fraction, and the model, which remembers what it heard, answers an onset
 * sooner when it was not lulled by minutes of noise before. Pure.
 *
 * In the middle of sure speech only one window in four is judged: the others neither begin nor end anything.
 *
 * The noise floor learns from the model: only what was found to be no speech raises it, so a long speech never does.
 */

/** Under this nothing is speech that a recogniser could use: some 30 dB under a usual talker. */
const LEAST_DB = -55;
/** How far sound stands out. Less lets more steady noise through to the model, more would miss speech in a street. */
const OVER_FLOOR_DB = 5;
/** So much quiet closes, 128 ms: no dip within a word does. The end of speech needs no model, silence says it. */
const HOLD_WINDOWS = 4;
/** How fast the floor follows noise, a window: to a steady street in about a second. */
const FLOOR_UP = 0.05;
const FLOOR_DOWN = 0.3;
/** Under this a window teaches the floor. In doubt it does not. */
const NO_SPEECH = 0.15;
const QUIETEST_DB = -75;
/** After so many judged windows in a row of so sure speech the next few, 96 ms, are taken to be as the one before them. */
const SURE = 0.8;
const SURE_WINDOWS = 5;
const MOST_SKIPPED = 3;

/** What to do with a window: ask the model, take it for silence, or take it for what the window before it was. */
export type Admission = 'judge' | 'silent' | 'as-before';

export class Gate {
  #floorDb = LEAST_DB - OVER_FLOOR_DB;
  #quietWindows = HOLD_WINDOWS;
  #lastDb = QUIETEST_DB;
  #sureWindows = 0;
  #skipped = 0;

  /** The next window, of this level (dBFS). One to be judged is followed by `judged`. */
  admit(levelDb: number): Admission {
    this.#lastDb = Math.max(levelDb, QUIETEST_DB);
    const stands = levelDb > Math.max(LEAST_DB, this.#floorDb + OVER_FLOOR_DB);
    this.#quietWindows = stands ? 0 : this.#quietWindows + 1;
    if (this.#quietWindows > HOLD_WINDOWS) {
      this.#follow();
      return 'silent';
    }
    const skips = stands && this.#sureWindows >= SURE_WINDOWS && this.#skipped < MOST_SKIPPED;
    this.#skipped = skips ? this.#skipped + 1 : 0;
    return skips ? 'as-before' : 'judge';
  }

  /** What the model made of the window. */
  judged(probability: number): void {
    this.#sureWindows = probability >= SURE ? this.#sureWindows + 1 : 0;
    if (probability < NO_SPEECH) this.#follow();
    else this.#quietWindows = 0;
  }

  #follow(): void {
    const rate = this.#lastDb < this.#floorDb ? FLOOR_DOWN : FLOOR_UP;
    this.#floorDb += (this.#lastDb - this.#floorDb) * rate;
  }
}
