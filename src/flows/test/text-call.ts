/**
 * One call to a flow in text: no audio, no clock, no vendor. It steps the interpreter and tells what happens; whoever
 * owns it answers what it waits for (the caller, the model, a tool). Tests of flows, `callwright chat` and the unit
 * tests of this room are all played through it.
 */
import type {
  CallFacts,
  CallFlow,
  FindKnowledge,
  FlowCommand,
  FlowEvent,
  FlowState,
  ListenExpectation,
} from '../index.ts';

export type AskModel = Extract<FlowCommand, { type: 'ask-model' }>;
export type RunTool = Extract<FlowCommand, { type: 'run-tool' }>;
type Leave = Extract<FlowCommand, { type: 'transfer' | 'hang-up' }>;

type WithoutNow<T> = T extends { now: string } ? Omit<T, 'now'> & { now?: string } : T;
/** An event that gets its time from the call, unless it brings one. */
export type TextEvent = WithoutNow<FlowEvent>;

/** Whose word it is. */
export type Waiting =
  | { type: 'start' }
  | { type: 'caller'; expect: ListenExpectation }
  | { type: 'model'; ask: AskModel }
  | { type: 'tool'; run: RunTool }
  | { type: 'knowledge'; wanted: FindKnowledge }
  /** The agent has left; only a failed transfer comes back. */
  | { type: 'left'; how: Leave };

/** What happened, in the order it did, as a person or a program would want to read it. */
export type Happening =
  /** `partId`: the model request the words came from, or a name of their own. */
  | { type: 'agent'; text: string; partId: string }
  | { type: 'caller'; text: string }
  | { type: 'keys'; keys: string }
  | { type: 'silence'; count: number }
  | { type: 'node'; node: string; from?: string; outcome?: string }
  | { type: 'slot'; slot: string; value?: unknown; path: string }
  | { type: 'slot-refused'; slot: string; reason: string }
  | { type: 'model'; calls: { tool: string; input: Record<string, unknown> }[] }
  | { type: 'model-failed'; code: string }
  | { type: 'tool'; tool: string; input: Record<string, unknown> }
  | { type: 'tool-result'; tool: string; result: unknown; isError: boolean }
  | { type: 'note'; note: Record<string, unknown> & { type: string } }
  | { type: 'problem'; node: string; problem: string }
  | { type: 'transfer'; to: string }
  | { type: 'transfer-failed'; status: string }
  | { type: 'hang-up'; reason: string; result?: string };

export interface TextCallOptions {
  facts: CallFacts;
  /** ISO 8601, UTC. */
  now: () => string;
  /** What the call begins with, as a subflow would. Default: nothing. */
  slots?: Readonly<Record<string, unknown>>;
  onHappening?: (happening: Happening) => void;
  /** Whether words ask for a moment and for nothing else, as the line takes them. `language`: BCP 47. Default: none do. */
  asksForTime?: (text: string, language: string) => boolean;
}

/** Longer than any index takes. */
const LOOK_UP_MS = 30_000;
/** Keys where nothing says what they mean, as on a call. */
const UNASKED_KEYS = { max: 32, terminator: '#' } as const;

export class TextCall {
  readonly flow: CallFlow;
  readonly #options: TextCallOptions;
  #state: FlowState;
  #waiting: Waiting = { type: 'start' };
  #silences = 0;

  constructor(flow: CallFlow, options: TextCallOptions) {
    this.flow = flow;
    this.#options = options;
    this.#state = flow.initialState();
  }

  get waiting(): Waiting {
    return this.#waiting;
  }

  get state(): FlowState {
    return this.#state;
  }

  /** Takes the call up in another state of the same flow. */
  restore(state: unknown): void {
    this.#state = this.flow.restoreState(state);
  }

  get standing(): ReturnType<CallFlow['describe']> {
    return this.flow.describe(this.#state);
  }

  start(): readonly FlowCommand[] {
    const { facts, slots } = this.#options;
    return this.send({ type: 'call-started', call: facts, ...(slots === undefined ? {} : { slots }) });
  }

  say(text: string): void {
    this.send({ type: this.#isPause(text) ? 'caller-looking-up' : 'caller-said', text });
  }

  /**
   * Presses keys one after the other, as far as each question takes them: a number ends with its terminator, its
   * length or the last of the keys. Returns the keys that came after the call was over.
   */
  press(keys: string): string {
    let left = keys;
    while (left !== '' && this.#waiting.type !== 'left') {
      const wanted = this.#waiting.type === 'caller' ? this.#waiting.expect.keys : undefined;
      const { max, terminator } = wanted ?? UNASKED_KEYS;
      const end = terminator === undefined ? -1 : left.indexOf(terminator);
      const taken = left.slice(0, Math.min(max, end < 0 ? left.length : end + 1));
      left = left.slice(taken.length);
      const isEnded = taken.length > 1 && taken.at(-1) === terminator;
      // A terminator that comes after the last key a number can have says nothing more.
      if (!isEnded && max > 1 && left[0] === terminator) left = left.slice(1);
      this.send({ type: 'caller-pressed', digits: isEnded ? taken.slice(0, -1) : taken });
    }
    return left;
  }

  /** The caller stays silent for as long as the flow waits. */
  staySilent(): void {
    this.send({ type: 'caller-silent', count: this.#silences + 1 });
  }

  /** Answers the open model request. */
  answer(
    text: string,
    calls: readonly { name: string; input: Record<string, unknown>; id?: string }[],
  ): void {
    if (this.#waiting.type !== 'model') throw new Error('the model is not asked');
    const { requestId } = this.#waiting.ask;
    const toolCalls = calls.map(({ name, input, id }, index) => ({
      id: id ?? `${requestId}-${index}`,
      name,
      input,
    }));
    const stopReason = toolCalls.length > 0 ? 'tool-calls' : 'end';
    this.send({ type: 'model-replied', requestId, text, toolCalls, stopReason });
  }

  /** No answer of the model comes. `spoken`: what there was of it. */
  failModel(code: string, spoken = ''): void {
    if (this.#waiting.type !== 'model') throw new Error('the model is not asked');
    this.send({ type: 'model-failed', requestId: this.#waiting.ask.requestId, code, spoken });
  }

  /** Answers the open tool. */
  finishTool(result: unknown, isError: boolean): void {
    if (this.#waiting.type !== 'tool') throw new Error('no tool is running');
    this.send({ type: 'tool-finished', callId: this.#waiting.run.callId, result, isError });
  }

  /** Looks up what the flow asked for. In text nobody waits, so it has all the time it takes. */
  async lookUp(): Promise<void> {
    if (this.#waiting.type !== 'knowledge') throw new Error('nothing is looked up');
    const { wanted } = this.#waiting;
    const patient = { ...wanted, timeoutMs: LOOK_UP_MS };
    this.send(await this.flow.findKnowledge(patient, new AbortController().signal));
  }

  /** As on a call: whoever asks for a moment has not answered, unless just that is an answer here. */
  #isPause(text: string): boolean {
    const { asksForTime } = this.#options;
    if (asksForTime === undefined || this.#waiting.type !== 'caller') return false;
    const language = this.#waiting.expect.as?.language ?? this.flow.settings.language;
    return asksForTime(text, language) && this.flow.answerProgress(this.#state, text) !== 'whole';
  }

  /** Any event, with the commands it leads to. */
  send(event: TextEvent): readonly FlowCommand[] {
    this.#tellEvent(event);
    // `now` is the only thing that can be missing.
    const step = this.flow.step(this.#state, { now: this.#options.now(), ...event } as FlowEvent);
    this.#state = step.state;
    for (const command of step.commands) this.#take(command);
    return step.commands;
  }

  #tell(happening: Happening): void {
    this.#options.onHappening?.(happening);
  }

  #tellEvent(event: TextEvent): void {
    this.#silences = event.type === 'caller-silent' ? event.count : silencesAfter(event, this.#silences);
    switch (event.type) {
      case 'caller-said':
      case 'caller-looking-up':
      case 'caller-overheard':
        this.#tell({ type: 'caller', text: event.text });
        break;
      case 'caller-pressed':
        this.#tell({ type: 'keys', keys: event.digits });
        break;
      case 'caller-silent':
        this.#tell({ type: 'silence', count: event.count });
        break;
      case 'model-replied':
        this.#tellReply(event.text, event.requestId, event.toolCalls);
        break;
      case 'model-failed':
        if (event.spoken !== '') this.#tell({ type: 'agent', text: event.spoken, partId: event.requestId });
        this.#tell({ type: 'model-failed', code: event.code });
        break;
      case 'tool-finished':
        if (this.#waiting.type === 'tool') {
          const { tool } = this.#waiting.run;
          this.#tell({ type: 'tool-result', tool, result: event.result, isError: event.isError });
        }
        break;
      case 'transfer-failed':
        this.#tell({ type: 'transfer-failed', status: event.status });
        break;
      default:
    }
  }

  #tellReply(
    text: string,
    partId: string,
    toolCalls: readonly { name: string; input: Record<string, unknown> }[],
  ): void {
    const isSpoken = this.#waiting.type === 'model' && this.#waiting.ask.speak;
    if (isSpoken && text.trim() !== '') this.#tell({ type: 'agent', text: text.trim(), partId });
    const calls = toolCalls.map(({ name, input }) => ({ tool: name, input }));
    if (calls.length > 0) this.#tell({ type: 'model', calls });
  }

  #take(command: FlowCommand): void {
    switch (command.type) {
      case 'say':
        this.#tell({ type: 'agent', text: command.text, partId: command.partId });
        break;
      case 'ask-model':
        this.#waiting = { type: 'model', ask: command };
        break;
      case 'run-tool': {
        const { tool, input, sayWhile } = command;
        if (sayWhile !== undefined) this.#tell({ type: 'agent', ...sayWhile });
        this.#tell({ type: 'tool', tool, input });
        this.#waiting = { type: 'tool', run: command };
        break;
      }
      case 'find-knowledge':
        this.#waiting = { type: 'knowledge', wanted: command };
        break;
      case 'listen':
        this.#waiting = { type: 'caller', expect: command.expect };
        break;
      case 'transfer':
        this.#waiting = { type: 'left', how: command };
        this.#tell({ type: 'transfer', to: command.to });
        break;
      case 'hang-up': {
        const { reason, result } = command;
        this.#waiting = { type: 'left', how: command };
        this.#tell({ type: 'hang-up', reason, ...(result === undefined ? {} : { result }) });
        break;
      }
      case 'note':
        this.#note(command.note);
        break;
      default:
    }
  }

  #note(note: Extract<FlowCommand, { type: 'note' }>['note']): void {
    switch (note.type) {
      case 'node-entered':
        this.#tell({ ...note, type: 'node' });
        break;
      case 'slot-filled':
        this.#tell({ ...note, type: 'slot' });
        break;
      case 'slot-refused':
      case 'problem':
        this.#tell(note);
        break;
      default:
        this.#tell({ type: 'note', note });
    }
  }
}

/** Silences in a row end with whatever else the caller does. */
function silencesAfter(event: TextEvent, silences: number): number {
  const isCaller =
    event.type === 'caller-said' || event.type === 'caller-pressed' || event.type === 'caller-looking-up';
  return isCaller || event.type === 'call-started' ? 0 : silences;
}

/** Nobody listens while a sensitive value is typed, so what is said then is not heard. */
export function isUnheard(waiting: Waiting): boolean {
  return isPrivate(waiting) && waiting.type === 'caller' && waiting.expect.keysOnly === true;
}

/** What the caller says or keys now is shown nowhere. */
export function isPrivate(waiting: Waiting): boolean {
  return waiting.type === 'caller' && waiting.expect.private === true;
}
