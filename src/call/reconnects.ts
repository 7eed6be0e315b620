/** Streams that were asked of the carrier and never came: the caller should then hear an apology, not silence. */

/** Streams asked for that never came, in a row. */
const MOST_IN_VAIN = 4;
/** Calls whose end was never reported are forgotten, oldest first. */
const MOST_CALLS = 10_000;

export class Reconnects {
  /** Asked for since a stream of the call was last carried, by CallSid. */
  readonly #inVain = new Map<string, number>();

  /** Counts one more; false when that is too many. */
  mayTry(callSid: string): boolean {
    const inVain = (this.#inVain.get(callSid) ?? 0) + 1;
    this.#inVain.set(callSid, inVain);
    if (this.#inVain.size > MOST_CALLS) this.#inVain.delete(this.#inVain.keys().next().value ?? '');
    return inVain <= MOST_IN_VAIN;
  }

  /** A stream came, or the call is over. */
  forget(callSid: string): void {
    this.#inVain.delete(callSid);
  }
}
