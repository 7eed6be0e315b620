/** Which slot the caller is asked for just now. */
import type { Flow, SlotSpec } from './flow.ts';
import { slotOf } from './known-slots.ts';
import type { State } from './state.ts';

/** Undefined where nobody is asked for one. An earlier slot that is being corrected comes before the node's own. */
export function askedSlot(flow: Pick<Flow, 'nodes' | 'subflows'>, state: State): SlotSpec | undefined {
  const { progress } = state;
  const node = flow.nodes.get(state.node);
  if (progress.type !== 'collect' || state.leaving !== null) return undefined;
  // An agent asks by itself while no model answers.
  const slots = node?.type === 'collect' ? node.slots : node?.type === 'agent' ? node.collects : [];
  const { detour } = progress;
  return detour === undefined ? slots[progress.slot] : slotOf(flow, detour.node, detour.slot);
}
