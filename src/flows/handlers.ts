/**
 * Which handler a caller's turn or key asks for. Pure. What a node itself understands comes first; it asks here for what
 * it made nothing of. A turn that is nothing but a handler's phrase is never anything else.
 */
import { isNegative } from './entities/correction.ts';
import { indexOfPhrase, isAlike, tokens } from './entities/words.ts';
import { WISHING, wordsFor } from './handler-words.ts';
import type { FlowFile } from './schema.ts';
import type { Handler } from './schema-handlers.ts';
import type { NodeSpec } from './schema-nodes.ts';

/** A handler ready to be held against what callers say. */
export interface CallerHandler extends Omit<Handler, 'key' | 'words'> {
  readonly name: string;
  readonly key?: string;
  /** As they are written in the flow. */
  readonly words: readonly string[];
  readonly phrases: readonly Phrase[];
}

/** A handler's words, or a caller's turn, ready to be held against each other. */
interface Phrase {
  readonly tokens: readonly string[];
  /** The tokens without politeness. */
  readonly wished: readonly string[];
  readonly isNegative: boolean;
}

/** How much of a turn has to be the phrase: all of it but politeness, or its beginning or end. */
export type Closeness = 'whole' | 'part';

/** The handlers of a flow by name, in the order of the file; then those for its other languages, `languages` being all. */
export function handlersOf(
  file: Pick<FlowFile, 'handlers' | 'language' | 'languages'>,
  languages: readonly string[] = [],
): Map<string, CallerHandler> {
  const own = Object.entries(file.handlers).map(
    ([name, { key, words, ...rest }]): Omit<CallerHandler, 'phrases'> => ({
      ...rest,
      name,
      action: actionOf(name, rest),
      words: words ?? wordsFor(rest.action ?? name, file.language),
      ...(key === undefined ? {} : { key: String(key) }),
    }),
  );
  return new Map(
    [...own, ...languageHandlers(file, languages)].map((handler) => [
      handler.name,
      { ...handler, phrases: handler.words.map(phraseOf) },
    ]),
  );
}

/** What a handler does that says nothing of it: one named for an action does that. */
export function actionOf(
  name: string,
  { action, to, say, language }: { readonly [Key in 'action' | 'to' | 'say' | 'language']?: unknown },
): Handler['action'] {
  if (action === 'repeat' || action === 'start_over') return action;
  const doesNothing = to === undefined && say === undefined && language === undefined;
  return doesNothing && (name === 'repeat' || name === 'start_over') ? name : undefined;
}

/** Those that work in a node, which may switch them off. */
export function handlersIn(node: NodeSpec, all: ReadonlyMap<string, CallerHandler>): CallerHandler[] {
  const off = 'handlers' in node ? node.handlers : undefined;
  if (off === false) return [];
  const names = Array.isArray(off) ? off : Object.keys(off ?? {});
  return [...all.values()].filter(({ name }) => !names.includes(name));
}

function phraseOf(text: string): Phrase {
  const words = tokens(text);
  return { tokens: words, wished: wished(words), isNegative: isNegative(text) };
}

/** The handler whose words a turn holds; the longest phrase wins, one that is the whole turn before all others. */
export function handlerByWords(
  handlers: readonly CallerHandler[],
  said: string,
  closeness: Closeness,
): CallerHandler | undefined {
  const turn = phraseOf(said);
  let best: CallerHandler | undefined;
  let bestScore = 0;
  for (const handler of handlers) {
    for (const phrase of handler.phrases) {
      const score = scoreOf(turn, phrase, closeness);
      if (score > bestScore) [best, bestScore] = [handler, score];
    }
  }
  return best;
}

/** The handler of a key; undefined where no handler has it. */
export function handlerByKey(handlers: readonly CallerHandler[], digits: string): CallerHandler | undefined {
  return handlers.find(({ key }) => key === digits);
}

/** More than any phrase is long. */
const WHOLE = 1000;

function scoreOf(turn: Phrase, phrase: Phrase, closeness: Closeness): number {
  const { length } = phrase.tokens;
  if (length === 0 || turn.tokens.length === 0) return 0;
  if (isSame(turn.wished, phrase.wished) || isSame(turn.tokens, phrase.tokens)) return WHOLE + length;
  // "I don't want an operator" asks for none.
  if (closeness === 'whole' || (turn.isNegative && !phrase.isNegative)) return 0;
  return beginsOrEnds(turn.tokens, phrase.tokens) ? length : 0;
}

/** What is left without politeness; all of it where nothing else is there. */
function wished(words: readonly string[]): readonly string[] {
  const rest = words.filter((word) => !WISHING.has(word));
  return rest.length > 0 ? rest : words;
}

function isSame(words: readonly string[], others: readonly string[]): boolean {
  return words.length === others.length && indexOfPhrase(words, others, isAlike) === 0;
}

function beginsOrEnds(turn: readonly string[], phrase: readonly string[]): boolean {
  const isPolite = (word: string): boolean => WISHING.has(word);
  const first = turn.findIndex((word) => !isPolite(word));
  const last = turn.findLastIndex((word) => !isPolite(word));
  const starts = [turn, turn.slice(first)].some(
    (words) => indexOfPhrase(words.slice(0, phrase.length), phrase) === 0,
  );
  const ends = [turn, turn.slice(0, last + 1)].some(
    (words) => indexOfPhrase(words.slice(-phrase.length), phrase) === 0,
  );
  return starts || ends;
}

/** In English: `Spanish` of `es-US`. */
function englishName(tag: string): string {
  return nameIn('en', tag);
}

function nameIn(language: string, tag: string): string {
  const base = new Intl.Locale(tag).language;
  return new Intl.DisplayNames(language, { type: 'language' }).of(base) ?? base;
}

/** Callers may ask for each other language of a flow, at any time. */
function languageHandlers(
  file: Pick<FlowFile, 'language' | 'languages'>,
  all: readonly string[],
): Omit<CallerHandler, 'phrases'>[] {
  return all
    .filter((tag) => tag !== file.language)
    .map((tag) => ({
      name: `language:${tag}`,
      words: [
        ...(file.languages[tag]?.words ?? []),
        ...new Set([nameIn(tag, tag), englishName(tag), nameIn(file.language, tag)]),
      ],
      when: `the caller wants to go on in ${englishName(tag)}, or speaks it`,
      language: tag,
    }));
}
