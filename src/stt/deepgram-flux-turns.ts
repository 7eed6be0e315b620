/**
 * From Flux's turns to the contract's events (docs: "Understanding the Flux State Machine"). Every message brings the
 * transcript of the whole turn so far; the transcript of an `EndOfTurn` is that of the `EagerEndOfTurn` before it, or
 * else there was a `TurnResumed` in between.
 */
import type { AudioClock } from './audio-clock.ts';
import type { FluxTurnInfo } from './deepgram-flux-messages.ts';
import type { SttEvent, SttWord } from './index.ts';

export class FluxTurns {
  readonly #clock: AudioClock;
  /** Turns up to this one are over: whatever still comes about them is late. */
  #endedTurn = -1;
  /** The transcript as it was last reported. */
  #shown = '';
  /** The transcript with which the turn was last held to be likely over, until it goes on. */
  #likely: string | undefined;

  constructor(clock: AudioClock) {
    this.#clock = clock;
  }

  read(message: FluxTurnInfo): SttEvent[] {
    if (message.turn_index <= this.#endedTurn) return [];
    switch (message.event) {
      case 'StartOfTurn':
        return [{ type: 'speech-started', atMs: this.#onsetMs(message) }, ...this.#interim(message)];
      case 'Update':
        return this.#interim(message);
      case 'EagerEndOfTurn':
        return this.#likelyOver(message);
      case 'TurnResumed':
        return [...this.#resumed(), ...this.#interim(message)];
      case 'EndOfTurn':
        return this.#over(message);
    }
  }

  /** A turn starts with its first words; without their times it had started by the end of what was listened to. */
  #onsetMs({ words, audio_window_end }: FluxTurnInfo): number {
    return this.#clock.startMs((words[0]?.start ?? audio_window_end) * 1000);
  }

  /** There are four updates a second, also in silence; one is news only where it changes the words. */
  #interim(message: FluxTurnInfo): SttEvent[] {
    if (message.transcript === this.#shown) return [];
    this.#shown = message.transcript;
    return [{ type: 'interim', text: message.transcript, words: this.#words(message) }];
  }

  #likelyOver(message: FluxTurnInfo): SttEvent[] {
    const text = message.transcript;
    if (text === '' || text === this.#likely) return [];
    const events = [...this.#resumed(), ...this.#interim(message)];
    this.#likely = text;
    return [...events, { type: 'turn-likely', text }];
  }

  #resumed(): SttEvent[] {
    if (this.#likely === undefined) return [];
    this.#likely = undefined;
    return [{ type: 'turn-resumed' }];
  }

  #over(message: FluxTurnInfo): SttEvent[] {
    this.#endedTurn = message.turn_index;
    const text = message.transcript;
    // Nothing was said after all.
    if (text === '') return [...this.#resumed(), ...this.#interim(message)];
    const words = this.#words(message);
    this.#shown = '';
    this.#likely = undefined;
    const confidence = mean(words.map((word) => word.confidence));
    const lastEnd = message.words.at(-1)?.end;
    return [
      { type: 'final', text, words, confidence },
      lastEnd === undefined
        ? { type: 'turn-ended' }
        : { type: 'turn-ended', speechEndMs: this.#clock.endMs(lastEnd * 1000) },
    ];
  }

  #words({ words, audio_window_start, audio_window_end }: FluxTurnInfo): SttWord[] {
    return words.map(({ word, confidence, start, end }) => ({
      text: word,
      startMs: this.#clock.startMs((start ?? audio_window_start) * 1000),
      endMs: this.#clock.endMs((end ?? audio_window_end) * 1000),
      confidence,
    }));
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
