/** One of several options, by their words ("the opening hours please"), their position on the keys ("press two"), or nearly. */
import { isNegative, settle } from './correction.ts';
import { type EntityResult, found, NONE } from './entity.ts';
import { spokenNumber } from './spoken-numbers.ts';
import { indexOfPhrase, isAlike, tokens } from './words.ts';

export type Options = Readonly<
  Record<string, { key?: string | number | undefined; words?: string[] | undefined }>
>;

/** A match of the very words counts for more than one that forgives slips. */
const EXACT = 2;
const ALIKE = 1;

/** The name of the option that was meant; undefined where none was, two were equally, or one was ruled out. */
export function chooseOption(options: Options, said: string): string | undefined {
  // An option may be a refusal itself: "no thanks", "I do not have one".
  if (isOfRefusal(options, said)) return choose(options, tokens(said));
  const settled = settle(said);
  return settled === undefined ? undefined : choose(options, tokens(settled.text));
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
  if (best !== undefined) return isTied ? undefined : best;
  return chooseByKey(options, text);
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

/** Longer phrases win over shorter ones, exact ones over slips. */
function scoreOf(text: readonly string[], phrase: readonly string[]): number {
  if (phrase.length === 0) return 0;
  if (indexOfPhrase(text, phrase) >= 0) return phrase.length * EXACT;
  return indexOfPhrase(text, phrase, isAlike) >= 0 ? phrase.length * ALIKE : 0;
}

export function parseChoice(options: Options, said: string): EntityResult {
  const choice = chooseOption(options, said);
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
]);
const KEY_WORDS = new Map([
  ['star', '*'],
  ['asterisk', '*'],
  ['hash', '#'],
  ['pound', '#'],
  ['oh', '0'],
]);
