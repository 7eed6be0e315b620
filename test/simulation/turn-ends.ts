/** The rule that a caller who has only paused is not answered: the silence before an answer is as long as the words ask for. */
import { completeness, endpointWaitMs } from '../../src/call/endpointing.ts';
import type { ReplyInput, TurnEvent } from '../../src/call/turn-events.ts';
import { OPEN_EXPECTATION, type TurnSettings, type TurnState } from '../../src/call/turn-state.ts';
import type { AnswerProgress, ListenExpectation } from '../../src/flows/index.ts';
import { fail } from './violation.ts';

/** What the rule sees of the call. */
export interface PauseWitness {
  readonly nowMs: number;
  /** For how long the caller has really been silent. */
  readonly callerQuietMs: number;
  /** How far words answer what the flow waits for. */
  progress(text: string): AnswerProgress;
}

/** A sound told of so long after the end of speech is other speech. */
const GONE_ON_MS = 200;

export class TurnEnds {
  readonly #witness: PauseWitness;
  /** Since when the caller is silent, as far as anybody has said so. */
  #quietSinceMs: number | undefined;
  /** When a sound of theirs was told of last. */
  #soundAtMs = Number.NEGATIVE_INFINITY;
  #wordsAtMs = Number.NEGATIVE_INFINITY;
  /** What the flow waits for, and what it waited for before the reply at hand. */
  #asked: ListenExpectation = OPEN_EXPECTATION;
  #askedBefore: ListenExpectation = OPEN_EXPECTATION;
  #replyId: number | undefined;
  readonly #askedBy = new Map<number, ListenExpectation>();

  constructor(witness: PauseWitness) {
    this.#witness = witness;
  }

  /** What was heard of the caller. */
  given(event: TurnEvent, { settings: { hearsVoice }, reply }: TurnState): void {
    switch (event.type) {
      case 'speech-started':
        if (event.by === 'voice' || !hearsVoice) this.#sounds(event.atMs);
        return;
      case 'speech-continues':
        // Of a sound over a reply, the reply's own rules say what it is.
        if (reply === undefined) this.#sounds(event.atMs);
        return;
      case 'speech-stopped':
        this.#quietSinceMs = event.endMs;
        return;
      case 'turn-ended': {
        const endMs = event.speechEndMs ?? event.atMs;
        // Of an earlier phrase, told late: the caller was heard after it.
        if (hearsVoice && this.#soundAtMs - endMs > GONE_ON_MS) return;
        this.#quietSinceMs ??= endMs;
        return;
      }
      case 'reply-complete':
        this.#askedBy.set(event.replyId, event.expect);
        if (event.replyId === this.#replyId) this.#asked = event.expect;
        return;
      default:
        return;
    }
  }

  /** The pause is over, if it was one. */
  #sounds(atMs: number): void {
    this.#soundAtMs = atMs;
    this.#quietSinceMs = undefined;
  }

  /** Words came that are not only another reading of answered ones. */
  said(atMs: number, { settings: { hearsVoice } }: TurnState): void {
    this.#wordsAtMs = atMs;
    if (!hearsVoice) this.#quietSinceMs = undefined;
  }

  /** The core takes the turn. */
  taken(replyId: number, input: ReplyInput, event: TurnEvent, { settings }: TurnState): void {
    if (input.type === 'speech' || input.type === 'looking-up') this.#check(input.text, event, settings);
    this.#quietSinceMs = undefined;
    this.#replyId = replyId;
    this.#askedBefore = this.#asked;
    const { endpointing, as } = this.#asked;
    this.#asked = this.#askedBy.get(replyId) ?? {
      ...OPEN_EXPECTATION,
      endpointing,
      // Whoever is answered in a language is listened to in it, until the answer asks in another.
      ...(as === undefined ? {} : { as }),
    };
  }

  /** The reply never was: its question was not asked, and the one before it stands. */
  takenBack(): void {
    this.#asked = this.#askedBefore;
  }

  #check(text: string, event: TurnEvent, settings: TurnSettings): void {
    const { nowMs, callerQuietMs } = this.#witness;
    const { endpointMs } = settings;
    const { kind, endpointing, as, endKey } = this.#asked;
    // A key that says so ends the turn, whatever the words.
    if (event.type === 'key' && event.digit === endKey) return;
    const language = as?.language ?? settings.language;
    const turn = { text, progress: this.#witness.progress(text), kind, language };
    const verdict = completeness(turn);
    const waitMs = endpointWaitMs(verdict, endpointing);
    const toldMs = this.#quietSinceMs === undefined ? 0 : nowMs - this.#quietSinceMs;
    // What was told wrong or late is not the core's fault; where it was, the truth may still bear it out.
    const quietMs = Math.max(toldMs, callerQuietMs);
    if (quietMs >= waitMs) return;
    // Nobody has told an end: no further word for long enough is one.
    const isFallback = event.type === 'timer' && event.name === 'endpoint';
    if (isFallback && nowMs - this.#wordsAtMs >= Math.min(waitMs, endpointMs)) return;
    fail(
      'pauses-are-not-answered',
      `"${text}" (${verdict.reason}) was answered after ${Math.round(quietMs)} ms of silence, not ${waitMs}`,
    );
  }
}
