/**
 * What a campaign will take before its first call: how many calls, until when in its windows, what it may cost, and what
 * will go wrong, counted. For `callwright campaign check`. Pure; the list is given as counts by place, so a million
 * contacts are a few hundred rows.
 */
import { isLawKnown } from './legal-windows.ts';
import { spacingMs } from './pace.ts';
import type { CampaignSettings } from './settings.ts';
import type { CallingTimes, Place } from './windows.ts';

/** Contacts of one country, state and set of zones. */
export interface ContactGroup {
  place: Place;
  contacts: number;
}

/** What is not known before; those of an earlier campaign are better than these. */
export interface Assumptions {
  /** Of all calls: how many a person answers, and how many a machine. */
  answeredShare: number;
  machineShare: number;
  /** A conversation, and what is heard of a machine or left on it. */
  talkSec: number;
  machineSec: number;
  /** The carrier's price, charged by the minute begun. */
  carrierUsdPerMinute: number;
  /** Recogniser, model and voice together. */
  agentUsdPerMinute: number;
}

/** Round numbers, for who has none of their own. */
export const USUAL: Assumptions = {
  answeredShare: 0.25,
  machineShare: 0.35,
  talkSec: 90,
  machineSec: 15,
  carrierUsdPerMinute: 0.014,
  agentUsdPerMinute: 0.06,
};

export type EstimateProblemCode =
  | 'unknown-time-zone'
  | 'country-not-allowed'
  | 'never-open'
  | 'not-finished'
  | 'spend-limit'
  | 'set-aside'
  | 'law-unknown'
  | 'state-unknown'
  | 'consent-not-required'
  | 'consent-not-written'
  | 'numbers-too-slow';

/** Something that will go wrong, or may. */
export interface EstimateProblem {
  code: EstimateProblemCode;
  /** An error keeps people from being called; a warning wants to be known. */
  severity: 'error' | 'warning';
  /** How many contacts it concerns. */
  contacts: number;
  words: string;
}

export interface Estimate {
  contacts: number;
  /** Of these, who may be called at all. */
  callable: number;
  /** Expected, over all attempts. */
  calls: number;
  /** Milliseconds since 1970: the first call, and the last; absent where there is none, or the end is not reached. */
  firstAtMs?: number;
  finishedAtMs?: number;
  expectedUsd: number;
  /** If everybody is reached, and only at the last attempt. */
  mostUsd: number;
  problems: readonly EstimateProblem[];
}

const STEP_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1000;
/** Fewer contacts than this are none: shares of people add up to crumbs. */
const CRUMB = 0.5;
/** As far as windows look ahead. */
const MOST_DAYS_MS = 400 * 24 * 60 * MINUTE_MS;

interface Planned {
  settings: CampaignSettings;
  times: CallingTimes;
  assumptions: Assumptions;
  fromMs: number;
}

/**
 * @param setAside what the import left out, by reason.
 * @param fromMs when the campaign would be started.
 */
export function estimateCampaign(
  groups: readonly ContactGroup[],
  { setAside = {}, ...planned }: Planned & { setAside?: Readonly<Record<string, number>> },
): Estimate {
  const { settings, times, assumptions, fromMs } = planned;
  const kept = groups.filter(
    ({ place }) => times.never(place) === undefined && times.nextOpening(fromMs, place) !== undefined,
  );
  const plan = run(kept, planned);
  const callable = total(kept);
  const usd = {
    expectedUsd: plan.calls * usdPerCall(assumptions),
    mostUsd:
      callable *
      (usdOf(assumptions.talkSec, assumptions) +
        (settings.attempts.most - 1) * usdOf(assumptions.machineSec, assumptions)),
  };
  const problems = [
    ...placeProblems(groups, planned),
    ...setAsideProblems(setAside),
    ...lawProblems(kept, settings),
    ...planProblems(plan, usd.expectedUsd, callable, settings),
  ];
  return {
    contacts: total(groups),
    callable,
    calls: Math.round(plan.calls),
    ...(plan.firstAtMs === undefined ? {} : { firstAtMs: plan.firstAtMs }),
    ...(plan.finishedAtMs === undefined ? {} : { finishedAtMs: plan.finishedAtMs }),
    ...usd,
    problems: problems.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error')),
  };
}

/** Contacts that wait for an attempt. */
interface Waiting {
  attempt: number;
  fromMs: number;
  contacts: number;
}

interface Run {
  calls: number;
  firstAtMs?: number;
  finishedAtMs?: number;
  /** Who would not be called once, and who would miss later attempts. */
  neverCalled: number;
  cutShort: number;
}

/** The campaign, a quarter of an hour at a time. */
function run(groups: readonly ContactGroup[], planned: Planned): Run {
  const { settings, times, fromMs } = planned;
  const queues = groups.map(({ place, contacts }) => ({
    place,
    waiting: [{ attempt: 1, fromMs, contacts }] as Waiting[],
  }));
  const found: Run = { calls: 0, neverCalled: 0, cutShort: 0 };
  let lastMs: number | undefined;
  for (let atMs = fromMs; atMs < fromMs + MOST_DAYS_MS; ) {
    const due = queues.filter(({ waiting }) => waiting.some((some) => some.fromMs <= atMs));
    const open = due
      .map((queue) => ({ queue, may: times.mayCall(atMs, queue.place) }))
      .flatMap(({ queue, may }) => (may.may ? [{ queue, untilMs: may.untilMs }] : []));
    let capacity = callsPerStep(settings, planned.assumptions);
    // Whoever's window closes first goes first.
    for (const { queue } of open.toSorted((a, b) => a.untilMs - b.untilMs)) {
      const called = callSome(queue.waiting, atMs, capacity, planned);
      capacity -= called;
      found.calls += called;
      if (called > 0) found.firstAtMs ??= atMs;
      if (called > 0) lastMs = atMs + STEP_MS;
    }
    const next = nextMoment(queues, atMs, times);
    if (next === undefined) break;
    atMs = next;
  }
  for (const { attempt, contacts } of queues.flatMap(({ waiting }) => waiting)) {
    if (attempt === 1) found.neverCalled += contacts;
    else found.cutShort += contacts;
  }
  const isDone = found.neverCalled + found.cutShort < CRUMB;
  return isDone && lastMs !== undefined ? { ...found, finishedAtMs: lastMs } : found;
}

/** Calls as many as there is room for, and has those that were not reached wait for the next attempt. */
function callSome(waiting: Waiting[], atMs: number, capacity: number, planned: Planned): number {
  const { attempts } = planned.settings;
  const { answeredShare } = planned.assumptions;
  const wait = attempts.wait_min['no-answer'];
  let called = 0;
  for (const some of waiting.filter(({ fromMs }) => fromMs <= atMs)) {
    const now = Math.min(some.contacts, capacity - called);
    if (now <= 0) break;
    called += now;
    some.contacts -= now;
    if (some.attempt >= attempts.most || wait === 'never') continue;
    const again = { attempt: some.attempt + 1, fromMs: atMs + wait * MINUTE_MS };
    const same = waiting.find(({ attempt, fromMs }) => attempt === again.attempt && fromMs === again.fromMs);
    const missed = now * (1 - answeredShare);
    if (same === undefined) waiting.push({ ...again, contacts: missed });
    else same.contacts += missed;
  }
  const left = waiting.filter(({ contacts }) => contacts >= CRUMB / 100);
  waiting.splice(0, waiting.length, ...left);
  return called;
}

/** When there is something to do again: the next step, or the first opening of those who wait. */
function nextMoment(
  queues: readonly { place: Place; waiting: readonly Waiting[] }[],
  atMs: number,
  times: CallingTimes,
): number | undefined {
  const moments = queues.flatMap(({ place, waiting }) => {
    if (waiting.reduce((sum, { contacts }) => sum + contacts, 0) < CRUMB) return [];
    const readyMs = Math.min(...waiting.map(({ fromMs }) => fromMs));
    const opensMs = times.nextOpening(Math.max(atMs + STEP_MS, readyMs), place);
    return opensMs === undefined ? [] : [opensMs];
  });
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function callsPerStep(settings: CampaignSettings, assumptions: Assumptions): number {
  const perStep = (pace: number): number => STEP_MS / spacingMs(pace);
  const numbers = settings.caller_numbers.reduce((sum, number) => sum + perStep(number.calls_per_second), 0);
  const lineSec =
    settings.attempts.ring_sec +
    assumptions.answeredShare * assumptions.talkSec +
    assumptions.machineShare * assumptions.machineSec;
  const lines = (settings.calls_at_once * STEP_MS) / (lineSec * SECOND_MS);
  return Math.min(perStep(settings.calls_per_second), numbers, lines);
}

function usdPerCall(assumptions: Assumptions): number {
  return (
    assumptions.answeredShare * usdOf(assumptions.talkSec, assumptions) +
    assumptions.machineShare * usdOf(assumptions.machineSec, assumptions)
  );
}

function usdOf(seconds: number, { carrierUsdPerMinute, agentUsdPerMinute }: Assumptions): number {
  return Math.ceil(seconds / 60) * carrierUsdPerMinute + (seconds / 60) * agentUsdPerMinute;
}

/** Those who cannot be called, by why. */
function placeProblems(groups: readonly ContactGroup[], { times, fromMs }: Planned): EstimateProblem[] {
  const found = new Map<string, EstimateProblem>();
  for (const { place, contacts } of groups) {
    const never = times.never(place);
    const isOpen = never === undefined && times.nextOpening(fromMs, place) !== undefined;
    if (isOpen || contacts === 0) continue;
    const code =
      never?.reason === 'unknown-time-zone' || never?.reason === 'country-not-allowed'
        ? never.reason
        : 'never-open';
    const where = [place.country, ...place.regions].join('-');
    const words =
      never?.words ??
      `In ${where} (${place.timeZones.join(', ')}) the campaign's hours and dates and the law leave no time to call; widen "calling_hours", or move "ends".`;
    const same = found.get(words);
    found.set(words, { code, severity: 'error', words, contacts: contacts + (same?.contacts ?? 0) });
  }
  return [...found.values()];
}

function setAsideProblems(setAside: Readonly<Record<string, number>>): EstimateProblem[] {
  return Object.entries(setAside)
    .filter(([, contacts]) => contacts > 0)
    .map(([reason, contacts]) => ({
      code: 'set-aside',
      severity: 'warning',
      contacts,
      words: `${contacts} rows of the list were set aside: ${reason}.`,
    }));
}

function lawProblems(groups: readonly ContactGroup[], settings: CampaignSettings): EstimateProblem[] {
  const warn = (code: EstimateProblemCode, contacts: number, words: string): EstimateProblem[] =>
    contacts === 0 ? [] : [{ code, severity: 'warning', contacts, words }];
  const unknown = groups.filter(({ place }) => !isLawKnown(place.country));
  const countries = [...new Set(unknown.map(({ place }) => place.country))].toSorted().join(', ');
  const american = groups.filter(({ place }) => place.country === 'US');
  const stateless = american.filter(({ place }) => place.regions.length === 0);
  const { required, basis } = settings.consent;
  return [
    ...warn(
      'law-unknown',
      total(unknown),
      `Nobody has looked up when ${countries} may be called; a careful default holds. Look it up yourself.`,
    ),
    ...warn(
      'state-unknown',
      total(stateless),
      'It is not known which state these numbers are in: they are only called when every state allows it.',
    ),
    ...warn(
      'consent-not-required',
      required ? 0 : total(groups),
      'Rows without consent are called too; a synthetic voice needs consent in the US, Canada and the EU.',
    ),
    ...warn(
      'consent-not-written',
      basis === 'express-written' ? 0 : total(american),
      'If these calls sell something, the US wants consent in writing (47 CFR 64.1200(a)(2)); set "consent.basis" once you have it.',
    ),
  ];
}

function planProblems(
  plan: Run,
  expectedUsd: number,
  callable: number,
  settings: CampaignSettings,
): EstimateProblem[] {
  const problems: EstimateProblem[] = [];
  const missed = Math.round(plan.neverCalled);
  const short = Math.round(plan.cutShort);
  if (missed + short > 0) {
    const words = `The time is too short: ${missed} would not be called at all and ${short} less often than set; raise the pace, widen "calling_hours", or move "ends".`;
    problems.push({ code: 'not-finished', severity: 'error', contacts: missed + short, words });
  }
  const limit = settings.spend_limit_usd;
  if (limit !== undefined && expectedUsd > limit) {
    const contacts = Math.round(callable * (1 - limit / expectedUsd));
    const words = `It is expected to cost $${expectedUsd.toFixed(2)}, and would pause at $${limit.toFixed(2)} with about ${contacts} contacts left.`;
    problems.push({ code: 'spend-limit', severity: 'error', contacts, words });
  }
  const numbers = settings.caller_numbers.reduce((sum, number) => sum + number.calls_per_second, 0);
  if (numbers < settings.calls_per_second) {
    const words = `The caller numbers together may place ${numbers} calls a second, less than the ${settings.calls_per_second} of the campaign; add numbers, or raise theirs.`;
    problems.push({ code: 'numbers-too-slow', severity: 'warning', contacts: callable, words });
  }
  return problems;
}

function total(groups: readonly ContactGroup[]): number {
  return groups.reduce((sum, { contacts }) => sum + contacts, 0);
}
