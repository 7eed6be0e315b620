/** E-mail addresses as they are said, "anna dot smith at example dot com", spelled, or already written by a recogniser. */
import { z } from 'zod';
import type { AnswerProgress } from '../index.ts';
import { type EntityResult, found, invalid, NONE } from './entity.ts';
import { spokenDigits } from './spoken-numbers.ts';

interface Words {
  at: readonly string[];
  dot: readonly string[];
  underscore: readonly string[];
  dash: readonly string[];
  plus: readonly string[];
  /** What people say just before the address. */
  leadIn: readonly string[];
}

const ENGLISH: Words = {
  at: ['at sign', 'at symbol', 'at'],
  dot: ['dot', 'period', 'full stop', 'point'],
  underscore: ['underscore', 'under score'],
  dash: ['dash', 'hyphen', 'minus'],
  plus: ['plus'],
  leadIn:
    'is its it thats that be address email mail under use to um uh er so yes yeah sure okay ok well and spelled reach try'.split(
      ' ',
    ),
};
const LANGUAGES: Readonly<Record<string, Words>> = {
  en: ENGLISH,
  es: {
    at: ['arroba'],
    dot: ['punto'],
    underscore: ['guion bajo', 'guión bajo', 'barra baja'],
    dash: ['guion', 'guión'],
    plus: ['más', 'mas'],
    leadIn: 'es correo electrónico dirección email mail sí a la'.split(' '),
  },
  fr: {
    at: ['arobase', 'arrobase', 'arobas', 'at'],
    dot: ['point'],
    underscore: ['tiret bas', 'tiret du bas', 'underscore', 'souligné'],
    dash: ["trait d'union", 'tiret'],
    plus: ['plus'],
    leadIn: "est c'est adresse mail email courriel oui à".split(' '),
  },
  de: {
    at: ['klammeraffe', 'ät', 'at', 'et'],
    dot: ['punkt', 'dot'],
    underscore: ['unterstrich'],
    dash: ['bindestrich', 'minus'],
    plus: ['plus'],
    leadIn: 'ist lautet adresse mail email ja unter das'.split(' '),
  },
  it: {
    at: ['chiocciola', 'at'],
    dot: ['punto'],
    underscore: ['trattino basso', 'underscore'],
    dash: ['trattino'],
    plus: ['più'],
    leadIn: 'è indirizzo mail email sì posta elettronica'.split(' '),
  },
  pt: {
    at: ['arroba'],
    dot: ['ponto'],
    underscore: ['sublinhado', 'underline', 'underscore'],
    dash: ['hífen', 'traço'],
    plus: ['mais'],
    leadIn: 'é endereço mail email sim correio eletrônico'.split(' '),
  },
  nl: {
    at: ['apenstaartje', 'at'],
    dot: ['punt'],
    underscore: ['underscore', 'liggend streepje', 'laag streepje'],
    dash: ['streepje', 'koppelteken', 'min'],
    plus: ['plus'],
    leadIn: 'is adres mail email ja het'.split(' '),
  },
};

/** Said of how it is written, and no part of it. */
const REMARKS =
  /\b(?:all (?:in )?(?:lower ?case|one word|small letters|together)|in lower ?case|lower ?case|(?:capital|uppercase|upper case|small) (?=\p{L}\b)|alles klein(?:geschrieben)?|zusammengeschrieben|tout en minuscules|en un seul mot|todo (?:junto|en minúsculas)|tutto minuscolo|tudo (?:junto|em minúsculas)|alles aan elkaar)\b/giu;
/** "B as in Bravo", "D for dog" */
const AS_IN =
  /(?<!\p{L})(\p{L})(?:,)? (?:as in|like in|for|wie|come|comme|como|de|van) (\1\p{L}+)(?!\p{L})/giu;
const POLITE =
  /[\s,]+(?:please|thanks|thank you|por favor|gracias|s'il vous plaît|merci|bitte|danke|per favore|grazie|obrigad[oa]|alstublieft|dank u)[\s.!]*$/iu;
const CORRECTION =
  /[,.;…–—]\s*(?:no|sorry|i mean|actually|wait|nein|non|perdón|pardon|entschuldigung|nee|não)(?:[,.;…–—\s]+(?:it['’]?s|sorry|wait|es|c['’]est|ist|è|is))?[,.;…–—\s]+/giu;
/** "No, anna at …"; "no reply at …" is an address. */
const REFUSAL =
  /^\W*(?:no|nope|nah|nein|non|nee|não)(?:[,.;:!…–—]+\s*|\s+(?!reply|at\b|dot\b|arroba|arobase|chiocciola|[@.]))/iu;
const WRITTEN = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu;
/** More words than this before the "at" are a sentence. */
const MOST_WORDS = 5;
const address = z.email();

/** An e-mail address; its value is in small letters. `language`: BCP 47. */
export function parseEmail(said: string, language: string): EntityResult {
  const text = lastOf(said.trim().replace(POLITE, ''));
  const written = new Set((joined(text).match(WRITTEN) ?? []).map((one) => one.toLowerCase()));
  const [only] = written;
  if (written.size > 1) return NONE;
  if (only !== undefined) return checked(only);
  const words = wordsOf(text, language);
  const at = words.lastIndexOf('@');
  if (at <= 0 || at !== words.indexOf('@')) return NONE;
  const local = localPart(words.slice(0, at), wordsFor(language));
  const domain = domainPart(words.slice(at + 1));
  return local === undefined || domain === undefined ? NONE : checked(`${local}@${domain}`);
}

/** How far words are an address: one whose last label is known may still get another ("co" → "co dot uk"). */
export function emailProgress(said: string, language: string): AnswerProgress {
  const words = wordsOf(said, language);
  if (words.at(-1) === '@' || words.at(-1) === '.') return 'partial';
  if (parseEmail(said, language).type === 'found') return 'extendable';
  return words.includes('@') || words.includes('.') || /(?:^|\s)\p{L}[\s.-]+\p{L}[\s.-]*$/u.test(said)
    ? 'partial'
    : 'unknown';
}

function checked(text: string): EntityResult {
  const value = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll('ß', 'ss').toLowerCase();
  return address.safeParse(value).success ? found(value) : invalid('not an e-mail address that can exist');
}

/** What follows the last "no, …": an address is corrected as a whole. */
function lastOf(text: string): string {
  const parts = text.split(CORRECTION);
  return (parts.at(-1) ?? text).replace(REFUSAL, '');
}

/** "anna.smith @ example.com" → without the blanks a recogniser leaves around the sign. */
function joined(text: string): string {
  return text.replaceAll(/\s*@\s*/g, '@');
}

function wordsFor(language: string): Words {
  return LANGUAGES[language.slice(0, 2).toLowerCase()] ?? ENGLISH;
}

/** Words, with signs in place of their names: `anna . smith @ example . com`. */
function wordsOf(said: string, language: string): string[] {
  const { at, dot, underscore, dash, plus } = wordsFor(language);
  let text = ` ${said.toLowerCase().replaceAll('’', "'")} `
    .replaceAll(/\be-? ?mail\b/g, 'email')
    .replaceAll(AS_IN, '$1')
    .replaceAll(REMARKS, ' ')
    .replaceAll(/(?<=[\p{L}\p{N}])\.(?=[\p{L}\p{N}])/gu, ' . ')
    .replaceAll(/[,;:!?"]|\.(?=\s)/g, (sign, index: number, all: string) =>
      sign === '.' && all[index - 1] === ' ' ? '.' : ' ',
    )
    .replaceAll('@', ' @ ');
  const signs: readonly (readonly [readonly string[], string])[] = [
    [at, '@'],
    [dot, '.'],
    [underscore, '_'],
    [dash, '-'],
    [plus, '+'],
  ];
  for (const [names, sign] of signs)
    for (const name of [...names].sort((a, b) => b.length - a.length))
      text = text.replaceAll(new RegExp(`(?<=[\\s])${name}(?=\\s)`, 'gu'), sign);
  return text.split(/\s+/).filter((word) => word !== '');
}

function localPart(words: readonly string[], { leadIn }: Words): string | undefined {
  const begin =
    words.findLastIndex((word) => leadIn.includes(word.replaceAll("'", '')) || leadIn.includes(word)) + 1;
  // A name that is itself such a word: "mail at example dot com".
  const own = begin < words.length ? words.slice(begin) : words.slice(-1);
  if (own.filter((word) => /^\p{L}{2,}$/u.test(word)).length > MOST_WORDS) return undefined;
  return written(own);
}

/** Labels between dots; what follows the last of them is no part of it. */
function domainPart(words: readonly string[]): string | undefined {
  const lastDot = words.lastIndexOf('.');
  if (lastDot <= 0) return undefined;
  const last = words.slice(lastDot + 1);
  const isSpelled = (last[0]?.length ?? 0) === 1;
  const spelled = last.findIndex((word) => word.length > 1);
  const label = isSpelled ? last.slice(0, spelled < 0 ? last.length : spelled) : last.slice(0, 1);
  const domain = written([...words.slice(0, lastDot + 1), ...label]);
  return domain === undefined || /[_+]/.test(domain) ? undefined : domain;
}

/** One word of it all: spelled letters, "double l", numbers as digits. */
function written(words: readonly string[]): string | undefined {
  let text = '';
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const next = words[at + 1] ?? '';
    const repeat = REPEATS.get(word);
    if (repeat !== undefined && next.length === 1) {
      text += next.repeat(repeat);
      at++;
      continue;
    }
    const isNumber =
      !/^\p{L}$/u.test(word) && spokenDigits(word).digits !== '' && /^\p{L}+(?:-\p{L}+)?$/u.test(word);
    const pair = isNumber && /^\p{L}{2,}$/u.test(next) ? spokenDigits(`${word} ${next}`) : undefined;
    const isPair =
      pair !== undefined &&
      pair.otherWords === 0 &&
      pair.digits.length === 2 &&
      spokenDigits(word).digits.length === 2;
    if (isPair) at++;
    text += isPair ? pair.digits : isNumber ? spokenDigits(word).digits : word.replaceAll("'", '');
  }
  // "A-N-N-A": dashes between single letters are how a recogniser writes spelling.
  const unspelled = /^\p{L}(?:-\p{L})+$/u.test(text) ? text.replaceAll('-', '') : text;
  return /^[\p{L}\p{N}._+%-]+$/u.test(unspelled) ? unspelled : undefined;
}

const REPEATS = new Map(
  Object.entries({
    double: 2,
    doppel: 2,
    doble: 2,
    doppia: 2,
    dubbel: 2,
    triple: 3,
  }),
);
