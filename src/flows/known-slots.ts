/** The slots of a flow whose values have a type: those that are asked for, and what subflows give back. */
import type { Flow, NodeOf, SlotSpec } from './flow.ts';

/** A slot and the node that fills it. */
export interface KnownSlot {
  node: string;
  slot: SlotSpec;
}

type Known = Pick<Flow, 'nodes' | 'subflows'>;

/** In the order of the nodes; a name that several nodes fill is there several times. */
export function knownSlots(flow: Known): KnownSlot[] {
  return [...flow.nodes.keys()].flatMap((node) => slotsOfNode(flow, node).map((slot) => ({ node, slot })));
}

/** A slot by its name. */
export function slotOf(flow: Known, node: string, slot: string): SlotSpec | undefined {
  return slotsOfNode(flow, node).find(({ name }) => name === slot);
}

function slotsOfNode(flow: Known, name: string): readonly SlotSpec[] {
  const node = flow.nodes.get(name);
  if (node?.type === 'collect') return node.slots;
  if (node?.type === 'agent') return node.collects;
  return node?.type === 'subflow' ? slotsGivenBack(node, flow.subflows.get(node.flow)) : [];
}

/**
 * What a subflow node takes over, under its own names. It is not read back: the question that would do so speaks of the
 * slots of the other flow. Values whose rules look at those are left to the other flow altogether.
 */
function slotsGivenBack({ output }: NodeOf<'subflow'>, inner: Flow | undefined): SlotSpec[] {
  if (inner === undefined) return [];
  const theirs = new Map(knownSlots(inner).map(({ slot }) => [slot.name, slot]));
  return Object.entries(output).flatMap(([name, their]) => {
    const slot = theirs.get(their);
    if (slot === undefined || inner.sensitive.has(their) || !standsAlone(slot)) return [];
    return [{ ...slot, name, confirm: undefined }];
  });
}

/** True where the rules of a slot see nothing but its value. */
function standsAlone(slot: SlotSpec): boolean {
  const bounds = 'min' in slot || 'max' in slot ? [slot.min, slot.max].map(String) : [];
  const rules = (slot.validate ?? []).flatMap(({ when, say = '' }) => [when, say]);
  return ![...bounds, ...rules].some((text) => /\b(?:slots|tools|vars)\b/.test(text));
}
