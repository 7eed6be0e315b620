/** E-mail and web addresses, said as one would dictate them. */
import type { Language } from './language.ts';
import { sayDigits } from './numbers.ts';
import { END, group, type Rule, rule, START } from './rule.ts';

const LABEL = '[\\p{L}\\d](?:[\\p{L}\\d-]{0,61}[\\p{L}\\d])?';
/** Everything a path may hold, but for the punctuation of the sentence around it. */
const PATH = '(?:[/?#](?:[^\\s<>"”»()[\\]]{0,500}[^\\s<>"”»()[\\].,;:!?…\'’])?)?';

/** Endings of domains that are read as words; other short ones are spelled. */
const READ_ENDINGS = new Set([
  'com',
  'net',
  'org',
  'info',
  'biz',
  'app',
  'dev',
  'co',
  'me',
  'gov',
  'edu',
  'ac',
  'eu',
]);

/** "anna.b@example.com", "https://www.example.com/help", "example.com", "@anna". */
export function addressRules(language: Language): Rule[] {
  const { signs } = language;
  const user = "[\\p{L}\\d](?:[\\p{L}\\d._%+'-]{0,62}[\\p{L}\\d_+-])?";
  const domain = `${LABEL}(?:\\.${LABEL}){1,5}`;
  const host = (text: string): string => sayHost(language, text);
  return [
    rule(['letter', 'digit'], `${START}(?<user>${user})@(?<host>${domain})${END}`, (match) => {
      return `${sayPart(language, group(match, 'user'))} ${signs.at} ${host(group(match, 'host'))}`;
    }),
    rule(
      ['letter'],
      `${START}(?:[Hh][Tt][Tt][Pp][Ss]?://(?:www\\.)?|[Ww][Ww][Ww]\\.)(?<host>${LABEL}(?:\\.${LABEL}){0,5})(?::(?<port>\\d{1,5}))?(?<path>${PATH})`,
      (match) => sayAddress(language, match),
    ),
    rule(
      ['letter', 'digit'],
      `${START}(?<host>${LABEL}(?:\\.${LABEL}){0,4}\\.${language.domainsSource})(?![\\p{L}\\p{N}@]|[-.][\\p{L}\\p{N}])(?::(?<port>\\d{2,5}))?(?<path>${PATH})`,
      (match) => sayAddress(language, match),
    ),
    rule(['sign'], `${START}@(?=[\\p{L}\\p{N}])`, () => signs.at),
  ];
}

function sayAddress(language: Language, match: RegExpExecArray): string {
  const { signs } = language;
  const port = group(match, 'port');
  const path = group(match, 'path').replace(/\/$/, '');
  const parts = [sayHost(language, group(match, 'host'))];
  if (port !== '') parts.push(`${signs.colon} ${sayDigits(language, port)}`);
  if (path !== '') parts.push(sayPart(language, path));
  return parts.join(' ');
}

function sayHost(language: Language, host: string): string {
  const labels = host.split('.');
  const said = labels.map((label, index) => {
    const isEnding = index > 0 && index >= labels.length - 2 && /^\p{L}+$/u.test(label);
    if (isEnding && label.length === 2 && !READ_ENDINGS.has(label.toLowerCase()))
      return [...label.toUpperCase()].join(' ');
    return sayPart(language, label);
  });
  return said.join(` ${language.signs.dot} `);
}

/** A piece of an address: its words as they are, its signs by name. */
function sayPart(language: Language, text: string): string {
  const { signs } = language;
  const names: Readonly<Record<string, string>> = {
    '.': signs.dot,
    '/': signs.slash,
    '-': signs.dash,
    _: signs.underscore,
    '+': signs.plus,
    '=': signs.equals,
    '&': signs.and,
    '?': signs.questionMark,
    '#': signs.hash,
    '@': signs.at,
    ':': signs.colon,
    '%': signs.percent,
  };
  return (text.match(/\d+|\p{L}[\p{L}\p{M}'’]*|[^\p{L}\d]/gu) ?? [])
    .map((part) => (/^\d+$/.test(part) ? sayDigits(language, part) : (names[part] ?? part)))
    .join(' ');
}
