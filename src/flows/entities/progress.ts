/**
 * How far words are an answer to a slot: whole, extendable, only begun, or nothing the parsers know. The parsers say
 * what is there; the last word says whether more may follow.
 */
import type { SlotSpec } from '../flow.ts';
import type { AnswerProgress } from '../index.ts';
import { choiceProgress } from './choice.ts';
import { settle } from './correction.ts';
import { parseDate } from './date.ts';
import { emailProgress } from './email.ts';
import type { EntityContext } from './entity.ts';
import { moneyProgress } from './money.ts';
import { parseName } from './name.ts';
import { parseNumber } from './number.ts';
import { inNumerals, onlyNumerals } from './numerals.ts';
import { moneyRules } from './parse.ts';
import { phoneProgress } from './phone.ts';
import { postcodeProgress } from './postcode.ts';
import { endsInTens, spokenDigits, spokenNumbers } from './spoken-numbers.ts';
import { halfOfDay, parseTime } from './time.ts';
import { timesInEnglish } from './time-phrases.ts';
import { tokens } from './words.ts';
import { parseYesNoSlot } from './yes-no.ts';

type SlotOf<T extends SlotSpec['type']> = Extract<SlotSpec, { type: T }>;

export function slotProgress(slot: SlotSpec, said: string, context: EntityContext): AnswerProgress {
  const { language } = context;
  switch (slot.type) {
    case 'text':
      return 'unknown';
    case 'yes_no':
      return parseYesNoSlot(said, language).type === 'found' ? 'whole' : 'unknown';
    case 'choice':
      return choiceProgress(slot.choices, said, language);
    case 'name':
      return nameProgress(said, language);
    case 'email':
      return emailProgress(said, language);
    case 'number':
    case 'money':
    case 'digits':
    case 'phone':
    case 'postcode':
    case 'date':
    case 'time':
      return isCorrecting(said) ? 'partial' : valueProgress(slot, said, context);
  }
}

function valueProgress(
  slot: SlotOf<'number' | 'money' | 'digits' | 'phone' | 'postcode' | 'date' | 'time'>,
  said: string,
  context: EntityContext,
): AnswerProgress {
  const { language } = context;
  switch (slot.type) {
    case 'number':
      return numberProgress(slot, onlyNumerals(said, language), language);
    case 'money':
      return isLeadIn(said, language)
        ? 'partial'
        : moneyProgress(onlyNumerals(said, language), moneyRules(slot, context));
    case 'postcode':
      return isLeadIn(said, language)
        ? 'partial'
        : postcodeProgress(inNumerals(said, language), slot.country ?? context.country);
    case 'digits':
      return digitsProgress(slot, onlyNumerals(said, language), language);
    case 'phone':
      return isLeadIn(said, language) ? 'partial' : phoneProgress(onlyNumerals(said, language), context);
    case 'date':
      return dateProgress(inNumerals(said, language), context);
    case 'time':
      return timeProgress(timesInEnglish(said, language), said, context);
  }
}

/** "415 555 0124, no": what follows is the answer. */
function isCorrecting(said: string): boolean {
  const settled = settle(said);
  // "Sorry?" alone takes nothing back.
  if (tokens(said).length < 2) return false;
  return settled !== undefined && settled.replaced !== '' && settled.text.trim() === '';
}

function numberProgress(slot: SlotOf<'number'>, said: string, language: string): AnswerProgress {
  const last = tokens(said).at(-1) ?? '';
  const endsInNumber = spokenNumbers(last).length > 0 || NUMBER_GOES_ON.has(last);
  const result = parseNumber(said, slot);
  if (NUMBER_BEGINS.has(last)) return 'partial';
  if (result.type === 'none') return isLeadIn(said, language) ? 'partial' : 'unknown';
  if (result.type === 'invalid') {
    const isSmall = parseNumber(said, { max: slot.max }).type === 'found';
    return endsInNumber && isSmall ? 'partial' : 'extendable';
  }
  if (!endsInNumber) return 'whole';
  return slot.max !== undefined && nextLarger(Number(result.value)) > slot.max ? 'whole' : 'extendable';
}

const NUMBER_BEGINS = new Set(['point', 'minus', 'negative', 'and']);
const NUMBER_GOES_ON = new Set(['hundred', 'thousand', 'million', 'dozen']);

/** The least number whose words begin like this one's: twenty → twenty one, five → five hundred. */
function nextLarger(value: number): number {
  const isRound = value >= 20 && (value % 100 === 0 || (value % 10 === 0 && value % 100 >= 20));
  return isRound ? value + 1 : value * 100;
}

function digitsProgress(
  { length, min_length: least = length, max_length: most = length }: SlotOf<'digits'>,
  said: string,
  language: string,
): AnswerProgress {
  const words = tokens(said);
  const last = words.at(-1) ?? '';
  const { digits, otherWords } = spokenDigits(settle(said)?.text ?? '');
  if (isLeadIn(said, language)) return 'partial';
  if (digits === '') return REPEATS.has(last) ? 'partial' : 'unknown';
  if (REPEATS.has(last)) return 'partial';
  // "The usual one": a digit that is none.
  if (digits.length === 1 && last === 'one' && otherWords > 0 && !/\b(?:is|its)\b/.test(words.join(' ')))
    return 'unknown';
  if (least !== undefined && digits.length < least)
    return spokenDigits(last).digits === '' ? 'unknown' : 'partial';
  return digits.length === most && !endsInTens(said) ? 'whole' : 'extendable';
}

const REPEATS = new Set(['double', 'triple', 'treble']);

function dateProgress(said: string, context: EntityContext): AnswerProgress {
  const last = tokens(said).at(-1) ?? '';
  const isYear = /\b(?:eighteen|nineteen|twenty|thousand|and) \p{L}+\W*$/iu.test(said);
  if (endsInTens(said) && !/\d/.test(last) && !isYear) return 'partial';
  if (isLeadIn(said, context.language) || DATE_BEGINS.has(last)) return 'partial';
  if (parseDate(said, context).type !== 'none') return 'extendable';
  return monthsOf(context.language).has(last) ? 'partial' : 'unknown';
}

const DATE_BEGINS = new Set(
  'next last this coming following in from letzten ubernachsten nachsten nachste kommenden prochain'.split(
    ' ',
  ),
);
const months = new Map<string, ReadonlySet<string>>();

function monthsOf(language: string): ReadonlySet<string> {
  const known = months.get(language);
  if (known !== undefined) return known;
  const { format } = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' });
  const names = Array.from({ length: 12 }, (_, month) => tokens(format(Date.UTC(2000, month, 15))).join(' '));
  const set = new Set(names);
  months.set(language, set);
  return set;
}

function timeProgress(english: string, said: string, context: EntityContext): AnswerProgress {
  const result = parseTime(english, context);
  if (/\b(?:half|quarter|past|to|at|after|around|about|halb|viertel|menos|moins|meno)\W*$/i.test(english))
    return 'partial';
  if (result.type !== 'found') return isLeadIn(said, context.language) ? 'partial' : 'unknown';
  const isPlain = halfOfDay(english) !== undefined || /\b(?:noon|midday|midnight)\b/i.test(english);
  const isTwentyFour = /\b(?:1[3-9]|2[0-3]):\d\d\W*$/.test(english);
  return isPlain || isTwentyFour ? 'whole' : 'extendable';
}

function nameProgress(said: string, language: string): AnswerProgress {
  const isSpelling = /(?:^|[^\p{L}'’])\p{L}[\s.-]+\p{L}[\s.-]*$/u.test(said);
  if (isSpelling || isLeadIn(said, language)) return 'partial';
  return parseName(said).type === 'none' ? 'unknown' : 'extendable';
}

/** What people say just before the value: "my number is", "it's", "on the". */
const LEAD_INS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set('is its thats im am the on at of for plus under about around be code name'.split(' ')),
  es: new Set('es son soy el la las los de para llamo mas'.split(' ')),
  fr: new Set('est cest suis le la les de du au pour mappelle plus'.split(' ')),
  de: new Set('ist bin lautet heiße heisse am um der den dem gegen fur plus'.split(' ')),
  it: new Set('sono il la le alle di per chiamo piu'.split(' ')),
  pt: new Set('sou o os as de para chamo mais'.split(' ')),
  nl: new Set('is ben heet de het om op voor plus'.split(' ')),
};

/** "What is that for" is no beginning of an answer. */
const QUESTION =
  /^\W*(?:what|why|who|where|when|how|which|do|does|can|could|qué|por qué|para qué|pourquoi|quoi|comment|warum|wozu|was|wie|perché|cosa|por quê|waarom|wat)(?!\p{L})|\?\s*$/iu;

function isLeadIn(said: string, language: string): boolean {
  const words = LEAD_INS[language.slice(0, 2).toLowerCase()] ?? LEAD_INS['en'];
  const all = tokens(said);
  return words?.has(all.at(-1) ?? '') === true && !QUESTION.test(said);
}
