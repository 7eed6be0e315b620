/** Conditions that can never hold, because what they compare with is no value there is. */
import { comparisonsIn, parseCondition } from './condition-syntax.ts';
import type { Draft } from './draft.ts';
import { asMap } from './plain-data.ts';
import { list, suggestion } from './problems.ts';
import type { SlotSpec } from './schema-slots.ts';

const TEXT = /^(?:"([^"]*)"|'([^']*)')$/;
const SLOT = /^slots\.([a-z][a-z0-9_-]*)$/;
const DIRECTIONS = ['inbound', 'outbound'];

/** @param condition one that can be read */
export function comparisonProblems(draft: Draft, condition: string): string[] {
  return comparisonsIn(parseCondition(condition)).flatMap(({ operator, left, right }) => {
    if (operator !== '==' && operator !== '!=') return [];
    const text = textOf(right) ?? textOf(left);
    const operand = textOf(right) === undefined ? right : left;
    if (text === undefined || text === '') return [];
    return neverEqual(draft, operand.trim(), text) ?? [];
  });
}

function textOf(operand: string): string | undefined {
  const found = TEXT.exec(operand.trim());
  return found === null ? undefined : (found[1] ?? found[2]);
}

/** Why the value of an operand is never this text. */
function neverEqual(draft: Draft, operand: string, text: string): string | undefined {
  if (operand === 'call.direction' && !DIRECTIONS.includes(text))
    return `the condition compares call.direction with "${text}", but it is ${list(DIRECTIONS)}${suggestion(text, DIRECTIONS)}`;
  const name = SLOT.exec(operand)?.[1];
  const asked = name === undefined ? [] : slotsAsked(draft, name);
  if (name === undefined || asked.length === 0) return undefined;
  if (asked.every(({ type }) => type === 'yes_no'))
    return `the condition compares slots.${name} with "${text}", but it is true or false; write slots.${name}, or not slots.${name}`;
  const choices = asked.flatMap((slot) => (slot.type === 'choice' ? Object.keys(slot.choices) : []));
  if (!asked.every(({ type }) => type === 'choice') || choices.includes(text)) return undefined;
  return `the condition compares slots.${name} with "${text}", but it is ${list(choices)}${suggestion(text, choices)}`;
}

/** The questions that fill a slot; none where it gets a value in another way, too. */
function slotsAsked({ nodes, source, isWhole }: Draft, name: string): SlotSpec[] {
  const { input } = asMap(source.data);
  if (!isWhole || (Array.isArray(input) && input.includes(name))) return [];
  const asked: SlotSpec[] = [];
  for (const node of nodes.values()) {
    if (node.type === 'collect') asked.push(...node.slots.filter((slot) => slot.name === name));
    else if (node.type === 'agent') asked.push(...node.collects.filter((slot) => slot.name === name));
    else if (node.type === 'set' && Object.hasOwn(node.slots, name)) return [];
    else if (node.type === 'tool' && Object.hasOwn(node.save, name)) return [];
    else if (node.type === 'subflow' && Object.hasOwn(node.output, name)) return [];
    else if (node.type === 'message' && node.slot === name) return [];
  }
  return asked;
}
