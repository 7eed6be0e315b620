/**
 * What to say: `step(flow, state, event)` gives the next state and what is to be done. Pure: it reads no clock, opens
 * nothing and awaits nothing. What each kind of node does is in `nodes/`, how a call moves between them in `moving.ts`.
 */
import type { Flow } from './flow.ts';
import {
  addAnswer,
  addToolData,
  addToolResult,
  addUser,
  afterHeard,
  owesAnswer,
  setHeard,
} from './history.ts';
import type { FlowCommand, FlowEvent, ListenExpectation, ToolFate } from './index.ts';
import { mayRepeat, pendingTool, repeatUnheard } from './lost-line.ts';
import { enter, listening, proceed } from './moving.ts';
import { arrive, behaviour } from './nodes/behaviour.ts';
import { leaveSubflows } from './nodes/subflow.ts';
import { copyOf, newState, type State } from './state.ts';
import { type LostLine, type NodeResult, Step } from './step.ts';
import { NOTHING_SAID, saidIn } from './tools/guards.ts';
import { callVariables } from './variables.ts';

const LOST_RESULT =
  'No answer came: it may have been done or not. Tell the caller that this is uncertain, and look before you do it again.';
const NOT_RUN = 'Not run: the caller went on first. Ask again if it is still wanted.';
/** A line that was gone for less than this was hardly noticed. */
const NOTICED_LOSS_MS = 1000;

type Of<T extends FlowEvent['type']> = Extract<FlowEvent, { type: T }>;

export function step(flow: Flow, before: State, event: FlowEvent): { state: State; commands: FlowCommand[] } {
  const current = new Step(flow, copyOf(before), 'now' in event ? event.now : '');
  handle(current, event);
  return { state: current.state, commands: current.commands };
}

/** What the caller is listened to for where the call stands; undefined where it is about to end, or has not begun. */
export function expectation(flow: Flow, state: State): ListenExpectation | undefined {
  if (state.call === null || state.leaving !== null) return undefined;
  const current = new Step(flow, copyOf(state), '');
  const result = behaviour(current).listen();
  return result.type === 'listen' ? listening(current, result) : undefined;
}

function handle(step: Step, event: FlowEvent): void {
  switch (event.type) {
    case 'call-started':
      start(step, event);
      break;
    case 'reply-heard':
      replyHeard(step, event);
      break;
    case 'tool-finished':
      toolFinished(step, event);
      break;
    case 'model-replied':
      modelReplied(step, event);
      break;
    case 'model-failed':
      modelFailed(step, event);
      break;
    case 'knowledge-found':
      knowledgeFound(step, event);
      break;
    case 'transfer-failed':
      transferFailed(step);
      break;
    case 'machine-answered':
      machineAnswered(step);
      break;
    case 'caller-overheard':
      overheard(step, event.text);
      break;
    case 'caller-said':
    case 'caller-pressed':
    case 'caller-silent':
    case 'caller-looking-up':
    case 'go-on':
    case 'time-up':
    case 'line-resumed':
    case 'recognition-lost':
      callerEvent(step, event);
      break;
  }
}

function start(step: Step, event: Of<'call-started'>): void {
  const { id, version } = step.flow.settings;
  Object.assign(step.state, newState({ id, version, start: step.flow.file.start }), {
    call: event.call,
    slots: { ...event.slots },
  });
  const { values, problems } = callVariables(step.flow.file.variables, event.call.variables ?? {});
  step.state.vars = values;
  for (const problem of problems) step.problem(problem);
  // A conversation as models know it begins with the other side.
  addUser(step.state.history, '(The caller is on the line.)');
  step.note({ type: 'node-entered', node: step.place });
  proceed(step, arrive(step));
}

type CallerEvent = Of<
  | 'caller-said'
  | 'caller-pressed'
  | 'caller-silent'
  | 'caller-looking-up'
  | 'go-on'
  | 'time-up'
  | 'line-resumed'
  | 'recognition-lost'
>;

function callerEvent(step: Step, event: CallerEvent): void {
  const { state } = step;
  if (state.call === null) {
    step.problem(`${event.type} came before the call started`);
    return;
  }
  if (state.leaving !== null) {
    // Of a goodbye that the line lost, the rest is said.
    if (event.type === 'line-resumed') repeatUnheard(step, { interruptible: false });
    leaveAgain(step);
    return;
  }
  if (event.type === 'line-resumed' && event.tool !== undefined) {
    toolResumed(step, event, event.tool);
    return;
  }
  if (state.moved) {
    state.moved = false;
    proceed(step, behaviour(step).enter());
    return;
  }
  const wasAnswering = state.pending !== null;
  const { unheard } = state;
  if (event.type !== 'line-resumed') state.unheard = [];
  dropPending(step);
  for (const text of state.overheard.splice(0)) addUser(state.history, text);
  if (event.type === 'caller-said' || event.type === 'caller-pressed') {
    state.turn++;
    state.moves = 0;
    step.saidBefore = state.saidSinceCaller;
    state.saidSinceCaller = '';
    state.said = event.type === 'caller-said' ? saidIn(event.text, step.flow.file.language) : NOTHING_SAID;
    state.lookingUp = false;
  }
  const lost = { unheard, wasAnswering, owesAnswer: wasAnswering || owesAnswer(state.history), byLine: true };
  proceed(step, answerCaller(step, event, lost));
}

function answerCaller(step: Step, event: CallerEvent, lost: LostLine): NodeResult {
  switch (event.type) {
    case 'caller-said': {
      // Before these words are part of what they are held against.
      const text = step.unasked(event.text);
      addUser(step.state.history, step.keepable(event.text));
      return behaviour(step).said(text);
    }
    case 'caller-pressed':
      addUser(step.state.history, step.keepable(`(pressed ${event.digits})`));
      return behaviour(step).pressed(event.digits);
    case 'caller-silent':
      return callerSilent(step, event.count);
    case 'caller-looking-up':
      return callerLookingUp(step, event.text);
    case 'go-on':
      return goOn(step, lost);
    case 'time-up':
      step.say(step.phrases.time_up, { interruptible: false });
      return step.hangUp('time-up');
    case 'line-resumed':
      return lineResumed(step, event, lost);
    case 'recognition-lost':
      return recognitionLost(step);
  }
}

function callerSilent(step: Step, count: number): NodeResult {
  const { prompts, looking_up_prompts: patient, goodbye } = step.flow.file.silence;
  const { lookingUp } = step.state;
  const prompt = (lookingUp ? patient : prompts)[count - 1];
  if (prompt === undefined) {
    step.say(goodbye, { interruptible: false });
    return step.hangUp('silence');
  }
  // Whoever asks to hear it again means what was said, not that they were silent.
  const { saidSinceCaller } = step.state;
  step.say(prompt);
  const result = lookingUp ? behaviour(step).listen() : behaviour(step).again();
  if (result.type === 'listen' && saidSinceCaller !== '') step.state.saidSinceCaller = saidSinceCaller;
  return result;
}

/** The question is asked again, for its keys; where it has none, at least it is known why nothing is answered. */
function recognitionLost(step: Step): NodeResult {
  const { saidSinceCaller } = step.state;
  const asked = behaviour(step).listen();
  step.say(step.phrases.cannot_hear);
  if (asked.type !== 'listen' || asked.expect.keys === undefined) return asked;
  step.say(step.phrases.use_keys);
  const result = behaviour(step).again();
  if (result.type === 'listen' && saidSinceCaller !== '') step.state.saidSinceCaller = saidSinceCaller;
  return result;
}

/** Nothing may come between a tool's call and its result. */
function overheard(step: Step, text: string): void {
  const kept = step.keepable(text);
  if (step.state.pending?.type === 'tools') step.state.overheard.push(kept);
  else addUser(step.state.history, kept);
}

/** The question stands, and is not asked again. */
function callerLookingUp(step: Step, text: string): NodeResult {
  addUser(step.state.history, step.keepable(text));
  step.state.lookingUp = true;
  step.say(step.phrases.take_your_time);
  return behaviour(step).listen();
}

/** As if nothing had happened: what was not heard is said, and nothing else. */
function goOn(step: Step, lost: LostLine): NodeResult {
  // Words nobody heard are no part of the history, so that alone does not make an answer owed.
  const isOwed = lost.wasAnswering || (lost.owesAnswer && lost.unheard.length === 0);
  if (isOwed) return behaviour(step).again(lost);
  for (const text of lost.unheard) step.repeat(text);
  return behaviour(step).listen();
}

function lineResumed(step: Step, { lostMs, goesOn }: Of<'line-resumed'>, lost: LostLine): NodeResult {
  if (lostMs > NOTICED_LOSS_MS) step.say(step.phrases.line_back);
  else if (goesOn) return goOn(step, lost);
  return behaviour(step).again(lost);
}

/** The process that ran a tool is gone: its answer is taken where it is known; else it is sent again where it may be. */
function toolResumed(step: Step, { lostMs, now }: Of<'line-resumed'>, fate: ToolFate): void {
  const { pending } = step.state;
  if (lostMs > NOTICED_LOSS_MS) step.say(step.phrases.line_back);
  repeatUnheard(step, { interruptible: true });
  const { callId, wasSent, answer } = fate;
  if (answer !== undefined) return toolFinished(step, { type: 'tool-finished', callId, ...answer, now });
  if (wasSent && !mayRepeat(step)) return toolLost(step, callId);
  const tool = pendingTool(step);
  if (pending !== null && 'sent' in pending && pending.sent !== undefined && tool !== undefined)
    step.sendTool(callId, pending.sent, tool);
  else if (pending?.type === 'tools') proceed(step, behaviour(step).toolsFinished(pending));
  else proceed(step, behaviour(step).again());
}

/** It may have been done or not: whoever asked for it is told, and so is the caller. */
function toolLost(step: Step, callId: string): void {
  const { pending, history } = step.state;
  const call = pending?.type === 'tools' ? pending.calls.shift() : undefined;
  if (pending?.type === 'tools' && call !== undefined) {
    addToolResult(history, call, LOST_RESULT, true);
    pending.failed = true;
    proceed(step, behaviour(step).toolsFinished(pending));
  } else if (pending?.type === 'run' && pending.callId === callId) {
    step.say(step.phrases.tool_uncertain);
    step.state.pending = null;
    proceed(step, behaviour(step).ran({ result: LOST_RESULT, isError: true, notRun: false }));
  }
}

function replyHeard(step: Step, event: Of<'reply-heard'>): void {
  const { history, pending } = step.state;
  step.state.unheard = [];
  for (const { partId, heard, said } of event.parts) {
    const missed = setHeard(history, partId, heard);
    if (missed !== undefined) {
      if (missed !== '') step.state.unheard.push(missed);
      continue;
    }
    // An answer that was cut short before it was whole: what was heard of it was said.
    const isCutShort = pending?.type === 'model' && pending.requestId === partId && pending.spoken;
    if (!isCutShort) continue;
    if (heard.trim() !== '') step.spoke(partId, heard);
    const rest = said === undefined ? '' : afterHeard(said, heard);
    if (rest !== '') step.state.unheard.push(rest);
  }
}

function modelReplied(step: Step, event: Of<'model-replied'>): void {
  if (!takeRequest(step, event.requestId)) return;
  step.state.modelFailures = 0;
  proceed(step, behaviour(step).modelReplied(event));
}

function modelFailed(step: Step, event: Of<'model-failed'>): void {
  const { pending } = step.state;
  if (!takeRequest(step, event.requestId)) return;
  step.problem(`the model did not answer: ${event.code}`);
  if (pending?.type === 'model' && pending.spoken)
    addAnswer(step.state.history, event.requestId, event.spoken, []);
  step.state.modelFailures++;
  proceed(step, behaviour(step).modelFailed());
}

/** False for an answer nobody waits for any more. */
function takeRequest(step: Step, requestId: string): boolean {
  const { pending, leaving } = step.state;
  if (leaving !== null || pending?.type !== 'model' || pending.requestId !== requestId) return false;
  step.state.pending = null;
  return true;
}

function toolFinished(step: Step, event: Of<'tool-finished'>): void {
  const { pending, tools } = step.state;
  if (pending?.type === 'run') {
    if (pending.callId === event.callId) nodeToolFinished(step, pending.tool, event);
    return;
  }
  const call = pending?.type === 'tools' ? pending.calls[0] : undefined;
  if (pending?.type !== 'tools' || call?.id !== event.callId) return;
  pending.calls.shift();
  pending.failed ||= event.isError;
  addToolData(step.state.history, call, step.masked(event.result), event.isError);
  if (!event.isError) tools[call.name] = event.result ?? null;
  proceed(step, behaviour(step).toolsFinished(pending));
}

function nodeToolFinished(step: Step, tool: string, event: Of<'tool-finished'>): void {
  const { result, isError, notRun = false } = event;
  step.state.pending = null;
  if (!isError) step.state.tools[tool] = result ?? null;
  proceed(step, behaviour(step).ran({ result, isError, notRun }));
}

function knowledgeFound(step: Step, { queryId, chunks, missed }: Of<'knowledge-found'>): void {
  const { pending } = step.state;
  if (pending?.type !== 'knowledge' || pending.queryId !== queryId) return;
  step.state.pending = null;
  step.state.knowledge = { asked: pending.asked, node: step.place, chunks: [...chunks] };
  const sources = chunks.map(({ source, heading, score }) => ({ source, heading, score }));
  step.note({
    type: 'knowledge',
    node: step.place,
    sources,
    ...(missed === undefined ? {} : { missed }),
  });
  proceed(step, behaviour(step).knowledgeFound(pending));
}

/** Nobody is there to talk with, so nothing that was going on matters any more. */
function machineAnswered(step: Step): void {
  const { state } = step;
  if (state.call === null || state.leaving !== null) return;
  dropPending(step);
  leaveSubflows(state);
  const { voicemail } = step.flow.file;
  if (voicemail === undefined) {
    step.hangUp('flow', 'answering_machine');
    return;
  }
  step.note({ type: 'outcome', node: step.place, outcome: 'machine-answered', path: 'rule' });
  proceed(step, enter(step, voicemail, 'machine-answered'));
}

function transferFailed(step: Step): void {
  if (step.state.leaving?.type !== 'transfer') return;
  step.state.leaving = null;
  proceed(step, behaviour(step).transferFailed());
}

/** What was asked for and not answered is given up; its calls get an answer that says so. */
function dropPending(step: Step): void {
  const { pending, history } = step.state;
  step.state.pending = null;
  if (pending?.type !== 'tools') return;
  const [running, ...waiting] = pending.calls;
  if (running !== undefined) addToolResult(history, running, LOST_RESULT, true);
  for (const call of [...waiting, ...pending.finish]) addToolResult(history, call, NOT_RUN, true);
}

/** A caller who is still there after the agent has left is left again, never to silence. */
function leaveAgain(step: Step): void {
  const { leaving } = step.state;
  if (leaving?.type === 'hang-up') step.hangUp(leaving.reason, leaving.result);
  else if (leaving?.type === 'transfer') behaviour(step).again();
}
