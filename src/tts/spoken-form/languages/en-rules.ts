/** What only English does: decades, streets and saints, doctors and drives. */
import { after, anyOf, before, closingStop, END, group, type Rule, rule, START } from '../rule.ts';

/** Neither dates nor fractions. */
const SET_PHRASES: Readonly<Record<string, string>> = {
  '24/7': 'twenty-four seven',
  '9/11': 'nine eleven',
  '50/50': 'fifty fifty',
};

const STATES =
  'A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]';

interface Numbers {
  digits: readonly string[];
  cardinal: (digits: string) => string;
  year: (year: number) => string;
}

export function englishRules({ digits, cardinal, year }: Numbers): Rule[] {
  return [
    // The ZIP code of an address, "Springfield, IL 62704", and of a state alone; not where somebody shouts.
    rule(
      ['digit'],
      `(?<=(?:^|[.:(]|\\p{Ll}),? ?(?<!\\p{L})(?:${STATES}) )\\d{5}(?:-\\d{4})?(?![.,]?\\d|-)${END}`,
      ([text]) =>
        Array.from(text, (digit) => (digit === '-' ? ',' : ` ${digits[Number(digit)] ?? ''}`))
          .join('')
          .trim(),
    ),
    rule(['digit'], `(?<said>${anyOf(Object.keys(SET_PHRASES))})(?![/\\d])`, ([text]) => SET_PHRASES[text]),
    // "1990s", "90s", "'90s", "747s".
    rule(['digit'], `(?<n>\\d{1,4})['’]?s${END}`, (match) => {
      const digits = group(match, 'n');
      const said = digits.length === 4 && digits.endsWith('0') ? year(Number(digits)) : cardinal(digits);
      return said.endsWith('y') ? `${said.slice(0, -1)}ies` : said.endsWith('x') ? `${said}es` : `${said}s`;
    }),
    rule(['sign'], "['’](?=\\d0s)", () => ''),
    // Feet and inches.
    rule(['digit'], `(?<feet>\\d)['′’][ ]?(?<inches>\\d{1,2})(?:["″”]|'')`, (match) => {
      return `${cardinal(group(match, 'feet'))} foot ${cardinal(group(match, 'inches'))}`;
    }),
    rule(['letter'], `${START}St${END}\\.?`, (match) =>
      isStreet(match) ? `Street${closingStop(match)}` : saint(match),
    ),
    rule(['letter'], `${START}Dr${END}\\.?`, (match) => {
      // "Thanks, Dr." is no street.
      const isAfterName = !/(?:^|[.!?,] )\p{Lu}\p{Ll}+ $/u.test(before(match));
      if (isAfterName && isStreet(match)) return `Drive${closingStop(match)}`;
      return /^[ \u00A0]+[\p{Lu}\uE000]/u.test(after(match)) ? 'Doctor' : undefined;
    }),
    // The article and the weekday before a year tell nothing, but "in 1066" does.
    rule(
      ['digit'],
      `(?<=\\b(?:[Ii]n|[Ss]ince|[Yy]ear|circa) )1[0-6]\\d\\d(?![\\d%]|[.,:]\\d)${END}(?! \\p{Ll}+s\\b)`,
      ([text]) => year(Number(text)),
    ),
  ];
}

/** "12 Main St.": after a name, and not before one unless a house number began it all. */
function isStreet(match: RegExpExecArray): boolean {
  const start = before(match);
  if (/\d\S{0,4} (?:\p{Lu}[\p{L}'’.]* ){1,3}$/u.test(start) || /\d(?:st|nd|rd|th) $/.test(start)) return true;
  return /\p{Lu}[\p{L}'’]+ $/u.test(start) && !/^ \p{Lu}/u.test(after(match));
}

/** "Elm St. Yes" is either; the voice may know. */
function saint(match: RegExpExecArray): string | undefined {
  if (/\S \p{Lu}[\p{L}'’]+ $/u.test(before(match))) return undefined;
  return /^[ \u00A0]+[\p{Lu}\uE000]/u.test(after(match)) ? 'Saint' : undefined;
}
