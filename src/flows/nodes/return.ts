/** `return`: goes back to the flow that came here by a subflow node; without one, the call ends. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { passing } from './passing.ts';
import { leaveSubflow } from './subflow.ts';

export function returnNode(step: Step, node: NodeOf<'return'>): NodeBehaviour {
  return passing(
    (): NodeResult =>
      leaveSubflow(step)
        ? { type: 'outcome', outcome: node.outcome, path: 'rule' }
        : step.hangUp('flow', node.outcome),
  );
}
