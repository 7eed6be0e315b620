/** `agent`: a free conversation, held by the model, that ends with one of the outcomes the node names. */

import type { StopReason } from '../../llm/index.ts';
import { FINISH_TOOL, type FlowTool, type NodeOf, SET_SLOTS_TOOL } from '../flow.ts';
import { askedFor, keyedFor, offeredHandlers } from '../handling.ts';
import { addAnswer, addToolResult, addUser, toMessages } from '../history.ts';
import type { ToolCall } from '../index.ts';
import { asSaid } from '../prompts.ts';
import type { LostLine, ModelReply, NodeBehaviour, NodeResult, PendingTools, Step } from '../step.ts';
import { unmetGuard } from '../tools/guards.ts';
import { wrongInput } from '../tools/input.ts';
import { knowledgeWanted } from './agent-knowledge.ts';
import { AgentOffline } from './agent-offline.ts';
import { agentSystem, agentTools, modelOutcomes } from './agent-request.ts';
import { setSlots } from './agent-slots.ts';
import { expectOpen } from './expectations.ts';
import { passing } from './passing.ts';

/** More model requests than this for one turn of the caller's are a model that goes in circles. */
const MOST_ROUNDS = 8;
/** An answer that runs into the token limit may go on this often; more would be a lecture. */
const MOST_CUT_ROUNDS = 3;
/** A model that failed this often in a row is left alone: first for the node's `failed`, then for good. */
const FAILURES_BEFORE_FAILED = 2;
const FAILURES_BEFORE_END = 3;
/** The same where the caller can choose without a model: they may need another try themselves. */
const FAILURES_BEFORE_END_WITH_MENU = 5;
const DEFAULT_MAX_TOKENS = 300;

type AgentProgress = Extract<Step['state']['progress'], { type: 'agent' }>;

export function agentNode(step: Step, node: NodeOf<'agent'>): NodeBehaviour {
  return new Conversing(step, node).behaviour();
}

class Conversing {
  readonly #step: Step;
  readonly #node: NodeOf<'agent'>;
  /** Made when it is needed. */
  #offline: AgentOffline | undefined;

  constructor(step: Step, node: NodeOf<'agent'>) {
    this.#step = step;
    this.#node = node;
  }

  behaviour(): NodeBehaviour {
    const { progress } = this.#step.state;
    const menu = progress.type === 'collect' ? this.#without.menu : undefined;
    if (menu !== undefined) return this.#without.collecting(menu, () => this.#askAfresh());
    return {
      ...passing(() => this.#enter()),
      said: (text) => this.#said(text),
      pressed: (digits) => this.#pressed(digits),
      again: (lost) => this.#again(lost),
      listen: () => this.#listen(),
      modelReplied: (reply) => this.#replied(reply),
      modelFailed: () => this.#failed(),
      toolsFinished: (pending) => this.#runNext(pending),
      knowledgeFound: ({ begun, fixed }) => this.#ask(begun, fixed),
    };
  }

  get #progress(): AgentProgress {
    const { progress } = this.#step.state;
    return progress.type === 'agent' ? progress : { type: 'agent', rounds: 0, empties: 0 };
  }

  #set(change: Partial<Omit<AgentProgress, 'type'>>): void {
    this.#step.state.progress = { ...this.#progress, ...change };
  }

  get #without(): AgentOffline {
    this.#offline ??= new AgentOffline(this.#step, this.#node);
    return this.#offline;
  }

  /** What stands in for the model; undefined while it answers. */
  get #menu(): AgentOffline['menu'] {
    return this.#progress.offline === true ? this.#without.menu : undefined;
  }

  #enter(): NodeResult {
    const { say, interruptible } = this.#node;
    this.#set({ rounds: 0, empties: 0 });
    if (say !== undefined) this.#step.say(say, { interruptible });
    else if (speaksFirst(this.#step, this.#node)) return this.#ask();
    return this.#listen();
  }

  #said(text: string): NodeResult {
    const menu = this.#menu;
    const chosen = menu && this.#without.said(menu, text);
    if (chosen !== undefined) return chosen;
    this.#set({ heard: text });
    return askedFor(this.#step, text, 'whole') ?? this.#askAfresh(menu === undefined);
  }

  #pressed(digits: string): NodeResult {
    const menu = this.#menu;
    const chosen = menu && this.#without.pressed(menu, digits);
    if (chosen !== undefined) return chosen;
    const outcome = [...this.#node.targets].find(([, { key }]) => key === digits)?.[0];
    if (outcome !== undefined) return { type: 'outcome', outcome, path: 'keys' };
    return keyedFor(this.#step, digits) ?? this.#askAfresh();
  }

  #again(lost?: LostLine): NodeResult {
    if (lost?.owesAnswer) return this.#goOn(lost.unheard.join(' '));
    const menu = this.#menu;
    if (menu !== undefined) return this.#without.offer(menu);
    for (const text of lost?.unheard ?? []) this.#step.repeat(text);
    return this.#listen();
  }

  #listen(): NodeResult {
    const menu = this.#menu;
    if (menu !== undefined) return { type: 'listen', expect: this.#without.expect(menu) };
    const hasKeys = [...this.#node.targets.values()].some(({ key }) => key !== undefined);
    return { type: 'listen', expect: expectOpen(hasKeys) };
  }

  /** The answer was cut short: what was made of it and not heard is said, and the model goes on from there. */
  #goOn(unheard: string): NodeResult {
    this.#set({ rounds: 0, empties: 0 });
    const { interruptible } = this.#node;
    this.#step.repeat(unheard, { interruptible });
    if (unheard !== '') addUser(this.#step.state.history, '(Go on from there, without repeating it.)');
    return this.#ask();
  }

  /** `opens`: the answer begins with the node's opening, while the model is still thinking. */
  #askAfresh(opens = false): NodeResult {
    this.#set({ rounds: 0, empties: 0 });
    const { opening } = this.#node;
    const template = opens ? opening[this.#step.state.turn % opening.length] : undefined;
    if (template === undefined) return this.#ask();
    return this.#ask(asSaid(this.#step.render(template)), this.#step.flow.templates.isFixed(template));
  }

  /** `begun`: words the answer begins with before the model has any. */
  #ask(begun = '', fixed = false): NodeResult {
    const { flow, state, phrases } = this.#step;
    const { rounds } = this.#progress;
    if (rounds >= MOST_ROUNDS) {
      this.#step.problem('the model went on calling tools without coming to an end');
      this.#step.say(phrases.trouble);
      return this.#listen();
    }
    const wanted = knowledgeWanted(this.#step, this.#node);
    if (wanted !== undefined) {
      const { asked, ...query } = wanted;
      return this.#step.findKnowledge(query, { asked, begun, fixed });
    }
    this.#set({ rounds: rounds + 1 });
    // A model answers somebody: after words of its own it is told that it has the floor.
    const isOwnLast = toMessages(state.history).at(-1)?.role === 'assistant';
    if (isOwnLast) addUser(state.history, '(The caller waits for you to speak.)');
    const request = {
      system: agentSystem(this.#step, this.#node, begun),
      messages: toMessages(state.history),
      tools: agentTools(this.#step, this.#node),
      maxTokens: this.#node.max_tokens ?? flow.model?.maxTokens ?? DEFAULT_MAX_TOKENS,
    };
    this.#step.repeat(begun, { interruptible: this.#node.interruptible, fixed });
    return this.#step.askModel(request, { speak: true, interruptible: this.#node.interruptible });
  }

  #replied({ requestId, text, toolCalls, stopReason }: ModelReply): NodeResult {
    const { state } = this.#step;
    this.#set({ offline: undefined, heard: undefined });
    addAnswer(state.history, requestId, text.trim(), toolCalls);
    state.saidSinceCaller = `${state.saidSinceCaller} ${text}`.trim();
    if (toolCalls.length > 0) {
      const isFinish = ({ name }: ToolCall): boolean => name === FINISH_TOOL;
      const calls = toolCalls.filter((call) => !isFinish(call));
      return this.#runNext({ calls, finish: toolCalls.filter(isFinish), failed: false });
    }
    if (stopReason === 'max-tokens') {
      // Something was left unsaid or undone, perhaps a tool call: the model goes on, for a while.
      this.#step.problem('the answer was cut short by the token limit');
      if (this.#progress.rounds < MOST_CUT_ROUNDS) return this.#ask();
    }
    if (stopReason === 'refusal') this.#step.problem('the model declined to answer');
    return text.trim() === '' ? this.#nothingSaid(stopReason) : this.#listen();
  }

  /** An empty answer is asked for once more; then the caller is. */
  #nothingSaid(stopReason: StopReason): NodeResult {
    const { phrases } = this.#step;
    if (stopReason !== 'refusal' && this.#progress.empties === 0) {
      this.#set({ empties: 1 });
      return this.#ask();
    }
    if (stopReason !== 'refusal') this.#step.problem('the model answered nothing twice');
    this.#set({ empties: 0 });
    this.#step.say(stopReason === 'refusal' ? phrases.refused : phrases.not_understood);
    return this.#listen();
  }

  /** What the flow declares goes on without a model: first what the caller just said, then a menu. */
  #failed(): NodeResult {
    const { modelFailures } = this.#step.state;
    const { menu } = this.#without;
    const { heard } = this.#progress;
    const meant = menu && heard !== undefined ? this.#without.said(menu, heard) : undefined;
    if (meant !== undefined) return meant;
    if (modelFailures >= FAILURES_BEFORE_FAILED && this.#node.targets.has('failed')) {
      return { type: 'outcome', outcome: 'failed', path: 'limit' };
    }
    const most = menu === undefined ? FAILURES_BEFORE_END : FAILURES_BEFORE_END_WITH_MENU;
    if (modelFailures >= most) return this.#step.breakOff('the model failed again and again');
    if (menu === undefined) {
      this.#step.say(this.#step.phrases.trouble);
      return this.#listen();
    }
    this.#set({ offline: true, heard: undefined });
    return this.#without.offer(menu);
  }

  /** Runs the next call that may run; calls that may not are answered at once. */
  #runNext(pending: PendingTools): NodeResult {
    const { state, flow } = this.#step;
    for (let call = pending.calls[0]; call !== undefined; call = pending.calls[0]) {
      if (call.name === SET_SLOTS_TOOL) {
        const { text, isError } = setSlots(this.#step, this.#node, call.input);
        addToolResult(state.history, call, text, isError);
        pending.calls.shift();
        pending.failed ||= isError;
        continue;
      }
      const tool = this.#node.tools.includes(call.name) ? flow.tools.get(call.name) : undefined;
      const refusal = refuse(call, tool, this.#node.tools) ?? this.#unmet(tool);
      if (tool !== undefined && refusal === undefined) {
        const sent = this.#step.runTool(call, tool, { ...call.input, ...this.#step.given(tool) });
        state.pending = { type: 'tools', ...pending, sent };
        return { type: 'wait' };
      }
      addToolResult(state.history, call, refusal ?? '', true);
      pending.calls.shift();
      pending.failed = true;
    }
    state.pending = null;
    return this.#finish(pending);
  }

  /** What has to happen first, in the words of the flow. */
  #unmet(tool: FlowTool | undefined): string | undefined {
    const otherwise = unmetGuard(this.#step, `the tool "${tool?.name}"`, tool?.guards ?? []);
    return otherwise === undefined ? undefined : `Not run: ${otherwise}`;
  }

  /** All tools of an answer are done: the node ends if the model asked for it, else the model hears their results. */
  #finish({ finish: wishes, failed }: PendingTools): NodeResult {
    const own = modelOutcomes(this.#node);
    const handlers = offeredHandlers(this.#step, [...this.#node.targets.keys()]).map(({ name }) => name);
    const outcomes = [...own, ...handlers];
    let chosen: string | undefined;
    for (const call of wishes) {
      const answer = this.#guarded(finishAnswer(call.input['outcome'], outcomes, { failed, chosen }));
      addToolResult(this.#step.state.history, call, answer.text, answer.outcome === undefined);
      chosen ??= answer.outcome;
    }
    if (chosen === undefined) return this.#ask();
    if (handlers.includes(chosen)) return { type: 'handler', handler: chosen, path: 'model' };
    return { type: 'outcome', outcome: chosen, path: 'model' };
  }

  /** An outcome may have a guard too. */
  #guarded(answer: { text: string; outcome?: string }): { text: string; outcome?: string } {
    const { outcome } = answer;
    const guard = outcome === undefined ? undefined : this.#node.targets.get(outcome)?.guard;
    if (guard === undefined) return answer;
    const otherwise = unmetGuard(this.#step, `the outcome "${outcome}"`, [guard]);
    return otherwise === undefined ? answer : { text: `Not ended: ${otherwise}` };
  }
}

/** Unless the node says who begins: a question that was just asked leaves the word to the caller. */
function speaksFirst(step: Step, node: NodeOf<'agent'>): boolean {
  if (node.speaks_first !== undefined) return node.speaks_first === 'agent';
  return !/[?？؟]["')\]]?$/.test(step.state.saidSinceCaller.trim());
}

/** Why a call cannot run, in words the model can act on. */
function refuse(call: ToolCall, tool: FlowTool | undefined, known: readonly string[]): string | undefined {
  if (tool === undefined) {
    const there = known.length === 0 ? 'There are no tools here' : `The tools here are ${known.join(', ')}`;
    return `There is no tool "${call.name}". ${there}.`;
  }
  const wrong = tool.check(call.input);
  return wrong === undefined ? undefined : wrongInput(wrong);
}

function finishAnswer(
  outcome: unknown,
  outcomes: readonly string[],
  { failed, chosen }: { failed: boolean; chosen: string | undefined },
): { text: string; outcome?: string } {
  if (chosen !== undefined) return { text: 'The step has already ended.' };
  if (failed) return { text: 'Not ended: another tool of the same answer went wrong. Deal with that first.' };
  if (typeof outcome !== 'string' || !outcomes.includes(outcome)) {
    return { text: `Not ended: choose one of these outcomes: ${outcomes.join(', ')}.` };
  }
  return { text: 'The step has ended.', outcome };
}
