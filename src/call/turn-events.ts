/**
 * The words of the turn-taking core: what happened (events) and what to do (commands). All times are milliseconds
 * since the call's media started.
 */
import type { ListenExpectation, ToolEffect } from '../flows/index.ts';

/** Why the agent is about to speak. */
export type ReplyInput =
  | { type: 'call-started' }
  | { type: 'line-resumed'; lostMs: number }
  | { type: 'transfer-failed'; status: string }
  /** A whole turn of the caller's. `speechEndMs`: when the last word ended, as far as the recogniser knows. */
  | { type: 'speech'; text: string; speechEndMs?: number }
  | { type: 'keys'; digits: string }
  /** Nothing came after the agent had finished; 1 is the first time in a row. */
  | { type: 'silence'; count: number }
  /** The caller was audible and nothing was understood. */
  | { type: 'unheard' }
  | { type: 'time-up' };

/** The timers the core may arm; at most one of each name runs. */
export type TimerName =
  /** The caller's silence after the agent has finished. */
  | 'silence'
  /** The agent's silence after the caller has finished, or in the middle of a reply. */
  | 'watchdog'
  /** From an onset of speech to the words that prove it was meant. */
  | 'decide'
  /** From the last words to the end of the turn, should the recogniser never say so. */
  | 'endpoint'
  /** Between two keys of one number. */
  | 'keys'
  /** From audible speech that brought no words to asking for it again. */
  | 'unheard'
  | 'max-call';

/**
 * What happened. `protected`: what is being played just now must not be interrupted (a legal notice).
 * Events of a reply that is no longer the current one are ignored, so late ones do no harm.
 */
export type TurnEvent =
  | { type: 'line-opened'; atMs: number; input: ReplyInput }
  | { type: 'speech-started'; atMs: number; protected: boolean }
  | { type: 'words'; atMs: number; text: string; final: boolean; protected: boolean }
  | { type: 'turn-ended'; atMs: number; speechEndMs?: number; protected: boolean }
  /** Energy on the line, words or not. */
  | { type: 'voice-started'; atMs: number }
  | { type: 'voice-stopped'; atMs: number }
  | { type: 'key'; atMs: number; digit: string; protected: boolean }
  /** Audio of the reply begins to play: at its start, and again after every gap. */
  | { type: 'reply-audible'; atMs: number; replyId: number }
  /** The reply asks for a tool; nothing runs before the core says so. */
  | { type: 'tool-requested'; atMs: number; replyId: number; callId: string; effect: ToolEffect }
  /** All of the reply is generated; what is left is to play it. */
  | { type: 'reply-complete'; atMs: number; replyId: number; expect: ListenExpectation }
  /** As `reply-complete`, and the call leaves the agent when it is played (hang-up or transfer). */
  | { type: 'reply-leaving'; atMs: number; replyId: number }
  /** Everything handed to the line so far was played. `more`: the voice still owes audio. */
  | { type: 'playout-idle'; atMs: number; replyId: number; more: boolean }
  | { type: 'timer'; atMs: number; name: TimerName }
  | { type: 'line-closed'; atMs: number };

/** What to do, in order. */
export type TurnCommand =
  | { type: 'start-reply'; replyId: number; input: ReplyInput }
  /**
   * Clear the line, abort model and voice. `rollback`: nothing of it was heard and nothing was changed by it, so the
   * conversation returns to where it stood before the reply; its input comes again, with what the caller added.
   */
  | { type: 'cancel-reply'; replyId: number; rollback: boolean }
  /** It was heard to its end, and the caller has the turn. */
  | { type: 'finish-reply'; replyId: number }
  /** Stop the audio at once and keep what was not heard. */
  | { type: 'pause-line' }
  /** Go on from the first word not heard. */
  | { type: 'resume-line' }
  | { type: 'run-tool'; callId: string }
  /** Do not run it: the reply that asked for it is gone. */
  | { type: 'drop-tool'; callId: string }
  | { type: 'say-filler' }
  | { type: 'arm-timer'; name: TimerName; afterMs: number }
  | { type: 'disarm-timer'; name: TimerName }
  /** The last reply was played: hang up or transfer, as it asked. */
  | { type: 'leave' }
  /** Release everything; always the last command of a call. */
  | { type: 'close' };
