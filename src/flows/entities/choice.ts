/** One of several options, by their words ("the opening hours please"), their position on the keys ("press two"), or nearly. */
import type { AnswerProgress } from '../index.ts';
import { isNegative, settle } from './correction.ts';
import { type EntityResult, found, NONE } from './entity.ts';
import { onlyNumerals } from './numerals.ts';
import { spokenNumber } from './spoken-numbers.ts';
import { indexOfPhrase, isAlike, tokens } from './words.ts';
import { isDoubtful, parseYesNo } from './yes-no.ts';

interface Option {
  key?: string | number | undefined;
  words?: string[] | undefined;
}
export type Options = Readonly<Record<string, Option>>;

/** A match of the very words counts for more than one that forgives slips. */
const EXACT = 2;
const ALIKE = 1;

/** The name of the option that was meant; undefined where none was, two were equally, or one was ruled out. */
export function chooseOption(options: Options, said: string, language = 'en'): string | undefined {
  // An option may be a refusal itself: "no thanks", "I do not have one".
  const chosen = isOfRefusal(options, said)
    ? choose(options, tokens(said))
    : chooseSettled(options, said, language);
  return chosen ?? chooseByAnswer(options, said, language);
}

function chooseSettled(options: Options, said: string, language: string): string | undefined {
  const settled = settle(said);
  if (settled === undefined) return undefined;
  const chosen =
    choose(options, tokens(withoutGreeting(settled.text))) ?? chooseByPlace(options, tokens(settled.text));
  return chosen ?? chooseByKey(options, tokens(onlyNumerals(settled.text, language)));
}

/** The option whose very words stand in a text about something else; undefined where two have theirs there. */
export function findOption(options: Options, said: string): string | undefined {
  const settled = settle(said);
  if (settled === undefined || settled.replaced !== '') return undefined;
  const text = tokens(withoutGreeting(settled.text));
  const there = Object.entries(options).filter(([name, option]) =>
    phrasesOf(name, option).some((phrase) => isTelling(phrase) && indexOfPhrase(text, phrase) >= 0),
  );
  // "Extra large" has the "large" of another one in it.
  return there.length > 1 ? choose(Object.fromEntries(there), text) : there[0]?.[0];
}

/** A text without the words of the options in it: their "second" is no day, and their "two" no number. */
export function withoutOptions(options: Options, said: string): string {
  const phrases = Object.entries(options).flatMap(([name, option]) => phrasesOf(name, option));
  return phrases
    .filter((phrase) => isTelling(phrase))
    .reduce((left, phrase) => {
      const words = phrase.map((word) => word.replaceAll(/[*#+]/g, '\\$&')).join('[^\\p{L}\\p{N}]+');
      return left.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${words}(?![\\p{L}\\p{N}])`, 'giu'), ' ; ');
    }, said);
}

/** A yes, a number or an article stands in sentences of every kind. */
function isTelling(phrase: readonly string[]): boolean {
  return phrase.some(
    (word) =>
      word.length > 2 &&
      spokenNumber(word) === undefined &&
      ![FILLERS, YES, NO, COMMON].some((words) => words.has(word)),
  );
}

/** What is listened for: the words of an option, and its name only where it has none. */
function writtenOf(name: string, { words = [] }: Option): readonly string[] {
  return words.length > 0 ? words : [name];
}

function phrasesOf(name: string, option: Option): string[][] {
  return writtenOf(name, option).map(tokens);
}

/** How far words are a choice: "call" may still become "call back". `language`: BCP 47. */
export function choiceProgress(options: Options, said: string, language: string): AnswerProgress {
  const chosen = chooseOption(options, said, language);
  const text = tokens(said);
  const isBegun = Object.entries(options).some(
    ([name, option]) => name !== chosen && phrasesOf(name, option).some((phrase) => begins(phrase, text)),
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
  return Object.entries(options).some(([name, option]) =>
    writtenOf(name, option).some((phrase) => isNegative(phrase) && indexOfPhrase(text, tokens(phrase)) >= 0),
  );
}

function choose(options: Options, text: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestScore = 0;
  let isTied = false;
  for (const [name, option] of Object.entries(options)) {
    const score = Math.max(...phrasesOf(name, option).map((phrase) => scoreOf(text, phrase)));
    if (score > bestScore) [best, bestScore, isTied] = [name, score, false];
    else if (score === bestScore && score > 0) isTied = true;
  }
  return isTied ? undefined : best;
}

/** "Yeah" and "nope" choose the options that are for a yes and a no. */
function chooseByAnswer(options: Options, said: string, language: string): string | undefined {
  const { answer, rest } = parseYesNo(said, language);
  if (answer === undefined || isDoubtful(rest)) return undefined;
  const meant = answer ? YES : NO;
  const [name, ...others] = Object.keys(options).filter((option) =>
    phrasesOf(option, options[option] ?? {}).some(
      ([word = '', ...more]) => more.length === 0 && meant.has(word),
    ),
  );
  return others.length === 0 ? name : undefined;
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
  // As a model writes it down.
  if (Object.hasOwn(options, said)) return found(said);
  const choice = chooseOption(options, said, language);
  return choice === undefined ? NONE : found(choice);
}

const YES = new Set('yes yeah yep si oui ja sim'.split(' '));
const NO = new Set('no nope non nein nao nee'.split(' '));
/** Words that say too little to be listened for in a sentence about something else. */
const COMMON = new Set('not any one all other another else for with and both none nothing'.split(' '));
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
