/** `set`: gives slots a value, one after the other, so that a later one may use an earlier one. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, Step } from '../step.ts';
import { passing } from './passing.ts';

export function setNode(step: Step, node: NodeOf<'set'>): NodeBehaviour {
  return passing(() => {
    for (const [slot, written] of Object.entries(node.slots)) step.fill(slot, step.value(written));
    return { type: 'outcome', outcome: 'done', path: 'rule' };
  });
}
