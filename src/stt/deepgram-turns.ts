/**
 * From Deepgram's results to the contract's events.
 *
 * Deepgram ends a turn in two ways (docs: "End of Speech Detection While Live Streaming"): its endpointer hears a pause
 * (`speech_final`), or no word has come for a while although the line is noisy (`UtteranceEnd`). Both may come for the
 * same words; a turn ends once.
 */
import type { AudioClock } from './audio-clock.ts';
import type { DeepgramMessage, DeepgramResults } from './deepgram-messages.ts';
import type { SttEvent, SttWord } from './index.ts';

/** A message that is told twice is so within this; the same words of the caller's take longer. */
const REPEATED_WITHIN_MS = 1500;

export class DeepgramTurns {
  readonly #clock: AudioClock;
  readonly #askFinalize: () => void;
  /** Final words have been reported since the last end of turn. */
  #turnHasWords = false;
  #lastWordEndMs: number | undefined;
  /** Words were reported as an interim and no final has replaced them. */
  #interimShown = false;
  /** The last final with words, and how much audio had been sent when it came. */
  #lastFinal: { key: string; sentMs: number } | undefined;
  /** The utterance is over, and the final of its last words is on its way. */
  #endWithNextFinal = false;

  /** `askFinalize`: ask the vendor for what is pending as a final. */
  constructor(clock: AudioClock, askFinalize: () => void) {
    this.#clock = clock;
    this.#askFinalize = askFinalize;
  }

  read(message: DeepgramMessage): SttEvent[] {
    switch (message.type) {
      case 'SpeechStarted':
        return [{ type: 'speech-started', atMs: this.#clock.startMs(message.timestamp * 1000) }];
      case 'Results':
        return message.is_final ? this.#final(message) : this.#interim(message);
      case 'UtteranceEnd':
        return this.#utteranceEnd(message.last_word_end);
    }
  }

  #interim(message: DeepgramResults): SttEvent[] {
    const { text, words } = this.#heard(message);
    // In silence Deepgram sends empty interims; one is news only where it takes words back.
    if (text === '' && !this.#interimShown) return [];
    this.#interimShown = text !== '';
    return [{ type: 'interim', text, words }];
  }

  #final(message: DeepgramResults): SttEvent[] {
    const { text, words, confidence } = this.#heard(message);
    // Its words are known, and no interim was waiting for it; whether they end a turn may be news.
    if (this.#isRepeated(text, words)) return message.speech_final ? this.#endTurn() : [];
    const events: SttEvent[] = [];
    if (text !== '') {
      events.push({ type: 'final', text, words, confidence });
      this.#turnHasWords = true;
      this.#lastWordEndMs = words.at(-1)?.endMs;
    } else if (this.#interimShown) {
      events.push({ type: 'interim', text: '', words: [] });
    }
    this.#interimShown = false;
    if (message.speech_final || this.#endWithNextFinal) events.push(...this.#endTurn());
    return events;
  }

  /** The same words of the same audio, told again. */
  #isRepeated(text: string, words: readonly SttWord[]): boolean {
    if (words.length === 0) return false;
    const key = JSON.stringify([text, words[0]?.startMs, words.at(-1)?.endMs]);
    const { sentMs } = this.#clock;
    const isRepeated = this.#lastFinal?.key === key && sentMs - this.#lastFinal.sentMs < REPEATED_WITHIN_MS;
    if (!isRepeated) this.#lastFinal = { key, sentMs };
    return isRepeated;
  }

  #utteranceEnd(lastWordEndSec: number | undefined): SttEvent[] {
    if (this.#interimShown) {
      // The noise that keeps the endpointer from firing keeps this final back as well: ask for it.
      this.#endWithNextFinal = true;
      this.#askFinalize();
      return [];
    }
    if (lastWordEndSec !== undefined && lastWordEndSec >= 0) {
      this.#lastWordEndMs ??= this.#clock.endMs(lastWordEndSec * 1000);
    }
    return this.#endTurn();
  }

  #endTurn(): SttEvent[] {
    this.#endWithNextFinal = false;
    if (!this.#turnHasWords) return [];
    const speechEndMs = this.#lastWordEndMs;
    this.#turnHasWords = false;
    this.#lastWordEndMs = undefined;
    return [speechEndMs === undefined ? { type: 'turn-ended' } : { type: 'turn-ended', speechEndMs }];
  }

  #heard(message: DeepgramResults): { text: string; words: SttWord[]; confidence: number } {
    const [best] = message.channel.alternatives;
    if (best === undefined) return { text: '', words: [], confidence: 0 };
    const words = best.words.map((word) => ({
      text: word.punctuated_word ?? word.word,
      startMs: this.#clock.startMs(word.start * 1000),
      endMs: this.#clock.endMs(word.end * 1000),
      confidence: word.confidence,
    }));
    return { text: best.transcript, words, confidence: best.confidence };
  }
}
