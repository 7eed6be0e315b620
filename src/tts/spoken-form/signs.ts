/** Signs between words and numbers, and what is left of markup. */
import type { Language } from './language.ts';
import { numberSource, readNumber, sayNumber } from './numbers.ts';
import { END, group, type Rule, rule } from './rule.ts';

/** Emoji and what they are made of. "©", "®" and "™" are text. */
const EMOJI =
  '(?:(?![©®™])\\p{Extended_Pictographic}|\\p{Regional_Indicator}|[\\u{1F3FB}-\\u{1F3FF}\\u{E0020}-\\u{E007F}\\u200D\\u20E3\\uFE0E\\uFE0F])+';

/** What means nothing to any ear, in every language. */
export function markupRules(): Rule[] {
  return [
    rule(['sign'], EMOJI, () => ''),
    rule(['sign'], '(?<=[\\p{L}\\p{N}])_+(?=[\\p{L}\\p{N}])', () => ' '),
    rule(['sign'], '[*_`]+', () => ''),
  ];
}

const NEXT_TO_NUMBER = '(?<=[\\d)½%] ?)';
const VULGAR: Readonly<Record<string, readonly [number, number]>> = {
  '½': [1, 2],
  '⅓': [1, 3],
  '⅔': [2, 3],
  '¼': [1, 4],
  '¾': [3, 4],
};

/** "1/2", "2½", "1 1/2". */
export function fractionRules(language: Language): Rule[] {
  const say = (match: RegExpExecArray): string | undefined => {
    const written = [Number(group(match, 'a')), Number(group(match, 'b'))] as const;
    const [numerator, denominator] = VULGAR[group(match, 'sign')] ?? written;
    const said = language.fraction(numerator, denominator);
    const whole = group(match, 'whole');
    if (said === undefined || whole === '') return said;
    const joined = said === language.fraction(1, 2) ? language.andAHalf : `${language.signs.and} ${said}`;
    return `${language.cardinal(whole)} ${joined}`;
  };
  const sign = `(?<sign>[${Object.keys(VULGAR).join('')}])`;
  return [
    rule(['digit'], `(?:(?<whole>\\d{1,3}) )?(?<a>\\d{1,3})/(?<b>\\d{1,3})(?![\\d/]|[.,]\\d)`, say),
    rule(['digit'], `(?<whole>\\d{1,3}) ?${sign}`, say),
    rule(['sign'], sign, say),
  ];
}

/** "Q&A", "1 + 1 = 2", "#5", "~5", "3 × 4". */
export function signRules(language: Language): Rule[] {
  const { signs } = language;
  const number = `[-−]?[$€£]?(?:${numberSource(language)})`;
  const between = (sign: string, word: string): Rule =>
    rule(['sign'], `${NEXT_TO_NUMBER}${sign}[ ]?(?=${number})`, () => word);
  const counted = (match: RegExpExecArray): string =>
    sayNumber(language, readNumber(language, group(match, 'n')));
  return [
    rule(
      ['digit'],
      `(?<n>${numberSource(language)})[ ]?x[ ]?(?=\\d)`,
      (match) => `${counted(match)} ${signs.by}`,
    ),
    rule(['digit'], `(?<n>${numberSource(language)})x${END}`, (match) => `${counted(match)} ${signs.times}`),
    rule(['sign'], '&(?:amp;)?', () => signs.and),
    rule(['sign'], '#[ ]?(?=\\d)', () => signs.number),
    rule(['sign'], '#(?=\\p{L})', () => signs.hash),
    rule(['sign'], '[~≈][ ]?(?=[$€£]?\\d)', () => signs.about),
    rule(['sign'], '(?:<=|≤)[ ]?(?=[$€£]?\\d)', () => signs.atMost),
    rule(['sign'], '(?:>=|≥)[ ]?(?=[$€£]?\\d)', () => signs.atLeast),
    rule(['sign'], '<[ ]?(?=[$€£]?\\d)', () => signs.less),
    rule(['sign'], '>[ ]?(?=[$€£]?\\d)', () => signs.more),
    between('\\+', signs.plus),
    between('[×*✕]', signs.times),
    between('÷', signs.dividedBy),
    rule(['sign'], `${NEXT_TO_NUMBER}[-−][ ](?=${number} =)`, () => signs.minus),
    rule(['sign'], '\\+(?=[$€£]?\\d)', () => signs.plus),
    rule(['sign'], `(?<=\\d)\\+${END}`, () => signs.plus),
    rule(['sign'], '=', () => signs.equals),
    rule(['sign'], '(?<=[\\p{L}\\p{N}])/(?=[\\p{L}\\p{N}])', () => signs.slash),
    rule(['sign'], '(?<=[\\p{L}\\p{N}])@(?=[\\p{L}\\p{N}])', () => signs.at),
    rule(['sign'], '@', () => signs.at),
    rule(['sign'], '%', () => signs.percent),
    // Scores and shapes; times of day are gone by now.
    rule(['sign'], '(?<=\\d):(?=\\d)', () => signs.to),
    rule(['sign'], '\\^(?=\\d)', () => signs.power),
  ];
}
