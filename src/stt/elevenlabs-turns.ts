/**
 * From ElevenLabs' transcripts to the contract's events. Its voice activity commits a segment at the end of speech, which
 * is the end of a turn; the words' times come in a message of their own, a moment after the words. It tells no onset of
 * speech, and no times with what is not committed: both are estimated.
 */
import type { AudioClock } from './audio-clock.ts';
import type { ScribeMessage, TimedTranscript } from './elevenlabs-messages.ts';
import { estimatedWords, UNTOLD_CONFIDENCE } from './estimated-words.ts';
import type { SttEvent, SttWord } from './index.ts';

/** About what a letter takes to say. */
const MS_PER_LETTER = 65;

export class ScribeTurns {
  readonly #clock: AudioClock;
  /** Of the segment that is being spoken; undefined before its first words. In the vendor's time. */
  #segmentStartMs: number | undefined;
  #shown = '';
  /** End of the last committed words, in the vendor's time. */
  #committedMs = 0;
  /** Committed words that wait for their times. */
  #untimed: string | undefined;
  /** Committed words whose times came too late, and are passed over. */
  #late: string | undefined;

  constructor(clock: AudioClock) {
    this.#clock = clock;
  }

  /** Committed words wait for their times: {@link giveUpTimes} when that takes too long. */
  get awaitsTimes(): boolean {
    return this.#untimed !== undefined;
  }

  read(message: ScribeMessage): SttEvent[] {
    switch (message.message_type) {
      case 'partial_transcript':
        return [...this.giveUpTimes(), ...this.#interim(message.text.trim())];
      case 'committed_transcript': {
        const before = this.giveUpTimes();
        this.#untimed = message.text.trim();
        return before;
      }
      case 'committed_transcript_with_timestamps':
        return this.#timed(message);
    }
  }

  /** The words are told with times that are estimated. */
  giveUpTimes(): SttEvent[] {
    const text = this.#untimed;
    if (text === undefined) return [];
    this.#untimed = undefined;
    this.#late = text;
    return this.#committed(text, this.#estimated(text));
  }

  #interim(text: string): SttEvent[] {
    if (text === this.#shown) return [];
    this.#shown = text;
    const isFirst = this.#segmentStartMs === undefined && text !== '';
    const words = this.#estimated(text);
    const interim: SttEvent = { type: 'interim', text, words };
    const atMs = words[0]?.startMs;
    return isFirst && atMs !== undefined ? [{ type: 'speech-started', atMs }, interim] : [interim];
  }

  #timed(message: TimedTranscript): SttEvent[] {
    const text = message.text.trim();
    if (this.#untimed === undefined && this.#late === text) {
      this.#late = undefined;
      return [];
    }
    const before = this.#untimed === undefined || this.#untimed === text ? [] : this.giveUpTimes();
    this.#untimed = undefined;
    return [...before, ...this.#committed(text, this.#told(message) ?? this.#estimated(text))];
  }

  #committed(text: string, words: SttWord[]): SttEvent[] {
    const wasShown = this.#shown !== '';
    this.#shown = '';
    this.#segmentStartMs = undefined;
    const last = words.at(-1);
    // Nothing was said after all.
    if (last === undefined) return wasShown ? [{ type: 'interim', text: '', words: [] }] : [];
    this.#committedMs = this.#clock.sentMs;
    const confidence = words.reduce((sum, word) => sum + word.confidence, 0) / words.length;
    return [
      { type: 'final', text, words, confidence },
      { type: 'turn-ended', speechEndMs: last.endMs },
    ];
  }

  /** As far as the vendor tells all of them. */
  #told(message: TimedTranscript): SttWord[] | undefined {
    const words = (message.words ?? []).filter(({ type, text }) => type === 'word' && text.trim() !== '');
    const told = words.flatMap(({ text, start, end, logprob }) =>
      start === undefined || end === undefined || end < start
        ? []
        : [
            {
              text: text.trim(),
              startMs: this.#clock.startMs(start * 1000),
              endMs: this.#clock.endMs(end * 1000),
              confidence: logprob === undefined ? UNTOLD_CONFIDENCE : Math.min(1, Math.exp(logprob)),
            },
          ],
    );
    return told.length > 0 && told.length === words.length ? told : undefined;
  }

  #estimated(text: string): SttWord[] {
    if (text === '') return [];
    const endMs = this.#clock.sentMs;
    this.#segmentStartMs ??= Math.max(this.#committedMs, endMs - text.length * MS_PER_LETTER);
    return estimatedWords(text, this.#clock.startMs(this.#segmentStartMs), this.#clock.endMs(endMs));
  }
}
