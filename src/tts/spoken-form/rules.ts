/** Which rules a language has, and in which order they are tried. */
import { moneyRules, unitRules } from './amounts.ts';
import { calendarRules } from './dates.ts';
import type { Language } from './language.ts';
import { german } from './languages/de.ts';
import { english } from './languages/en.ts';
import { spanish } from './languages/es.ts';
import { french } from './languages/fr.ts';
import { italian } from './languages/it.ts';
import { dutch } from './languages/nl.ts';
import { portuguese } from './languages/pt.ts';
import { abbreviationRules, partedCodeRules, spellingRules } from './letters.ts';
import { numberRules, ordinalRules } from './numbers.ts';
import { neutralPhoneRules, phoneRules } from './phones.ts';
import { type RuleSet, ruleSet } from './scan.ts';
import { fractionRules, markupRules, signRules } from './signs.ts';
import { addressRules } from './web.ts';

const LANGUAGES: Readonly<Record<string, (tag: string) => Language>> = {
  de: german,
  en: english,
  es: spanish,
  fr: french,
  it: italian,
  nl: dutch,
  pt: portuguese,
};

/** Compiled once a language tag; there are only so many flows. */
const compiled = new Map<string, RuleSet>();

/** @throws RangeError for a language tag that is none */
export function rulesFor(tag: string): RuleSet {
  const known = compiled.get(tag);
  if (known !== undefined) return known;
  const { language: code } = new Intl.Locale(tag);
  const language = LANGUAGES[code]?.(tag);
  const rules = language === undefined ? neutralRules() : rulesOf(language);
  compiled.set(tag, rules);
  return rules;
}

function rulesOf(language: Language): RuleSet {
  const rules = [
    ...addressRules(language),
    ...language.ownRules,
    ...calendarRules(language),
    ...ordinalRules(language),
    ...abbreviationRules(language),
    ...partedCodeRules(language),
    ...phoneRules(language),
    ...moneyRules(language),
    ...fractionRules(language),
    ...unitRules(language),
    ...signRules(language),
    ...spellingRules(language),
    ...numberRules(language),
    ...markupRules(),
  ];
  const shortWords = [language.abbreviations, language.labels].flatMap((list) => Object.keys(list));
  return ruleSet(rules, {
    hasDigitWords: true,
    shortWords: shortWords.filter((word) => /^\p{Ll}+$/u.test(word)),
  });
}

function neutralRules(): RuleSet {
  return ruleSet([...neutralPhoneRules(), ...markupRules()], { hasDigitWords: false, shortWords: [] });
}
