/**
 * When the law, or where there is none the code of the trade, lets a stranger's telephone ring: one row a country and
 * one a state that asks more. Written in the words of a flow's `hours`. Rows are read together, so a state's row only
 * says what it narrows. Where sources disagree, the narrower counts.
 *
 * This is a table of facts with their sources, not legal advice. Most of these rules are written for calls that sell; a
 * campaign is held to them whatever it is for. What rests on secondary sources says so.
 */
import { daysOf, spanOf } from '../flows/hours.ts';

/** No more than `calls` to one person in any `hours` hours. */
export interface CallLimit {
  calls: number;
  hours: number;
}

/** What holds in a country, or besides in one of its states. */
export interface LegalRule {
  /** On the wall clock of whoever is called: days or ranges of days to spans. A day that is not named is closed. */
  hours: Readonly<Record<string, readonly string[]>>;
  /** Whether the telephone may ring on public holidays. Default: it may. */
  holidays?: 'closed';
  limit?: CallLimit;
  /** Where it says so. */
  source: string;
}

interface CountryRules extends LegalRule {
  /** By the second half of the ISO 3166-2 code. */
  regions?: Readonly<Record<string, LegalRule>>;
}

const STATE_TABLES =
  'secondary: dropcowboy.com/state-compliance (Nov 2025), blog.clickpointsoftware.com/telemarketing-calling-hours-by-state (Jul 2025)';

/** States of the US that ask more than 8:00 to 21:00. */
const US_STATES: Readonly<Record<string, LegalRule>> = {
  AL: { hours: { 'mon-sat': ['08:00-20:00'] }, holidays: 'closed', source: STATE_TABLES },
  CT: {
    hours: { daily: ['09:00-20:00'] },
    source: 'Conn. Gen. Stat. 42-288a as changed by P.A. 23-98: 9 to 20',
  },
  FL: {
    hours: { daily: ['08:00-20:00'] },
    limit: { calls: 3, hours: 24 },
    source: 'Fla. Stat. 501.616(6): 8 to 20, three calls in 24 hours on one subject',
  },
  IL: { hours: { daily: ['09:00-21:00'] }, source: `calls with an artificial voice; ${STATE_TABLES}` },
  KY: { hours: { daily: ['10:00-21:00'] }, source: STATE_TABLES },
  LA: { hours: { 'mon-sat': ['08:00-20:00'] }, holidays: 'closed', source: STATE_TABLES },
  MA: { hours: { daily: ['08:00-20:00'] }, source: STATE_TABLES },
  MD: { hours: { daily: ['08:00-20:00'] }, limit: { calls: 3, hours: 24 }, source: STATE_TABLES },
  ME: {
    hours: { 'mon-fri': ['09:00-17:00'] },
    limit: { calls: 1, hours: 8 },
    source: '10 M.R.S. 1498(3): automated calls on weekdays from 9 to 17, one in eight hours',
  },
  MI: { hours: { daily: ['09:00-21:00'] }, source: STATE_TABLES },
  MN: { hours: { daily: ['09:00-21:00'] }, source: STATE_TABLES },
  MS: { hours: { 'mon-sat': ['08:00-20:00'] }, holidays: 'closed', source: STATE_TABLES },
  NE: {
    hours: { 'mon-sat': ['08:00-21:00'], sun: ['13:00-21:00'] },
    holidays: 'closed',
    source:
      '291 Neb. Admin. Code 11-3, as told by clickpoint: recorded voices on Sundays and holidays only from 13 to 21; holidays are left out',
  },
  NM: { hours: { daily: ['09:00-21:00'] }, source: STATE_TABLES },
  NV: { hours: { daily: ['09:00-20:00'] }, source: STATE_TABLES },
  OK: {
    hours: { daily: ['08:00-20:00'] },
    limit: { calls: 3, hours: 24 },
    source: 'Okla. Stat. tit. 15, 775C.4: 8 to 20, three calls in 24 hours on one subject',
  },
  PA: {
    hours: { daily: ['08:00-21:00'] },
    holidays: 'closed',
    source: 'secondary: vicifast.com/blog/what-are-telemarketing-prohibited-holidays',
  },
  RI: {
    hours: { 'mon-fri': ['09:00-18:00'], sat: ['10:00-17:00'] },
    holidays: 'closed',
    source: 'R.I. Gen. Laws 5-61-2(2) and 5-61-3.6',
  },
  TX: {
    hours: { 'mon-sat': ['09:00-21:00'], sun: ['12:00-21:00'] },
    source: 'Tex. Bus. & Com. Code 301.051 (formerly 37.02), as told by legalclarity.org and dialerseat.com',
  },
  UT: {
    hours: { daily: ['08:00-21:00'] },
    holidays: 'closed',
    source: 'secondary: dnc.com, restricted call dates',
  },
  WI: {
    hours: { 'mon-sat': ['08:00-21:00'] },
    source: 'secondary: dialerseat.com/faq/calling-hours (Sunday)',
  },
};

const UNITED_STATES: CountryRules = {
  hours: { daily: ['08:00-21:00'] },
  source: '47 CFR 64.1200(c)(1) and 16 CFR 310.4(c): 8 to 21 at the called party’s location',
  regions: US_STATES,
};

const COUNTRIES: Readonly<Record<string, CountryRules>> = {
  US: UNITED_STATES,
  AU: {
    hours: { 'mon-fri': ['09:00-20:00'], sat: ['09:00-17:00'] },
    holidays: 'closed',
    source: 'Telecommunications (Telemarketing and Research Calls) Industry Standard 2017; donotcall.gov.au',
  },
  BR: {
    hours: { 'mon-fri': ['09:00-21:00'], sat: ['10:00-16:00'] },
    holidays: 'closed',
    source: 'rules of Anatel as told by valor.globo.com (Oct 2022)',
  },
  CA: {
    hours: { 'mon-fri': ['09:00-21:30'], 'sat-sun': ['10:00-18:00'] },
    source: 'CRTC Unsolicited Telecommunications Rules, parts III and IV (as extended by CRTC 2009-200)',
  },
  ES: {
    hours: { 'mon-fri': ['09:00-21:00'] },
    holidays: 'closed',
    source: 'Ley General para la Defensa de los Consumidores y Usuarios, art. 96.2',
  },
  FR: {
    hours: { 'mon-fri': ['10:00-13:00', '14:00-20:00'] },
    holidays: 'closed',
    limit: { calls: 4, hours: 30 * 24 },
    source: 'Code de la consommation, art. D223-9 (décret 2022-1313)',
  },
  GB: {
    hours: { 'mon-fri': ['08:00-21:00'], 'sat-sun': ['09:00-21:00'] },
    source: 'DMA Direct Marketing Code of Practice, 21.41 (no statutory hours)',
  },
  IN: { hours: { daily: ['09:00-21:00'] }, source: 'TRAI, TCCCPR: no commercial calls from 21 to 9' },
  IT: {
    hours: { 'mon-fri': ['09:00-20:00'], sat: ['10:00-19:00'] },
    holidays: 'closed',
    source: 'Codice di condotta per telemarketing e teleselling (Gazzetta Ufficiale, 27 Mar 2024)',
  },
};

/** Parts of the US with a country code of their own: federal law holds there. */
const LIKE_THE_US: ReadonlySet<string> = new Set(['AS', 'GU', 'MP', 'PR', 'VI']);

/** Countries that are not in the table: about as narrow as the strict ones in it. */
const ELSEWHERE: LegalRule = {
  hours: { 'mon-fri': ['09:00-20:00'], sat: ['10:00-16:00'] },
  holidays: 'closed',
  source: 'a careful default: nobody has looked up the law of this country',
};

/**
 * Every rule that holds for a number, to be read together: the narrowest counts.
 *
 * @param country ISO 3166-1, two capital letters.
 * @param regions where in it the number may be: its states without the country (`FL`). None: it may be anywhere, so the
 *   rules of all of them hold at once.
 */
export function legalRules(country: string, regions: readonly string[]): readonly LegalRule[] {
  if (LIKE_THE_US.has(country)) return [UNITED_STATES];
  const own = COUNTRIES[country];
  if (own === undefined) return [ELSEWHERE];
  const states = own.regions ?? {};
  const named = regions.length === 0 ? Object.values(states) : regions.map((region) => states[region]);
  return [own, ...named.filter((rule) => rule !== undefined)];
}

/** Whether the law of a country has been looked up; where not, a careful default holds. */
export function isLawKnown(country: string): boolean {
  return LIKE_THE_US.has(country) || COUNTRIES[country] !== undefined;
}

/** Minutes of a day, from its midnight; `end` may lie on the next day and is more than `start`. */
export interface Span {
  start: number;
  end: number;
}

/** From 0, Monday, to 6, Sunday: when it is open. `hours` has been checked. */
export function weekOf(hours: Readonly<Record<string, readonly string[]>>): readonly (readonly Span[])[] {
  const week: Span[][] = [[], [], [], [], [], [], []];
  for (const [key, texts] of Object.entries(hours)) {
    const spans = texts.map(spanOf).filter((span) => span !== undefined);
    for (const day of daysOf(key) ?? []) week[WEEK.indexOf(day)]?.push(...spans);
  }
  return week;
}

const WEEK: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** What two sets of spans have in common, in order, with what touches made one. */
export function common(one: readonly Span[], other: readonly Span[]): Span[] {
  return joined(
    one.flatMap((a) =>
      other.map((b) => ({ start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) })),
    ),
  );
}

/** In order, what touches or overlaps made one, what is empty left out. */
export function joined(spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (end <= start) continue;
    const last = whole.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else whole.push({ start, end });
  }
  return whole;
}
