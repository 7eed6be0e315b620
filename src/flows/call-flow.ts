/** A loaded flow behind the contract: the interpreter with its state checked at the door, and its tools. */
import { answerProgress, warmParsers } from './answer-progress.ts';
import { assemble } from './assembly.ts';
import { armsOf, variantVersion } from './experiments.ts';
import { type Flow, flowWithin, withSubflows } from './flow.ts';
import type { CallFlow, FlowState } from './index.ts';
import { expectation, step } from './interpreter.ts';
import type { KnowledgeIndex } from './knowledge/index.ts';
import { lookUp } from './knowledge/look-up.ts';
import { createMemoryKnowledge } from './knowledge/memory.ts';
import { hasNode, inThisVersion } from './other-version.ts';
import { fixedPrompts, withOfflinePrompts } from './prompts.ts';
import { isPrivate, keepable, maskedSlots, withoutSensitive } from './sensitive.ts';
import { sealed, unsealed } from './sensitive-at-rest.ts';
import { SpokenFlows } from './spoken-flows.ts';
import { newState, type State, stateSchema } from './state.ts';
import type { FlowToolsOptions } from './tools/runner.ts';

/** What flows know is indexed once, however many versions and variants of them there are. */
const inThisProcess = createMemoryKnowledge();

/** A state that is not one of this flow's; the call must go on in the version it began with. */
class FlowStateError extends Error {
  override readonly name = 'FlowStateError';
  readonly code = 'flow-state-invalid';
}

export interface CallFlowOptions extends FlowToolsOptions {
  /** Where what the flow knows is looked up. Default: in this process. */
  knowledge?: KnowledgeIndex | undefined;
}

/**
 * Close it once no call needs it any more.
 *
 * @param options where its tools find what they need
 * @param variants the flow in each combination of its experiments' arms; closed with it
 */
export function createCallFlow(
  compiled: Flow,
  options: CallFlowOptions,
  variants: readonly CallFlow[] = [],
): CallFlow {
  const { id, version } = compiled.settings;
  const { flow, tools } = assemble(compiled, options);
  const knowledge = new Map(withSubflows(flow).map(({ settings, knowledge: base }) => [settings.id, base]));
  const index = options.knowledge ?? inThisProcess;
  /** Where the call is, as people name it: `identity/ask-name` within a subflow. */
  const placeOf = ({ frames, node }: State): string => [frames.at(-1)?.flow ?? [], node].flat().join('/');
  const spokenFlows = new SpokenFlows(flow);
  const self: CallFlow = {
    variants,
    forCaller(caller) {
      const wanted = variantVersion(version, armsOf(flow.file.experiments, caller, id));
      return variants.find(({ settings }) => settings.version === wanted) ?? self;
    },
    settings: { ...flow.settings, ...withOfflinePrompts(flow) },
    numbers: flow.file.numbers,
    tools,
    findKnowledge: (wanted, signal) => lookUp(index, knowledge.get(wanted.flow), wanted, signal),
    initialState: () => seal(newState({ id, version, start: flow.file.start })),
    restoreState(state) {
      const parsed = stateSchema.safeParse(state);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new FlowStateError(`not a state of a flow: ${issue?.path.join('.')}: ${issue?.message}`);
      }
      const { data } = parsed;
      if (data.flow !== id) throw new FlowStateError(`a state of ${data.flow}, not of ${id}`);
      if (data.version !== version) return seal(unsealed(flow, inThisVersion(flow, data)));
      if (!hasNode(flow, data)) throw new FlowStateError(`the flow has no node "${placeOf(data)}"`);
      return seal(unsealed(flow, data));
    },
    step(state, event) {
      const next = step(flow, open(state), event);
      return { state: seal(next.state), commands: next.commands };
    },
    expectation: (state) => expectation(flow, open(state)),
    answerProgress: (state, text) => answerProgress(flow, open(state), text),
    warm() {
      warmParsers(flow);
      void tools.connect();
      // What cannot be indexed now is tried again when it is asked for.
      for (const base of knowledge.values()) if (base !== undefined) index.add(base).catch(() => undefined);
    },
    async close() {
      await Promise.all([tools.close(), ...variants.map((variant) => variant.close())]);
    },
    prompts: () => fixedPrompts(flow),
    spoken: (as) => (as === undefined ? self : (spokenFlows.get(as) ?? self)),
    spokenForms: () => [self, ...spokenFlows.all()],
    describe(state) {
      const whole = open(state);
      const { slots, leaving, pending } = whole;
      const tool =
        pending?.type === 'run'
          ? pending.callId
          : pending?.type === 'tools'
            ? pending.calls[0]?.id
            : undefined;
      const result = leaving?.type === 'hang-up' ? leaving.result : undefined;
      return {
        node: placeOf(whole),
        slots: maskedSlots(flowWithin(flow, whole.frames), slots),
        ...(result === undefined ? {} : { result }),
        ...(isPrivate(flow, whole) ? { private: true } : {}),
        ...(whole.language === '' ? {} : { language: whole.language }),
        ...(tool === undefined ? {} : { tool }),
      };
    },
    storable: (state) => sealed(flow, open(state)),
    masked: (state, value) => withoutSensitive(flow, open(state), value),
    keepable: (state, text) => withoutSensitive(flow, open(state), keepable(flow, open(state), text)),
  };
  return self;
}

// Only this file turns the interpreter's state into the opaque one and back, so the casts cannot go wrong elsewhere.
function seal(state: State): FlowState {
  return state as unknown as FlowState;
}

function open(state: FlowState): State {
  return state as unknown as State;
}
