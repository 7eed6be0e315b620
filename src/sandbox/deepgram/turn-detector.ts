/**
 * The ear of the Flux stand-in: turns made of known words, and nothing made of any other sound. It keeps to the
 * vendor's rules (docs: "Understanding the Flux State Machine"): a turn starts with words, and its end brings the words
 * of the likely end before it unless it was resumed in between.
 */
import { FRAME_MS } from '../../telephony/index.ts';
import type { SpokenWord } from '../../tts/flite/index.ts';
import type { KnownSpeech } from '../known-speech.ts';
import { ArrivingFrames } from './arriving-frames.ts';
import { HeardWords, sounded } from './heard-words.ts';
import { ONSET_FRAMES, Sounds } from './sounds.ts';

/** The vendor's clock is the audio it gets: silence it was not sent is none, but for a chunk that is on its way. */
const CHUNK_MS = 80;

export type TurnEvent = 'StartOfTurn' | 'Update' | 'EagerEndOfTurn' | 'TurnResumed' | 'EndOfTurn';

/** Times are milliseconds of audio since the stream began. */
export interface TurnReport {
  event: TurnEvent;
  turnIndex: number;
  /** The stretch of audio that was listened to for this turn. */
  windowStartMs: number;
  windowEndMs: number;
  /** Of the turn so far. */
  words: readonly SpokenWord[];
  /** When the last voiced frame of the turn was spoken, by `performance.now()`. */
  speechEndedAt: number;
}

export interface TurnTiming {
  /** Audio between two updates. */
  updateMs: number;
  /** From the end of the last voiced frame to the likely end; undefined: turns end without one. */
  eagerEndMs: number | undefined;
  /** From the end of the last voiced frame to the end. */
  endMs: number;
}

export interface TurnDetectorOptions {
  knownSpeech: KnownSpeech;
  /** Read whenever it matters: it may change in the middle of a turn. */
  timing: () => TurnTiming;
  /** Must not throw. */
  onReport: (report: TurnReport) => void;
}

/** Takes audio as it arrives in real time. The owner calls `close`. */
export class TurnDetector {
  readonly #options: TurnDetectorOptions;
  readonly #frames = new ArrivingFrames();
  readonly #sounds: Sounds;
  readonly #heard = new HeardWords();
  #state: 'idle' | 'ongoing' | 'awaiting-end' = 'idle';
  #turnIndex = 0;
  #streamMs = 0;
  #windowStartMs = 0;
  #nextUpdateMs: number;
  /** Frames of speech in a row. */
  #run = 0;
  /** When the last voiced frame was spoken, by `performance.now()`, and where it ends; undefined: none since the turn before. */
  #voiced: { spokenAt: number; endMs: number } | undefined;
  /** Words that begin earlier belong to turns that are over. */
  #overUntilMs = 0;
  /** The words of the likely end. */
  #likely: readonly SpokenWord[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TurnDetectorOptions) {
    this.#options = options;
    this.#sounds = new Sounds(options.knownSpeech);
    this.#nextUpdateMs = options.timing().updateMs;
  }

  /** Audio in pieces of any size. */
  write(audio: Uint8Array): void {
    for (const { frame, spokenAt } of this.#frames.take(audio)) this.#hear(frame, spokenAt);
    this.#settle();
  }

  /** Reports what has been heard of a turn that is not over. */
  update(): void {
    if (this.#state !== 'idle') this.#report('Update', this.#words());
  }

  /** Idempotent. Nothing is reported any more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #hear(frame: Uint8Array, spokenAt: number): void {
    const startMs = this.#streamMs;
    this.#streamMs += FRAME_MS;
    const { sound, found } = this.#sounds.hear(frame);
    if (sound === 'speech') {
      if (found !== undefined) this.#heard.hear(found, startMs);
      this.#hearSpeech(spokenAt);
    } else {
      this.#run = 0;
    }
    if (this.#streamMs >= this.#nextUpdateMs) this.#report('Update', this.#words());
  }

  #hearSpeech(spokenAt: number): void {
    this.#run++;
    // A click does not resume a turn.
    if (this.#state === 'awaiting-end' && this.#run < ONSET_FRAMES) return;
    this.#voiced = { spokenAt, endMs: this.#streamMs };
    if (this.#state === 'awaiting-end') {
      this.#state = 'ongoing';
      this.#report('TurnResumed', this.#words());
    } else if (this.#state === 'idle') {
      this.#start(sounded(this.#allWords(), this.#streamMs));
    }
  }

  #start(words: readonly SpokenWord[]): void {
    if (words.length === 0) return;
    this.#state = 'ongoing';
    this.#report('StartOfTurn', words);
  }

  /** Ends the turn, likely or for good, where there has been enough silence; else comes back when there may be. */
  #settle(): void {
    clearTimeout(this.#timer);
    const voiced = this.#voiced;
    if (voiced === undefined || this.#run > 0) return;
    const { eagerEndMs, endMs } = this.#options.timing();
    const silentMs = Math.min(performance.now() - voiced.spokenAt, this.#streamMs + CHUNK_MS - voiced.endMs);
    const likelyMs = Math.min(eagerEndMs ?? endMs, endMs);
    if (this.#state !== 'awaiting-end' && silentMs >= likelyMs) {
      if (!this.#becomeLikelyOver(eagerEndMs !== undefined)) return;
    }
    if (this.#state !== 'idle' && silentMs >= endMs) return this.#end(voiced.endMs);
    const nextMs = this.#state === 'awaiting-end' ? endMs : likelyMs;
    const inMs = voiced.spokenAt + nextMs - performance.now();
    // Where that is past, it is audio that is missing, and the next of it comes here again.
    if (inMs > 0) this.#timer = setTimeout(() => this.#settle(), Math.ceil(inMs));
  }

  /** False where there were no words, only the beginning of one. */
  #becomeLikelyOver(isEager: boolean): boolean {
    const words = this.#allWords();
    if (this.#state === 'idle') this.#start(words);
    if (words.length === 0) {
      this.#voiced = undefined;
      return false;
    }
    this.#likely = words;
    this.#state = 'awaiting-end';
    if (isEager) this.#report('EagerEndOfTurn', words);
    return true;
  }

  #end(speechEndMs: number): void {
    this.#report('EndOfTurn', this.#words());
    this.#state = 'idle';
    this.#turnIndex++;
    this.#windowStartMs = this.#streamMs;
    this.#overUntilMs = speechEndMs;
    this.#voiced = undefined;
    this.#heard.forgetUntil(speechEndMs);
  }

  /** The words of the turn as far as they can be told by now. */
  #words(): readonly SpokenWord[] {
    switch (this.#state) {
      case 'idle':
        return [];
      case 'ongoing':
        return sounded(this.#allWords(), this.#voiced?.endMs ?? 0);
      case 'awaiting-end':
        return this.#likely;
    }
  }

  #allWords(): SpokenWord[] {
    return this.#heard.since(this.#overUntilMs);
  }

  #report(event: TurnEvent, words: readonly SpokenWord[]): void {
    this.#nextUpdateMs = this.#streamMs + this.#options.timing().updateMs;
    this.#options.onReport({
      event,
      turnIndex: this.#turnIndex,
      windowStartMs: this.#windowStartMs,
      windowEndMs: this.#streamMs,
      words,
      speechEndedAt: this.#voiced?.spokenAt ?? 0,
    });
  }
}
