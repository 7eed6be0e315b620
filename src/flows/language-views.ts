/** A flow file as it reads in each of its languages. */
import { type Localised, languagesIn, localised } from './languages.ts';
import type { YamlSource } from './yaml-source.ts';

export interface LanguageView {
  readonly source: YamlSource;
  readonly view: Localised;
}

/**
 * `source`: the file in its own language; `others`: in each other one; `all`: all of them, its own first. A file that
 * declares no languages is as it is. `data`: what it holds, where that is not what is written.
 */
export function inItsLanguages(
  written: YamlSource,
  data: unknown = written.data,
): { source: YamlSource; others: LanguageView[]; all: YamlSource[] } {
  const languages = languagesIn(data);
  if (languages.length === 1) {
    const source = data === written.data ? written : written.as({ data, place: (path) => path });
    return { source, others: [], all: [source] };
  }
  const views = languages.map((language) => {
    const view = localised(data, languages, language);
    return { source: written.as(view), view };
  });
  const [own, ...others] = views;
  return { source: own?.source ?? written, others, all: views.map(({ source }) => source) };
}
