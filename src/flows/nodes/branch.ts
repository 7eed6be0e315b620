/** `branch`: goes one way or another by what is known; nobody is asked. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, Step } from '../step.ts';
import { passing } from './passing.ts';

/** The outcome where no case holds. */
export const ELSE = 'else';

export function branchNode(step: Step, node: NodeOf<'branch'>): NodeBehaviour {
  return passing(() => {
    const found = Object.entries(node.cases).find(([, condition]) => step.holds(condition));
    return { type: 'outcome', outcome: found?.[0] ?? ELSE, path: 'rule' };
  });
}
