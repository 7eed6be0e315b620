/**
 * Whether what the caller has said so far is a finished thought, and how long to wait for more. Pure and explainable:
 * each judgement has a name, and the name alone decides score and wait. It is asked for every interim transcript, so
 * it looks at the last words only and costs microseconds.
 */
import type { AnswerProgress, EndpointSettings, ListenExpectation } from '../flows/index.ts';
import { asksForTime, isBackchannel } from './endpointing-phrases.ts';
import { phraseAt, phraseAtEnd, tailOf, wordsOf } from './endpointing-tail.ts';
import { type EndingWords, endingWords, type Trailing } from './endpointing-words.ts';

/** What each judgement means: how surely the thought is finished, 0 to 1, and which wait it gets. */
const JUDGEMENTS = {
  'answer-whole': [1, 'completeMs'],
  'short-and-complete': [0.95, 'completeMs'],
  'question-mark': [0.9, 'completeMs'],
  'full-stop': [0.8, 'completeMs'],
  /** The answer is whole, but the recogniser heard the voice stay up. */
  'answer-whole-then-comma': [0.6, 'openMs'],
  'answer-extendable': [0.6, 'openMs'],
  'closed-phrase': [0.6, 'openMs'],
  open: [0.5, 'openMs'],
  'number-extendable': [0.4, 'numberMs'],
  /** "Okay" to "What is your number?": the number is still to come. */
  acknowledgement: [0.3, 'unfinishedMs'],
  'looking-up': [0.2, 'unfinishedMs'],
  'trailing-comma': [0.2, 'unfinishedMs'],
  'trailing-filler': [0.1, 'unfinishedMs'],
  'trailing-preposition': [0.1, 'unfinishedMs'],
  'trailing-stub': [0.1, 'unfinishedMs'],
  'trailing-determiner': [0.05, 'unfinishedMs'],
  'trailing-conjunction': [0.05, 'unfinishedMs'],
  'trailing-dash': [0.05, 'unfinishedMs'],
  'answer-partial': [0.1, 'numberMs'],
  'number-unfinished': [0.1, 'numberMs'],
  'spelling-unfinished': [0.1, 'numberMs'],
  'list-unfinished': [0.1, 'numberMs'],
  nothing: [0, 'unfinishedMs'],
} as const satisfies Record<string, readonly [score: number, wait: keyof EndpointSettings]>;

export type CompletenessReason = keyof typeof JUDGEMENTS;

export interface Completeness {
  /** 0: certainly unfinished; 1: certainly finished. */
  score: number;
  /** Why, for journal and review. */
  reason: CompletenessReason;
}

/** What is known of the turn so far. */
export interface TurnSoFar {
  /** All words of the turn, as the recogniser writes them, punctuation included. */
  text: string;
  progress: AnswerProgress;
  kind: ListenExpectation['kind'];
  /** BCP 47. */
  language: string;
}

/** Judges the words so far. */
export function completeness(turn: TurnSoFar): Completeness {
  const reason = reasonOf(turn);
  return { score: JUDGEMENTS[reason][0], reason };
}

/** How long the caller must have been silent before the turn is over, in milliseconds. */
export function endpointWaitMs({ reason }: Completeness, settings: EndpointSettings): number {
  return settings[JUDGEMENTS[reason][1]];
}

/** Kinds whose answers are read out in pieces. */
const READ_OUT: ReadonlySet<TurnSoFar['kind']> = new Set(['phone', 'digits']);
/** Kinds for which "yes" and "okay" are no answers. */
const VALUES: ReadonlySet<TurnSoFar['kind']> = new Set(['phone', 'digits', 'number', 'date', 'time', 'name']);

function reasonOf({ text, progress, kind, language }: TurnSoFar): CompletenessReason {
  const tail = tailOf(text);
  const words = wordsOf(tail);
  if (words.length === 0) return 'nothing';
  const known = endingWords(language);
  const trailing = phraseAtEnd(known.trailing, words);
  const mark = markOf(tail);
  if (progress === 'whole') return wholeAnswer(words, trailing, mark);
  if (mark === 'dash') return 'trailing-dash';
  if (progress === 'partial') return 'answer-partial';
  if (isAllComplete(words, known)) {
    return VALUES.has(kind) && isAcknowledgement(tail, language) ? 'acknowledgement' : 'short-and-complete';
  }
  if (progress === 'unknown' && asksForTime(tail, language)) return 'looking-up';
  if (isSpelling(words, known)) return 'spelling-unfinished';
  if (isReadingDigits(words, known)) return 'number-unfinished';
  if (trailing !== undefined && trailing !== 'closed' && !endsQuestion(tail, trailing, known, mark))
    return `trailing-${trailing}`;
  if (isList(tail)) return 'list-unfinished';
  if (mark === 'comma') return 'trailing-comma';
  if (progress === 'extendable') return READ_OUT.has(kind) ? 'number-extendable' : 'answer-extendable';
  if (mark === 'question') return 'question-mark';
  if (mark === 'stop') return 'full-stop';
  return trailing === 'closed' ? 'closed-phrase' : 'open';
}

/** "Yes" is whole, "yes but" is not. */
function wholeAnswer(
  words: readonly string[],
  trailing: Trailing | undefined,
  mark: Mark,
): CompletenessReason {
  const isUndone = trailing === 'conjunction' || trailing === 'filler';
  if (isUndone && words.length > 1) return `trailing-${trailing}`;
  return mark === 'comma' || mark === 'dash' ? 'answer-whole-then-comma' : 'answer-whole';
}

type Mark = 'stop' | 'question' | 'comma' | 'dash' | 'none';

/** The punctuation at the end, which recognisers write by the fall of the voice. */
function markOf(tail: string): Mark {
  const last = tail.at(-1) ?? '';
  if (tail.endsWith('...') || last === '…' || last === '-' || last === '–' || last === '—') return 'dash';
  if (last === '.' || last === '!' || last === '。') return 'stop';
  if (last === '?' || last === '？') return 'question';
  return last === ',' || last === ';' || last === ':' ? 'comma' : 'none';
}

/** Nothing but short things that are complete: "no, thank you, goodbye". */
function isAllComplete(words: readonly string[], { complete }: EndingWords): boolean {
  if (words.length > MOST_COMPLETE_WORDS) return false;
  for (let at = 0; at < words.length; ) {
    const phrase = phraseAt(complete, words, at);
    if (phrase === undefined) return false;
    at += phrase.length;
  }
  return true;
}

const MOST_COMPLETE_WORDS = 12;

function isAcknowledgement(tail: string, language: string): boolean {
  return isBackchannel(tail, language) || /^\W*(?:yes|s[iíì]|oui|ja|sim)\W*$/iu.test(tail);
}

/** "What is it for" ends where another sentence would go on. */
function endsQuestion(tail: string, trailing: Trailing, known: EndingWords, mark: Mark): boolean {
  if (trailing !== 'preposition' && trailing !== 'stub') return false;
  if (mark === 'question') return true;
  const sentence = tail.slice(Math.max(...['. ', '? ', '! ', ', '].map((end) => tail.lastIndexOf(end))) + 1);
  const words = wordsOf(sentence);
  return words.length > 2 && known.question.has(words[0] ?? '');
}

/** Signs of addresses and references, which never come last: "anna dot", "anna arroba". */
const BEFORE_MORE: ReadonlySet<string> = new Set([
  ...['dot', 'underscore', 'hyphen', 'arroba', 'guion', 'arobase', 'tiret', 'klammeraffe', 'unterstrich'],
  ...['bindestrich', 'chiocciola', 'trattino', 'apenstaartje', 'streepje', 'hifen'],
]);

/** "J O H", "A as in Anna", "M as in", "double" after a letter. */
function isSpelling(words: readonly string[], { spelling }: EndingWords): boolean {
  const isLetter = (word: string | undefined): boolean => word?.length === 1 && !/\d/.test(word);
  const last = words.length - 1;
  if (isLetter(words[last]) && isLetter(words[last - 1])) return true;
  if (BEFORE_MORE.has(words[last] ?? '')) return true;
  // "A as in Anna": letter, one or two words, the word; or still without the word.
  for (let end = last; end >= last - 1; end--) {
    const isTwo = isLetter(words[end - 2]) && spelling.has(`${words[end - 1]} ${words[end]}`);
    const isOne = isLetter(words[end - 1]) && isLetter(words[end - 3]) && spelling.has(words[end] ?? '');
    if (isTwo || isOne) return true;
  }
  return false;
}

/** As many digits as a phone number has in most countries; fewer are the beginning of one. */
const LEAST_PHONE_DIGITS = 9;
const LEAST_GROUPS = 2;

/** "415 555", "four one five", "my number is 415": digits in groups, or after a word for what has digits. */
function isReadingDigits(words: readonly string[], { digits, numbered }: EndingWords): boolean {
  let at = words.length;
  let count = 0;
  for (; at > 0; at--) {
    const word = words[at - 1] ?? '';
    if (/^\d+$/.test(word)) count += word.length;
    else if (digits.has(word)) count += 1;
    else break;
  }
  const groups = words.length - at;
  if (groups === 0 || count >= LEAST_PHONE_DIGITS) return false;
  if (words.slice(Math.max(0, at - 4), at).some((word) => numbered.has(word))) return true;
  return groups > LEAST_GROUPS || (groups === LEAST_GROUPS && count > 4);
}

/** No item of a list that is read out has more words. */
const MOST_ITEM_WORDS = 3;
const LEAST_ITEMS = 2;

/** "Milk, eggs, bread": short things in a row, and no "and" that ends the row. */
function isList(tail: string): boolean {
  const sentence = tail.slice(Math.max(tail.lastIndexOf('. '), tail.lastIndexOf('? ')) + 1);
  if (/[.!?]$/.test(sentence)) return false;
  const parts = sentence.split(',').map((part) => wordsOf(part).length);
  if (parts.at(-1) === 0) parts.pop();
  else if (parts.length <= LEAST_ITEMS) return false;
  return (
    parts.length >= LEAST_ITEMS && parts.slice(1).every((count) => count > 0 && count <= MOST_ITEM_WORDS)
  );
}
