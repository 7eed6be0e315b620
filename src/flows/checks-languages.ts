/** What must hold of a flow in several languages. */

import { defaultTexts, ENGLISH } from './default-texts.ts';
import type { Draft } from './draft.ts';
import { type Localised, languagesIn, localised, plainTexts, strangeTexts } from './languages.ts';
import { asMap } from './plain-data.ts';
import { type FlowProblem, list, suggestion } from './problems.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** A call goes on only in languages the flow declares. */
export function languageProblems({ source, nodes }: Draft): FlowProblem[] {
  const { handlers } = asMap(source.data);
  const known = languagesIn(source.data);
  const uses: { path: Path; language: unknown }[] = [
    ...Object.entries(asMap(handlers)).map(([name, handler]) => ({
      path: ['handlers', name, 'language'],
      language: asMap(handler)['language'],
    })),
    ...[...nodes].map(([name, node]) => ({
      path: ['nodes', name, 'language'],
      language: 'language' in node ? node.language : undefined,
    })),
  ];
  return uses.flatMap(({ path, language }) => {
    if (typeof language !== 'string' || known.includes(language)) return [];
    const near = suggestion(language, known) || `; it has ${list(known, 'and')}`;
    const message = `the flow does not declare the language "${language}" under languages${near}`;
    return [source.problem(path, 'wrong-value', message)];
  });
}

/** Texts that a language lacks: in it they are said in another one. */
export function missingTexts(
  source: YamlSource,
  { missing, language }: Pick<Localised, 'missing' | 'language'>,
): FlowProblem[] {
  return missing.map((path) =>
    source.problem(
      path,
      'missing-key',
      `this text is not there in ${language}, so callers hear it in another language`,
      'warning',
    ),
  );
}

/** The same of the flow's own language. `written`: the file as it is. */
export function ownMissingTexts(written: YamlSource): FlowProblem[] {
  const languages = languagesIn(written.data);
  const [own] = languages;
  return own === undefined || languages.length === 1
    ? []
    : missingTexts(written, localised(written.data, languages, own));
}

/** Texts that callers hear in the same words whatever language they have chosen. `written`: the file as it is. */
export function plainTextProblems(written: YamlSource): FlowProblem[] {
  const languages = languagesIn(written.data);
  const map = languages.map((language) => `${language}: …`).join(', ');
  return plainTexts(written.data).map((path) =>
    written.problem(
      path,
      'missing-key',
      `this text is said in the same words in all languages (${list(languages, 'and')}); write { ${map} }`,
      'warning',
    ),
  );
}

/** Texts by language that are none: told before the schema wonders about a map. `written`: the file as it is. */
export function strangeTextProblems(written: YamlSource): FlowProblem[] {
  const known = languagesIn(written.data);
  return strangeTexts(written.data).map(({ path, undeclared }) => {
    if (undeclared === undefined) {
      return written.problem(path, 'wrong-value', 'each language must have a text, or a list of texts');
    }
    const near = suggestion(undeclared, known);
    const message = `the flow does not declare the language "${undeclared}" under languages${near}`;
    return written.problem(path, 'wrong-value', message);
  });
}

/** Words for when things go wrong that are English in a flow that is not, for want of others. */
export function englishProblems(source: YamlSource): FlowProblem[] {
  const { language, ...parts } = asMap(source.data);
  if (typeof language !== 'string' || defaultTexts(language) !== undefined) return [];
  const unset = Object.entries(ENGLISH).flatMap(([part, texts]) =>
    Object.keys(texts)
      .filter((key) => !Object.hasOwn(asMap(parts[part]), key))
      .map((key) => `${part}.${key}`),
  );
  if (unset.length === 0) return [];
  const message = `${language} is not among the languages that phrases are there in; set these, or callers hear them in English: ${unset.join(', ')}`;
  return [source.problem(['language'], 'wrong-value', message, 'warning')];
}
