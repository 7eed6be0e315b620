/** Texts that are used as they are: a template in one of them would be read out, braces and all. */
import { isSupportedCountry } from 'libphonenumber-js';
import type { Draft } from './draft.ts';
import { meantBy } from './meant-values.ts';
import { asMap, subjectOf, textsIn, valueAt } from './plain-data.ts';
import type { FlowProblem } from './problems.ts';
import type { Path } from './yaml-source.ts';

/** Parts of the file, or of every node, tool or handler of it. */
const FIXED_PARTS: readonly Path[] = [
  ['description'],
  ['persona'],
  ['voice'],
  ['pronunciation'],
  ['recognition'],
  ['waiting', 'fillers'],
  ['fallback'],
  ['when_busy'],
];
const FIXED_KEYS: ReadonlySet<unknown> = new Set(['words', 'keyterms', 'description', 'result']);
/** Half a template: what other languages write for one. */
const HALF_TEMPLATE = /(?<![{%])\$?\{\s*(?:slots|call|tools|vars|hours|now|input|env)\b[\w.\s|-]*\}(?!\})/;

export function fixedTextProblems(draft: Draft): FlowProblem[] {
  const { source } = draft;
  const data = asMap(source.data);
  const fixed = FIXED_PARTS.flatMap((path) => textsIn(valueAt(data, path), path));
  const all = ['nodes', 'handlers', 'phrases', 'silence', 'tools'].flatMap((part) =>
    textsIn(data[part], [part]),
  );
  for (const each of all) {
    const key = each.path.findLast((part) => typeof part === 'string');
    // What a tool sends and keeps may be called whatever a service calls it.
    if (each.path[0] === 'tools' && (each.path.length > 3 || key === 'result')) continue;
    if (isNamed(each.path)) continue;
    if (FIXED_KEYS.has(key) && !each.path.includes('input') && !each.path.includes('next')) fixed.push(each);
  }
  const misplaced = fixed
    .filter(({ text }) => /\{\{|\{%/.test(text))
    .map(({ path }) => {
      const message = `"${subjectOf(path)}" is used as it is: a template cannot stand here`;
      return source.problem(path, 'bad-template', message);
    });
  const halves = all.flatMap(({ path, text }) => {
    const half = HALF_TEMPLATE.exec(text)?.[0];
    if (half === undefined || path.includes('http')) return [];
    const whole = `{{ ${half.replaceAll(/[${}]/g, '').trim()} }}`;
    const message = `"${half}" would be read out as it is; a template is written ${whole}`;
    return [source.problem(path, 'bad-template', message)];
  });
  return [...misplaced, ...halves, ...placeProblems(draft)];
}

/** Below these keys of a node stand names of the flow's own, such as a slot `result`. */
function isNamed([part, , key, name]: Path): boolean {
  return part === 'nodes' && ['slots', 'save', 'output'].includes(String(key)) && typeof name === 'string';
}

/** Countries and languages that are well written and that nobody knows. */
function placeProblems({ source }: Draft): FlowProblem[] {
  const { country, language, languages } = asMap(source.data);
  const problems: FlowProblem[] = [];
  if (typeof country === 'string' && /^[A-Z]{2}$/.test(country) && !isSupportedCountry(country)) {
    const meant = meantBy('two capital letters', country);
    const near = meant === undefined || meant === country ? '' : `; did you mean "${meant}"?`;
    problems.push(source.problem(['country'], 'wrong-value', `there is no country "${country}"${near}`));
  }
  if (typeof language === 'string' && /^[A-Za-z]{2,3}(?:-|$)/.test(language) && !isKnownLanguage(language)) {
    const message = `there is no language "${language.split('-')[0]}" (of "language: ${language}")`;
    const isOther = (Object.keys(asMap(languages))[0] ?? language) !== language;
    problems.push(
      isOther
        ? source.keyProblem(['languages', language], 'wrong-value', message)
        : source.problem(['language'], 'wrong-value', message),
    );
  }
  return problems;
}

function isKnownLanguage(tag: string): boolean {
  try {
    const { language } = new Intl.Locale(tag);
    return new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(language) !== undefined;
  } catch {
    // The schema says what is wrong with it.
    return true;
  }
}
