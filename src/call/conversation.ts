/**
 * Where a call stands in its flow. Holds the interpreter's state, writes down what the interpreter notes, and keeps the
 * promise that a tool always gets its result, whatever became of the reply that asked for it.
 */
import type { CallFlow, FlowCommand, FlowEvent, FlowState } from '../flows/index.ts';
import type { Journal } from './journal.ts';

/** A place to return to when a reply is rolled back. */
export interface Snapshot {
  readonly state: FlowState;
}

/** `now` is filled in here. */
type WithoutNow<T> = T extends { now: string } ? Omit<T, 'now'> : T;
export type ConversationEvent = WithoutNow<FlowEvent>;

export class Conversation {
  readonly flow: CallFlow;
  readonly #journal: Journal;
  #state: FlowState;
  #slots = '{}';
  /** Tools of replies that are gone, still at work. The next reply waits for them. */
  #loose: Promise<void> = Promise.resolve();
  #carried: FlowCommand[] = [];

  constructor(flow: CallFlow, journal: Journal, state: FlowState = flow.initialState()) {
    this.flow = flow;
    this.#journal = journal;
    this.#state = state;
  }

  get state(): FlowState {
    return this.#state;
  }

  /** The node the call stands in. */
  get node(): string {
    return this.flow.describe(this.#state).node;
  }

  get result(): string | undefined {
    return this.flow.describe(this.#state).result;
  }

  snapshot(): Snapshot {
    return { state: this.#state };
  }

  restore(snapshot: Snapshot): void {
    this.#state = snapshot.state;
  }

  /** One step of the interpreter; its notes go to the journal, everything else is returned to be done. */
  step(event: ConversationEvent): FlowCommand[] {
    const { state, commands } = this.flow.step(this.#state, {
      ...event,
      now: new Date().toISOString(),
    } as FlowEvent);
    this.#state = state;
    for (const command of commands) if (command.type === 'note') this.#note(command);
    this.#noteSlots();
    return commands.filter((command) => command.type !== 'note');
  }

  /**
   * A tool of a reply that was cut short will finish by itself: its result is kept, what the flow wanted to say about
   * it is said at the start of the next reply, and what it wanted to run next is not run.
   */
  adopt(tool: Promise<ConversationEvent>): void {
    this.#loose = Promise.all([this.#loose, tool]).then(([, event]) => this.#keepResult(event));
  }

  /** Resolves when no tool of an earlier reply is at work; returns what those left to be said or done. */
  async settled(): Promise<FlowCommand[]> {
    await this.#loose;
    return this.#carried.splice(0);
  }

  #keepResult(event: ConversationEvent): void {
    for (const command of this.step(event)) {
      if (command.type === 'run-tool') this.#keepResult(notRun(command.callId));
      else if (command.type === 'say' || command.type === 'hang-up' || command.type === 'transfer') {
        this.#carried.push(command);
      }
    }
  }

  #note(command: Extract<FlowCommand, { type: 'note' }>): void {
    const { note } = command;
    if (note.type !== 'node-entered') return this.#journal.add('note', { ...note });
    const { node, from, outcome } = note;
    this.#journal.add('node-entered', {
      node,
      ...(from === undefined ? {} : { from }),
      ...(outcome === undefined ? {} : { outcome }),
    });
  }

  #noteSlots(): void {
    const { slots } = this.flow.describe(this.#state);
    const text = JSON.stringify(slots);
    if (text === this.#slots) return;
    this.#slots = text;
    this.#journal.add('slots', { slots });
  }
}

/** The answer to a tool that was never run. */
export function notRun(callId: string): ConversationEvent {
  return {
    type: 'tool-finished',
    callId,
    result: 'Not run: the caller spoke before it could start. Ask again if it is still wanted.',
    isError: true,
  };
}
