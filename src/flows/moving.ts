/** How a call moves from node to node, until somebody else has the word: the caller, a model or a tool. Part of the interpreter; pure. */
import { endpointingOf } from './flow.ts';
import { handle as handleWish, hasHandlerKeys } from './handling.ts';
import type { ListenExpectation } from './index.ts';
import { arrive, behaviour } from './nodes/behaviour.ts';
import { oneKey } from './nodes/expectations.ts';
import type { NodeResult, Step } from './step.ts';

/** More nodes than this without a word from the caller is a loop of the flow's. */
const MOST_MOVES = 100;

/** Follows outcomes from node to node until somebody else has the word. */
export function proceed(step: Step, result: NodeResult): void {
  let next = result;
  while (next.type === 'outcome' || next.type === 'handler') {
    if (step.state.moves++ >= MOST_MOVES) next = step.breakOff('the flow goes in circles without listening');
    else if (next.type === 'outcome') next = move(step, next);
    else
      next = handleWish(step, next, {
        enter: (to, by) => enter(step, to, by),
        behaviour: () => behaviour(step),
      });
  }
  if (next.type === 'listen') step.commands.push({ type: 'listen', expect: listening(step, next) });
}

/** What a node listens for, with what is the same on every node. */
export function listening(
  step: Step,
  { expect }: Extract<NodeResult, { type: 'listen' }>,
): ListenExpectation {
  const { file } = step.flow;
  const { after_ms: silenceMs, looking_up_after_ms: patienceMs } = file.silence;
  return {
    endpointing: endpointingOf(file, step.node),
    ...step.spokenAs,
    ...(hasHandlerKeys(step) ? { keys: oneKey } : {}),
    ...expect,
    silenceMs: step.state.lookingUp ? patienceMs : silenceMs,
  };
}

function move(step: Step, { outcome, path }: Extract<NodeResult, { type: 'outcome' }>): NodeResult {
  const to = step.node.targets.get(outcome)?.to;
  if (to === undefined) return step.breakOff(`the outcome "${outcome}" leads nowhere`);
  step.note({ type: 'outcome', node: step.place, outcome, path });
  return enter(step, to, outcome);
}

export function enter(step: Step, to: string, outcome: string): NodeResult {
  const from = step.place;
  step.state.node = to;
  step.state.progress = { type: 'none' };
  step.note({ type: 'node-entered', node: step.place, from, outcome });
  return arrive(step);
}
