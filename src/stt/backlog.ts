/** What a recogniser's stream is asked for while its connection is not up yet: kept in order, up to a bound. */

export type Outgoing =
  | { type: 'audio'; frame: Uint8Array; durationMs: number }
  /** Audio that is not sent: muted, or dropped for want of room. */
  | { type: 'gap'; durationMs: number }
  | { type: 'finalize' };

/**
 * Keeps the newest `capacityMs` of audio; older audio turns into a gap at the front, so that times stay right.
 */
export class Backlog {
  readonly #capacityMs: number;
  #items: Outgoing[] = [];
  #audioMs = 0;
  #droppedMs = 0;

  constructor(capacityMs: number) {
    this.#capacityMs = capacityMs;
  }

  /** Audio dropped so far for want of room. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  push(item: Outgoing): void {
    const last = this.#items.at(-1);
    if (item.type === 'gap' && last?.type === 'gap') last.durationMs += item.durationMs;
    else this.#items.push(item);
    if (item.type !== 'audio') return;
    this.#audioMs += item.durationMs;
    if (this.#audioMs > this.#capacityMs) this.#dropOldest();
  }

  /** Hands over everything and is empty. */
  drain(): Outgoing[] {
    const items = this.#items;
    this.#items = [];
    this.#audioMs = 0;
    return items;
  }

  #dropOldest(): void {
    let gapMs = 0;
    while (this.#audioMs > this.#capacityMs) {
      const oldest = this.#items.shift();
      // A `finalize` whose audio is gone asks for nothing.
      if (oldest === undefined || oldest.type === 'finalize') continue;
      gapMs += oldest.durationMs;
      if (oldest.type === 'gap') continue;
      this.#audioMs -= oldest.durationMs;
      this.#droppedMs += oldest.durationMs;
    }
    this.#items.unshift({ type: 'gap', durationMs: gapMs });
  }
}
