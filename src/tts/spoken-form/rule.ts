/** What the rules are made of. */

export type Kind = 'digit' | 'letter' | 'sign';

/** Turns one kind of expression into words. */
export interface Rule {
  /** What a match can begin with. */
  readonly starts: readonly Kind[];
  /** Sticky, so that it is only tried where the scan stands. Repetitions have limits, so that no text is slow. */
  readonly pattern: RegExp;
  /** `undefined`: not meant after all, the next rule is tried. */
  say(match: RegExpExecArray): string | undefined;
}

/** No letter or digit may follow, or go before. */
export const END = '(?![\\p{L}\\p{N}])';
export const START = '(?<![\\p{L}\\p{N}])';

/** A rule of a regular expression, which gets the flags `u` and `y`. */
export function rule(starts: readonly Kind[], source: string, say: Rule['say']): Rule {
  return { starts, pattern: new RegExp(source, 'uy'), say };
}

/** A regular expression that matches exactly this. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** A regular expression that matches any of these, the longest that fits; nothing at all if there are none. */
export function anyOf(texts: readonly string[]): string {
  const sources = texts.toSorted((a, b) => b.length - a.length).map(literal);
  return sources.length === 0 ? '(?!)' : `(?:${sources.join('|')})`;
}

/** A named group of a match; empty where it took no part. */
export function group(match: RegExpExecArray, name: string): string {
  return match.groups?.[name] ?? '';
}

/** How far rules look back, in characters. */
export const LOOK_BACK = 48;

/** The text before a match, as far as any rule looks back. */
export function before(match: RegExpExecArray): string {
  return match.input.slice(Math.max(0, match.index - LOOK_BACK), match.index);
}

/** The text after a match, as far as any rule looks ahead. */
export function after(match: RegExpExecArray): string {
  const end = match.index + match[0].length;
  return match.input.slice(end, end + 32);
}

/** The full stop of an abbreviation that also ends the sentence: the voice needs it. */
export function closingStop(match: RegExpExecArray): string {
  return match[0].endsWith('.') && /^["'”’)\]]*(?:\s*$|\s+\p{Lu})/u.test(after(match)) ? '.' : '';
}
