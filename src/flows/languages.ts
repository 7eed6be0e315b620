/**
 * A flow in several languages is a flow in each of them: wherever a text may stand, a map by language may stand in its
 * place. Here the data of a file becomes that of one language. Pure.
 */

import { asMap } from './plain-data.ts';
import { languageTag } from './schema-parts.ts';
import type { Path } from './yaml-source.ts';

/** Keys whose values are spoken, heard, or read by the model. */
const TEXTS: ReadonlySet<string> = new Set(
  'say ask reask confirm goal persona opening openings words when otherwise text summary say_while keyterms prompts goodbye looking_up_prompts fillers description'.split(
    ' ',
  ),
);
/** All values below these keys are texts. */
const ALL_TEXTS: ReadonlySet<unknown> = new Set(['phrases']);
/** Parts of a file that hold no texts, or texts of their own kind. */
export const NOT_SPOKEN: ReadonlySet<string> = new Set([
  'languages',
  'experiments',
  'tests',
  'variables',
  'hours',
]);
/** Parts of the flow that a language may have of its own. */
const OWN_PARTS = ['voice', 'recognition', 'phrases', 'silence', 'waiting'] as const;
const DEFAULT_LANGUAGE = 'en-US';

/** The languages a file declares, its default first; one where it declares no others. */
export function languagesIn(data: unknown): string[] {
  const { language, languages } = asMap(data);
  const own = typeof language === 'string' ? language : DEFAULT_LANGUAGE;
  const others = Object.keys(asMap(languages)).filter((tag) => languageTag.safeParse(tag).success);
  return [...new Set([own, ...others])];
}

export interface Localised {
  readonly language: string;
  readonly data: unknown;
  /** Where a value of this data stands in the file. */
  place(path: Path): Path;
  /** Texts that are there in other languages only. */
  readonly missing: readonly Path[];
}

/** The data of a file as it is in one of its languages. */
export function localised(data: unknown, languages: readonly string[], language: string): Localised {
  const missing: Path[] = [];
  const [fallback = ''] = languages;
  const pick = (map: Readonly<Record<string, unknown>>): string =>
    [language, fallback, ...Object.keys(map)].find((tag) => Object.hasOwn(map, tag)) ?? language;
  const walk = (value: unknown, path: Path, isText: boolean): unknown => {
    if (isText && isByLanguage(value, languages)) {
      if (!Object.hasOwn(value, language)) missing.push(path);
      return value[pick(value)];
    }
    if (Array.isArray(value)) return value.map((entry, index) => walk(entry, [...path, index], isText));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) =>
        path.length === 0 && NOT_SPOKEN.has(key)
          ? [key, entry]
          : [key, walk(entry, [...path, key], isTextAt(path, key))],
      ),
    );
  };
  const own = asMap(asMap(asMap(data)['languages'])[language]);
  const here = asMap(walk(data, [], false));
  for (const part of OWN_PARTS) {
    const wanted = own[part];
    if (wanted !== undefined) here[part] = { ...asMap(here[part]), ...asMap(wanted) };
  }
  here['language'] = language;
  here['languages'] = { [fallback]: {}, ...asMap(asMap(data)['languages']) };
  return {
    language,
    data: here,
    missing,
    place: (path) => placeOf(data, own, path, { languages, language, pick }),
  };
}

function placeOf(
  data: unknown,
  own: Readonly<Record<string, unknown>>,
  path: Path,
  {
    languages,
    language,
    pick,
  }: { languages: readonly string[]; language: string; pick(map: object): string },
): Path {
  const [part, key] = path;
  const isOwn = typeof part === 'string' && key !== undefined && Object.hasOwn(asMap(own[part]), key);
  if (isOwn && OWN_PARTS.some((one) => one === part)) return ['languages', language, ...path];
  const place: PropertyKey[] = [];
  let value = data;
  const enter = (): void => {
    const last = place.at(-1);
    const isText = place.some((_, index) => isTextAt(place.slice(0, index), String(place[index])));
    if (last === undefined || !isText || !isByLanguage(value, languages)) return;
    const tag = pick(value);
    place.push(tag);
    value = value[tag];
  };
  for (const step of path) {
    enter();
    place.push(step);
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  enter();
  return place;
}

/** True where a text may stand, and so a map of it by language: at this key of what is at the path. */
export function isTextAt(path: Path, key: string): boolean {
  return TEXTS.has(key) || ALL_TEXTS.has(path.at(-1));
}

/** A map of texts, or of lists of texts, by nothing but languages of the flow. */
function isByLanguage(value: unknown, languages: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length > 0 &&
    entries.every(
      ([tag, text]) => languages.includes(tag) && (typeof text === 'string' || Array.isArray(text)),
    )
  );
}

/** Maps that stand where a text may, and are meant to be by language: with languages nobody declared, or without texts. */
export function strangeTexts(data: unknown): { path: Path; undeclared: string | undefined }[] {
  const languages = languagesIn(data);
  const walk = (value: unknown, path: Path, isText: boolean): ReturnType<typeof strangeTexts> => {
    if (typeof value !== 'object' || value === null) return [];
    const entries = Object.entries(value);
    if (!Array.isArray(value) && isText && entries.length > 0 && entries.every(([key]) => TAG.test(key))) {
      const undeclared = entries.map(([tag]) => tag).find((tag) => !languages.includes(tag));
      return isByLanguage(value, languages) ? [] : [{ path, undeclared }];
    }
    return entries.flatMap(([key, entry]) =>
      path.length === 0 && NOT_SPOKEN.has(key)
        ? []
        : walk(
            entry,
            [...path, Array.isArray(value) ? Number(key) : key],
            Array.isArray(value) ? isText : isTextAt(path, key),
          ),
    );
  };
  return walk(data, [], false);
}

/** Keys of what callers hear. */
const HEARD: ReadonlySet<PropertyKey> = new Set(
  'say ask reask confirm opening openings summary say_while prompts goodbye looking_up_prompts fillers text'.split(
    ' ',
  ),
);

/** Where a text that callers hear is the same in all languages, and is no map by language. */
export function plainTexts(data: unknown): Path[] {
  const languages = languagesIn(data);
  const overridden = languages.slice(1).map((language) => asMap(asMap(asMap(data)['languages'])[language]));
  const isOverridden = ([part = '', key = '']: Path): boolean =>
    overridden.every((own) => Object.hasOwn(asMap(own[String(part)]), key));
  const walk = (value: unknown, path: Path, isHeard: boolean): Path[] => {
    if (typeof value === 'string') {
      const words = value.replaceAll(/\{[{%].*?[%}]\}/gs, '');
      return isHeard && /\p{L}/u.test(words) && !isOverridden(path) ? [path] : [];
    }
    if (typeof value !== 'object' || value === null || (isHeard && isByLanguage(value, languages))) return [];
    // Whoever comes there hears that language.
    if (path.length === 2 && 'language' in value) return [];
    return Object.entries(value).flatMap(([key, entry]) =>
      path.length === 0 && NOT_SPOKEN.has(key)
        ? []
        : walk(
            entry,
            [...path, Array.isArray(value) ? Number(key) : key],
            Array.isArray(value) ? isHeard : isTextAt(path, key) && (HEARD.has(key) || path[0] === 'phrases'),
          ),
    );
  };
  return languages.length === 1 ? [] : walk(data, [], false);
}

const TAG = /^[a-z]{2}(?:-[A-Za-z0-9]{2,8})*$/;
