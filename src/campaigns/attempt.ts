/**
 * One attempt: what is known of it from what the carrier and the call have told, and how it ended. Pure.
 *
 * Status callbacks come late, twice and out of order (Twilio gives no order of arrival), so what is known only grows,
 * and how it ended is worked out from all of it: the same tellings in any order, any number of times, mean the same.
 */

/** The words of Twilio's CallStatus that end a call. */
export type EndStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

/** The words of Twilio's AnsweredBy. */
export type AnsweredBy =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

/** Something told of an attempt. */
export type AttemptEvent =
  | { type: 'queued' | 'initiated' | 'ringing' | 'in-progress' }
  /** `durationSec`: Twilio's CallDuration. `errorCode`: as the carrier gives it. */
  | { type: EndStatus; durationSec?: number | undefined; errorCode?: number | undefined }
  | { type: 'answered-by'; by: AnsweredBy }
  /** The carrier would not take the call: nothing rang. */
  | { type: 'refused'; errorCode?: number | undefined }
  /** The flow heard a person, whatever was detected before. */
  | { type: 'person-heard' }
  /** A message was left on a machine, to its end. */
  | { type: 'message-left' }
  /** The conversation ended. `by`: who ended it; the agent does where the flow came to its end. */
  | { type: 'talk-ended'; by: 'person' | 'agent'; talkSec: number }
  | { type: 'opted-out' }
  /** They asked to be called at another time (ms since 1970); `saidAtMs` is when they did. */
  | { type: 'callback-asked'; atMs: number; saidAtMs: number }
  /** The carrier was asked, and knows nothing of it, long enough after it should have. */
  | { type: 'lost' };

/** How an attempt ended. */
export type AttemptOutcome =
  | 'answered'
  | 'machine'
  | 'busy'
  | 'no-answer'
  | 'failed'
  | 'canceled'
  | 'opted-out'
  | 'hung-up-early'
  | 'unknown';

/** What is known of an attempt; plain JSON, to be stored with it. */
export interface AttemptFacts {
  /** How far it certainly got. */
  queued?: true;
  ringing?: true;
  answered?: true;
  end?: EndStatus | 'lost';
  answeredBy?: AnsweredBy;
  errorCode?: number;
  durationSec?: number;
  talkSec?: number;
  endedBy?: 'person' | 'agent';
  personHeard?: true;
  messageLeft?: true;
  optedOut?: true;
  callback?: { atMs: number; saidAtMs: number };
}

/** Of an attempt that has just been made. */
export const NO_FACTS: AttemptFacts = {};

/** Where tellings contradict each other, the one further down wins: it needs more to have happened. */
const ENDS: readonly (EndStatus | 'lost')[] = [
  'lost',
  'canceled',
  'failed',
  'no-answer',
  'busy',
  'completed',
];

/** A person who picked up after all is told last; a beep is surer than a guess from the first words. */
const ANSWERS: readonly AnsweredBy[] = [
  'unknown',
  'fax',
  'machine_start',
  'machine_end_other',
  'machine_end_silence',
  'machine_end_beep',
  'human',
];

/** What is known after one more telling. */
export function withEvent(facts: AttemptFacts, event: AttemptEvent): AttemptFacts {
  switch (event.type) {
    case 'queued':
    case 'initiated':
      return { ...facts, queued: true };
    case 'ringing':
      return { ...facts, queued: true, ringing: true };
    case 'in-progress':
      return { ...facts, queued: true, ringing: true, answered: true };
    case 'completed':
    case 'busy':
    case 'no-answer':
    case 'failed':
    case 'canceled':
      return ended(facts, event);
    case 'refused':
      if (isThrottle(event.errorCode)) return ended(facts, { type: 'canceled' });
      return ended(facts, { type: 'failed', errorCode: event.errorCode });
    case 'lost':
      return { ...facts, end: higher(ENDS, facts.end, 'lost') };
    case 'answered-by':
      return { ...facts, answered: true, answeredBy: higher(ANSWERS, facts.answeredBy, event.by) };
    case 'person-heard':
      return { ...facts, answered: true, personHeard: true };
    case 'message-left':
      return { ...facts, answered: true, messageLeft: true };
    case 'talk-ended':
      return {
        ...facts,
        answered: true,
        talkSec: Math.max(facts.talkSec ?? 0, event.talkSec),
        endedBy: facts.endedBy === 'agent' ? 'agent' : event.by,
      };
    case 'opted-out':
      return { ...facts, answered: true, optedOut: true };
    case 'callback-asked':
      return { ...facts, answered: true, callback: later(facts.callback, event) };
  }
}

function ended(
  facts: AttemptFacts,
  {
    type,
    durationSec,
    errorCode,
  }: { type: EndStatus; durationSec?: number | undefined; errorCode?: number | undefined },
): AttemptFacts {
  const codes = [facts.errorCode, errorCode].filter((code) => code !== undefined);
  const durations = [facts.durationSec, durationSec].filter((duration) => duration !== undefined);
  return {
    ...facts,
    queued: true,
    end: higher(ENDS, facts.end, type),
    // Two codes of one call are rare, and either will do; only it must be the same one each time.
    ...(codes.length === 0 ? {} : { errorCode: Math.max(...codes) }),
    ...(durations.length === 0 ? {} : { durationSec: Math.max(...durations) }),
  };
}

function higher<T>(order: readonly T[], one: T | undefined, other: T): T {
  return one !== undefined && order.indexOf(one) > order.indexOf(other) ? one : other;
}

/** What was asked for last; of two askings in one instant, the later time. */
function later(
  one: AttemptFacts['callback'],
  { atMs, saidAtMs }: { atMs: number; saidAtMs: number },
): { atMs: number; saidAtMs: number } {
  if (one === undefined) return { atMs, saidAtMs };
  const isNewer = saidAtMs === one.saidAtMs ? atMs > one.atMs : saidAtMs > one.saidAtMs;
  return isNewer ? { atMs, saidAtMs } : one;
}

/**
 * How it ended; undefined while it goes on. It may still change where a telling comes late: what was lost turns up, and
 * a call that seemed unanswered was answered.
 *
 * @param earlySec whoever hangs up sooner has hung up early.
 */
export function outcomeOf(
  facts: AttemptFacts,
  { earlySec }: { earlySec: number },
): AttemptOutcome | undefined {
  const { end } = facts;
  if (end === undefined) return undefined;
  if (facts.optedOut) return 'opted-out';
  if (end === 'completed' || facts.answered) return answeredOutcome(facts, earlySec);
  return end === 'lost' ? 'unknown' : end;
}

function answeredOutcome(facts: AttemptFacts, earlySec: number): AttemptOutcome {
  const by = facts.answeredBy ?? 'unknown';
  const isMachine = facts.messageLeft === true || (by !== 'human' && by !== 'unknown');
  if (isMachine && !facts.personHeard) return 'machine';
  const seconds = facts.talkSec ?? facts.durationSec;
  const isEarly = seconds !== undefined && seconds < earlySec && facts.endedBy !== 'agent';
  return isEarly && facts.callback === undefined ? 'hung-up-early' : 'answered';
}

/**
 * Whether it may have rung at somebody's: then it counts as an attempt. Only a call that is known to have ended before
 * it rang does not.
 */
export function mayHaveRung(facts: AttemptFacts): boolean {
  if (facts.ringing === true || facts.answered === true) return true;
  return facts.end !== 'canceled' && facts.end !== 'failed';
}

/** Twilio's errors that ask for patience (20429 too many requests, 10004 too many calls): the number is all right. */
const THROTTLES: ReadonlySet<number> = new Set([10004, 20429]);

/** Whether the carrier only asked for a slower pace: the contact has lost nothing by it. */
export function isThrottle(errorCode: number | undefined): boolean {
  return errorCode !== undefined && THROTTLES.has(errorCode);
}

/**
 * Twilio's errors that another attempt does not mend: the number is none, is not reachable from here, or may not be
 * called (21211 invalid, 21217 not valid, 13224 no route, 21214 cannot be reached, 21215 and 13227 and 32205 countries
 * that are not allowed, 21216 blocked, 21202 premium rate).
 */
const FOR_GOOD: ReadonlySet<number> = new Set([
  13224, 13227, 21202, 21211, 21214, 21215, 21216, 21217, 32205,
]);

/** Whether calling this number again makes no sense. */
export function isForGood(facts: AttemptFacts): boolean {
  return facts.errorCode !== undefined && FOR_GOOD.has(facts.errorCode);
}
