/** What the tests of campaigns share: dice that fall the same way for the same seed. */

export interface Dice {
  /** From 0 to 1, 1 not included. */
  next(): number;
  /** From 0 to `most - 1`. */
  below(most: number): number;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(all: readonly T[]): T[];
}

/** mulberry32 */
export function diceOf(seed: number): Dice {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (most: number): number => Math.floor(next() * most);
  return {
    next,
    below,
    pick: (from) => {
      const [picked] = from.slice(below(from.length));
      // Nothing may be among what is picked from.
      return picked as (typeof from)[number];
    },
    shuffled: (all) =>
      all
        .map((each) => ({ each, at: next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ each }) => each),
  };
}
