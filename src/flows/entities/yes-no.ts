import { type EntityResult, found, NONE } from './entity.ts';
import { tokens } from './words.ts';
import { YES_NO_WORDS, type YesNoWords } from './yes-no-words.ts';

/** "Yes… no, wait, no": only what comes at once after one of these counts. */
const CORRECTIONS = [
  'wait',
  'sorry',
  'i mean',
  'i meant',
  'actually',
  'rather',
  'scratch that',
  'perdon',
  'pardon',
  'entschuldigung',
];

type Verdict = 'yes' | 'no' | 'not' | 'unclear' | 'correction';
/** Where in an answer a phrase counts. */
type Place = 'anywhere' | 'framed' | 'end';
interface Phrase {
  parts: readonly string[];
  verdict: Verdict;
  place: Place;
}
interface Known {
  /** By their first word, the longest first. */
  phrases: ReadonlyMap<string, readonly Phrase[]>;
  frames: ReadonlySet<string>;
  polite: ReadonlySet<string>;
  questions: ReadonlySet<string>;
}
interface Match {
  verdict: Verdict;
  place: Place;
  at: number;
  end: number;
}

/**
 * Yes, no or neither, and what was said besides: "no, it's Thursday" → no, "it's Thursday". An answer that says both
 * is neither, and so is one in doubt: "no, go ahead", "I'm not sure".
 */
export function parseYesNo(said: string, language: string): { answer: boolean | undefined; rest: string } {
  const words = tokens(said);
  const known = KNOWN.get(language.slice(0, 2).toLowerCase()) ?? KNOWN.get('en');
  const unclear = { answer: undefined, rest: said.trim() };
  if (known === undefined) return unclear;
  const matches = sinceCorrection(negated(placed(matchesIn(words, known), words, known)));
  const verdicts = new Set(matches.map(({ verdict }) => verdict));
  const [verdict] = verdicts;
  if (verdicts.size !== 1 || (verdict !== 'yes' && verdict !== 'no')) return unclear;
  if (isQuestion(matches, words, known)) return unclear;
  let end = matches[0]?.end ?? 0;
  for (const match of matches) if (match.at === end) end = match.end;
  return { answer: verdict === 'yes', rest: restAsSaid(said, words.slice(end).join(' ')) };
}

/** A slot's value: true or false. */
export function parseYesNoSlot(said: string, language: string): EntityResult {
  const { answer, rest } = parseYesNo(said, language);
  return answer === undefined || isDoubtful(rest) ? NONE : found(answer);
}

const DOUBT =
  /^(?:but|except|only|although|actually|pero|excepto|solo que|mais|sauf|aber|nur|außer|però|mas|maar)(?!\p{L})/iu;

/** "Yes, but …" is no yes. `rest`: what was said besides. */
export function isDoubtful(rest: string): boolean {
  return DOUBT.test(rest);
}

const KNOWN: ReadonlyMap<string, Known> = new Map(
  Object.entries(YES_NO_WORDS).map(([language, words]) => [language, knownOf(words)]),
);

function knownOf(words: YesNoWords): Known {
  const all = [
    ...phrasesOf(words.negators, 'not'),
    ...phrasesOf(words.yes, 'yes'),
    ...phrasesOf(words.weak, 'yes', 'framed'),
    ...phrasesOf(words.ends, 'yes', 'end'),
    ...phrasesOf(words.no, 'no'),
    ...phrasesOf(words.unclear, 'unclear'),
    ...phrasesOf(CORRECTIONS, 'correction'),
  ].sort((a, b) => b.parts.length - a.parts.length);
  return {
    phrases: Map.groupBy(all, ({ parts }) => parts[0] ?? ''),
    frames: new Set(words.frames),
    polite: new Set(words.polite),
    questions: new Set(words.questions),
  };
}

function phrasesOf(list: readonly string[], verdict: Verdict, place: Place = 'anywhere'): Phrase[] {
  return list.map((phrase) => ({ parts: tokens(phrase), verdict, place }));
}

/** The phrases in a text, from its beginning; where two begin together, the longer. */
function matchesIn(words: readonly string[], { phrases }: Known): Match[] {
  const matches: Match[] = [];
  for (let at = 0; at < words.length; ) {
    const match = phrases
      .get(words[at] ?? '')
      ?.find(({ parts }) => parts.every((part, index) => words[at + index] === part));
    const end = at + (match?.parts.length ?? 1);
    if (match !== undefined) matches.push({ verdict: match.verdict, place: match.place, at, end });
    at = end;
  }
  return matches;
}

/** Without those that mean something else where they stand. */
function placed(matches: readonly Match[], words: readonly string[], known: Known): Match[] {
  const isPolite = (from: number, to?: number): boolean =>
    words.slice(from, to).every((word) => known.polite.has(word));
  const kept: Match[] = [];
  for (const [index, match] of matches.entries()) {
    const isBeside = kept.at(-1)?.end === match.at;
    const isBeforeAnother = matches[index + 1]?.at === match.end;
    const isFirst = isPolite(0, match.at);
    const closes = isPolite(match.end) || isBeforeAnother;
    if (match.place === 'anywhere') {
      if (!isAside(match, closes || isBeside, words, known)) kept.push(match);
    } else if (match.place === 'end') {
      if (closes && (isFirst || isBeside)) kept.push(match);
    } else if (isFirst || isBeside || (known.frames.has(words[match.at - 1] ?? '') && closes))
      kept.push(match);
  }
  return kept;
}

/** More words than these before a yes or no, and some after it, are a sentence about something else. */
const MOST_WORDS_BEFORE = 1;

/** "I called yesterday and of course nobody answered" */
function isAside(
  { verdict, at }: Match,
  isBound: boolean,
  words: readonly string[],
  { polite, frames }: Known,
): boolean {
  if (isBound || (verdict !== 'yes' && verdict !== 'no' && verdict !== 'not')) return false;
  const before = words.slice(0, at).filter((word) => !polite.has(word) && !frames.has(word));
  return before.length > MOST_WORDS_BEFORE;
}

/** "Is that okay", "which one is correct": asked, not answered. "Yes, is that okay" begins with its answer. */
function isQuestion(matches: readonly Match[], words: readonly string[], known: Known): boolean {
  const [first] = matches;
  if (first === undefined) return false;
  const start = words.findIndex((word) => !known.polite.has(word));
  if (first.at > start) return known.questions.has(words[start] ?? '') && first.at > 0;
  // "Okay, what do you mean" agrees to nothing.
  return first.place === 'framed' && matches.length === 1 && known.questions.has(words[first.end] ?? '');
}

/** "Not right" and "sure isn't" are no. */
function negated(matches: readonly Match[]): Match[] {
  const joined: Match[] = [];
  for (const match of matches) {
    const last = joined.at(-1);
    const isBeside = last !== undefined && last.end === match.at;
    const isTurned =
      isBeside &&
      (last.verdict === 'not' ? match.verdict === 'yes' : last.verdict === 'yes' && match.verdict === 'not');
    if (isTurned)
      joined[joined.length - 1] = { verdict: 'no', place: 'anywhere', at: last.at, end: match.end };
    else joined.push(match);
  }
  return joined.map((match) => (match.verdict === 'not' ? { ...match, verdict: 'no' } : match));
}

/** What counts of an answer that was taken back, where an answer follows at once. */
function sinceCorrection(matches: readonly Match[]): Match[] {
  const at = matches.findLastIndex(
    ({ verdict, end }, index) => verdict === 'correction' && matches[index + 1]?.at === end,
  );
  return matches.slice(at + 1).filter(({ verdict }) => verdict !== 'correction');
}

/** The end of the text in its own spelling: as many words as the rest has. */
function restAsSaid(said: string, rest: string): string {
  if (rest === '') return '';
  const words = said.trim().split(/\s+/);
  for (let count = 1; count <= words.length; count++) {
    const tail = words.slice(-count).join(' ');
    if (tokens(tail).join(' ') === rest) return tail;
  }
  return rest;
}
