/**
 * The words of the turn-taking core: what happened (events) and what to do (commands). All times are milliseconds
 * since the call's media started.
 */
import type { AnswerProgress, ListenExpectation, ToolEffect, ToolFate } from '../flows/index.ts';

/** Why the agent is about to speak. */
export type ReplyInput =
  | { type: 'call-started' }
  | { type: 'line-resumed'; lostMs: number; goesOn?: boolean; tool?: ToolFate }
  | { type: 'transfer-failed'; status: string }
  /** A whole turn of the caller's. `speechEndMs`: when the last word ended, as far as the recogniser knows. */
  | { type: 'speech'; text: string; speechEndMs?: number }
  | { type: 'keys'; digits: string }
  /** The caller asked for a moment to look something up. */
  | { type: 'looking-up'; text: string; speechEndMs?: number }
  /** The reply before was cut short for nothing: go on from its first word not heard. */
  | { type: 'go-on' }
  /** Nothing came after the agent had finished; 1 is the first time in a row. */
  | { type: 'silence'; count: number }
  /** The caller was audible and nothing was understood. */
  | { type: 'unheard' }
  /** No recogniser listens any more: the caller is told of keys. */
  | { type: 'recognition-lost' }
  /** An answering machine has the line; the reply to it is never interrupted. */
  | { type: 'machine-answered' }
  | { type: 'time-up' };

/** The timers the core may arm; at most one of each name runs. */
export type TimerName =
  /** The caller's silence after the agent has finished. */
  | 'silence'
  /** The agent's silence after the caller has finished, or in the middle of a reply. */
  | 'watchdog'
  /** From an onset of speech, or its end, to the words that prove it was meant. */
  | 'decide'
  /** To the end of the turn: when the silence is long enough for what was said, or no word of an end comes. */
  | 'endpoint'
  /** From words that are a finished thought to drafting their answer, should they stay as they are. */
  | 'draft'
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
  /** `asked`: what the caller was asked for when the line was lost, where this is not the first. */
  | { type: 'line-opened'; atMs: number; input: ReplyInput; asked?: ListenExpectation }
  /** The onset of speech: heard in the audio, or told by the recogniser. It may be a noise. */
  | { type: 'speech-started'; atMs: number; by: 'voice' | 'recogniser'; protected: boolean }
  /** Speech heard in the audio goes on. `probability`: that it is speech, 0 to 1, on average since its onset. */
  | { type: 'speech-continues'; atMs: number; lengthMs: number; probability: number; protected: boolean }
  /** The sound pauses, perhaps for good: too short a silence to end a turn, long enough to think of an answer. */
  | { type: 'speech-paused'; atMs: number }
  /** It stopped, at `endMs`; known a hangover later. */
  | { type: 'speech-stopped'; atMs: number; endMs: number; lengthMs: number }
  /** `remainingMs`: how much of the reply's audio is yet to be heard, as far as it is there. */
  | {
      type: 'words';
      atMs: number;
      text: string;
      final: boolean;
      protected: boolean;
      remainingMs: number;
    }
  /** The answer to `assess-words`. */
  | { type: 'words-assessed'; atMs: number; text: string; progress: AnswerProgress }
  /** The recogniser: the turn is probably over, goes on after all, is over. */
  | { type: 'turn-likely'; atMs: number }
  | { type: 'turn-resumed'; atMs: number }
  | { type: 'turn-ended'; atMs: number; speechEndMs?: number; protected: boolean }
  /** Voice activity is told from audio from here on, or no longer. */
  | { type: 'hearing-changed'; atMs: number; hearsVoice: boolean }
  /** Energy on the line, words or not; where voice activity is not told from audio. */
  | { type: 'voice-started'; atMs: number }
  | { type: 'voice-stopped'; atMs: number }
  /**
   * No recogniser listens any more: the caller has keys alone, until one does again. `movesOn`: the call is about to go on
   * where one does.
   */
  | { type: 'recognition-lost'; atMs: number; movesOn?: true }
  | { type: 'recognition-back'; atMs: number }
  /**
   * A recogniser was lost in the middle of something: what was said is told late, by another. `untold`: some of it for the
   * first time.
   */
  | { type: 'recognition-behind'; atMs: number; untold: boolean }
  | { type: 'recognition-caught-up'; atMs: number }
  /** The carrier: an answering machine has the line. */
  | { type: 'machine-answered'; atMs: number }
  | { type: 'key'; atMs: number; digit: string; protected: boolean }
  /** The first words of the reply are on their way to the voice. */
  | { type: 'reply-worded'; atMs: number; replyId: number }
  /** Whoever was to answer or to speak said nothing in time, and somebody else is asked. */
  | { type: 'reply-delayed'; atMs: number; replyId: number }
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
  /** This draft could not be made: something of an earlier reply is still at work. */
  | { type: 'draft-declined'; atMs: number; replyId: number }
  | { type: 'timer'; atMs: number; name: TimerName }
  | { type: 'line-closed'; atMs: number };

/** What decided that a reply is cut short. */
export type CutBy = 'words' | 'length' | 'keys' | 'end';

/** Why a draft came to nothing. */
export type DropReason = 'went-on' | 'resumed' | 'keys' | 'ended';

/** What to do, in order. */
export type TurnCommand =
  | { type: 'start-reply'; replyId: number; input: ReplyInput }
  /**
   * Clear the line, abort model and voice. `rollback`: nothing of it was heard and nothing was changed by it, so the
   * conversation returns to where it stood before the reply; its input comes again, with what the caller added.
   */
  | { type: 'cancel-reply'; replyId: number; rollback: boolean; by: CutBy }
  /** It was heard to its end, and the caller has the turn. */
  | { type: 'finish-reply'; replyId: number }
  /** Make the reply to this, should it be the turn; nothing of it reaches the line, and the conversation stays as it is. */
  | { type: 'start-draft'; replyId: number; input: ReplyInput }
  /** The draft is the reply: play it. */
  | { type: 'adopt-draft'; replyId: number; input: ReplyInput }
  /** It leaves no trace but its cost. */
  | { type: 'drop-draft'; replyId: number; reason: DropReason }
  /** Say how far these words answer the question asked last. */
  | { type: 'assess-words'; text: string }
  /** Why the turn is held to be over: for the record. */
  | { type: 'note-endpoint'; reason: string; score: number; waitMs: number; progress: AnswerProgress }
  /**
   * Words that were no turn: for the record. `overheard`: they say something, over what must not be interrupted, so the
   * flow should know; else they only say "uh-huh".
   */
  | { type: 'note-words'; text: string; overheard: boolean }
  /** Stop the audio at once and keep what was not heard. */
  | { type: 'pause-line' }
  /** Go on from the first word not heard. */
  | { type: 'resume-line' }
  | { type: 'run-tool'; replyId: number; callId: string }
  /** Do not run it: the reply that asked for it is gone. */
  | { type: 'drop-tool'; replyId: number; callId: string }
  | { type: 'say-filler' }
  | { type: 'arm-timer'; name: TimerName; afterMs: number }
  | { type: 'disarm-timer'; name: TimerName }
  /** The last reply was played: hang up or transfer, as it asked. */
  | { type: 'leave' }
  /** Release everything; always the last command of a call. `overReply`: the caller was hearing the agent. */
  | { type: 'close'; overReply: boolean };
