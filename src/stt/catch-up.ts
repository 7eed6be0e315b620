/**
 * Whether words are still to be told of what the caller has said by now: a recogniser was lost in the middle of it, and
 * another hears it late. Whoever took the words so far for all of them would answer half a sentence.
 */
import type { SttEvent } from './index.ts';

/** A word's soft end may be heard so long after the end that a recogniser tells. */
export const SOFT_END_MS = 300;
/** Whoever has heard what another left, and so long makes no words of its end, will make none. */
const MOST_CATCH_UP_MS = 2000;

interface Reached {
  /** Up to where the caller was heard. */
  lastLoudAtMs: number;
  /** Up to where words are final. */
  coveredMs: number;
}

/** Of one stream. Times of the audio are the stream's; it holds no timer. */
export class CatchUp {
  #isUnderWay = false;
  /** Undefined: nobody listens yet. */
  #listensSinceMs: number | undefined;
  /** Up to where words were told, final or not. */
  #toldUntilMs = 0;

  /** Nobody listens from here on. */
  lost(): void {
    this.#isUnderWay = true;
    this.#listensSinceMs = undefined;
  }

  /** Another listens, and was told what the one before left; where that was nothing, there is nothing to wait for. */
  listens(nowMs: number, reached: Reached): void {
    this.#listensSinceMs ??= nowMs;
    if (!this.isBehind(nowMs, reached)) this.#isUnderWay = false;
  }

  /** What it says; `lastLoudAtMs`: up to where the caller was heard. */
  told(event: SttEvent, lastLoudAtMs: number): void {
    const untilMs = toldUntilMs(event);
    if (untilMs === undefined) return;
    this.#toldUntilMs = Math.max(this.#toldUntilMs, untilMs);
    if (lastLoudAtMs - untilMs <= SOFT_END_MS) this.#isUnderWay = false;
  }

  /** Of some of what was said there were no words at all yet. */
  isUntold({ lastLoudAtMs }: Reached): boolean {
    return lastLoudAtMs - this.#toldUntilMs > SOFT_END_MS;
  }

  isBehind(nowMs: number, { lastLoudAtMs, coveredMs }: Reached): boolean {
    const sinceMs = this.#listensSinceMs;
    if (sinceMs !== undefined && nowMs - sinceMs >= MOST_CATCH_UP_MS) this.#isUnderWay = false;
    return this.#isUnderWay && lastLoudAtMs > coveredMs + SOFT_END_MS;
  }
}

/** Up to where this tells what was said; undefined where it does not say. */
function toldUntilMs(event: SttEvent): number | undefined {
  if (event.type === 'interim' || event.type === 'final') return event.words.at(-1)?.endMs;
  return event.type === 'turn-ended' ? event.speechEndMs : undefined;
}
