/** What must hold of the slots an agent may set: those it names exist, and none is what no model may see. */
import { slotProblems } from './checks-slots.ts';
import type { Draft } from './draft.ts';
import { sensitiveSlots } from './flow.ts';
import { type FlowProblem, suggestion } from './problems.ts';
import type { NodeSpec } from './schema-nodes.ts';

/** Settings of a slot that mean nothing where a model finds it out. */
const ASKING_ONLY = ['sensitive', 'keys_only', 'confirm'] as const;

export function agentSlotProblems(
  draft: Draft,
  name: string,
  node: Extract<NodeSpec, { type: 'agent' }>,
): FlowProblem[] {
  const { source } = draft;
  const sensitive = sensitiveSlots(draft.nodes.values());
  const wrong = (node.slots ?? []).flatMap((slot, index) => {
    const path = ['nodes', name, 'slots', index];
    if (sensitive.has(slot)) {
      const message = `node "${name}" lets the model set the slot "${slot}", which is sensitive; no model may see it`;
      return [source.problem(path, 'not-allowed', message)];
    }
    if (draft.doubts.has('slots') || draft.slotNames.has(slot)) return [];
    const message = `node "${name}" lets the model set the slot "${slot}", which no node asks for${suggestion(slot, draft.slotNames)}`;
    return [source.problem(path, 'wrong-value', message)];
  });
  const own = node.collects.flatMap((slot, index) => [
    ...slotProblems(draft, name, node.collects, slot, index, 'collects'),
    ...ASKING_ONLY.filter((key) => key in slot && slot[key as keyof typeof slot] !== undefined).map((key) =>
      source.keyProblem(
        ['nodes', name, 'collects', index, key],
        'not-allowed',
        `slot "${slot.name}": ${key} has no meaning where a model finds the value out (a sensitive value, or one that is read back, needs a collect node)`,
      ),
    ),
  ]);
  return [...wrong, ...own];
}
