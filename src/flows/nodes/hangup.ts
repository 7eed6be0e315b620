/** `hangup`: ends the call. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { passing } from './passing.ts';

export function hangupNode(step: Step, node: NodeOf<'hangup'>): NodeBehaviour {
  return passing((): NodeResult => {
    if (node.say !== undefined) step.say(node.say, { interruptible: false });
    return step.hangUp('flow', node.result);
  });
}
