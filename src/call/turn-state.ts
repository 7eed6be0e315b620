/** The turn-taking core's state: plain data, so that it can be kept, compared and replayed. */
import type { AnswerProgress, ListenExpectation } from '../flows/index.ts';
import type { ReplyInput } from './turn-events.ts';

/** What the core works with; durations in milliseconds. */
export interface TurnSettings {
  /** BCP 47, until the flow changes to another: what counts as a back-channel or an unfinished sentence. */
  language: string;
  /** Speech is told from audio, so that its onset and its end are known without the recogniser. */
  hearsVoice: boolean;
  /** Longest silence of the agent in the middle of a reply, and after a filler. */
  watchdogMs: number;
  /** Silence after the caller has finished that is announced by a filler. At most `watchdogMs`. */
  fillerAfterMs: number;
  /** From an onset to "it was a noise". Longer than a recogniser's first interim takes, shorter than a person's patience. */
  decideMs: number;
  /** From the last words to the end of the turn without a word from the recogniser. Longer than its utterance end. */
  endpointMs: number;
  /** Speech over the agent that is so long interrupts it before any word has come; 0: only words do. */
  interruptByLengthMs: number;
  /** `perTurn`, `wastedPerCall`: no more drafts after so many. */
  drafts: { enabled: boolean; perTurn: number; wastedPerCall: number };
  maxCallMs: number;
}

/** A tool that waits: until the caller's onset is decided, or until a draft is adopted. */
export interface HeldTool {
  callId: string;
  writes: boolean;
}

/** What the core knows of the agent's current reply. */
export interface Reply {
  readonly id: number;
  readonly input: ReplyInput;
  audible: boolean;
  /** Something it asked for has changed the world, so it cannot be rolled back. */
  committed: boolean;
  /** The caller made a sound over it, and it is not yet decided what that was. */
  paused: boolean;
  /** When it was paused last. */
  pausedAtMs: number;
  /** That sound is speech, and long: it waits for its words for longer than for those of a noise. */
  spokenOver: boolean;
  heldTools: readonly HeldTool[];
  /** `left`: everything was heard, and the call is going where the reply sent it. */
  state: 'generating' | 'complete' | 'leaving' | 'left';
  /** Its first words are known; the voice has them. */
  hasWords: boolean;
  readonly startedAtMs: number;
  /** When something must be heard, words or not. */
  readonly overdueAtMs: number;
  /** What was waited for before it, should it be rolled back. */
  readonly expectBefore: ListenExpectation;
}

/** A reply to what the caller has probably, not certainly, finished saying. */
export interface Draft {
  readonly id: number;
  /** The words it answers, in the form they are compared in. */
  readonly words: string;
  heldTools: readonly HeldTool[];
  state: Reply['state'];
  hasWords: boolean;
  /** What it waits for in the end; undefined while it has not said. */
  expect: ListenExpectation | undefined;
}

/** What was heard of the caller since the last turn. */
export interface Heard {
  readonly finals: readonly string[];
  readonly interim: string;
  /** When the first words of the turn came; undefined before them. */
  readonly firstWordsAtMs: number | undefined;
  /** When the last words came. */
  readonly wordsAtMs: number;
  /** When the caller fell silent, as far as known; undefined while they speak. */
  readonly quietSinceMs: number | undefined;
  /** The recogniser holds the turn to be over. */
  readonly ended: boolean;
  /** What the words so far are worth, and the silence it takes after them. */
  readonly assessed:
    | { text: string; progress: AnswerProgress; score: number; reason: string; waitMs: number }
    | undefined;
  /** Said over the last moments of the reply: no interruption, perhaps an answer. */
  readonly mayAnswer: boolean;
}

/**
 * The end of a turn that was answered while it was still an interim. Its final is yet to come, and says nothing new.
 * `before`: the text before it; `words`: in the form they are compared in; `untilMs`: later words are others.
 */
export interface Unsettled {
  readonly replyId: number;
  readonly before: string;
  readonly words: string;
  readonly untilMs: number;
}

/** Plain data; `phase` is derived by {@link phaseOf}. */
export interface TurnState {
  readonly settings: TurnSettings;
  readonly ended: boolean;
  readonly heard: Heard;
  /** The caller is speaking now, or makes a sound like it. */
  readonly callerSpeaking: boolean;
  /** When voice activity told of a sound of theirs last: that it began, or goes on. */
  readonly soundAtMs: number;
  /** The last reply was cut short by the caller, and nothing meaningful has followed yet. */
  readonly wasCut: boolean;
  /** When that was. */
  readonly cutAtMs: number;
  readonly reply: Readonly<Reply> | undefined;
  readonly draft: Readonly<Draft> | undefined;
  /** Drafts of this turn, and those of the call that came to nothing. */
  readonly drafts: { readonly thisTurn: number; readonly wasted: number };
  readonly unsettled: Unsettled | undefined;
  readonly keys: string;
  readonly expect: ListenExpectation;
  readonly silences: number;
  readonly unheards: number;
  /** No recogniser listens: no word will ever decide anything. */
  readonly deaf: boolean;
  /** Until when, at most, the caller may be finishing what was lost with the line before; undefined: they are not. */
  readonly leftoverUntilMs: number | undefined;
  /** Since when words are known to be missing that a recogniser is yet to tell; undefined: none are. */
  readonly behindSinceMs: number | undefined;
  /** Of some of what they said nothing was told at all. */
  readonly missesWords: boolean;
  /** The caller does not know yet that only keys are understood. */
  readonly owesKeys: boolean;
  readonly lastReplyId: number;
}

export type Phase = 'greeting' | 'listening' | 'thinking' | 'speaking' | 'ended';

/** What is waited for while no flow has said. */
export const OPEN_EXPECTATION: ListenExpectation = {
  silenceMs: 8000,
  kind: 'open',
  endpointing: { completeMs: 0, openMs: 500, unfinishedMs: 1800, numberMs: 2200 },
};

export const NOTHING_HEARD: Heard = {
  finals: [],
  interim: '',
  firstWordsAtMs: undefined,
  wordsAtMs: 0,
  quietSinceMs: undefined,
  ended: false,
  assessed: undefined,
  mayAnswer: false,
};

export function initialTurnState(settings: TurnSettings): TurnState {
  return {
    settings,
    ended: false,
    heard: NOTHING_HEARD,
    callerSpeaking: false,
    soundAtMs: 0,
    wasCut: false,
    cutAtMs: 0,
    reply: undefined,
    draft: undefined,
    drafts: { thisTurn: 0, wasted: 0 },
    unsettled: undefined,
    keys: '',
    expect: OPEN_EXPECTATION,
    silences: 0,
    unheards: 0,
    deaf: false,
    leftoverUntilMs: undefined,
    behindSinceMs: undefined,
    missesWords: false,
    owesKeys: false,
    lastReplyId: 0,
  };
}

/** Who has the turn. */
export function phaseOf(state: TurnState): Phase {
  if (state.ended) return 'ended';
  if (state.reply === undefined) return 'listening';
  if (state.reply.input.type === 'call-started') return 'greeting';
  return state.reply.audible ? 'speaking' : 'thinking';
}

/** However long a recogniser is behind, a turn is not held up for longer. */
const MOST_BEHIND_MS = 6000;

/** More words of this turn are still to come, from a recogniser that hears late what another left. */
export function isBehind({ behindSinceMs }: TurnState, atMs: number): boolean {
  return behindSinceMs !== undefined && atMs - behindSinceMs < MOST_BEHIND_MS;
}

/** What the caller is asked for: once a reply is whole its own question, before that still the one it answers. */
export function askedNow({ reply, expect }: TurnState): ListenExpectation {
  return reply === undefined || reply.state === 'complete' ? expect : reply.expectBefore;
}

/** The language the caller is listened to in, BCP 47. */
export function languageOf(state: TurnState): string {
  return askedNow(state).as?.language ?? state.settings.language;
}

/** The caller's words since the last committed turn; empty while there are none. */
export function unfinishedText(state: TurnState): string {
  return [...state.heard.finals, state.heard.interim].filter((part) => part !== '').join(' ');
}

/** What the caller says just now is said over a reply that they hear and that goes on: it is no turn. */
export function isAside({ reply, heard }: TurnState): boolean {
  return reply?.audible === true && !heard.mayAnswer;
}

/** The decision to leave is made, or a machine listens: what is heard over the last words changes nothing. */
export function isLeaving(reply: Readonly<Reply> | undefined): boolean {
  return reply?.state === 'leaving' || reply?.state === 'left' || reply?.input.type === 'machine-answered';
}
