/**
 * One step of the interpreter in the making: a copy of the state that may be changed, and the commands so far. Nodes
 * speak, ask and note through it; nothing of it outlives the step.
 */
import { createHash } from 'node:crypto';
import type { Flow, FlowNode, FlowTool } from './flow.ts';
import { addSpoken } from './history.ts';
import type { FlowCommand, FlowEvent, FlowNote, ListenExpectation, ModelRequest, ToolCall } from './index.ts';
import { asSaid } from './prompts.ts';
import type { FlowFile } from './schema.ts';
import type { State } from './state.ts';
import type { PromptScope } from './templates.ts';

export type OutcomePath = Extract<FlowNote, { type: 'outcome' }>['path'];

/** What a node knows of the answer it waits for; the rest is the flow's. */
export type NodeExpectation = Omit<ListenExpectation, 'silenceMs' | 'endpointing'>;

/** How a node answers an event. */
export type NodeResult =
  /** It is the caller's turn. */
  | { type: 'listen'; expect: NodeExpectation }
  /** A model or a tool was asked; its answer comes as an event. */
  | { type: 'wait' }
  | { type: 'outcome'; outcome: string; path: OutcomePath }
  /** The agent leaves: the call ends or is transferred. */
  | { type: 'left' };

export type ModelReply = Pick<
  Extract<FlowEvent, { type: 'model-replied' }>,
  'requestId' | 'text' | 'toolCalls' | 'stopReason'
>;

/** How things stood when the line went. */
export interface LostLine {
  /** What the agent was saying and the caller did not hear, part by part; the last is the question, if there was one. */
  unheard: readonly string[];
  /** A model or a tool was at work on the answer. */
  wasAnswering: boolean;
  /** The caller or a tool had the last word, or the model was in the middle of its answer. */
  owesAnswer: boolean;
}

/** The tools of one answer that are not done. */
export interface PendingTools {
  calls: ToolCall[];
  /** What the answer asked to end with, once all its tools are done. */
  finish: ToolCall[];
  /** One of the answer's tools went wrong. */
  failed: boolean;
}

/** What each kind of node can do with what happens. All of it acts through the {@link Step} it was made with. */
export interface NodeBehaviour {
  enter(): NodeResult;
  said(text: string): NodeResult;
  pressed(digits: string): NodeResult;
  /** Takes up where the call stands: after the line was lost, or, without `lost`, after silence. */
  again(lost?: LostLine): NodeResult;
  /** Waits for the same answer as before, without a word. */
  listen(): NodeResult;
  modelReplied(reply: ModelReply): NodeResult;
  modelFailed(): NodeResult;
  /** The first of the calls has its result; `calls` are those still to run. */
  toolsFinished(pending: PendingTools): NodeResult;
  transferFailed(): NodeResult;
}

export class Step {
  readonly flow: Flow;
  readonly state: State;
  readonly now: string;
  readonly commands: FlowCommand[] = [];

  /** `state` is changed; hand over a copy. */
  constructor(flow: Flow, state: State, now: string) {
    this.flow = flow;
    this.state = state;
    this.now = now;
  }

  get node(): FlowNode {
    const node = this.flow.nodes.get(this.state.node);
    if (node === undefined) throw new Error(`the flow has no node "${this.state.node}"`);
    return node;
  }

  get phrases(): FlowFile['phrases'] {
    return this.flow.file.phrases;
  }

  /** Renders a template; what is missing becomes empty and is noted. */
  render(template: string, provisional: Readonly<Record<string, unknown>> = {}): string {
    const { text, missing } = this.flow.templates.render(template, this.#scope(provisional));
    if (missing !== undefined) this.problem(missing);
    return text;
  }

  /** Speaks a template. `provisional`: slots as if they were filled. */
  say(
    template: string,
    options: { interruptible?: boolean; provisional?: Readonly<Record<string, unknown>> } = {},
  ): void {
    const text = asSaid(this.render(template, options.provisional));
    if (text === '') return;
    const partId = `say-${++this.state.sequence}`;
    const fixed = this.flow.templates.isFixed(template);
    this.commands.push({ type: 'say', partId, text, interruptible: options.interruptible ?? true, fixed });
    this.spoke(partId, text);
  }

  /** Speaks words that are no template, such as those that were lost with the line. */
  repeat(text: string, { interruptible = true, fixed = false } = {}): void {
    if (text === '') return;
    const partId = `say-${++this.state.sequence}`;
    this.commands.push({ type: 'say', partId, text, interruptible, fixed });
    this.spoke(partId, text);
  }

  /** Words are on their way to the caller. */
  spoke(partId: string, text: string): void {
    addSpoken(this.state.history, partId, text);
    this.state.saidSinceCaller = `${this.state.saidSinceCaller} ${text}`.trim();
  }

  askModel(
    request: Omit<ModelRequest, 'model'>,
    options: { speak: boolean; interruptible: boolean },
  ): NodeResult {
    const requestId = `model-${++this.state.sequence}`;
    const name = this.flow.model?.name;
    this.commands.push({
      type: 'ask-model',
      requestId,
      request: { ...(name === undefined ? {} : { model: name }), ...request },
      ...options,
    });
    this.state.pending = { type: 'model', requestId, spoken: options.speak };
    return { type: 'wait' };
  }

  runTool(call: ToolCall, tool: FlowTool, input: Record<string, unknown>): void {
    const text = tool.sayWhile === undefined ? '' : this.render(tool.sayWhile).trim();
    const sayWhile = text === '' ? undefined : { partId: `say-${++this.state.sequence}`, text };
    this.commands.push({
      type: 'run-tool',
      callId: call.id,
      tool: tool.name,
      input,
      effect: tool.effect,
      timeoutMs: tool.timeoutMs,
      idempotencyKey: this.#idempotencyKey(tool.name, input),
      ...(sayWhile === undefined ? {} : { sayWhile }),
    });
    if (sayWhile !== undefined) this.spoke(sayWhile.partId, sayWhile.text);
  }

  /** The values a flow adds to a tool's input by itself. */
  given(tool: FlowTool): Record<string, unknown> {
    const scope = this.#scope({});
    return Object.fromEntries(
      Object.entries(tool.with).map(([name, template]) => [
        name,
        this.flow.templates.value(template, scope)?.value ?? this.render(template),
      ]),
    );
  }

  hangUp(reason: Extract<FlowCommand, { type: 'hang-up' }>['reason'], result?: string): NodeResult {
    const command = { type: 'hang-up', reason, ...(result === undefined ? {} : { result }) } as const;
    this.state.leaving = command;
    this.state.pending = null;
    this.commands.push(command);
    return { type: 'left' };
  }

  /** The call cannot go on: says so and ends it. */
  breakOff(problem: string): NodeResult {
    this.problem(problem);
    this.say(this.phrases.broken_off, { interruptible: false });
    return this.hangUp('error');
  }

  note(note: FlowNote): void {
    this.commands.push({ type: 'note', note });
  }

  problem(problem: string): void {
    this.note({ type: 'problem', node: this.state.node, problem });
  }

  #scope(provisional: Readonly<Record<string, unknown>>): PromptScope {
    const { call, slots, tools } = this.state;
    const { from = '', to = '', direction = 'inbound' } = call ?? {};
    return { call: { from, to, direction }, slots: { ...slots, ...provisional }, tools, now: this.now };
  }

  /**
   * The same for the same call of the same turn: a repeat after a lost answer or a crash is known as one, while another
   * input, as after a refusal, is another call.
   */
  #idempotencyKey(tool: string, input: Record<string, unknown>): string {
    const { call, turn } = this.state;
    const named = JSON.stringify([call?.callId, turn, tool, sorted(input)]);
    return createHash('sha256').update(named).digest('hex').slice(0, 32);
  }
}

/** The same value with the keys of its maps in order, however a model wrote them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, sorted(entry)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
