/**
 * A call whose version of its flow is gone: it was handed over to a node that has another. It goes on in that one, where
 * it stood: the node is asked anew, with all that the caller has answered.
 */
import { type Flow, flowWithin } from './flow.ts';
import type { State } from './state.ts';

/** The state as one of `flow`, which has another version of what it was made by. */
export function inThisVersion(flow: Flow, state: State): State {
  const { version } = flow.settings;
  if (!hasNode(flow, state)) return { ...atStart(flow, state), version };
  // A tool that is at work must not be sent again for nothing: its node waits for it as it did.
  const tool = awaitedTool(state);
  if (tool !== undefined && flow.tools.has(tool)) return { ...state, version };
  return { ...state, ...ASKED_ANEW, ...firstOpenQuestion(flow, state), version };
}

/** Of several questions the first that has no answer is asked; undefined: they begin from the first. */
function firstOpenQuestion(flow: Flow, { frames, node: name, slots, progress }: State): Partial<State> {
  const node = flowWithin(flow, frames).nodes.get(name);
  if (node?.type !== 'collect' || progress.type !== 'collect') return {};
  const slot = node.slots.findIndex((each) => slots[each.name] === undefined);
  if (slot === -1) return {};
  return { progress: { type: 'collect', slot, attempts: 0, ahead: {} }, moved: false };
}

/** Whether there is such a node, in the subflows that lead to it. */
export function hasNode(flow: Flow, { frames, node }: State): boolean {
  let within: Flow | undefined = flow;
  for (const frame of frames) within = within?.subflows.get(frame.flow);
  return within?.nodes.has(node) === true;
}

const ASKED_ANEW = {
  progress: { type: 'none' },
  pending: null,
  unheard: [],
  moved: true,
} as const satisfies Partial<State>;

/** The node is no more: from the beginning, and what was answered is known. */
function atStart(flow: Flow, state: State): State {
  const [outermost] = state.frames;
  const { slots, confirmed, tools, vars } = outermost ?? state;
  return {
    ...state,
    ...ASKED_ANEW,
    unheard: [],
    node: flow.file.start,
    frames: [],
    slots,
    confirmed,
    tools,
    vars,
  };
}

function awaitedTool({ pending }: State): string | undefined {
  if (pending?.type === 'run') return pending.tool;
  return pending?.type === 'tools' ? pending.calls[0]?.name : undefined;
}
