/** `voicemail`: leaves words on an answering machine, once and to the end, and ends the call. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { passing } from './passing.ts';

export function voicemailNode(step: Step, node: NodeOf<'voicemail'>): NodeBehaviour {
  return passing((): NodeResult => {
    step.say(node.say, { interruptible: false });
    return step.hangUp('flow', node.result);
  });
}
