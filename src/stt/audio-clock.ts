/**
 * A recogniser counts the audio it was sent; a call counts the audio its caller spoke. The two part wherever audio was
 * kept back: while muted, or dropped before the connection was up.
 */

/** μ-law at 8 kHz. */
export const BYTES_PER_MS = 8;

/** Translates the vendor's times into milliseconds since the first frame written to the stream. */
export class AudioClock {
  #sentMs = 0;
  #keptBackMs = 0;
  /** After `atMs` of the vendor's time, `lagMs` had been kept back in all. One entry for each time audio resumed. */
  readonly #gaps: { atMs: number; lagMs: number }[] = [];

  /** How much audio went to the vendor so far. */
  get sentMs(): number {
    return this.#sentMs;
  }

  /** This much audio went to the vendor. */
  sent(durationMs: number): void {
    this.#sentMs += durationMs;
  }

  /** This much audio was kept from the vendor. */
  keptBack(durationMs: number): void {
    this.#keptBackMs += durationMs;
    const last = this.#gaps.at(-1);
    if (last?.atMs === this.#sentMs) last.lagMs = this.#keptBackMs;
    else this.#gaps.push({ atMs: this.#sentMs, lagMs: this.#keptBackMs });
  }

  /** When something begins that the vendor dates at `vendorMs`: on the boundary of a gap, after it. */
  startMs(vendorMs: number): number {
    return vendorMs + (this.#gaps.findLast((gap) => gap.atMs <= vendorMs)?.lagMs ?? 0);
  }

  /** When something ends that the vendor dates at `vendorMs`: on the boundary of a gap, before it. */
  endMs(vendorMs: number): number {
    return vendorMs + (this.#gaps.findLast((gap) => gap.atMs < vendorMs)?.lagMs ?? 0);
  }
}
