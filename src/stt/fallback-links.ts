/** The recognisers of one stream's chain, in order of preference, and which of them may be tried when. */
import { decorrelatedJitterGenerator, ExponentialBackoff, type IBackoff } from 'cockatiel';
import type { Logger } from 'pino';
import type { ProviderHealth, ProviderUse } from '../provider-health.ts';
import type { SpeechToText, SttError } from './index.ts';

/** What all streams of a chain have in common. */
export interface ChainSettings {
  /** From the caller's first sound that brings no sign, to asking another recogniser about it. */
  stallMs: number;
  /** From opening a recogniser to its first sign. */
  connectMs: number;
  nowMs(): number;
  health: ProviderHealth;
  logger: Logger;
}

export interface Link {
  /** 0 is preferred. */
  readonly index: number;
  readonly recogniser: SpeechToText;
  /** Undefined: its adapter's default. */
  readonly model: string | undefined;
}

/** After a failure a recogniser is left alone by this stream: a quarter of a second or so at first, and then longer. */
const REST = new ExponentialBackoff({
  initialDelay: 250,
  maxDelay: 30_000,
  generator: decorrelatedJitterGenerator,
});
/** A connection that is lost is tried again at once, but only once in so long: a second loss is no accident. */
const ACCIDENT_EVERY_MS = 10_000;

interface Record {
  /** It refused: what it refused once it will refuse again. */
  retired: boolean;
  restUntilMs: number;
  rest: IBackoff<unknown> | undefined;
  lostAtMs: number;
}

/** All times are those of the clock that it is given; it holds no timer. */
export class Links {
  readonly #links: readonly Link[];
  readonly #records: readonly Record[];
  readonly #health: ProviderHealth;

  constructor(links: readonly Link[], health: ProviderHealth) {
    this.#links = links;
    this.#health = health;
    this.#records = links.map(() => ({
      retired: false,
      restUntilMs: Number.NEGATIVE_INFINITY,
      rest: undefined,
      lostAtMs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** All have refused, so waiting is no use. */
  get exhausted(): boolean {
    return this.#records.every(({ retired }) => retired);
  }

  /** Begins to use the best that may be tried now. `below`: only better ones than that index; `not`: others. */
  begin(
    nowMs: number,
    { below = this.#links.length, not = [] }: { below?: number; not?: readonly Link[] } = {},
  ): { link: Link; use: ProviderUse } | undefined {
    const free = this.#links.slice(0, below).filter((link) => {
      const record = this.#records[link.index];
      return record !== undefined && !not.includes(link) && !record.retired && record.restUntilMs <= nowMs;
    });
    for (const link of free) {
      const use = this.#health.use('stt', link.recogniser.provider);
      if (use !== undefined) return { link, use };
    }
    // Where nobody can be preferred to it, one that failed for others is asked all the same.
    const [link] = free;
    const isLast = link !== undefined && below === this.#links.length && not.length === 0;
    const use = isLast ? this.#health.use('stt', link.recogniser.provider, { lastResort: true }) : undefined;
    return link === undefined || use === undefined ? undefined : { link, use };
  }

  failed(link: Link, error: SttError, nowMs: number): void {
    const record = this.#records[link.index];
    if (record === undefined) return;
    record.retired ||= !error.retryable;
    const isAccident = error.code === 'stt-disconnected' && nowMs - record.lostAtMs > ACCIDENT_EVERY_MS;
    if (error.code === 'stt-disconnected') record.lostAtMs = nowMs;
    if (!isAccident) this.rests(link, nowMs);
    // It says itself when it may be asked again.
    record.restUntilMs = Math.max(record.restUntilMs, nowMs + (error.retryAfterMs ?? 0));
  }

  /** Leaves it alone for a while. */
  rests(link: Link, nowMs: number): void {
    const record = this.#records[link.index];
    if (record === undefined) return;
    record.rest = record.rest?.next(undefined) ?? REST.next();
    record.restUntilMs = nowMs + record.rest.duration;
  }

  /** It listens well: the next rest is a short one again. */
  recovered(link: Link): void {
    const record = this.#records[link.index];
    if (record !== undefined) record.rest = undefined;
  }
}
