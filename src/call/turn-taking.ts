/**
 * When to speak: the turn-taking core. A pure reducer, `(state, event) → [state, commands]`: it reads no clock, opens
 * nothing and awaits nothing, so that calls can be simulated in virtual time and replayed from their journal.
 *
 * Who has the turn: `greeting` (the first reply), `listening` (no reply), `thinking` (a reply of which nothing is
 * audible yet), `speaking`, `ended`.
 *
 * An interruption takes two steps. At the onset of the caller's speech the line is paused and nothing is lost. Words
 * then decide: the reply is cancelled; without words within `decideMs` it was a noise, and the line goes on. Words
 * while nothing of the reply was audible mean that the turn was not over: the reply is rolled back and the caller's
 * words add up.
 */
import type { ReplyInput, TimerName, TurnCommand, TurnEvent } from './turn-events.ts';
import { OPEN_EXPECTATION, type Reply, type TurnState, unfinishedText } from './turn-state.ts';

/** How often audible speech without words is asked for again before silence handling takes over. */
const MAX_UNHEARD = 2;

/** What it takes to notice that a sound has ended and to say something about it; so much earlier it must begin. */
const UNHEARD_LEAD_MS = 1500;
/** However long the caller has waited, the answer gets at least so long before something else is said. */
const LEAST_WATCHDOG_MS = 500;

/** Keys nobody asked for still mean something: a number, ended by a pause or `#`. */
const UNASKED_KEYS = { max: 32, terminator: '#', betweenMs: 1500 } as const;

/** Longer than any goodbye takes to say, shorter than anybody would wait for a call that should be over. */
const GOODBYE_MS = 20_000;

/** One step. Unknown or late events leave the state as it is. */
export function reduce(state: TurnState, event: TurnEvent): [TurnState, TurnCommand[]] {
  if (state.ended) return [state, []];
  const step = new Step(state);
  apply(step, event);
  return [step.state, step.commands];
}

/** A state under change and the commands so far; lives for one `reduce`. */
class Step {
  state: TurnState;
  readonly commands: TurnCommand[] = [];
  constructor(state: TurnState) {
    this.state = state;
  }
  set(change: Partial<TurnState>): void {
    this.state = { ...this.state, ...change };
  }
  setReply(change: Partial<Reply>): void {
    if (this.state.reply !== undefined) this.set({ reply: { ...this.state.reply, ...change } });
  }
  do(command: TurnCommand): void {
    this.commands.push(command);
  }
  arm(name: TimerName, afterMs: number): void {
    this.do({ type: 'arm-timer', name, afterMs });
  }
  disarm(...names: TimerName[]): void {
    for (const name of names) this.do({ type: 'disarm-timer', name });
  }
}

function apply(step: Step, event: TurnEvent): void {
  switch (event.type) {
    case 'line-opened':
      step.arm('max-call', step.state.settings.maxCallMs);
      return startReply(step, event.input);
    case 'speech-started':
      return onSpeechStarted(step, event.protected);
    case 'words':
      return onWords(step, event.text, event.final, event.protected);
    case 'turn-ended':
      return onTurnEnded(step, event.atMs, event.speechEndMs);
    case 'voice-started':
      return step.disarm('unheard');
    case 'voice-stopped':
      if (
        step.state.reply === undefined &&
        unfinishedText(step.state) === '' &&
        step.state.unheards < MAX_UNHEARD
      ) {
        step.arm('unheard', step.state.settings.watchdogMs - UNHEARD_LEAD_MS);
      }
      return;
    case 'key':
      return onKey(step, event.digit, event.protected);
    case 'timer':
      return onTimer(step, event.name, event.atMs);
    case 'line-closed':
      return close(step);
    case 'reply-audible':
    case 'tool-requested':
    case 'reply-complete':
    case 'reply-leaving':
    case 'playout-idle':
      return onReplyEvent(step, event);
  }
}

type ReplyEvent = Extract<TurnEvent, { replyId: number }>;

function onReplyEvent(step: Step, event: ReplyEvent): void {
  const { reply } = step.state;
  if (reply?.id !== event.replyId) {
    if (event.type === 'tool-requested') step.do({ type: 'drop-tool', callId: event.callId });
    return;
  }
  switch (event.type) {
    case 'reply-audible':
      step.disarm('watchdog');
      return step.setReply({ audible: true });
    case 'tool-requested':
      return onToolRequested(step, reply, event.callId, event.effect === 'writes');
    case 'reply-complete':
      step.set({ expect: event.expect });
      return step.setReply({ state: 'complete' });
    case 'reply-leaving':
      // From here on the decision is made: what the caller says over a goodbye changes nothing.
      goOn(step);
      step.disarm('decide');
      return step.setReply({ state: 'leaving' });
    case 'playout-idle':
      return onPlayoutIdle(step, reply, event.more);
  }
}

// ── the caller speaks ────────────────────────────────────────────────────────────────────────────────────────────

function onSpeechStarted(step: Step, isProtected: boolean): void {
  const { reply, settings } = step.state;
  step.disarm('silence', 'unheard');
  if (reply !== undefined && (isProtected || reply.state === 'leaving')) return;
  step.set({ callerSpeaking: true });
  step.arm('decide', settings.decideMs);
  if (reply !== undefined && !reply.paused) {
    step.setReply({ paused: true });
    step.do({ type: 'pause-line' });
  }
}

function onWords(step: Step, text: string, final: boolean, isProtected: boolean): void {
  const words = text.trim();
  if (words === '') return;
  const { reply, settings } = step.state;
  step.disarm('silence', 'decide', 'unheard');
  if (reply !== undefined && !isProtected && reply.state !== 'leaving') interrupt(step, reply, true);
  const { finals } = step.state.heard;
  step.set({
    callerSpeaking: true,
    unheards: 0,
    heard: final ? { finals: [...finals, words], interim: '' } : { finals, interim: words },
  });
  step.arm('endpoint', settings.endpointMs);
}

function onTurnEnded(step: Step, atMs: number, speechEndMs: number | undefined): void {
  const { reply } = step.state;
  const text = unfinishedText(step.state);
  step.disarm('decide', 'endpoint');
  step.set({ callerSpeaking: false, heard: { finals: [], interim: '' } });
  if (reply !== undefined) {
    // Either nothing was said, or it was said over something that must not be interrupted.
    return goOn(step);
  }
  if (text === '') return waitForCaller(step);
  const input: ReplyInput =
    speechEndMs === undefined ? { type: 'speech', text } : { type: 'speech', text, speechEndMs };
  startReply(step, input, speechEndMs === undefined ? 0 : atMs - speechEndMs);
}

/** The sound was nothing: the reply goes on from the first word not heard, and its tools run. */
function goOn(step: Step): void {
  const { reply } = step.state;
  if (reply === undefined) return;
  if (reply.paused) step.do({ type: 'resume-line' });
  for (const tool of reply.heldTools) step.do({ type: 'run-tool', callId: tool.callId });
  step.setReply({
    paused: false,
    heldTools: [],
    committed: reply.committed || reply.heldTools.some((tool) => tool.writes),
  });
}

/** `addsUp`: the caller is going on with the turn that the reply answers, so an unheard reply is rolled back. */
function interrupt(step: Step, reply: Readonly<Reply>, addsUp: boolean): void {
  const { input } = reply;
  const rollback =
    addsUp && !reply.audible && !reply.committed && (input.type === 'speech' || input.type === 'silence');
  step.disarm('watchdog');
  step.do({ type: 'cancel-reply', replyId: reply.id, rollback });
  for (const tool of reply.heldTools) step.do({ type: 'drop-tool', callId: tool.callId });
  const { heard, silences } = step.state;
  const before = rollback && input.type === 'speech' ? [input.text] : [];
  step.set({
    reply: undefined,
    heard: { finals: [...before, ...heard.finals], interim: heard.interim },
    silences: rollback && input.type === 'silence' ? silences - 1 : silences,
  });
}

// ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function onKey(step: Step, digit: string, isProtected: boolean): void {
  const { reply } = step.state;
  if (reply?.state === 'leaving') return;
  step.disarm('silence', 'decide', 'endpoint', 'unheard');
  if (reply !== undefined && isProtected) {
    step.set({ keys: step.state.keys + digit });
    return;
  }
  if (reply !== undefined) interrupt(step, reply, false);
  // Keys win over words half said.
  step.set({ keys: step.state.keys + digit, callerSpeaking: false, heard: { finals: [], interim: '' } });
  const wanted = step.state.expect.keys ?? UNASKED_KEYS;
  if (digit === wanted.terminator || step.state.keys.length >= wanted.max) commitKeys(step);
  else step.arm('keys', wanted.betweenMs);
}

function commitKeys(step: Step): void {
  const { keys, expect } = step.state;
  if (keys === '') return;
  const terminator = (expect.keys ?? UNASKED_KEYS).terminator;
  const digits = keys.length > 1 && keys.at(-1) === terminator ? keys.slice(0, -1) : keys;
  startReply(step, { type: 'keys', digits });
}

// ── the agent's reply ────────────────────────────────────────────────────────────────────────────────────────────

/** `waitedMs`: how long the caller has waited for it already. */
function startReply(step: Step, input: ReplyInput, waitedMs = 0): void {
  const id = step.state.lastReplyId + 1;
  const answered = input.type === 'speech' || input.type === 'keys';
  step.set({
    lastReplyId: id,
    keys: '',
    heard: { finals: [], interim: '' },
    callerSpeaking: false,
    expect: OPEN_EXPECTATION,
    silences: answered ? 0 : step.state.silences,
    unheards: answered ? 0 : step.state.unheards,
    reply: {
      id,
      input,
      audible: false,
      committed: false,
      paused: false,
      heldTools: [],
      state: 'generating',
    },
  });
  step.disarm('silence', 'unheard', 'keys', 'endpoint', 'decide');
  step.arm('watchdog', Math.max(LEAST_WATCHDOG_MS, step.state.settings.watchdogMs - waitedMs));
  step.do({ type: 'start-reply', replyId: id, input });
}

function onToolRequested(step: Step, reply: Readonly<Reply>, callId: string, writes: boolean): void {
  if (step.state.callerSpeaking) {
    step.setReply({ heldTools: [...reply.heldTools, { callId, writes }] });
    return;
  }
  step.setReply({ committed: reply.committed || writes });
  step.do({ type: 'run-tool', callId });
}

function onPlayoutIdle(step: Step, reply: Readonly<Reply>, more: boolean): void {
  if (more || reply.state === 'generating') return step.arm('watchdog', step.state.settings.watchdogMs);
  switch (reply.state) {
    case 'leaving':
      step.disarm('watchdog');
      return step.do({ type: 'leave' });
    case 'complete':
      goOn(step);
      step.disarm('watchdog');
      step.set({ reply: undefined });
      step.do({ type: 'finish-reply', replyId: reply.id });
      if (step.state.keys !== '') return commitKeys(step);
      if (!step.state.callerSpeaking) waitForCaller(step);
  }
}

function waitForCaller(step: Step): void {
  step.arm('silence', step.state.expect.silenceMs);
}

// ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function onTimer(step: Step, name: TimerName, atMs: number): void {
  const { state } = step;
  switch (name) {
    case 'silence': {
      if (state.reply !== undefined || state.callerSpeaking) return;
      step.set({ silences: state.silences + 1 });
      return startReply(step, { type: 'silence', count: step.state.silences });
    }
    case 'watchdog':
      if (state.reply === undefined) return;
      step.do({ type: 'say-filler' });
      return step.arm('watchdog', state.settings.watchdogMs);
    case 'decide':
      if (unfinishedText(state) !== '') return;
      step.set({ callerSpeaking: false });
      return state.reply === undefined ? waitForCaller(step) : goOn(step);
    case 'endpoint':
      return onTurnEnded(step, atMs, undefined);
    case 'keys':
      return commitKeys(step);
    case 'unheard':
      if (state.reply !== undefined || unfinishedText(state) !== '') return;
      step.set({ unheards: state.unheards + 1 });
      return startReply(step, { type: 'unheard' }, state.settings.watchdogMs - UNHEARD_LEAD_MS);
    case 'max-call':
      return onTimeUp(step);
  }
}

/** The goodbye gets {@link GOODBYE_MS}; after that the call ends without it. */
function onTimeUp(step: Step): void {
  const { reply } = step.state;
  if (reply?.input.type === 'time-up') return step.do({ type: 'leave' });
  step.arm('max-call', GOODBYE_MS);
  if (reply?.state === 'leaving') return;
  if (reply !== undefined) interrupt(step, reply, false);
  startReply(step, { type: 'time-up' });
}

function close(step: Step): void {
  const { reply } = step.state;
  if (reply !== undefined) {
    step.do({ type: 'cancel-reply', replyId: reply.id, rollback: false });
    for (const tool of reply.heldTools) step.do({ type: 'drop-tool', callId: tool.callId });
  }
  step.disarm('silence', 'watchdog', 'decide', 'endpoint', 'keys', 'unheard', 'max-call');
  step.set({ ended: true, reply: undefined });
  step.do({ type: 'close' });
}
