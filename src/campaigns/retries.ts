/**
 * What comes after an attempt: done, with a result, or another one, not before a time at which the contact may be
 * called. Pure: a contact's next step follows from its attempts alone.
 */
import { type AttemptFacts, isForGood, mayHaveRung, outcomeOf } from './attempt.ts';
import { type CallLimit, legalRules } from './legal-windows.ts';
import type { CallingTimes, Place } from './windows.ts';
import { instantOf } from './zone-clock.ts';

/** The part of a campaign's settings that says how often somebody is called. */
export interface RetrySettings {
  attempts: {
    most: number;
    wait_min: Readonly<Record<RetriedOutcome, number | 'never'>>;
    early_sec: number;
  };
}

type RetriedOutcome = 'busy' | 'no-answer' | 'machine' | 'failed' | 'hung-up-early' | 'unknown';

/** An attempt that was made. */
export interface MadeAttempt {
  /** When the carrier was asked, milliseconds since 1970. */
  startedAtMs: number;
  /** When it ended; absent while it goes on. */
  endedAtMs?: number;
  facts: AttemptFacts;
}

/** How a contact came out in the end. */
export type ContactResult =
  | 'answered'
  | 'message-left'
  | 'machine'
  | 'busy'
  | 'no-answer'
  | 'failed'
  | 'canceled'
  | 'opted-out'
  | 'hung-up-early'
  | 'unknown'
  /** Never called: the campaign's time ran out, or nobody may ever call there. */
  | 'not-called';

/** What happens to a contact next. */
export type NextStep =
  | { type: 'call'; notBeforeMs: number; because: 'first' | 'retry' | 'callback' }
  /** An attempt goes on, or nobody knows yet how it ended: nothing else happens before that. */
  | { type: 'wait' }
  /** `words`: why there is no other attempt, for people. */
  | { type: 'done'; result: ContactResult; words: string };

/** Calls that were taken back before they rang do not count; but somebody whose calls always are is left alone. */
const MOST_CANCELED = 10;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How the contacts of one campaign go on. */
export class Retries {
  readonly #settings: RetrySettings;
  readonly #times: CallingTimes;

  constructor(settings: RetrySettings, times: CallingTimes) {
    this.#settings = settings;
    this.#times = times;
  }

  /**
   * @param attempts all there were, in the order they began.
   * @param fromMs the earliest time that makes sense: now, or when the list says this contact may be called first.
   */
  next(attempts: readonly MadeAttempt[], place: Place, fromMs: number): NextStep {
    if (attempts.length === 0) return this.#first(place, fromMs);
    // Tellings come late: what is known now of any attempt counts, not what was known when the next one was made.
    if (attempts.some(({ facts }) => facts.optedOut))
      return done('opted-out', 'They asked not to be called any more.');
    const outcomes = attempts.map(({ facts }) => this.#outcomeOf(facts));
    if (outcomes.includes(undefined)) return { type: 'wait' };
    const callback = latestCallback(attempts);
    const since = attempts.filter(({ startedAtMs }) => startedAtMs >= (callback?.atMs ?? 0));
    const last = since.at(-1);
    if (last === undefined) return this.#callback(callback?.atMs ?? fromMs, place, fromMs);
    if (since.some(({ facts }) => this.#outcomeOf(facts) === 'answered'))
      return done('answered', 'They answered.');
    if (since.some(({ facts }) => facts.messageLeft)) return done('message-left', 'A message was left.');
    if (isForGood(last.facts))
      return done('failed', `The carrier cannot call this number (error ${last.facts.errorCode ?? ''}).`);
    return this.#again({ attempts, since, last }, place, fromMs);
  }

  #outcomeOf(facts: AttemptFacts) {
    return outcomeOf(facts, { earlySec: this.#settings.attempts.early_sec });
  }

  #first(place: Place, fromMs: number): NextStep {
    const opensMs = this.#times.nextOpening(fromMs, place);
    if (opensMs !== undefined) return { type: 'call', notBeforeMs: opensMs, because: 'first' };
    const words = this.#times.never(place)?.words ?? 'There is no time left at which they may be called.';
    return done('not-called', words);
  }

  /** They asked for it: it counts neither against the most attempts nor against how often the law lets strangers call. */
  #callback(atMs: number, place: Place, fromMs: number): NextStep {
    const opensMs = this.#times.nextOpening(Math.max(atMs, fromMs), place);
    if (opensMs === undefined)
      return done('answered', 'They asked to be called later, when the campaign is over.');
    return { type: 'call', notBeforeMs: opensMs, because: 'callback' };
  }

  #again({ attempts, since, last }: Tried, place: Place, fromMs: number): NextStep {
    const outcome = this.#outcomeOf(last.facts);
    if (outcome === undefined || outcome === 'answered' || outcome === 'opted-out') return { type: 'wait' };
    const { most, wait_min: waits } = this.#settings.attempts;
    const counted = since.filter(({ facts }) => mayHaveRung(facts) || facts.end === 'failed');
    const taken = since.length - counted.length;
    if (taken >= MOST_CANCELED) return done('canceled', `${taken} calls were taken back before they rang.`);
    if (counted.length >= most)
      return done(outcome, most === 1 ? 'There is one attempt only.' : `All ${most} attempts were made.`);
    const wait = outcome === 'canceled' ? 1 : waits[outcome];
    if (wait === 'never') return done(outcome, `After "${outcome}" there is no other attempt.`);
    const rung = attempts.filter(({ facts }) => mayHaveRung(facts)).map(({ startedAtMs }) => startedAtMs);
    const waitedMs = (last.endedAtMs ?? last.startedAtMs) + wait * MINUTE_MS;
    const opensMs = this.#times.nextOpening(Math.max(fromMs, waitedMs, lawfulFrom(rung, place)), place);
    if (opensMs === undefined)
      return done(outcome, 'There is no time left at which they may be called again.');
    return { type: 'call', notBeforeMs: opensMs, because: 'retry' };
  }
}

/** `since`: those after the last callback that was asked for; they begin anew. */
interface Tried {
  attempts: readonly MadeAttempt[];
  since: readonly MadeAttempt[];
  last: MadeAttempt;
}

function latestCallback(attempts: readonly MadeAttempt[]): AttemptFacts['callback'] {
  const asked = attempts.map(({ facts }) => facts.callback).filter((callback) => callback !== undefined);
  return asked.toSorted((a, b) => a.saidAtMs - b.saidAtMs).at(-1);
}

/** From when one more call is within what the law allows: three in 24 hours, say. */
function lawfulFrom(rungAtMs: readonly number[], { country, regions }: Place): number {
  const limits = legalRules(country, regions)
    .map(({ limit }) => limit)
    .filter((limit) => limit !== undefined);
  return Math.max(0, ...limits.map((limit) => freeFrom(rungAtMs, limit)));
}

function freeFrom(rungAtMs: readonly number[], { calls, hours }: CallLimit): number {
  const oldest = rungAtMs.toSorted((a, b) => a - b).at(-calls);
  return oldest === undefined ? 0 : oldest + hours * HOUR_MS;
}

function done(result: ContactResult, words: string): NextStep {
  return { type: 'done', result, words };
}

/**
 * "Call me tomorrow at ten": the instant at which it is so on their wall. Of somebody who may be in several zones it is
 * the first of them; the attempt itself waits until all of them allow a call.
 *
 * @param day YYYY-MM-DD
 * @param time HH:MM
 * @returns milliseconds; undefined where it is no time, or nobody knows where they are.
 */
export function callbackAt(place: Place, day: string, time: string): number | undefined {
  const [timeZone] = place.timeZones;
  return timeZone === undefined ? undefined : instantOf(timeZone, day, time);
}
