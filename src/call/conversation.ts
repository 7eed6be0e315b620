/**
 * Where a call stands in its flow. Holds the interpreter's state, writes down what the interpreter notes, and keeps the
 * promise that a tool always gets its result, whatever became of the reply that asked for it.
 */
import type { CallFlow, FlowCommand, FlowEvent, FlowState } from '../flows/index.ts';
import type { JournalWriter } from './journal.ts';

/** A place to return to when a reply is rolled back. */
export interface Snapshot {
  readonly state: FlowState;
  /** Nodes entered by then. */
  readonly nodes: number;
}

/** `now` is filled in here. */
type WithoutNow<T> = T extends { now: string } ? Omit<T, 'now'> : T;
export type ConversationEvent = WithoutNow<FlowEvent>;

/** What a conversation and those that were forked from it and merged again share. */
interface Standing {
  state: FlowState;
  /** The slots as they were last written down. */
  slots: string;
  /** Nodes entered so far. */
  nodes: number;
}

export class Conversation {
  readonly flow: CallFlow;
  readonly #journal: JournalWriter;
  #standing: Standing;
  /** Tools of replies that are gone, still at work. The next reply waits for them. */
  #loose: Promise<void> = Promise.resolve();
  #looseCount = 0;
  #carried: FlowCommand[] = [];
  #parent: Conversation | undefined;
  #onMoved: () => void;

  /** `onMoved`: it stands elsewhere now. */
  constructor(
    flow: CallFlow,
    journal: JournalWriter,
    state: FlowState = flow.initialState(),
    onMoved: () => void = () => {},
  ) {
    this.flow = flow;
    this.#journal = journal;
    this.#onMoved = onMoved;
    this.#standing = { state, slots: '{}', nodes: 0 };
  }

  /**
   * A conversation that goes on from here by itself; this one knows nothing of it until {@link merge}. Undefined while
   * something of an earlier reply is still to come. `journal`: where the fork writes.
   */
  fork(journal: JournalWriter): Conversation | undefined {
    if (this.#looseCount > 0 || this.#carried.length > 0) return undefined;
    const fork = new Conversation(this.flow, journal, this.#standing.state);
    Object.assign(fork.#standing, this.#standing);
    fork.#parent = this;
    return fork;
  }

  /** What the fork has come to holds; from here on it and its parent are one. */
  merge(): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    Object.assign(parent.#standing, this.#standing);
    this.#standing = parent.#standing;
    this.#onMoved = parent.#onMoved;
    this.#onMoved();
  }

  get state(): FlowState {
    return this.#standing.state;
  }

  /** The node the call stands in. */
  get node(): string {
    return this.flow.describe(this.state).node;
  }

  /** The call of a tool that the flow waits for. */
  get awaitedTool(): string | undefined {
    return this.flow.describe(this.state).tool;
  }

  /** The caller is asked for something sensitive: what they say or key is kept nowhere. */
  get isPrivate(): boolean {
    return this.flow.describe(this.state).private === true;
  }

  /** What the caller says just now, as it may be written down. */
  keepable(text: string): string {
    return this.flow.keepable(this.state, text);
  }

  /** The state as it may be written down. */
  get storable(): unknown {
    return this.flow.storable(this.state);
  }

  /** A value for the journal, what is sensitive in it masked. */
  masked<T>(value: T): T {
    return this.flow.masked(this.state, value);
  }

  get result(): string | undefined {
    return this.flow.describe(this.state).result;
  }

  snapshot(): Snapshot {
    return { state: this.state, nodes: this.#standing.nodes };
  }

  /** Back to the snapshot, in the journal too. */
  restore(snapshot: Snapshot): void {
    const nodes = this.#standing.nodes - snapshot.nodes;
    Object.assign(this.#standing, snapshot);
    this.#onMoved();
    if (nodes > 0) this.#journal.add('rolled-back', { nodes });
    this.#noteSlots();
  }

  /** One step of the interpreter; its notes go to the journal, everything else is returned to be done. */
  step(event: ConversationEvent): FlowCommand[] {
    const { state, commands } = this.flow.step(this.state, {
      ...event,
      now: new Date().toISOString(),
    } as FlowEvent);
    this.#standing.state = state;
    this.#onMoved();
    for (const command of commands) if (command.type === 'note') this.#note(command);
    this.#noteSlots();
    return commands.filter((command) => command.type !== 'note');
  }

  /**
   * A tool of a reply that was cut short will finish by itself: its result is kept, what the flow wanted to say about
   * it is said at the start of the next reply, and what it wanted to run next is not run.
   */
  adopt(tool: Promise<ConversationEvent>): void {
    if (this.#parent !== undefined) return this.#parent.adopt(tool);
    this.#looseCount++;
    this.#loose = Promise.all([this.#loose, tool]).then(([, event]) => {
      this.#looseCount--;
      this.#keepResult(event);
    });
  }

  /** Resolves when no tool of an earlier reply is at work. */
  async settled(): Promise<void> {
    await this.#loose;
  }

  /** What tools of earlier replies left to be said or done; whoever takes it says it, or gives it back. */
  takeCarried(): FlowCommand[] {
    return this.#carried.splice(0);
  }

  giveBack(carried: readonly FlowCommand[]): void {
    this.#carried.unshift(...carried);
  }

  #keepResult(event: ConversationEvent): void {
    for (const command of this.step(event)) {
      if (command.type === 'run-tool') this.#leaveUndone(command);
      else if (command.type === 'say' || command.type === 'hang-up' || command.type === 'transfer') {
        this.#carried.push(command);
      }
    }
  }

  /** What the caller said while nobody can answer: the flow knows it, and that nothing of its answer was said or done. */
  keepSaid(text: string): void {
    const commands = this.step({ type: 'caller-said', text });
    for (const command of commands) if (command.type === 'run-tool') this.#leaveUndone(command);
    this.#leaveUnsaid(...commands.flatMap((command) => (command.type === 'say' ? [command.partId] : [])));
  }

  #leaveUndone({ callId, sayWhile }: Extract<FlowCommand, { type: 'run-tool' }>): void {
    if (sayWhile !== undefined) this.#leaveUnsaid(sayWhile.partId);
    this.#keepResult(notRun(callId));
  }

  #leaveUnsaid(...partIds: string[]): void {
    const parts = partIds.map((partId) => ({ partId, heard: '', complete: false }));
    this.step({ type: 'reply-heard', parts });
  }

  #note(command: Extract<FlowCommand, { type: 'note' }>): void {
    const { note } = command;
    if (note.type !== 'node-entered') return this.#journal.add('note', { ...note });
    const { node, from, outcome } = note;
    this.#standing.nodes++;
    this.#journal.add('node-entered', {
      node,
      ...(from === undefined ? {} : { from }),
      ...(outcome === undefined ? {} : { outcome }),
    });
  }

  #noteSlots(): void {
    const { slots } = this.flow.describe(this.state);
    const text = JSON.stringify(slots);
    if (text === this.#standing.slots) return;
    this.#standing.slots = text;
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
    notRun: true,
  };
}
