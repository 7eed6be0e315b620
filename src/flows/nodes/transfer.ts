/** `transfer`: connects the caller to a number; the agent leaves, and comes back only if nobody answers. */
import type { NodeOf } from '../flow.ts';
import { asSaid } from '../prompts.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { isNamedNumber } from './named-numbers.ts';
import { passing } from './passing.ts';

const FAILED: NodeResult = { type: 'outcome', outcome: 'failed', path: 'rule' };

export function transferNode(step: Step, node: NodeOf<'transfer'>): NodeBehaviour {
  const connect = (): NodeResult => {
    const to = receiver(step, node.to);
    if (to === undefined) {
      step.problem(
        'the call was not transferred: its number is neither in a phone variable nor in numbers_allowed',
      );
      return FAILED;
    }
    const { timeout_sec: timeoutSec, caller_id: callerId, mode, summary } = node;
    // Whoever answers a warm transfer is talked to first, and there is no ringing to listen to meanwhile.
    const hold = node.hold === undefined || node.hold === 'ringing' ? undefined : node.hold;
    const held = mode === 'warm' ? (hold ?? 'music') : hold;
    const text = mode === 'warm' && summary !== undefined ? asSaid(step.render(summary)) : '';
    step.state.leaving = { type: 'transfer' };
    step.commands.push({
      type: 'transfer',
      to,
      timeoutSec,
      ...(callerId === undefined ? {} : { callerId }),
      ...(held === undefined ? {} : { hold: held }),
      ...(text === ''
        ? {}
        : { summary: { text, language: step.flow.settings.language, to: node.summary_to } }),
    });
    return { type: 'left' };
  };
  const enter = (): NodeResult => {
    if (node.say !== undefined && receiver(step, node.to) !== undefined)
      step.say(node.say, { interruptible: false });
    return connect();
  };
  return {
    ...passing(enter),
    again: connect,
    transferFailed: () => FAILED,
  };
}

/** The number, unless a template gives one that neither the flow nor whoever placed the call has named. */
function receiver(step: Step, to: string): string | undefined {
  if (!to.includes('{{')) return to;
  const number = step.render(to).trim();
  return isNamedNumber(step, number) ? number : undefined;
}
