/**
 * The one home of what may be known of a sensitive value: that it was given, and the last four digits of a long number.
 * Whatever writes, shows or speaks a value of a flow asks here first.
 */
import { askedSlot } from './asked-slot.ts';
import { withoutCardNumbers, withoutRestOfCard } from './card-numbers.ts';
import { Concealed, maskOf } from './concealed.ts';
import { type Flow, flowWithin, type SlotSpec } from './flow.ts';
import { SENSITIVE_TURN } from './index.ts';
import type { State } from './state.ts';

/** Values shorter than this are looked for only as a whole: "12" is part of many things. */
const LEAST_LENGTH_WITHIN = 4;

/** Slots as templates may see them that are spoken, or shown to a model. */
export function concealed(flow: Flow, slots: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mapSensitive(flow, slots, (value) => new Concealed(value));
}

/** Slots as reviewers see them. */
export function maskedSlots(flow: Flow, slots: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mapSensitive(flow, slots, maskOf);
}

/** True while the caller is asked for something sensitive: what is said or keyed now is kept nowhere. */
export function isPrivate(outermost: Flow, state: State): boolean {
  const flow = flowWithin(outermost, state.frames);
  const slot = askedSlot(flow, state);
  return slot !== undefined && flow.sensitive.has(slot.name);
}

/** What the caller said or keyed, as far as it may be kept. */
export function keepable(outermost: Flow, state: State, text: string): string {
  return isPrivate(outermost, state) ? SENSITIVE_TURN : saidWithoutCards(outermost, state, text);
}

/** What the caller said, as far as anything but the question for it may know: a card's number may come at any time. */
export function unasked(outermost: Flow, state: State, text: string): string {
  return isPrivate(outermost, state) ? text : saidWithoutCards(outermost, state, text);
}

function withoutCards(outermost: Flow, state: State, text: string): string {
  return outermost.takesCards ? withoutCardNumbers(text, languageOf(outermost, state)) : text;
}

/** A caller's turn without card numbers, nor the rest of one that the turns before it began. */
function saidWithoutCards(outermost: Flow, state: State, text: string): string {
  const left = withoutCards(outermost, state, text);
  if (!outermost.takesCards || left !== text || mayBeFigures(outermost, state)) return left;
  const before = state.history.flatMap((entry) => (entry.role === 'user' ? [entry.text] : []));
  return withoutRestOfCard(text, before, languageOf(outermost, state));
}

function languageOf(outermost: Flow, { language }: State): string {
  return language || outermost.file.language;
}

/** Types of which nothing is answered in figures alone. */
const IN_WORDS: ReadonlySet<SlotSpec['type']> = new Set(['text', 'name', 'email', 'yes_no', 'choice']);

/** Figures are just what is asked for: they are an answer of their own, whatever was said before. */
function mayBeFigures(outermost: Flow, state: State): boolean {
  const slot = askedSlot(flowWithin(outermost, state.frames), state);
  return slot !== undefined && !IN_WORDS.has(slot.type);
}

/** A value with every sensitive one in it masked, wherever it stands. */
export function withoutSensitive<T>(outermost: Flow, state: State, value: T): T;
export function withoutSensitive(outermost: Flow, state: State, value: unknown): unknown {
  const hidden = sensitiveValues(outermost, state);
  if (hidden.length === 0 && !outermost.takesCards) return value;
  return hide(value, hidden, (text) => withoutCards(outermost, state, text));
}

/** Those of all flows the call is in. */
function sensitiveValues(outermost: Flow, { frames, slots }: State): string[] {
  const levels = [...frames.map((frame) => frame.slots), slots];
  return levels.flatMap((known, depth) =>
    [...flowWithin(outermost, frames.slice(0, depth)).sensitive].flatMap((name) => {
      const value = known[name];
      return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
    }),
  );
}

function hide(value: unknown, hidden: readonly string[], withoutMore: (text: string) => string): unknown {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value);
    if (hidden.includes(text)) return maskOf(text);
    const inside = hidden.filter((one) => one.length >= LEAST_LENGTH_WITHIN && text.includes(one));
    const left = withoutMore(inside.reduce((rest, one) => rest.replaceAll(one, maskOf(one)), text));
    return left === text ? value : left;
  }
  if (Array.isArray(value)) return value.map((entry) => hide(entry, hidden, withoutMore));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, hide(entry, hidden, withoutMore)]),
  );
}

/** The slots, the sensitive ones changed. */
export function mapSensitive(
  { sensitive }: Flow,
  slots: Readonly<Record<string, unknown>>,
  change: (value: unknown) => unknown,
): Record<string, unknown> {
  if (sensitive.size === 0) return { ...slots };
  return Object.fromEntries(
    Object.entries(slots).map(([name, value]) => [name, sensitive.has(name) ? change(value) : value]),
  );
}
