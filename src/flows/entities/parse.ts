/** The parser of each type of slot: for what was said, for keys, and for answers given ahead of the question. */
import type { SlotSpec } from '../flow.ts';
import { dayBound, timeBound } from './bounds.ts';
import { findOption, parseChoice, withoutOptions } from './choice.ts';
import { currencyOf } from './currencies.ts';
import { parseDate } from './date.ts';
import { withoutRanks } from './date-words.ts';
import { parseDigits } from './digits.ts';
import { parseEmail } from './email.ts';
import { type EntityContext, type EntityResult, found, NONE } from './entity.ts';
import { findMoney, parseMoney, withoutMoney } from './money.ts';
import { parseName } from './name.ts';
import { findNumber, parseNumber } from './number.ts';
import { inNumerals, onlyNumerals } from './numerals.ts';
import { parsePhone } from './phone.ts';
import { isNamedPostcode, parsePostcode } from './postcode.ts';
import { parseText } from './text.ts';
import { findTime, parseTime } from './time.ts';
import { timesInEnglish } from './time-phrases.ts';
import { parseYesNoSlot } from './yes-no.ts';

export function parseSaid(slot: SlotSpec, said: string, context: EntityContext): EntityResult {
  const { language } = context;
  switch (slot.type) {
    case 'text':
      return parseText(said);
    case 'name':
      return parseName(said);
    case 'number':
      return parseNumber(onlyNumerals(said, language), slot);
    case 'money':
      return parseMoney(onlyNumerals(said, language), moneyRules(slot, context));
    case 'date':
      return parseDate(inNumerals(said, language), { ...context, ...daysOf(slot, context) });
    case 'email':
      return parseEmail(said, language);
    case 'postcode':
      return parsePostcode(inNumerals(said, language), slot.country ?? context.country);
    case 'time':
      return parseTime(timesInEnglish(said, language), { ...context, ...timesOf(slot, context) });
    case 'phone':
      return parsePhone(onlyNumerals(said, language), context);
    case 'yes_no':
      return parseYesNoSlot(said, language);
    case 'choice':
      return parseChoice(slot.choices, said, language);
    case 'digits':
      return parseDigits(onlyNumerals(said, language), slot);
  }
}

/** Keys that answer a slot; `none` where keys mean nothing to it. */
export function parseKeys(slot: SlotSpec, keys: string, context: EntityContext): EntityResult {
  switch (slot.type) {
    case 'yes_no':
      if (keys === '1') return found(true);
      return keys === '2' ? found(false) : NONE;
    case 'choice': {
      const choice = Object.entries(slot.choices).find(
        ([, { key }]) => key !== undefined && String(key) === keys,
      )?.[0];
      return choice === undefined ? NONE : found(choice);
    }
    case 'money':
      // The phone has no point; the star stands for it.
      return /^\d+(?:\*\d{0,2})?$/.test(keys)
        ? parseMoney(keys.replace('*', '.'), { ...moneyRules(slot, context), decimalComma: false })
        : NONE;
    case 'number':
    case 'phone':
    case 'postcode':
    case 'digits':
      return parseSaid(slot, keys.replaceAll(/[^0-9]/g, ''), context);
    case 'text':
    case 'name':
    case 'date':
    case 'time':
    case 'email':
      return NONE;
  }
}

/** The bounds of an amount, and what it is in. */
export function moneyRules(
  { min, max, currency }: Extract<SlotSpec, { type: 'money' }>,
  { country, language }: EntityContext,
): Parameters<typeof parseMoney>[1] {
  return { min, max, currency: currency ?? currencyOf(country), decimalComma: !/^en/i.test(language) };
}

/** The first and last day; undefined where there is none, or a template that nobody has filled in. */
function daysOf(
  { min, max }: Extract<SlotSpec, { type: 'date' }>,
  context: EntityContext,
): { min: string | undefined; max: string | undefined } {
  const bound = (written: string | undefined) =>
    written === undefined ? undefined : dayBound(written, context);
  return { min: bound(min), max: bound(max) };
}

/** The same of times. */
function timesOf(
  { min, max }: Extract<SlotSpec, { type: 'time' }>,
  context: EntityContext,
): { min: string | undefined; max: string | undefined } {
  const bound = (written: string | undefined) =>
    written === undefined ? undefined : timeBound(written, context);
  return { min: bound(min), max: bound(max) };
}

/**
 * A value for a slot that was not asked for yet, where the text holds one that can be nothing else. `others`: slots
 * that are open as well; the words of their choices are no value of this one.
 */
export function findAhead(
  slot: SlotSpec,
  answered: SlotSpec,
  said: string,
  context: EntityContext,
  others: readonly SlotSpec[] = [],
): unknown {
  if (answered.type === 'phone' || answered.type === 'digits' || answered.type === 'text') return undefined;
  const text = [answered, ...others]
    .filter((other) => other.name !== slot.name)
    .reduce((left, other) => (other.type === 'choice' ? withoutOptions(other.choices, left) : left), said);
  if (slot.type === 'choice') return answered.type === 'name' ? undefined : findOption(slot.choices, text);
  return findDistinct(slot, text, context);
}

/** A value that is of the slot's type and of no other, wherever it stands in the text. */
export function findDistinct(slot: SlotSpec, said: string, context: EntityContext): unknown {
  const { language } = context;
  switch (slot.type) {
    case 'time':
      return findTime(timesInEnglish(said, language), { ...context, ...timesOf(slot, context) });
    case 'number':
      return findNumber(withoutMoney(onlyNumerals(said, language)), slot);
    case 'money':
      return findMoney(onlyNumerals(said, language), moneyRules(slot, context));
    case 'phone':
      return /\d|\b(?:zero|oh)\b/i.test(said) ? foundIn(parseSaid(slot, said, context)) : undefined;
    case 'date':
      return foundIn(parseSaid(slot, withoutRanks(said), context));
    case 'email':
      return foundIn(parseSaid(slot, said, context));
    case 'postcode':
      return isNamedPostcode(said, slot.country ?? context.country)
        ? foundIn(parseSaid(slot, said, context))
        : undefined;
    case 'text':
    case 'name':
    case 'yes_no':
    case 'choice':
    case 'digits':
      return undefined;
  }
}

function foundIn(result: EntityResult): unknown {
  return result.type === 'found' ? result.value : undefined;
}
