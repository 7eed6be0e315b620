/** The rules a flow has for the value of a slot, beyond its type: bounds of days and times, and its own conditions. */
import { dayBound, timeBound } from '../entities/bounds.ts';
import { currencyOf } from '../entities/currencies.ts';
import { type EntityResult, invalid } from '../entities/entity.ts';
import type { SlotSpec } from '../flow.ts';
import { money, type SpokenLocale, spokenDate, spokenTime } from '../spoken-values.ts';
import type { Step } from '../step.ts';

/** An answer that was held against the rules. `say`: what the flow says of one that will not do. */
export type Judged = EntityResult & { say?: string };

/** What parsers, keys and models have understood all passes here. */
export function judged(step: Step, slot: SlotSpec, result: EntityResult): Judged {
  if (result.type === 'invalid') return withWords(step, slot, result.reason);
  if (result.type !== 'found') return result;
  const outside = outOfBounds(step, slot, result.value);
  if (outside !== undefined) return withWords(step, slot, outside);
  const refusing = slot.validate?.find(({ when }) => step.holds(when, { value: result.value }));
  if (refusing === undefined) return result;
  return { ...invalid(refusing.when), ...(refusing.say === undefined ? {} : { say: refusing.say }) };
}

/** What the reason of a refusal begins with, and how callers are told of it. */
const BOUND_PHRASES = new Map([
  ['less than', 'at_least'],
  ['more than', 'at_most'],
  ['before', 'not_before'],
  ['after', 'not_after'],
] as const);

/** A refusal by a bound is told to the caller; other reasons are for the journal alone. */
function withWords(step: Step, slot: SlotSpec, reason: string): Judged {
  const refusal = invalid(reason);
  const [, kind = '', bound = ''] = /^(less than|more than|before|after) (\S+)$/.exec(reason) ?? [];
  const phrase = [...BOUND_PHRASES].find(([beginning]) => beginning === kind)?.[1];
  if (phrase === undefined || !('min' in slot || 'max' in slot)) return refusal;
  const said = step.value(step.phrases[phrase], { bound: spokenBound(step, slot, bound) });
  return { ...refusal, say: String(said) };
}

function spokenBound({ flow, now }: Step, slot: SlotSpec, bound: string): string {
  const locale = { language: flow.file.language, timeZone: flow.file.time_zone };
  if (slot.type === 'date') return spokenDay(bound, now, locale);
  if (slot.type === 'time') return spokenTime(bound, locale);
  return slot.type === 'money' ? money(bound, locale, slot.currency ?? currencyOf(flow.country)) : bound;
}

/** With its year where that is another than this. */
function spokenDay(day: string, now: string, locale: SpokenLocale): string {
  if (day.slice(0, 4) === now.slice(0, 4)) return spokenDate(day, locale);
  const long = new Intl.DateTimeFormat(locale.language, { dateStyle: 'long', timeZone: 'UTC' });
  return long.format(new Date(`${day}T12:00:00Z`));
}

function outOfBounds(step: Step, slot: SlotSpec, value: unknown): string | undefined {
  if (slot.type !== 'date' && slot.type !== 'time') return undefined;
  const [least, most] = [boundOf(step, slot.type, slot.min), boundOf(step, slot.type, slot.max)];
  const text = String(value);
  if (least !== undefined && text < least) return `before ${least}`;
  return most !== undefined && text > most ? `after ${most}` : undefined;
}

/** As it compares with a value; undefined, and noted, where a template gave no day or time. */
function boundOf(step: Step, type: 'date' | 'time', written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const text = step.render(written);
  const where = { now: step.now, timeZone: step.flow.file.time_zone };
  const bound = type === 'date' ? dayBound(text, where) : timeBound(text, where);
  if (bound === undefined) step.problem(`"${written}" is no ${type === 'date' ? 'day' : 'time of day'}`);
  return bound;
}
