/** Where the simulated call stands in its flow: what `src/call/conversation.ts` does, without promises. */
import type { CallFacts, CallFlow, FlowCommand, FlowEvent, FlowState } from '../../src/flows/index.ts';

type WithoutNow<T> = T extends { now: string } ? Omit<T, 'now'> : T;
export type ConversationEvent = WithoutNow<FlowEvent>;

/** Days are counted from here: a Friday, ten in the morning in New York. */
const NOW = '2026-11-20T15:00:00.000Z';

/** What is known of each call. */
export const FACTS: CallFacts = {
  callId: 'call-1',
  direction: 'inbound',
  from: '+14155550123',
  to: '+15550100',
  startedAt: NOW,
};

export class VirtualConversation {
  readonly flow: CallFlow;
  readonly #onStep: (event: ConversationEvent, commands: readonly FlowCommand[], isDraft: boolean) => void;
  #standing: { state: FlowState };
  #looseCount = 0;
  #carried: FlowCommand[] = [];
  #waiting: ((carried: FlowCommand[]) => void)[] = [];
  #parent: VirtualConversation | undefined;

  constructor(
    flow: CallFlow,
    onStep: (event: ConversationEvent, commands: readonly FlowCommand[], isDraft: boolean) => void,
    state = flow.initialState(),
  ) {
    this.flow = flow;
    this.#onStep = onStep;
    this.#standing = { state };
  }

  get state(): FlowState {
    return this.#standing.state;
  }

  /** Tools of replies that are gone are still at work, or have left something to say. */
  get isUnsettled(): boolean {
    return this.#looseCount > 0 || this.#carried.length > 0;
  }

  /** What tools of replies that are gone have left to say. */
  get stillToSay(): readonly string[] {
    return this.#carried.flatMap((command) => (command.type === 'say' ? [command.partId] : []));
  }

  fork(): VirtualConversation | undefined {
    if (this.isUnsettled) return undefined;
    const fork = new VirtualConversation(this.flow, this.#onStep, this.state);
    fork.#parent = this;
    return fork;
  }

  merge(): void {
    if (this.#parent === undefined) return;
    this.#parent.#standing.state = this.state;
    this.#standing = this.#parent.#standing;
  }

  restore(state: FlowState): void {
    this.#standing.state = state;
  }

  step(event: ConversationEvent): FlowCommand[] {
    const { state, commands } = this.flow.step(this.state, { ...event, now: NOW } as FlowEvent); // as the real one
    this.#standing.state = state;
    const isDraft = this.#parent !== undefined && this.#standing !== this.#parent.#standing;
    this.#onStep(event, commands, isDraft);
    return commands.filter((command) => command.type !== 'note');
  }

  /** A tool of a reply that is gone; call what is returned with its result. */
  adopt(): (event: ConversationEvent) => void {
    if (this.#parent !== undefined) return this.#parent.adopt();
    this.#looseCount++;
    return (event) => {
      this.#looseCount--;
      this.#keepResult(event);
      if (this.#looseCount > 0) return;
      const [first, ...others] = this.#waiting;
      this.#waiting = [];
      first?.(this.#carried.splice(0));
      for (const other of others) other([]);
    };
  }

  /**
   * Calls back when no tool of an earlier reply is at work, with what those left to be said or done. Returns how to give
   * that up, where it is still waited for.
   */
  whenSettled(then: (carried: FlowCommand[]) => void): (() => void) | undefined {
    if (this.#parent !== undefined || this.#looseCount === 0) {
      then(this.#parent === undefined ? this.#carried.splice(0) : []);
      return undefined;
    }
    this.#waiting.push(then);
    return () => {
      this.#waiting = this.#waiting.filter((waiting) => waiting !== then);
    };
  }

  #keepResult(event: ConversationEvent): void {
    for (const command of this.step(event)) {
      if (command.type === 'run-tool') {
        if (command.sayWhile !== undefined) this.notHeard([command.sayWhile.partId]);
        this.#keepResult(notRun(command.callId));
      }
      if (command.type === 'say' || command.type === 'hang-up' || command.type === 'transfer')
        this.#carried.push(command);
    }
  }

  /** What was understood so far counts as said, and what the flow would have answered was not heard. */
  keepSaid(text: string): void {
    const parts = this.step({ type: 'caller-said', text }).flatMap((command) => {
      if (command.type === 'say') return [command.partId];
      return command.type === 'run-tool' && command.sayWhile !== undefined ? [command.sayWhile.partId] : [];
    });
    this.notHeard(parts);
  }

  /** What the flow counts as said was not said. */
  notHeard(partIds: readonly string[]): void {
    if (partIds.length === 0) return;
    this.step({
      type: 'reply-heard',
      parts: partIds.map((partId) => ({ partId, heard: '', complete: false })),
    });
  }

  /** A reply was taken back before any of this was heard: it is still to be said. */
  carryAgain(commands: readonly FlowCommand[]): void {
    this.#carried.unshift(...commands);
  }
}

/** The answer to a tool that was never run. */
export function notRun(callId: string): ConversationEvent {
  return {
    type: 'tool-finished',
    callId,
    result: 'Not run: the caller spoke before it could start.',
    isError: true,
  };
}
