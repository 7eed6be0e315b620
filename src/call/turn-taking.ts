/**
 * When to speak: the turn-taking core. A pure reducer, `(state, event) → [state, commands]`: it reads no clock, opens
 * nothing and awaits nothing, so that calls can be simulated in virtual time and replayed from their journal.
 *
 * Who has the turn: `greeting` (the first reply), `listening` (no reply), `thinking` (a reply of which nothing is
 * audible yet), `speaking`, `ended`.
 *
 * An interruption takes two steps. At the onset of the caller's speech the line is paused and nothing is lost. Words,
 * or speech that lasts, then decide: the reply is cancelled; a back-channel or a noise lets the line go on from the
 * first word not heard. Words while nothing of the reply was audible mean that the turn was not over: the reply is
 * rolled back and the caller's words add up.
 *
 * A turn ends when the caller has been silent for as long as their words ask for (`endpointing.ts`). While that is
 * awaited, the answer is drafted (`turn-drafts.ts`). What the caller does is in `turn-caller.ts`.
 */

import { isBackchannel } from './endpointing-phrases.ts';
import {
  commitKeys,
  considerEnd,
  MAX_UNHEARD,
  noteWords,
  onEndpoint,
  onKey,
  onSpeechContinues,
  onSpeechStarted,
  onSpeechStopped,
  onTurnEnded,
  onWords,
  onWordsAssessed,
  UNHEARD_LEAD_MS,
} from './turn-caller.ts';
import { considerDraft, FINISHED_SCORE, onDraftEvent } from './turn-drafts.ts';
import type { TimerName, TurnCommand, TurnEvent } from './turn-events.ts';
import { awaitLeftover, takeLeftover } from './turn-leftover.ts';
import {
  isAside,
  isBehind,
  isLeaving,
  languageOf,
  NOTHING_HEARD,
  type Reply,
  type TurnState,
  unfinishedText,
} from './turn-state.ts';
import {
  awaitVoice,
  dropDraft,
  fillIn,
  goOn,
  interrupt,
  Step,
  startReply,
  waitForCaller,
} from './turn-step.ts';

/** A sound over the agent that goes on for so long without words is not meant for it. */
const LONGEST_PAUSE_MS = 3000;
/** Speech is waited for longer: a recogniser without interims tells a whole sentence at its end. */
const LONGEST_SPEECH_MS = 8000;
const LOOK_AGAIN_MS = 300;
/** A sound that is told of no more is over, whether or not its end was told: longer than a caller's breath. */
const SOUND_LASTS_MS = 1000;

/** Longer than any goodbye takes to say, shorter than anybody would wait for a call that should be over. */
const GOODBYE_MS = 20_000;

/** One step. Unknown or late events leave the state as it is. */
export function reduce(state: TurnState, event: TurnEvent): [TurnState, TurnCommand[]] {
  if (state.ended) return [state, []];
  const step = new Step(state, event.atMs);
  apply(step, event);
  return [step.state, step.commands];
}

function apply(step: Step, event: TurnEvent): void {
  if (takeLeftover(step, event)) return;
  switch (event.type) {
    case 'line-opened':
      step.arm('max-call', step.state.settings.maxCallMs);
      if (event.asked !== undefined) step.set({ expect: event.asked });
      return event.input.type === 'unheard' ? awaitLeftover(step) : startReply(step, event.input);
    case 'speech-started':
      return onSpeechStarted(step, event);
    case 'speech-continues':
      return onSpeechContinues(step, event);
    case 'speech-stopped':
      return onSpeechStopped(step, event);
    case 'words':
      return onWords(step, event);
    case 'words-assessed':
      return onWordsAssessed(step, event);
    case 'speech-paused':
      return considerDraft(step, FINISHED_SCORE);
    case 'turn-likely':
      return considerDraft(step);
    case 'turn-resumed':
      return dropDraft(step, 'resumed');
    case 'turn-ended':
      return onTurnEnded(step, event);
    case 'hearing-changed':
      step.set({
        settings: { ...step.state.settings, hearsVoice: event.hearsVoice },
        callerSpeaking: false,
      });
      return;
    case 'voice-started':
      return step.disarm('unheard');
    case 'voice-stopped':
      return onVoiceStopped(step);
    case 'recognition-lost':
      return onRecognitionLost(step, event.movesOn === true);
    case 'recognition-back':
      step.set({ deaf: false, owesKeys: false });
      return;
    case 'recognition-behind':
      // Where nobody listens, nobody will tell it.
      if (step.state.deaf) return;
      step.set({ behindSinceMs: step.state.behindSinceMs ?? event.atMs, missesWords: event.untold });
      return;
    case 'recognition-caught-up':
      step.set({ behindSinceMs: undefined, missesWords: false });
      return considerEnd(step, event.atMs);
    case 'machine-answered':
      return onMachine(step);
    case 'key':
      return onKey(step, event);
    case 'timer':
      return onTimer(step, event.name, event.atMs);
    case 'line-closed':
      return close(step);
    case 'reply-worded':
    case 'reply-audible':
    case 'tool-requested':
    case 'reply-delayed':
    case 'reply-complete':
    case 'reply-leaving':
    case 'playout-idle':
    case 'draft-declined':
      return onReplyEvent(step, event);
  }
}

function onVoiceStopped(step: Step): void {
  const { reply, unheards, settings } = step.state;
  if (reply === undefined && unfinishedText(step.state) === '' && unheards < MAX_UNHEARD)
    step.arm('unheard', settings.watchdogMs - UNHEARD_LEAD_MS);
}

// ── the agent's reply ────────────────────────────────────────────────────────────────────────────────────────────

type ReplyEvent = Extract<TurnEvent, { replyId: number }>;

function onReplyEvent(step: Step, event: ReplyEvent): void {
  const { reply, draft } = step.state;
  if (draft?.id === event.replyId) return onDraftEvent(step, draft, event);
  if (reply?.id !== event.replyId) {
    const { replyId } = event;
    if (event.type === 'tool-requested') step.do({ type: 'drop-tool', replyId, callId: event.callId });
    return;
  }
  switch (event.type) {
    case 'reply-worded':
      step.setReply({ hasWords: true });
      if (!reply.audible && !reply.hasWords) awaitVoice(step, reply);
      return;
    case 'reply-delayed':
      // The caller has waited for one already, and the next may take as long. One filler at a time is enough.
      if (reply.audible || reply.paused) return;
      return fillIn(step);
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
      return step.setReply({ state: 'leaving' });
    case 'playout-idle':
      return onPlayoutIdle(step, reply, event.more);
    case 'draft-declined':
      return;
  }
}

function onToolRequested(step: Step, reply: Readonly<Reply>, callId: string, writes: boolean): void {
  if (reply.paused) {
    step.setReply({ heldTools: [...reply.heldTools, { callId, writes }] });
    return;
  }
  step.setReply({ committed: reply.committed || writes });
  step.do({ type: 'run-tool', replyId: reply.id, callId });
}

function onPlayoutIdle(step: Step, reply: Readonly<Reply>, more: boolean): void {
  if (more || reply.state === 'generating')
    return reply.audible ? step.arm('watchdog', step.state.settings.watchdogMs) : awaitVoice(step, reply);
  step.disarm('watchdog');
  if (reply.state === 'left') return;
  if (reply.state === 'leaving') {
    step.setReply({ state: 'left' });
    return step.do({ type: 'leave' });
  }
  goOn(step);
  step.set({ reply: undefined });
  step.do({ type: 'finish-reply', replyId: reply.id });
  if (step.state.keys !== '') return commitKeys(step);
  const { heard, settings } = step.state;
  const text = unfinishedText(step.state);
  if (!heard.mayAnswer && isBackchannel(text, languageOf(step.state))) {
    // Said long before the end, and its own end was never told: no answer.
    noteWords(step, text);
    step.set({ heard: NOTHING_HEARD });
  } else if (text !== '') {
    // Said over the last words: an answer, once it is over.
    step.arm('endpoint', settings.endpointMs);
    return step.do({ type: 'assess-words', text });
  }
  if (tellOfKeys(step)) return;
  // Even while the caller sounds: words put it off, a noise that never ends does not.
  waitForCaller(step);
}

function onRecognitionLost(step: Step, movesOn: boolean): void {
  step.set({ deaf: true, owesKeys: !movesOn });
  // Whoever takes the call up asks for it again.
  if (movesOn) return;
  const { reply, keys, missesWords } = step.state;
  step.set({ behindSinceMs: undefined, missesWords: false });
  const text = unfinishedText(step.state);
  if (missesWords && reply === undefined && keys === '' && text !== '') {
    // Half of what was said is no answer.
    noteWords(step, text);
    dropDraft(step, 'ended');
    step.set({ heard: NOTHING_HEARD });
  }
  tellOfKeys(step);
}

/** Says that only keys are understood, unless something is being said, which comes first. */
function tellOfKeys(step: Step): boolean {
  const { owesKeys, reply, keys } = step.state;
  if (!owesKeys || reply !== undefined || keys !== '' || unfinishedText(step.state) !== '') return false;
  step.set({ owesKeys: false });
  startReply(step, { type: 'recognition-lost' });
  return true;
}

// ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function onTimer(step: Step, name: TimerName, atMs: number): void {
  const { state } = step;
  switch (name) {
    case 'silence': {
      if (state.reply !== undefined || state.keys !== '') return;
      step.set({ silences: state.silences + 1 });
      return startReply(step, { type: 'silence', count: step.state.silences });
    }
    case 'watchdog':
      if (state.reply === undefined) return;
      return state.reply.paused ? step.arm('watchdog', state.settings.watchdogMs) : fillIn(step);
    case 'decide':
      return onUndecided(step);
    case 'endpoint':
      return onEndpoint(step, atMs);
    case 'draft':
      return considerDraft(step);
    case 'keys':
      return commitKeys(step);
    case 'unheard':
      if (state.reply !== undefined || state.keys !== '' || unfinishedText(state) !== '') return;
      if (isBehind(state, atMs)) return step.arm('unheard', LOOK_AGAIN_MS);
      step.set({ unheards: state.unheards + 1 });
      return startReply(
        step,
        { type: state.deaf ? 'recognition-lost' : 'unheard' },
        state.settings.watchdogMs - UNHEARD_LEAD_MS,
      );
    case 'max-call':
      return onTimeUp(step);
  }
}

/** Nothing came of the onset: it was a noise. */
function onUndecided(step: Step): void {
  const { reply, settings } = step.state;
  if (reply !== undefined) {
    const isSounding = step.state.callerSpeaking && step.atMs - step.state.soundAtMs < SOUND_LASTS_MS;
    const goesOn = reply.paused && settings.hearsVoice && isSounding;
    // Nobody is talked over while there is speech, unless it has no end: then it is a radio.
    const longestMs = reply.spokenOver ? LONGEST_SPEECH_MS : LONGEST_PAUSE_MS;
    if (goesOn && step.atMs - reply.pausedAtMs < longestMs) return step.arm('decide', LOOK_AGAIN_MS);
    return goOn(step);
  }
  if (unfinishedText(step.state) !== '') return;
  if (!settings.hearsVoice) step.set({ callerSpeaking: false });
  waitForCaller(step);
}

/** The goodbye, or the one that is being said already, gets {@link GOODBYE_MS}; after that the call ends without it. */
function onTimeUp(step: Step): void {
  const { reply } = step.state;
  if (reply?.state === 'left') return;
  if (reply?.input.type === 'time-up') {
    step.setReply({ state: 'left' });
    return step.do({ type: 'leave' });
  }
  step.arm('max-call', GOODBYE_MS);
  if (isLeaving(reply)) return step.setReply({ input: { type: 'time-up' } });
  if (reply !== undefined) interrupt(step, reply, 'end', { addsUp: false });
  startReply(step, { type: 'time-up' });
}

/** Nobody is there to talk with: whatever was said or begun is given up for the words to a machine. */
function onMachine(step: Step): void {
  const { reply } = step.state;
  if (isLeaving(reply)) return;
  if (reply !== undefined) interrupt(step, reply, 'end', { addsUp: false });
  startReply(step, { type: 'machine-answered' });
}

function close(step: Step): void {
  const { reply } = step.state;
  const text = unfinishedText(step.state);
  const overReply = isAside(step.state);
  dropDraft(step, 'ended');
  if (reply !== undefined) interrupt(step, reply, 'end', { addsUp: false });
  if (overReply && text !== '') {
    noteWords(step, text);
    step.set({ heard: NOTHING_HEARD });
  }
  step.disarm('silence', 'watchdog', 'decide', 'endpoint', 'draft', 'keys', 'unheard', 'max-call');
  step.set({ ended: true });
  step.do({ type: 'close', overReply });
}
