/** One of several options, by their words ("the opening hours please"), their position on the keys ("press two"), or nearly. */
import type { AnswerProgress } from '../index.ts';
import { isNegative, settle } from './correction.ts';
import { type EntityResult, found, NONE } from './entity.ts';
import { onlyNumerals } from './numerals.ts';
import { spokenNumber } from './spoken-numbers.ts';
import { indexOfPhrase, isAlike, tokens } from './words.ts';

export type Options = Readonly<
  Record<string, { key?: string | number | undefined; words?: string[] | undefined }>
>;

/** A match of the very words counts for more than one that forgives slips. */
const EXACT = 2;
const ALIKE = 1;

/** The name of the option that was meant; undefined where none was, two were equally, or one was ruled out. */
export function chooseOption(options: Options, said: string, language = 'en'): string | undefined {
  // An option may be a refusal itself: "no thanks", "I do not have one".
  if (isOfRefusal(options, said)) return choose(options, tokens(said));
  const settled = settle(said);
  if (settled === undefined) return undefined;
  const chosen =
    choose(options, tokens(withoutGreeting(settled.text))) ?? chooseByPlace(options, tokens(settled.text));
  return chosen ?? chooseByKey(options, tokens(onlyNumerals(settled.text, language)));
}

/** How far words are a choice: "call" may still become "call back". `language`: BCP 47. */
export function choiceProgress(options: Options, said: string, language: string): AnswerProgress {
  const chosen = chooseOption(options, said, language);
  const text = tokens(said);
  const isBegun = Object.entries(options).some(
    ([name, { words = [] }]) =>
      name !== chosen && [...words, name].some((phrase) => begins(tokens(phrase), text)),
  );
  if (chosen === undefined) return isBegun ? 'partial' : 'unknown';
  return isBegun ? 'extendable' : 'whole';
}

/** True where the text ends in the beginning of a phrase, and only the beginning. */
function begins(phrase: readonly string[], text: readonly string[]): boolean {
  for (let length = phrase.length - 1; length > 0; length--) {
    const end = text.slice(-length);
    const isBeginning = end.length === length && end.every((word, index) => word === phrase[index]);
    // "I don't have" begins with "I": only words that say something count.
    if (isBeginning && end.some((word) => word.length > 2 && !FILLERS.has(word))) return true;
  }
  return false;
}

function isOfRefusal(options: Options, said: string): boolean {
  const text = tokens(said);
  return Object.entries(options).some(([name, { words = [] }]) =>
    [...words, name].some((phrase) => isNegative(phrase) && indexOfPhrase(text, tokens(phrase)) >= 0),
  );
}

function choose(options: Options, text: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestScore = 0;
  let isTied = false;
  for (const [name, { words = [] }] of Object.entries(options)) {
    const score = Math.max(...[...words, name].map((phrase) => scoreOf(text, tokens(phrase))));
    if (score > bestScore) [best, bestScore, isTied] = [name, score, false];
    else if (score === bestScore && score > 0) isTied = true;
  }
  return isTied ? undefined : best;
}

/** "two", "press two", "number two please" */
function chooseByKey(options: Options, text: readonly string[]): string | undefined {
  const rest = text.filter((word) => !FILLERS.has(word));
  const [word] = rest;
  if (rest.length !== 1 || word === undefined) return undefined;
  const key = KEY_WORDS.get(word) ?? String(spokenNumber(word) ?? '');
  return Object.entries(options).find(
    ([, option]) => option.key !== undefined && String(option.key) === key,
  )?.[0];
}

/** "The second one", "the last", counted as they were read out. */
function chooseByPlace(options: Options, text: readonly string[]): string | undefined {
  if (indexOfPhrase(text, ['a', 'second']) >= 0 || indexOfPhrase(text, ['one', 'second']) >= 0)
    return undefined;
  const [ordinal = '', one, ...more] = text.filter((word) => !FILLERS.has(word));
  if (more.length > 0 || (one !== undefined && one !== 'one')) return undefined;
  const names = Object.keys(options);
  return LAST.test(ordinal) ? names.at(-1) : names[ORDINALS.findIndex((pattern) => pattern.test(ordinal))];
}

/** "Good morning" chooses no part of the day. */
function withoutGreeting(text: string): string {
  return text.replaceAll(/\bgood (?:morning|afternoon|evening)\b/gi, ' ');
}

/** Longer phrases win over shorter ones, exact ones over slips. */
function scoreOf(text: readonly string[], phrase: readonly string[]): number {
  if (phrase.length === 0) return 0;
  if (indexOfPhrase(text, phrase) >= 0) return phrase.length * EXACT;
  return indexOfPhrase(text, phrase, isAlike) >= 0 ? phrase.length * ALIKE : 0;
}

export function parseChoice(options: Options, said: string, language: string): EntityResult {
  const choice = chooseOption(options, said, language);
  return choice === undefined ? NONE : found(choice);
}

const FILLERS = new Set([
  'press',
  'option',
  'number',
  'key',
  'please',
  'the',
  'choice',
  'i',
  'want',
  'um',
  'uh',
  'its',
  'id',
  'like',
  ...'will would ill take have let me us give would go with then wed el la los las una opcion quiero por favor le les une vous je prends voudrais sil plait die der das den ich nehme mochte bitte lo il prendo favore o a de quero het ik wil graag'.split(
    ' ',
  ),
]);
/** In all languages that yes and no are known in; none of them means anything else in another. */
const ORDINALS = [
  /^(?:first|1st|primer[oa]?|premiere?|erste[nrs]?|prim[oa]|primeir[oa]|eerste)$/,
  /^(?:second|2nd|segund[oa]|deuxieme|seconde|zweite[nrs]?|second[oa]|tweede)$/,
  /^(?:third|3rd|tercer[oa]?|troisieme|dritte[nrs]?|terz[oa]|terceir[oa]|derde)$/,
  /^(?:fourth|4th|cuart[oa]|quatrieme|vierte[nrs]?|quart[oa]|vierde)$/,
  /^(?:fifth|5th|quint[oa]|cinquieme|funfte[nrs]?|vijfde)$/,
];
const LAST = /^(?:last|ultim[oa]|dernier|derniere|letzte[nrs]?|laatste)$/;
const KEY_WORDS = new Map([
  ['star', '*'],
  ['asterisk', '*'],
  ['hash', '#'],
  ['pound', '#'],
  ['oh', '0'],
]);
