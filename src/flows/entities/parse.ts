/** The parser of each type of slot: for what was said, for keys, and for answers given ahead of the question. */
import type { SlotSpec } from '../flow.ts';
import { parseChoice } from './choice.ts';
import { parseDate } from './date.ts';
import { parseDigits } from './digits.ts';
import { type EntityContext, type EntityResult, found, NONE } from './entity.ts';
import { parseName } from './name.ts';
import { findNumber, parseNumber } from './number.ts';
import { inNumerals, onlyNumerals } from './numerals.ts';
import { parsePhone } from './phone.ts';
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
    case 'date':
      return parseDate(inNumerals(said, language), context);
    case 'time':
      return parseTime(timesInEnglish(said, language), context);
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
    case 'number':
    case 'phone':
    case 'digits':
      return parseSaid(slot, keys.replaceAll(/[^0-9]/g, ''), context);
    case 'text':
    case 'name':
    case 'date':
    case 'time':
      return NONE;
  }
}

/** A value for a slot that was not asked for yet, where the text holds one that can be nothing else. */
export function findAhead(slot: SlotSpec, answered: SlotSpec, said: string, context: EntityContext): unknown {
  if (answered.type === 'phone' || answered.type === 'digits' || answered.type === 'text') return undefined;
  if (slot.type === 'time') return findTime(timesInEnglish(said, context.language), context);
  if (slot.type === 'number') return findNumber(onlyNumerals(said, context.language), slot);
  if (slot.type !== 'date' && slot.type !== 'phone') return undefined;
  const result = parseSaid(slot, said, context);
  return result.type === 'found' && (slot.type !== 'phone' || /\d|\b(?:zero|oh)\b/i.test(said))
    ? result.value
    : undefined;
}
