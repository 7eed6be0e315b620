/** A loaded flow behind the contract: the interpreter with its state checked at the door, and its tools. */
import { answerProgress, warmParsers } from './answer-progress.ts';
import type { Flow } from './flow.ts';
import type { CallFlow, FlowState } from './index.ts';
import { step } from './interpreter.ts';
import { fixedPrompts } from './prompts.ts';
import { newState, type State, stateSchema } from './state.ts';
import { httpTools } from './tools/http.ts';

/** A state that is not one of this flow's; the call must go on in the version it began with. */
class FlowStateError extends Error {
  override readonly name = 'FlowStateError';
  readonly code = 'flow-state-invalid';
}

/** @param env where the names under `secrets` get their values. */
export function createCallFlow(flow: Flow, env: Readonly<Record<string, string | undefined>>): CallFlow {
  const { id, version } = flow.settings;
  return {
    settings: flow.settings,
    numbers: flow.file.numbers,
    tools: httpTools(flow.file, env),
    initialState: () => seal(newState({ id, version, start: flow.file.start })),
    restoreState(state) {
      const parsed = stateSchema.safeParse(state);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new FlowStateError(`not a state of a flow: ${issue?.path.join('.')}: ${issue?.message}`);
      }
      const { data } = parsed;
      if (data.flow !== id || data.version !== version) {
        throw new FlowStateError(`a state of ${data.flow}@${data.version}, not of ${id}@${version}`);
      }
      if (!flow.nodes.has(data.node)) throw new FlowStateError(`the flow has no node "${data.node}"`);
      return seal(data);
    },
    step(state, event) {
      const next = step(flow, open(state), event);
      return { state: seal(next.state), commands: next.commands };
    },
    answerProgress: (state, text) => answerProgress(flow, open(state), text),
    warm: () => warmParsers(flow),
    prompts: () => fixedPrompts(flow),
    describe(state) {
      const { node, slots, leaving } = open(state);
      const result = leaving?.type === 'hang-up' ? leaving.result : undefined;
      return { node, slots, ...(result === undefined ? {} : { result }) };
    },
  };
}

// Only this file turns the interpreter's state into the opaque one and back, so the casts cannot go wrong elsewhere.
function seal(state: State): FlowState {
  return state as unknown as FlowState;
}

function open(state: FlowState): State {
  return state as unknown as State;
}
