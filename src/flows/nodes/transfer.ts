/** `transfer`: connects the caller to a number; the agent leaves, and comes back only if nobody answers. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { passing } from './passing.ts';

export function transferNode(step: Step, node: NodeOf<'transfer'>): NodeBehaviour {
  const connect = (): NodeResult => {
    const { to, timeout_sec: timeoutSec, caller_id: callerId, hold } = node;
    step.state.leaving = { type: 'transfer' };
    step.commands.push({
      type: 'transfer',
      to,
      timeoutSec,
      ...(callerId === undefined ? {} : { callerId }),
      ...(hold === 'ringing' ? {} : { hold }),
    });
    return { type: 'left' };
  };
  const enter = (): NodeResult => {
    if (node.say !== undefined) step.say(node.say, { interruptible: false });
    return connect();
  };
  return {
    ...passing(enter),
    again: connect,
    transferFailed: () => ({ type: 'outcome', outcome: 'failed', path: 'rule' }),
  };
}
