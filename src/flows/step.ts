/**
 * One step of the interpreter in the making: a copy of the state that may be changed, and the commands so far. Nodes
 * speak, ask and note through it; nothing of it outlives the step.
 */
import { createHash } from 'node:crypto';
import { type Flow, type FlowNode, type FlowTool, flowAt } from './flow.ts';
import { addSpoken } from './history.ts';
import {
  type CallFacts,
  type FlowCommand,
  type FlowNote,
  type ModelRequest,
  SMS_TOOL,
  type SpokenAs,
  type ToolCall,
} from './index.ts';
import type { NodeResult, PendingKnowledge } from './node-behaviour.ts';
import { asSaid } from './prompts.ts';
import type { FlowFile } from './schema.ts';
import { concealed, keepable, unasked, withoutSensitive } from './sensitive.ts';
import { definedVoice } from './spoken-flows.ts';
import type { SentTool, State } from './state.ts';
import type { PromptScope } from './templates.ts';

export type {
  LostLine,
  ModelReply,
  NodeBehaviour,
  NodeExpectation,
  NodeResult,
  OutcomePath,
  PendingKnowledge,
  PendingTools,
  ToolEnd,
} from './node-behaviour.ts';

export class Step {
  /** The flow that answered the call. */
  readonly #outermost: Flow;
  readonly state: State;
  readonly now: string;
  readonly commands: FlowCommand[] = [];
  /** What was said to the caller before they spoke or pressed a key in this step. */
  saidBefore = '';

  /** `state` is changed; hand over a copy. */
  constructor(flow: Flow, state: State, now: string) {
    this.#outermost = flow;
    this.state = state;
    this.now = now;
  }

  /** The flow the call is in: the one that answered it, or the innermost subflow. */
  get flow(): Flow {
    return flowAt(this.#outermost, this.state);
  }

  /** The flow the call is in and those around it, the innermost first. */
  get flowsOutwards(): Flow[] {
    const { frames, language } = this.state;
    return Array.from({ length: frames.length + 1 }, (_, out) =>
      flowAt(this.#outermost, { frames: frames.slice(0, frames.length - out), language }),
    );
  }

  get node(): FlowNode {
    const node = this.flow.nodes.get(this.state.node);
    if (node === undefined) throw new Error(`the flow has no node "${this.state.node}"`);
    return node;
  }

  /** From here on the call goes on in this language. */
  changeLanguage(language: string): void {
    const own = this.#outermost.file.language;
    const { state } = this;
    if ((state.language || own) === language) return;
    state.language = language === own ? '' : language;
    this.note({ type: 'language', language });
  }

  /** How something is said here, where it is not as the flow has it. */
  get spokenAs(): { as?: SpokenAs } {
    const { node } = this;
    const voice = definedVoice(('voice' in node ? node.voice : undefined) ?? {});
    const hasVoice = Object.keys(voice).length > 0;
    if (this.state.language === '' && !hasVoice) return {};
    const language = this.state.language || this.#outermost.file.language;
    return { as: { language, ...(hasVoice ? { voice } : {}) } };
  }

  get phrases(): FlowFile['phrases'] {
    return this.flow.file.phrases;
  }

  /** Renders a template; what is missing becomes empty and is noted. */
  render(template: string, provisional: Readonly<Record<string, unknown>> = {}): string {
    const scope = this.#scope(provisional);
    // What is spoken or shown has only the masks of sensitive values; the hours of a scope are worked out when asked for.
    if (this.flow.sensitive.size > 0) scope.slots = concealed(this.flow, scope.slots);
    return this.#rendered(template, scope);
  }

  #rendered(template: string, scope: PromptScope): string {
    const { text, missing } = this.flow.templates.render(template, scope);
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
    const interruptible = options.interruptible ?? true;
    this.commands.push({ type: 'say', partId, text, interruptible, fixed, ...this.spokenAs });
    this.spoke(partId, text);
  }

  /** Speaks words that are no template, such as those that were lost with the line. */
  repeat(text: string, { interruptible = true, fixed = false } = {}): void {
    if (text === '') return;
    const partId = `say-${++this.state.sequence}`;
    this.commands.push({ type: 'say', partId, text, interruptible, fixed, ...this.spokenAs });
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
    const providers = this.flow.settings.providers.llm;
    this.commands.push({
      type: 'ask-model',
      requestId,
      request: {
        ...(name === undefined ? {} : { model: name }),
        ...(providers === undefined ? {} : { providers }),
        ...request,
      },
      ...options,
      ...this.spokenAs,
    });
    this.state.pending = { type: 'model', requestId, spoken: options.speak };
    return { type: 'wait' };
  }

  /** Looks something up; what is found comes to the node as `knowledgeFound`. `answer`: what is said once it is there. */
  findKnowledge(
    wanted: { text: string; limit: number; sources?: readonly string[] },
    answer: Pick<PendingKnowledge, 'asked' | 'begun' | 'fixed'>,
  ): NodeResult {
    const { file, settings } = this.flow;
    const queryId = `knowledge-${++this.state.sequence}`;
    const timeoutMs = file.timing.knowledge_ms;
    this.commands.push({ type: 'find-knowledge', queryId, flow: settings.id, ...wanted, timeoutMs });
    this.state.pending = { type: 'knowledge', queryId, ...answer };
    return { type: 'wait' };
  }

  runTool(
    call: ToolCall,
    tool: Pick<FlowTool, 'name' | 'effect' | 'timeoutMs' | 'sayWhile'>,
    input: Record<string, unknown>,
  ): SentTool {
    const text = tool.sayWhile === undefined ? '' : asSaid(this.render(tool.sayWhile));
    const sayWhile =
      text === '' ? undefined : { partId: `say-${++this.state.sequence}`, text, ...this.spokenAs };
    const name = this.#within(tool.name);
    const sent = { tool: name, input, idempotencyKey: this.#idempotencyKey(name, input) };
    this.sendTool(call.id, sent, tool, sayWhile);
    if (sayWhile !== undefined) this.spoke(sayWhile.partId, sayWhile.text);
    return sent;
  }

  /** Sends a tool's call, or the very same one again. */
  sendTool(
    callId: string,
    sent: SentTool,
    { effect, timeoutMs }: Pick<FlowTool, 'effect' | 'timeoutMs'>,
    sayWhile?: { partId: string; text: string; as?: SpokenAs },
  ): void {
    this.commands.push({
      type: 'run-tool',
      callId,
      ...sent,
      effect,
      timeoutMs,
      ...(this.state.call === null ? {} : { call: this.state.call as CallFacts }), // absent and undefined are one in JSON
      ...(sayWhile === undefined ? {} : { sayWhile }),
    });
  }

  /** Runs a tool for the node itself; its end comes to the node as `ran`, and no model hears of it. */
  runForNode(
    tool: Pick<FlowTool, 'name' | 'effect' | 'timeoutMs' | 'sayWhile'>,
    input: Record<string, unknown>,
  ): NodeResult {
    const callId = `tool-${++this.state.sequence}`;
    const sent = this.runTool({ id: callId, name: tool.name, input }, tool, input);
    this.state.pending = { type: 'run', callId, tool: tool.name, sent };
    return { type: 'wait' };
  }

  /** Gives a slot a value by the flow's own rule; nothing empties it. */
  fill(slot: string, value: unknown): void {
    if (value === undefined || value === null) this.empty(slot);
    else this.answer(slot, value, 'rule');
  }

  /** Gives a slot its value. `isConfirmed`: it was read back, and the caller agreed. */
  answer(
    slot: string,
    value: unknown,
    path: Extract<FlowNote, { type: 'slot-filled' }>['path'],
    isConfirmed = false,
  ): void {
    this.state.slots[slot] = value;
    this.state.confirmed[slot] = isConfirmed;
    this.note({ type: 'slot-filled', slot, ...(this.flow.sensitive.has(slot) ? {} : { value }), path });
  }

  empty(slot: string): void {
    delete this.state.slots[slot];
    delete this.state.confirmed[slot];
  }

  /** The values a flow adds to a tool's input by itself. */
  given(tool: FlowTool): Record<string, unknown> {
    const scope = this.#scope({});
    return Object.fromEntries(
      Object.entries(tool.with).map(([name, template]) => [
        name,
        this.#single(template, scope)?.value ?? this.#rendered(template, scope),
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
    this.note({ type: 'problem', node: this.place, problem: this.masked(problem) });
  }

  /** A value as it may be kept: whatever sensitive value stands in it is masked. */
  masked<T>(value: T): T {
    return withoutSensitive(this.#outermost, this.state, value);
  }

  /** What the caller said or keyed just now, as it may be kept. */
  keepable(text: string): string {
    return keepable(this.#outermost, this.state, text);
  }

  /** What the caller said, without what nobody asked for and nobody may keep. */
  unasked(text: string): string {
    return unasked(this.#outermost, this.state, text);
  }

  /** The node for journal and record: `identity/ask-name` within a subflow. */
  get place(): string {
    return this.#within(this.state.node);
  }

  /** What belongs to a subflow carries its id, for two flows may use one name. */
  #within(name: string): string {
    const inner = name === SMS_TOOL ? undefined : this.state.frames.at(-1);
    return inner === undefined ? name : `${inner.flow}/${name}`;
  }

  /** True where a condition holds; one that cannot be evaluated does not, and is noted. `also`: more roots it sees. */
  holds(condition: string, also: Readonly<Record<string, unknown>> = {}): boolean {
    const scope = Object.assign(this.#scope({}), also);
    return this.flow.conditions.holds(condition, scope, (problem) => this.problem(problem));
  }

  /** A value as a flow file writes it: texts in it are templates, and a lone `{{ … }}` keeps its type. */
  value(written: unknown, also: Readonly<Record<string, unknown>> = {}): unknown {
    return this.#valueIn(written, Object.assign(this.#scope({}), also));
  }

  #valueIn(written: unknown, scope: PromptScope): unknown {
    if (typeof written === 'string') {
      const single = this.#single(written, scope);
      return single === undefined ? this.#rendered(written, scope) : single.value;
    }
    if (Array.isArray(written)) return written.map((entry) => this.#valueIn(entry, scope));
    if (typeof written !== 'object' || written === null) return written;
    const entries = Object.entries(written).map(
      ([key, entry]) => [key, this.#valueIn(entry, scope)] as const,
    );
    return Object.fromEntries(entries);
  }

  /** The value of a lone `{{ … }}`; undefined for any other template, and where rendering it tells what is wrong. */
  #single(template: string, scope: PromptScope): { value: unknown } | undefined {
    try {
      return this.flow.templates.value(template, scope);
    } catch {
      return undefined;
    }
  }

  #scope(provisional: Readonly<Record<string, unknown>>): PromptScope {
    const { call, slots, tools, vars } = this.state;
    const { from = '', to = '', direction = 'inbound' } = call ?? {};
    const { flow, now } = this;
    return {
      call: { from, to, direction },
      vars,
      slots: { ...slots, ...provisional },
      tools,
      now,
      get hours() {
        return flow.hours?.at(now);
      },
    };
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
