/** Goes through a text from left to right, lets rules say what they know, and keeps the rest as it is. */
import type { PronouncedSpan } from './pronunciations.ts';
import { anyOf, END, type Kind, type Rule } from './rule.ts';

/** A written word, or several that are one expression, and what the voice is given for it. */
export interface SpokenToken {
  /** With the white space before it; the last token has that after it, too. */
  readonly written: string;
  /** With the same white space, and nothing else where there is nothing to say, as for an emoji. */
  readonly spoken: string;
}

/** Rules by what they begin with, in the order they are tried. */
export interface RuleSet {
  readonly rules: Readonly<Record<Kind, readonly Rule[]>>;
  /** What no rule took is copied in runs. Letters only where every digit has its rule. */
  readonly run: RegExp;
  /** A word in small letters with nothing attached is no expression: most words are, and no rule is tried for them. */
  readonly plainWord: RegExp;
}

interface RuleSetOptions {
  /** The last rule for digits takes any of them. */
  readonly hasDigitWords: boolean;
  /** Words in small letters that have rules nevertheless. */
  readonly shortWords: readonly string[];
}

export function ruleSet(rules: readonly Rule[], { hasDigitWords, shortWords }: RuleSetOptions): RuleSet {
  const starting = (kind: Kind) => rules.filter(({ starts }) => starts.includes(kind));
  return {
    rules: { digit: starting('digit'), letter: starting('letter'), sign: starting('sign') },
    run: hasDigitWords ? LETTERS : LETTERS_AND_DIGITS,
    plainWord: new RegExp(`(?!${anyOf(shortWords)}${END})\\p{Ll}[\\p{Ll}'’]*(?=[,;!?)"”\\s]|$)`, 'uy'),
  };
}

/** A word with its apostrophes, but for what comes after an elided article: "l'API". */
const LETTERS = /\p{L}(?:[\p{L}\p{M}]|(?<![\p{Ll}LD])['’]|['’](?!\p{Lu}))*/uy;
const LETTERS_AND_DIGITS = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/uy;

const SPACE = /\s+/uy;
const LETTER = /\p{L}/u;
const WORDLIKE_START = /^[\p{L}\p{N}]/u;
const WORDLIKE_END = /[\p{L}\p{N}]$/u;

/**
 * The tokens of a text. `covered` is the text with what `spans` say about it hidden from the rules, of the same length
 * as `written`. What is before `from` is context only.
 */
export function scan(
  written: string,
  covered: string,
  spans: readonly PronouncedSpan[],
  rules: RuleSet,
  from: number,
): SpokenToken[] {
  const tokens: SpokenToken[] = [];
  let start = from;
  let spoken = '';
  let nextSpan = 0;
  let last: Piece = NOTHING;
  for (let at = from; at < written.length; ) {
    const space = matchAt(SPACE, written, at)?.[0];
    if (space !== undefined) {
      const end = at + space.length;
      if (at > start && end < written.length) {
        tokens.push({ written: written.slice(start, at), spoken });
        start = at;
        spoken = '';
      }
      spoken += space;
      last = NOTHING;
      at = end;
      continue;
    }
    const span = spans[nextSpan];
    const isSpan = span?.at === at;
    const piece = isSpan
      ? { said: span.spoken, length: span.length, isCopy: false }
      : sayAt(covered, at, rules);
    if (isSpan) nextSpan += 1;
    spoken += needsSpace(last, piece) ? ` ${piece.said}` : piece.said;
    if (piece.said !== '') last = piece;
    at += piece.length;
  }
  if (start < written.length) tokens.push({ written: written.slice(start), spoken });
  return tokens;
}

/** What is said for some of the text. */
interface Piece {
  readonly said: string;
  /** Of the text. */
  readonly length: number;
  /** Said as it is written. */
  readonly isCopy: boolean;
}

const NOTHING: Piece = { said: '', length: 0, isCopy: true };

/** What was one word when written may be two when spoken: rules give words without the spaces around them. */
function needsSpace(last: Piece, next: Piece): boolean {
  const isAsWritten = last.isCopy && next.isCopy;
  return !isAsWritten && WORDLIKE_END.test(last.said.slice(-2)) && WORDLIKE_START.test(next.said);
}

function sayAt(text: string, at: number, { rules, run, plainWord }: RuleSet): Piece {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const kind = kindOf(character);
  const plain = kind === 'letter' ? matchAt(plainWord, text, at)?.[0] : undefined;
  if (plain !== undefined) return { said: plain, length: plain.length, isCopy: true };
  for (const { pattern, say } of rules[kind]) {
    const match = matchAt(pattern, text, at);
    const said = match === null ? undefined : say(match);
    if (match !== null && said !== undefined) return { said, length: match[0].length, isCopy: false };
  }
  const copied = matchAt(run, text, at)?.[0] ?? character;
  return { said: copied, length: copied.length, isCopy: true };
}

function kindOf(character: string): Kind {
  if (character >= '0' && character <= '9') return 'digit';
  return LETTER.test(character) ? 'letter' : 'sign';
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
