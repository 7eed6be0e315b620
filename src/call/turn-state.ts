/** The turn-taking core's state: plain data, so that it can be kept, compared and replayed. */
import type { ListenExpectation } from '../flows/index.ts';
import type { ReplyInput } from './turn-events.ts';

/** The durations the core works with, in milliseconds. */
export interface TurnSettings {
  /** Longest silence of the agent once the caller has finished. */
  watchdogMs: number;
  /** From an onset to "it was a noise". Longer than a recogniser's first interim takes, shorter than a person's patience. */
  decideMs: number;
  /** From the last words to the end of the turn without a word from the recogniser. Longer than its utterance end. */
  endpointMs: number;
  maxCallMs: number;
}

/** What the core knows of the agent's current reply. */
export interface Reply {
  readonly id: number;
  readonly input: ReplyInput;
  audible: boolean;
  /** Something it asked for has changed the world, so it cannot be rolled back. */
  committed: boolean;
  paused: boolean;
  /** Tools that wait until the caller's onset is decided. */
  heldTools: readonly { callId: string; writes: boolean }[];
  state: 'generating' | 'complete' | 'leaving';
}

/** Plain data; `phase` is derived by {@link phaseOf}. */
export interface TurnState {
  readonly settings: TurnSettings;
  readonly ended: boolean;
  /** The caller's words since the last committed turn. */
  readonly heard: { finals: readonly string[]; interim: string };
  /** An onset was heard and is not yet decided, or words are coming. */
  readonly callerSpeaking: boolean;
  readonly reply: Readonly<Reply> | undefined;
  readonly keys: string;
  readonly expect: ListenExpectation;
  readonly silences: number;
  readonly unheards: number;
  readonly lastReplyId: number;
}

export type Phase = 'greeting' | 'listening' | 'thinking' | 'speaking' | 'ended';

/** What is waited for while no flow has said. */
export const OPEN_EXPECTATION: ListenExpectation = { silenceMs: 8000, kind: 'open' };

export function initialTurnState(settings: TurnSettings): TurnState {
  return {
    settings,
    ended: false,
    heard: { finals: [], interim: '' },
    callerSpeaking: false,
    reply: undefined,
    keys: '',
    expect: OPEN_EXPECTATION,
    silences: 0,
    unheards: 0,
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

/** The caller's words since the last committed turn; empty while there are none. */
export function unfinishedText(state: TurnState): string {
  return [...state.heard.finals, state.heard.interim].filter((part) => part !== '').join(' ');
}
