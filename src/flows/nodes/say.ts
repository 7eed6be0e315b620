/** `say`: says something and goes on. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { passing } from './passing.ts';

export function sayNode(step: Step, node: NodeOf<'say'>): NodeBehaviour {
  return passing((): NodeResult => {
    step.say(node.say, { interruptible: node.interruptible });
    return { type: 'outcome', outcome: 'done', path: 'rule' };
  });
}
