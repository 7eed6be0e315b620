/**
 * When a contact may be called: inside the campaign's hours and inside those of the law, on the clock on their wall.
 * Pure: the instant comes from outside. Where it is not certain which time zone or state a number is in, all of them
 * must allow it.
 *
 * Everything is asked of the wall clock: a time that comes twice, because clocks go back, is open or closed both times;
 * a time or a day that does not come cannot be called in. A span of the campaign's that goes over midnight belongs to
 * the day it begins on, as in a flow's `hours`.
 */
import type { HolidayCalendar } from './holidays.ts';
import { common, joined, type LegalRule, legalRules, type Span, weekOf } from './legal-windows.ts';
import { isTimeZone, stretchAt } from './zone-clock.ts';

/** Where a contact may be. */
export interface Place {
  /** ISO 3166-1, such as `US`. */
  country: string;
  /** Its states, such as `FL`; none: anywhere in the country. */
  regions: readonly string[];
  /** IANA, such as `America/New_York`. Calls are only placed where all of them allow it; none: never. */
  timeZones: readonly string[];
}

/** The part of a campaign's settings that says when it calls. */
export interface CallingWindows {
  calling_hours: {
    days: Readonly<Record<string, readonly string[]>>;
    holidays: readonly { date: string; open: readonly string[] }[];
  };
  /** Whether public holidays are left out, also where the law allows them. */
  holidays: boolean;
  /** A day (YYYY-MM-DD, where the contact is) or an instant (ISO 8601 with an offset). */
  starts?: string | undefined;
  /** A day, which is its last, or an instant. */
  ends?: string | undefined;
  /** ISO 3166-1; undefined: all. */
  countries?: readonly string[] | undefined;
}

export type NoCallReason =
  | 'unknown-time-zone'
  | 'country-not-allowed'
  | 'not-started'
  | 'ended'
  | 'holiday'
  | 'outside-legal-hours'
  | 'outside-calling-hours';

/** Whether a call may be placed. */
export type MayCall =
  /** It stays so at least until then (ms): a call must ring before it. */
  | { may: true; untilMs: number }
  /** `words`: for people, with the time it is there and the rule. */
  | { may: false; reason: NoCallReason; words: string };

/** What is open on one day of the calendar, in minutes of it, and what closes the rest. */
interface DayPlan {
  open: readonly Span[];
  /** What the law alone allows. */
  legal: readonly Span[];
  closed?: { reason: NoCallReason; words: string };
}

interface Rules {
  country: string;
  regions: readonly string[];
  laws: readonly { rule: LegalRule; week: readonly (readonly Span[])[] }[];
  plans: Map<number, DayPlan>;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** A campaign that does not get to call within this never will. */
const MOST_DAYS_AHEAD = 400;
/** A day's plan is small; a campaign over a year in every state stays far below. */
const MOST_PLANS = 2000;

/** The windows of one campaign. What was worked out for a day and a state is kept. */
export class CallingTimes {
  readonly #windows: CallingWindows;
  readonly #calendar: HolidayCalendar;
  readonly #lawOf: typeof legalRules;
  readonly #week: readonly (readonly Span[])[];
  readonly #ownDays: ReadonlyMap<string, readonly Span[]>;
  readonly #rules = new Map<string, Rules>();
  readonly #starts: Edge;
  readonly #ends: Edge;

  /**
   * @param windows has passed the schema of settings.
   * @param lawOf the law of a place. Default: that of the table.
   */
  constructor(windows: CallingWindows, calendar: HolidayCalendar, lawOf: typeof legalRules = legalRules) {
    this.#lawOf = lawOf;
    this.#windows = windows;
    this.#calendar = calendar;
    this.#week = weekOf(windows.calling_hours.days);
    const ownDays = windows.calling_hours.holidays.map(
      ({ date, open }) => [date, weekOf({ mon: open })[0] ?? []] as const,
    );
    this.#ownDays = new Map(ownDays);
    this.#starts = edgeOf(windows.starts);
    this.#ends = edgeOf(windows.ends);
  }

  /** @param atMs when it would ring, milliseconds since 1970. */
  mayCall(atMs: number, place: Place): MayCall {
    const refused = this.#refusal(atMs, place);
    if (refused !== undefined) return refused;
    const rules = this.#rulesOf(place);
    let untilMs = this.#ends.atMs ?? Number.POSITIVE_INFINITY;
    for (const timeZone of place.timeZones) {
      const stretch = stretchAt(timeZone, atMs);
      if (stretch === undefined) return unknownZone(timeZone);
      const wallMs = atMs + stretch.offsetMs;
      const day = Math.floor(wallMs / DAY_MS);
      const minute = (wallMs - day * DAY_MS) / MINUTE_MS;
      const plan = this.#planOf(rules, day);
      const span = plan.open.find(({ start, end }) => start <= minute && minute < end);
      if (span === undefined) return this.#closed(plan, { wallMs, minute, timeZone, rules });
      untilMs = Math.min(untilMs, stretch.toMs, day * DAY_MS + span.end * MINUTE_MS - stretch.offsetMs);
    }
    return { may: true, untilMs };
  }

  /**
   * The first instant from `fromMs` on (it included) at which the contact may be called; undefined where there is none
   * within 400 days of it, or of the campaign's start.
   */
  nextOpening(fromMs: number, place: Place): number | undefined {
    if (place.timeZones.length === 0 || !this.#isAllowed(place.country)) return undefined;
    const rules = this.#rulesOf(place);
    let atMs = Math.max(fromMs, this.#starts.atMs ?? this.#starts.firstMs ?? fromMs);
    const endMs = this.#ends.atMs ?? this.#ends.lastMs ?? Number.POSITIVE_INFINITY;
    const lastMs = Math.min(atMs + MOST_DAYS_AHEAD * DAY_MS, endMs);
    for (;;) {
      let latestMs = atMs;
      for (const timeZone of place.timeZones) {
        const openMs = this.#nextIn(timeZone, atMs, lastMs, rules);
        if (openMs === undefined) return undefined;
        latestMs = Math.max(latestMs, openMs);
      }
      if (latestMs === atMs) return atMs < lastMs ? atMs : undefined;
      atMs = latestMs;
    }
  }

  /** What keeps a contact from ever being called, wherever the clock stands. */
  never(place: Place): (MayCall & { may: false }) | undefined {
    if (!this.#isAllowed(place.country)) {
      const words = `Calls to ${place.country} are not among the countries of this campaign; add it to "countries" to call there.`;
      return { may: false, reason: 'country-not-allowed', words };
    }
    if (place.timeZones.length === 0) return unknownZone(undefined);
    const wrong = place.timeZones.find((timeZone) => !isTimeZone(timeZone));
    return wrong === undefined ? undefined : unknownZone(wrong);
  }

  #isAllowed(country: string): boolean {
    return this.#windows.countries?.includes(country) ?? true;
  }

  #refusal(atMs: number, place: Place): (MayCall & { may: false }) | undefined {
    if (place.timeZones.length === 0 || !this.#isAllowed(place.country)) return this.never(place);
    if (this.#starts.atMs !== undefined && atMs < this.#starts.atMs)
      return {
        may: false,
        reason: 'not-started',
        words: `The campaign starts at ${this.#windows.starts ?? ''}.`,
      };
    if (this.#ends.atMs !== undefined && atMs >= this.#ends.atMs)
      return { may: false, reason: 'ended', words: `The campaign ended at ${this.#windows.ends ?? ''}.` };
    return undefined;
  }

  #nextIn(timeZone: string, fromMs: number, lastMs: number, rules: Rules): number | undefined {
    let atMs = fromMs;
    while (atMs < lastMs) {
      const stretch = stretchAt(timeZone, atMs);
      if (stretch === undefined) return undefined;
      const wallMs = atMs + stretch.offsetMs;
      const day = Math.floor(wallMs / DAY_MS);
      const minute = (wallMs - day * DAY_MS) / MINUTE_MS;
      const span = this.#planOf(rules, day).open.find(({ end }) => minute < end);
      if (span !== undefined) {
        const openMs = Math.max(atMs, day * DAY_MS + span.start * MINUTE_MS - stretch.offsetMs);
        if (openMs < stretch.toMs) return openMs;
      }
      atMs = Math.min(stretch.toMs, (day + 1) * DAY_MS - stretch.offsetMs);
    }
    return undefined;
  }

  #rulesOf({ country, regions }: Place): Rules {
    const key = regions.length === 0 ? country : `${country}-${regions.join('-')}`;
    let rules = this.#rules.get(key);
    if (rules === undefined) {
      const laws = this.#lawOf(country, regions).map((rule) => ({ rule, week: weekOf(rule.hours) }));
      rules = { country, regions, laws, plans: new Map() };
      this.#rules.set(key, rules);
    }
    return rules;
  }

  #planOf(rules: Rules, day: number): DayPlan {
    const kept = rules.plans.get(day);
    if (kept !== undefined) return kept;
    if (rules.plans.size >= MOST_PLANS) rules.plans.clear();
    const plan = this.#plan(rules, day);
    rules.plans.set(day, plan);
    return plan;
  }

  #plan(rules: Rules, day: number): DayPlan {
    const date = dateOf(day);
    const closed = this.#closedAllDay(rules, date);
    const weekday = weekdayOf(day);
    let legal: readonly Span[] = [{ start: 0, end: DAY_MINUTES }];
    for (const { week } of rules.laws) legal = common(legal, week[weekday] ?? []);
    if (closed !== undefined) return { open: [], legal, closed };
    return { open: common(legal, this.#hoursOf(day)), legal };
  }

  #closedAllDay({ country, regions, laws }: Rules, date: string): DayPlan['closed'] {
    const { starts, ends } = this.#windows;
    if (this.#starts.date !== undefined && date < this.#starts.date)
      return { reason: 'not-started', words: `The campaign starts on ${starts ?? ''}.` };
    if (this.#ends.date !== undefined && date > this.#ends.date)
      return { reason: 'ended', words: `The campaign ended on ${ends ?? ''}.` };
    const law = laws.find(({ rule }) => rule.holidays === 'closed')?.rule;
    if (law === undefined && !this.#windows.holidays) return undefined;
    const states = regions.length === 0 ? [undefined] : regions;
    for (const region of states) {
      const name = this.#calendar.nameOf(country, region, date);
      if (name === undefined) continue;
      const why = law === undefined ? '"holidays" leaves them out' : law.source;
      return { reason: 'holiday', words: `${date} is ${name}, a public holiday (${why}).` };
    }
    return undefined;
  }

  /** The campaign's own hours on a day, with what is left of a span that began the day before. */
  #hoursOf(day: number): Span[] {
    const today = this.#spansFrom(day).map(({ start, end }) => ({ start, end: Math.min(end, DAY_MINUTES) }));
    const late = this.#spansFrom(day - 1).map(({ end }) => ({ start: 0, end: end - DAY_MINUTES }));
    return joined([...late, ...today]);
  }

  #spansFrom(day: number): readonly Span[] {
    const date = dateOf(day);
    const own = this.#ownDays.get(date) ?? this.#ownDays.get(date.slice('YYYY-'.length));
    return own ?? this.#week[weekdayOf(day)] ?? [];
  }

  #closed(
    plan: DayPlan,
    { wallMs, minute, timeZone, rules }: { wallMs: number; minute: number; timeZone: string; rules: Rules },
  ): MayCall {
    if (plan.closed !== undefined) return { may: false, ...plan.closed };
    const now = `It is ${new Date(wallMs).toISOString().slice(11, 16)} in ${timeZone}`;
    const isLegal = plan.legal.some(({ start, end }) => start <= minute && minute < end);
    if (isLegal) {
      const words = `${now}, outside the calling hours of this campaign.`;
      return { may: false, reason: 'outside-calling-hours', words };
    }
    const where = [rules.country, ...rules.regions].join('-');
    const words = `${now}, and calls to ${where} are allowed ${shown(plan.legal)} on this day (${rules.laws.map(({ rule }) => rule.source).join('; ')}).`;
    return { may: false, reason: 'outside-legal-hours', words };
  }
}

/** Where a campaign begins or ends: an instant, or a day wherever the contact is. */
interface Edge {
  atMs?: number;
  date?: string;
  /** Of a day: where it begins first, and where it has ended everywhere. */
  firstMs?: number;
  lastMs?: number;
}

/** The clocks of Kiritimati are the first to show a day, those of UTC-12 the last. */
const EARLIEST_MS = 14 * 60 * MINUTE_MS;
const LATEST_MS = 12 * 60 * MINUTE_MS;

function edgeOf(text: string | undefined): Edge {
  if (text === undefined) return {};
  const atMs = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return { atMs };
  return { date: text, firstMs: atMs - EARLIEST_MS, lastMs: atMs + DAY_MS + LATEST_MS };
}

function unknownZone(timeZone: string | undefined): MayCall & { may: false } {
  const words =
    timeZone === undefined
      ? 'Nobody knows which time zone this contact is in; give it a column, or the campaign a "time_zone".'
      : `"${timeZone}" is no time zone; write it as in Europe/London.`;
  return { may: false, reason: 'unknown-time-zone', words };
}

/** From the day since 1970. */
function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** From 0, Monday: the first of January 1970 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

function shown(spans: readonly Span[]): string {
  if (spans.length === 0) return 'at no time';
  return spans.map(({ start, end }) => `from ${clock(start)} to ${clock(end)}`).join(' and ');
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
