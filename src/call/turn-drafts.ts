/**
 * Drafts: the reply to what the caller has probably finished saying is made while it is not yet certain. It is adopted
 * when the turn's words are the draft's, and dropped without a trace when the caller goes on. Pure.
 */
import { comparable } from './comparable.ts';
import { asksForTime, isBackchannel } from './endpointing-phrases.ts';
import type { ReplyInput, TurnEvent } from './turn-events.ts';
import { type Draft, isBehind, languageOf, unfinishedText } from './turn-state.ts';
import { beginReply, dropDraft, type Step } from './turn-step.ts';

/** Words that are a finished thought by themselves. */
export const FINISHED_SCORE = 0.75;
/** Below this the words are held to break off, and an answer to them would most likely be wasted. */
const LEAST_SCORE = 0.4;

/**
 * Begins a draft of the answer to the words so far, where one is worth it and the flow's budget allows. `leastScore`: how
 * finished the words must be held to be; more where nothing else says that the turn is over.
 */
export function considerDraft(step: Step, leastScore = LEAST_SCORE): void {
  const { state } = step;
  const { enabled, perTurn, wastedPerCall } = state.settings.drafts;
  const { thisTurn, wasted } = state.drafts;
  const text = unfinishedText(state);
  const { assessed } = state.heard;
  const isWorthIt =
    text !== '' &&
    assessed?.text === text &&
    assessed.score >= leastScore &&
    !asksForTime(text, languageOf(state)) &&
    !(state.wasCut && isBackchannel(text, languageOf(state)));
  const isFree =
    state.reply === undefined &&
    state.draft === undefined &&
    state.keys === '' &&
    !isBehind(state, step.atMs);
  if (!enabled || !isWorthIt || !isFree || thisTurn >= perTurn || wasted >= wastedPerCall) return;
  const id = state.lastReplyId + 1;
  step.set({
    lastReplyId: id,
    drafts: { thisTurn: thisTurn + 1, wasted },
    draft: {
      id,
      words: comparable(text),
      heldTools: [],
      state: 'generating',
      hasWords: false,
      expect: undefined,
    },
  });
  step.disarm('draft');
  step.do({ type: 'start-draft', replyId: id, input: { type: 'speech', text } });
}

/** The words have changed: a draft of other words is of no use. */
export function reviewDraft(step: Step, text: string): void {
  const { draft } = step.state;
  if (draft !== undefined && draft.words !== comparable(text)) dropDraft(step, 'went-on');
}

/** Takes the draft for the reply where it answers these words. */
export function adoptDraft(step: Step, text: string, input: ReplyInput, waitedMs: number): boolean {
  const { draft } = step.state;
  if (draft === undefined || draft.words !== comparable(text)) return false;
  const { id, heldTools, state, hasWords, expect } = draft;
  step.set({ draft: undefined });
  const committed = heldTools.some((tool) => tool.writes);
  beginReply(step, { id, input, committed, state, hasWords }, waitedMs);
  if (expect !== undefined) step.set({ expect });
  step.do({ type: 'adopt-draft', replyId: id, input });
  for (const { callId } of heldTools) step.do({ type: 'run-tool', replyId: id, callId });
  return true;
}

type ReplyEvent = Extract<TurnEvent, { replyId: number }>;

/** What a draft does. Only tools that read may run for it. */
export function onDraftEvent(step: Step, draft: Readonly<Draft>, event: ReplyEvent): void {
  const change = (to: Partial<Draft>): void => step.set({ draft: { ...draft, ...to } });
  switch (event.type) {
    case 'tool-requested': {
      const { callId, effect } = event;
      if (effect === 'reads') return step.do({ type: 'run-tool', replyId: draft.id, callId });
      return change({ heldTools: [...draft.heldTools, { callId, writes: true }] });
    }
    case 'reply-worded':
      return change({ hasWords: true });
    case 'reply-complete':
      return change({ state: 'complete', expect: event.expect });
    case 'reply-leaving':
      return change({ state: 'leaving' });
    case 'draft-declined': {
      const { drafts } = step.state;
      step.set({ draft: undefined, drafts: { ...drafts, thisTurn: drafts.thisTurn - 1 } });
      return;
    }
    case 'reply-delayed':
    case 'reply-audible':
    case 'playout-idle':
      return;
  }
}
