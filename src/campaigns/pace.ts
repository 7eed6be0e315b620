/**
 * How fast a campaign calls: so many calls a second, over all numbers and from each; so many at a time; slower where the
 * carrier asks for it and where people who answer find nobody there; not at all where calls fail in heaps. Pure: the
 * clock, which must be one for all nodes (the database's), and what goes on come from outside; the state is plain JSON
 * and is kept where all nodes share it.
 */

/** The part of a campaign's settings that says how fast it calls. */
export interface PaceSettings {
  calls_per_second: number;
  calls_at_once: number;
  caller_numbers: readonly {
    number: string;
    calls_per_second: number;
    calls_at_once?: number | undefined;
  }[];
  abandoned_share: number;
}

/** Shared by all nodes; of one campaign. Instants in milliseconds since 1970. */
export interface PaceState {
  /** When the next call may begin. */
  nextAtMs: number;
  /** The same, for each number. */
  numbers: Readonly<Record<string, number>>;
  /** How many times slower than it is set, at `slowedAtMs`; it wears off. */
  slowness: number;
  slowedAtMs: number;
  /** The carrier asked for no call before then. */
  holdUntilMs: number;
}

/** Of a campaign that has not called yet. */
export const NEW_PACE: PaceState = { nextAtMs: 0, numbers: {}, slowness: 1, slowedAtMs: 0, holdUntilMs: 0 };

/** What goes on. */
export interface Load {
  /** Calls that are queued, ringing or talking, from each number. */
  live: Readonly<Record<string, number>>;
  /** Calls that a person answered in the last 30 days. */
  answered: number;
  /** Of these, those with nobody there within two seconds. */
  abandoned: number;
}

export type PaceStep =
  /** `atMs`: when to place it, from now on; `state` has its slot taken. */
  | { type: 'call'; from: string; atMs: number; state: PaceState }
  /** `untilMs` absent: until a call ends. `words`: for people. */
  | { type: 'wait'; reason: WaitReason; words: string; untilMs?: number };

export type WaitReason = 'pace' | 'calls-at-once' | 'carrier-slow' | 'abandoned-calls';

const SECOND_MS = 1000;
/** Requests take their time on the way: with a tenth to spare, two that drift towards each other keep the pace. */
const SPARE = 1.1;
const MOST_SLOWNESS = 32;
/** What the carrier's complaint slows down is half made good after this. */
const RECOVERY_MS = 60_000;
/** Calls that were under way together are refused together; that is one complaint. */
const ONE_COMPLAINT_MS = 1000;
/** A call that waits longer at the carrier than this has been placed too fast. */
const MOST_QUEUED_MS = 1000;
/** The brake begins at this part of the limit of abandoned calls. */
const BRAKE_FROM = 0.5;

/** Between two calls, so that no second has more of them than its pace. */
export function spacingMs(callsPerSecond: number, slowness = 1): number {
  return Math.ceil((SECOND_MS / callsPerSecond) * SPARE * slowness);
}

/**
 * Which number calls next, and when.
 *
 * @param aheadMs how far into the future a slot may be taken, by a dialer that looks in now and then. Default: not at all.
 */
export function nextCall(
  settings: PaceSettings,
  state: PaceState,
  nowMs: number,
  load: Load,
  aheadMs = 0,
): PaceStep {
  const busy = tooManyAtOnce(settings, load);
  if (busy !== undefined) return busy;
  const slowness = slownessAt(state, nowMs);
  const free = settings.caller_numbers.filter(
    ({ number, calls_at_once: most }) => most === undefined || (load.live[number] ?? 0) < most,
  );
  // Whichever has rested longest: so they take turns.
  const [number] = free.toSorted((a, b) => (state.numbers[a.number] ?? 0) - (state.numbers[b.number] ?? 0));
  if (number === undefined)
    return { type: 'wait', reason: 'calls-at-once', words: 'Every number has as many calls as it may have.' };
  const readyAtMs = state.numbers[number.number] ?? 0;
  const atMs = Math.max(nowMs, state.nextAtMs, state.holdUntilMs, readyAtMs);
  if (atMs > nowMs + aheadMs) return waitFor(atMs, state, slowness);
  return {
    type: 'call',
    from: number.number,
    atMs,
    state: {
      ...state,
      nextAtMs: atMs + spacingMs(settings.calls_per_second, slowness),
      numbers: { ...state.numbers, [number.number]: atMs + spacingMs(number.calls_per_second) },
    },
  };
}

function waitFor(untilMs: number, state: PaceState, slowness: number): PaceStep {
  const isSlow = untilMs === state.holdUntilMs || slowness > 1;
  if (!isSlow) return { type: 'wait', reason: 'pace', words: 'The pace that is set is reached.', untilMs };
  const words = `The carrier asked for a slower pace; calls are placed ${slowness.toFixed(1)} times slower for now.`;
  return { type: 'wait', reason: 'carrier-slow', words, untilMs };
}

function tooManyAtOnce(settings: PaceSettings, load: Load): PaceStep | undefined {
  const live = Object.values(load.live).reduce((sum, count) => sum + count, 0);
  const most = callsAtOnce(settings, load);
  if (live < most) return undefined;
  if (most === settings.calls_at_once) {
    const words = `There are ${live} calls, as many at a time as are set.`;
    return { type: 'wait', reason: 'calls-at-once', words };
  }
  const words = `${load.abandoned} of ${load.answered} people who answered found nobody there, close to the limit of ${percent(settings.abandoned_share)}: no more than ${most} calls at a time for now.`;
  return { type: 'wait', reason: 'abandoned-calls', words };
}

/**
 * How many calls there may be at a time: as many as are set while few are abandoned, fewer and fewer from half the
 * limit on, and one at a time at the limit, which nobody can abandon.
 */
export function callsAtOnce(settings: PaceSettings, { answered, abandoned }: Load): number {
  if (abandoned === 0) return settings.calls_at_once;
  const used = settings.abandoned_share === 0 ? 1 : abandoned / answered / settings.abandoned_share;
  const open = Math.min(1, Math.max(0, (1 - used) / (1 - BRAKE_FROM)));
  return Math.max(1, Math.floor(settings.calls_at_once * open));
}

/** How many times slower than it is set. */
export function slownessAt(state: PaceState, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - state.slowedAtMs);
  return Math.max(1, state.slowness / 2 ** (elapsedMs / RECOVERY_MS));
}

/**
 * The carrier said that it is too much (Twilio's 429): half as fast from now on, and nothing before the time it names.
 *
 * @param retryAfterMs what it asked for; at least a second.
 */
export function slowedDown(state: PaceState, nowMs: number, retryAfterMs = 0): PaceState {
  const holdUntilMs = Math.max(state.holdUntilMs, nowMs + Math.max(SECOND_MS, retryAfterMs));
  if (state.slowness > 1 && nowMs - state.slowedAtMs < ONE_COMPLAINT_MS) return { ...state, holdUntilMs };
  const slowness = Math.min(MOST_SLOWNESS, slownessAt(state, nowMs) * 2);
  return { ...state, holdUntilMs, slowness, slowedAtMs: nowMs };
}

/** A call waited at the carrier before it was dialled (Twilio's queue_time): as a 429, where it was long. */
export function waitedAtCarrier(state: PaceState, nowMs: number, queuedMs: number): PaceState {
  return queuedMs > MOST_QUEUED_MS ? slowedDown(state, nowMs) : state;
}

/** An attempt that ended, as far as the rule of pausing looks at it. */
export interface EndedAttempt {
  failed: boolean;
  /** As the carrier gives it. */
  errorCode?: number | undefined;
}

/**
 * Why the campaign pauses itself, for people: too many of the last calls failed. Undefined where it goes on.
 *
 * @param last the newest at the end; those since it was started or resumed, for it would pause again at once.
 */
export function pauseForFailures(
  last: readonly EndedAttempt[],
  rule: { failed_share: number; of_last: number },
): string | undefined {
  const seen = last.slice(-rule.of_last);
  if (seen.length < rule.of_last) return undefined;
  const failed = seen.filter((attempt) => attempt.failed);
  if (failed.length <= rule.failed_share * rule.of_last) return undefined;
  const codes = Map.groupBy(
    failed.flatMap(({ errorCode }) => (errorCode === undefined ? [] : [errorCode])),
    (code) => code,
  );
  const [common] = [...codes].toSorted(([, a], [, b]) => b.length - a.length);
  const cause = common === undefined ? '' : `, ${common[1].length} of them with error ${common[0]}`;
  return `${failed.length} of the last ${rule.of_last} calls failed${cause}. Mend the cause, then resume the campaign.`;
}

/**
 * Why the campaign pauses itself, for people: the money is spent, or would be by the calls that are under way.
 *
 * @param underWayUsd what the calls that are not over yet are expected to cost, the next one included.
 */
export function pauseForSpending(
  spentUsd: number,
  underWayUsd: number,
  limitUsd: number | undefined,
): string | undefined {
  if (limitUsd === undefined || spentUsd + underWayUsd <= limitUsd) return undefined;
  return `The spend limit of $${limitUsd.toFixed(2)} is reached: $${spentUsd.toFixed(2)} are spent, and calls under way may cost $${underWayUsd.toFixed(2)}. Raise "spend_limit_usd", then resume the campaign.`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
