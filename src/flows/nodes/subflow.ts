/** `subflow`: goes through another flow, which sees slots of its own, and comes back with its outcome. */
import type { NodeOf } from '../flow.ts';
import type { State } from '../state.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { callVariables } from '../variables.ts';
import { passing } from './passing.ts';

/** Flows cannot go into each other in circles, so this deep only files of a generator go. */
const MOST_FRAMES = 20;

/** @param enterNode enters the node the call has come to by then. */
export function subflowNode(step: Step, node: NodeOf<'subflow'>, enterNode: () => NodeResult): NodeBehaviour {
  return passing(() => {
    const { state } = step;
    if (state.frames.length >= MOST_FRAMES) return step.breakOff('the subflows are nested too deeply');
    const inner = step.flow.subflows.get(node.flow);
    if (inner === undefined) return step.breakOff(`there is no flow "${node.flow}"`);
    const given = Object.entries(node.input).map(([slot, written]) => [slot, step.value(written)] as const);
    const from = step.place;
    const { slots, confirmed, tools, vars } = state;
    state.frames.push({ flow: node.flow, node: node.name, slots, confirmed, tools, vars });
    state.confirmed = {};
    state.slots = Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null));
    state.tools = {};
    state.vars = callVariables(inner.file.variables, state.call?.variables ?? {}).values;
    state.node = inner.file.start;
    state.progress = { type: 'none' };
    step.note({ type: 'node-entered', node: step.place, from });
    return enterNode();
  });
}

/** Back to the subflow node of the outer flow, with the slots it takes over; false where there is no outer flow. */
export function leaveSubflow(step: Step): boolean {
  const { state } = step;
  if (state.frames.length === 0) return false;
  const theirs = state.slots;
  leaveSubflows(state, state.frames.length - 1);
  const { node } = step;
  if (node.type !== 'subflow') throw new Error(`node "${node.name}" is no subflow`);
  for (const [slot, their] of Object.entries(node.output)) step.fill(slot, theirs[their]);
  return true;
}

/**
 * Out of the subflows at once, whatever they had come to. `depth`: how many of them the call stays in; by default none,
 * and the call is then in the flow that answered it.
 */
export function leaveSubflows(state: State, depth = 0): void {
  const outer = state.frames[depth];
  if (outer === undefined) return;
  const { node, slots, confirmed, tools, vars } = outer;
  Object.assign(state, {
    node,
    slots: { ...slots },
    confirmed: { ...confirmed },
    tools: { ...tools },
    vars,
    frames: state.frames.slice(0, depth),
  });
  state.progress = { type: 'none' };
}
