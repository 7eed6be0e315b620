/** Texts that YAML takes apart without a word: at a comma within brackets, and at a # after a blank. */
import { isTextAt } from './languages.ts';
import type { FlowProblem } from './problems.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** Lists of whole sentences; in lists of words a comma is what it seems. */
const SENTENCES: ReadonlySet<PropertyKey> = new Set(['reask', 'prompts', 'looking_up_prompts', 'fillers']);
const ENDED = /[.!?…:;)"'»”]$/u;

export function cutProblems(source: YamlSource): FlowProblem[] {
  const walk = (value: unknown, path: Path, isText: boolean): FlowProblem[] => {
    if (typeof value === 'string') return isText ? commentProblems(source, path) : [];
    if (typeof value !== 'object' || value === null) return [];
    if (!Array.isArray(value))
      return Object.entries(value).flatMap(([key, entry]) =>
        walk(entry, [...path, key], isTextAt(path, key) || (isText && isLanguages(value))),
      );
    const split = SENTENCES.has(path.at(-1) ?? '') ? splitProblems(source, value, path) : [];
    return [...split, ...value.flatMap((entry, index) => walk(entry, [...path, index], isText))];
  };
  return walk(source.data, [], false);
}

/** Texts by language stand where one text may. */
function isLanguages(value: object): boolean {
  return Object.keys(value).every((key) => /^[a-z]{2,3}(-|$)/.test(key));
}

function commentProblems(source: YamlSource, path: Path): FlowProblem[] {
  if (!source.isCutByComment(path)) return [];
  const message = 'the text ends before "#", which begins a comment; put the whole text in quotes';
  return [source.problem(path, 'no-effect', message, 'warning')];
}

/** `[Sorry, which day?]`: one sentence that goes on in small letters. */
function splitProblems(source: YamlSource, texts: readonly unknown[], path: Path): FlowProblem[] {
  return texts.flatMap((text, index) => {
    const before = texts[index - 1];
    if (typeof text !== 'string' || typeof before !== 'string') return [];
    const goesOn = /^\p{Ll}/u.test(text) && !ENDED.test(before) && ENDED.test(text);
    if (!goesOn || !source.isPlainInBrackets([...path, index - 1])) return [];
    const message = 'the comma splits this text in two; put the whole text in quotes';
    return [source.problem([...path, index - 1], 'no-effect', message, 'warning')];
  });
}
