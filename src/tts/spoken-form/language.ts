/** What the rules need to know of a language: its words, its habits, and how it counts. One object a language. */
import type { Rule } from './rule.ts';

/** Of a noun; a number right before it may take another form than one that stands alone. */
export type Gender = 'm' | 'f';

/** What is counted: `['euro', 'euros', 'm']`. */
export type Noun = readonly [one: string, many: string, gender: Gender];

/** Money by its ISO 4217 code. Without `minor` decimals are read as decimals. */
export interface Currency {
  readonly major: Noun;
  readonly minor?: Noun;
}

/** A day of the calendar, read from digits and known to be possible. */
export interface CalendarDay {
  readonly day: number;
  /** 1 to 12. */
  readonly month: number;
  /** Of a range that begins with `day`. */
  readonly lastDay?: number;
  readonly year?: number;
}

/** A time of day, 0:00 to 24:59. */
export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  /** Written as such, in languages that write it. */
  readonly half?: 'am' | 'pm';
}

/** Words that stand for signs. */
export interface SignWords {
  readonly point: string;
  readonly minus: string;
  readonly plus: string;
  readonly equals: string;
  readonly times: string;
  readonly by: string;
  readonly dividedBy: string;
  readonly less: string;
  readonly atMost: string;
  readonly atLeast: string;
  /** `10^3`. */
  readonly power: string;
  readonly more: string;
  readonly about: string;
  readonly percent: string;
  /** Between two ends of a range. */
  readonly to: string;
  readonly and: string;
  /** `#5`. */
  readonly number: string;
  /** `#help`. */
  readonly hash: string;
  readonly per: string;
  readonly at: string;
  readonly dot: string;
  readonly slash: string;
  readonly dash: string;
  readonly underscore: string;
  readonly colon: string;
  readonly questionMark: string;
}

/** Strings named `…Source` are parts of regular expressions (flag `u`), without capturing groups of their own. */
export interface Language {
  /** BCP 47, as the flow names it. */
  readonly tag: string;
  /** The sign before decimals, and the signs between groups of three digits. */
  readonly decimal: '.' | ',';
  readonly groups: string;
  /** 11/21 and not 21/11. */
  readonly monthFirst: boolean;
  /** Zero to nine. */
  readonly digits: readonly string[];
  readonly signs: SignWords;
  /** `digits` has no sign and at most 15 digits. With a gender, as it stands right before such a noun. */
  cardinal(digits: string, gender?: Gender): string;
  /** The gender a number before this word takes, if that can be told and matters. `following` is the next word, if any. */
  genderOf(word: string, following: string): Gender | undefined;
  /** As it is said on its own or after "in". */
  year(year: number): string;
  /** Whether four digits alone are rather a year than a number, where that makes a difference. */
  isYear(year: number): boolean;
  /** Whether this many is one: 0 and 1.5 are in French, not in English. */
  isOne(integer: string, fraction: string): boolean;
  /** January to December, the name first, then what else stands for it; a full stop may follow any of these. */
  readonly months: readonly (readonly [name: string, ...others: string[]])[];
  /** "May" is a month and "may" is not, and "Nov" needs no full stop. */
  readonly hasCapitalMonths: boolean;
  /** `before` is the text up to the date: the article decides the ending in some languages. */
  date(date: CalendarDay, before: string): string;
  /** After these words "11/21" is a day. Matched at the end of what is before. */
  readonly dateCue: RegExp;
  /** Short names of weekdays to long ones; said long before dates and in ranges. */
  readonly weekdays: Readonly<Record<string, string>>;
  /** What may stand between day, month and year: "de " in "5 de mayo de 2026". */
  readonly ofSource: string;
  /** What is said between a month and a year, with its space. */
  readonly monthOf: string;
  /** What follows the digits of an ordinal, and how it is said; undefined: it is none. */
  readonly ordinalSource: string;
  ordinal(value: number, suffix: string, before: string): string | undefined;
  /** "1/2"; undefined: the language has no word for it, or it is something else. */
  fraction(numerator: number, denominator: number): string | undefined;
  /** "2½" after its two. */
  readonly andAHalf: string;
  /** Times of day, with the named groups `h`, perhaps `m`, perhaps `half` (which begins with a or p). */
  readonly timeSources: readonly string[];
  time(time: ClockTime): string;
  readonly currencies: Readonly<Record<string, Currency>>;
  /** Between major and minor: "and", or nothing, and then the minor unit goes unnamed. */
  readonly minorJoin: { readonly word: string; readonly isNamed: boolean };
  /** Whether money between these texts is no amount but a kind: "a $5 fee" is a five dollar fee. */
  isAttribute(before: string, after: string): boolean;
  /** Signs of currencies to ISO codes. */
  readonly currencySigns: Readonly<Record<string, string>>;
  /** Million and its like, also short: what is written → what is said; and what stands between it and a noun. */
  readonly scales: Readonly<Record<string, string>>;
  scaleOf(noun: string): string;
  readonly units: Readonly<Record<string, Noun>>;
  /** Words before which a slash means "per": "month" in "$5/month". */
  readonly perUnits: Readonly<Record<string, string>>;
  /** Phone numbers of the country that neither a plus sign nor a leading zero gives away. */
  readonly phoneSources: readonly string[];
  /** How a group of a phone number is said, where not digit by digit. */
  phoneGroup?(digits: string): string | undefined;
  /** Domains that make an address of words joined by dots. */
  readonly domainsSource: string;
  /** After these words digits are a reference: they are read one by one. Matched at the end of what is before. */
  readonly references?: RegExp;
  /** Only before a number: "No." → "number". */
  readonly labels: Readonly<Record<string, string>>;
  /** Only before a name: "Dr." → "Doctor". The full stop may be missing. */
  readonly titles: Readonly<Record<string, string>>;
  /** Anywhere, written just so: "e.g." → "for example". */
  readonly abbreviations: Readonly<Record<string, string>>;
  /** Whether up to three capitals are rather spelled than read. */
  readonly spellsShortAcronyms: boolean;
  /** Acronyms that are spelled though they could be read, and words in capitals that are read. */
  readonly spelled: ReadonlySet<string>;
  readonly readAsWords: ReadonlySet<string>;
  /** What only this language has; tried before everything else. */
  readonly ownRules: readonly Rule[];
}
