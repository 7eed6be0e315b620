/** Virtual time: what is to happen, in order of its moment. Nothing here waits for a real clock. */

interface Entry {
  readonly atMs: number;
  /** Of two things at the same moment the one asked for first happens first. */
  readonly order: number;
  readonly run: () => void;
}

/** A binary heap by moment. */
export class VirtualClock {
  nowMs = 0;
  readonly #heap: Entry[] = [];
  #order = 0;

  /** Runs it so much later; a moment that is over counts as now. */
  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + Math.max(0, delayMs), run);
  }

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    const entry = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, run };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Goes on to the next moment. False: nothing is to happen any more. */
  next(): boolean {
    const entry = this.#take();
    if (entry === undefined) return false;
    this.nowMs = entry.atMs;
    entry.run();
    return true;
  }

  #take(): Entry | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && isBefore(right, left)) {
        least = right;
        child++;
      }
      if (!isBefore(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
