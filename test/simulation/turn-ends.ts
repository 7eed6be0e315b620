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

export class TurnEnds {
  readonly #witness: PauseWitness;
  /** Since when the caller is silent, as far as anybody has said so. */
  #quietSinceMs: number | undefined;
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
  given(event: TurnEvent, { settings: { hearsVoice } }: TurnState): void {
    if (event.type === 'speech-started') {
      if (event.by === 'voice' || !hearsVoice) this.#quietSinceMs = undefined;
    } else if (event.type === 'speech-stopped') {
      this.#quietSinceMs = event.endMs;
    } else if (event.type === 'words' && event.text.trim() !== '') {
      this.#wordsAtMs = event.atMs;
      if (!hearsVoice) this.#quietSinceMs = undefined;
    } else if (event.type === 'turn-ended') {
      this.#quietSinceMs ??= event.speechEndMs ?? event.atMs;
    } else if (event.type === 'reply-complete') {
      this.#askedBy.set(event.replyId, event.expect);
      if (event.replyId === this.#replyId) this.#asked = event.expect;
    }
  }

  /** The core takes the turn. */
  taken(replyId: number, input: ReplyInput, event: TurnEvent, { settings }: TurnState): void {
    if (input.type === 'speech' || input.type === 'looking-up') this.#check(input.text, event, settings);
    this.#quietSinceMs = undefined;
    this.#replyId = replyId;
    this.#askedBefore = this.#asked;
    const { endpointing } = this.#asked;
    this.#asked = this.#askedBy.get(replyId) ?? { ...OPEN_EXPECTATION, endpointing };
  }

  /** The reply never was: its question was not asked, and the one before it stands. */
  takenBack(): void {
    this.#asked = this.#askedBefore;
  }

  #check(text: string, event: TurnEvent, settings: TurnSettings): void {
    const { nowMs, callerQuietMs } = this.#witness;
    const { language, endpointMs } = settings;
    const { kind, endpointing } = this.#asked;
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
