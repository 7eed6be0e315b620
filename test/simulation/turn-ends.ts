/** The rule that a caller who has only paused is not answered: the silence before an answer is as long as the words ask for. */
import { completeness, endpointWaitMs } from '../../src/call/endpointing.ts';
import type { ReplyInput, TurnEvent } from '../../src/call/turn-events.ts';
import type { TurnState } from '../../src/call/turn-state.ts';
import type { AnswerProgress } from '../../src/flows/index.ts';
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

  constructor(witness: PauseWitness) {
    this.#witness = witness;
  }

  /** What was heard of the caller. */
  given(event: TurnEvent, { settings: { hearsVoice } }: TurnState): void {
    switch (event.type) {
      case 'speech-started':
        if (event.by === 'voice' || !hearsVoice) this.#quietSinceMs = undefined;
        return;
      case 'speech-stopped':
        this.#quietSinceMs = event.endMs;
        return;
      case 'words':
        if (event.text.trim() === '') return;
        this.#wordsAtMs = event.atMs;
        if (!hearsVoice) this.#quietSinceMs = undefined;
        return;
      case 'turn-ended':
        this.#quietSinceMs ??= event.speechEndMs ?? event.atMs;
        return;
    }
  }

  /** The core takes the turn; `before`: its state at that moment, with what the flow waits for. */
  taken(input: ReplyInput, event: TurnEvent, before: TurnState): void {
    if (input.type === 'speech' || input.type === 'looking-up') this.#check(input.text, event, before);
    this.#quietSinceMs = undefined;
  }

  #check(text: string, event: TurnEvent, { settings, expect }: TurnState): void {
    const { nowMs, callerQuietMs } = this.#witness;
    const { language, endpointMs } = settings;
    const turn = { text, progress: this.#witness.progress(text), kind: expect.kind, language };
    const verdict = completeness(turn);
    const waitMs = endpointWaitMs(verdict, expect.endpointing);
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
