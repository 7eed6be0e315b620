/**
 * The slots an agent may set: those that were answered before, so that the caller can correct them in the middle of a
 * conversation, and those it is there to find out. What a model gives passes the same rules as what a caller says.
 */
import { isDay } from '../entities/bounds.ts';
import { found, NONE } from '../entities/entity.ts';
import { parseSaid } from '../entities/parse.ts';
import { type NodeOf, SET_SLOTS_TOOL, type SlotSpec } from '../flow.ts';
import type { ModelRequest } from '../index.ts';
import { knownSlots } from '../known-slots.ts';
import type { Step } from '../step.ts';
import { describeSlot, entityContext } from './collect-answers.ts';
import { type Judged, judged } from './collect-rules.ts';
import { isKeysOnly } from './expectations.ts';

/** What the model is told of the tool besides its description. */
export const SET_SLOTS_RULE = `When the caller corrects what is known, or tells you what ${SET_SLOTS_TOOL} writes down, call it before you answer: nothing is changed until it has said so.`;

/** Never those that are sensitive, nor those that only keys may answer. */
export function offeredSlots(
  { flow, state }: Pick<Step, 'flow' | 'state'>,
  node: NodeOf<'agent'>,
): SlotSpec[] {
  const known = new Map(knownSlots(flow).map(({ slot }) => [slot.name, slot]));
  const earlier = (node.slots ?? Object.keys(state.slots)).flatMap((name) => known.get(name) ?? []);
  const offered = new Map([...earlier, ...node.collects].map((slot) => [slot.name, slot]));
  return [...offered.values()].filter((slot) => !flow.sensitive.has(slot.name) && !isKeysOnly(slot));
}

/** None where there is nothing to set. */
export function setSlotsTool(slots: readonly SlotSpec[]): ModelRequest['tools'][number][] {
  if (slots.length === 0) return [];
  const properties = Object.fromEntries(slots.map((slot) => [slot.name, describeSlot(slot)]));
  return [
    {
      name: SET_SLOTS_TOOL,
      description:
        'Writes down what the caller said, and what they corrected. Give only what they said themselves; leave out the rest, and never guess.',
      input: { type: 'object', properties, additionalProperties: false },
    },
  ];
}

/** Sets what will do. `text`: what the model is told of it. `isError`: something would not do. */
export function setSlots(
  step: Step,
  node: NodeOf<'agent'>,
  input: Readonly<Record<string, unknown>>,
): { text: string; isError: boolean } {
  const slots = offeredSlots(step, node);
  const results = Object.entries(input).map(([name, value]) => {
    const slot = slots.find((one) => one.name === name);
    return slot === undefined
      ? { name, isError: true, text: 'cannot be set here' }
      : setSlot(step, slot, value);
  });
  const told = (wanted: boolean): string =>
    results
      .filter(({ isError }) => isError === wanted)
      .map(({ name, text }) => `${name}: ${text}`)
      .join('; ');
  const [set, refused] = [told(false), told(true)];
  if (results.length === 0 || slots.length === 0)
    return { text: `Nothing was set. ${whatThereIs(slots)}`, isError: true };
  const parts = [
    ...(set === '' ? [] : [`Set. ${set}.`]),
    ...(refused === '' ? [] : [`Not set, and as it was before. ${refused}. Tell the caller, or ask again.`]),
  ];
  return { text: parts.join(' '), isError: refused !== '' };
}

function whatThereIs(slots: readonly SlotSpec[]): string {
  return slots.length === 0
    ? 'Nothing can be set here.'
    : `What can be set is ${slots.map(({ name }) => name).join(', ')}.`;
}

function setSlot(
  step: Step,
  slot: SlotSpec,
  given: unknown,
): { name: string; isError: boolean; text: string } {
  const { name } = slot;
  const result = judgedOfModel(step, slot, given);
  if (result.type === 'found') {
    const isNew = step.state.slots[name] !== result.value;
    if (isNew) step.answer(name, result.value, 'model');
    return { name, isError: false, text: JSON.stringify(result.value) };
  }
  const reason = result.type === 'invalid' ? result.reason : 'this was not understood';
  step.note({ type: 'slot-refused', slot: name, reason });
  const say = result.say === undefined ? '' : ` (${step.render(result.say).trim()})`;
  return { name, isError: true, text: `${JSON.stringify(given)} will not do: ${reason}${say}` };
}

const SAID_OF_YES_NO = new Map(Object.entries({ yes: true, true: true, no: false, false: false }));

/** A model gives values as they are kept; whatever else it gives has to be understood like words of a caller. */
function judgedOfModel(step: Step, slot: SlotSpec, given: unknown): Judged {
  const isText = typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean';
  if (!isText) return NONE;
  const text = String(given).trim();
  const kept = asKept(slot, text);
  const result = kept === undefined ? parseSaid(slot, text, entityContext(step)) : found(kept);
  return judged(step, slot, result);
}

function asKept(slot: SlotSpec, text: string): unknown {
  if (slot.type === 'choice') return Object.hasOwn(slot.choices, text) ? text : undefined;
  if (slot.type === 'time') return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text) ? text : undefined;
  if (slot.type === 'date') return isDay(text) ? text : undefined;
  if (slot.type !== 'yes_no') return undefined;
  return SAID_OF_YES_NO.get(text.toLowerCase());
}
