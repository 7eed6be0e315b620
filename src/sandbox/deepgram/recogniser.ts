/**
 * The ear of the Nova stand-in. It measures speech energy and looks up the words of known speech; it does not recognise
 * speech: sound nobody registered is heard as speech without words, and sound registered without words not at all.
 */
import { FRAME_MS } from '../../telephony/index.ts';
import type { SpokenWord } from '../../tts/flite/index.ts';
import type { KnownSpeech } from '../known-speech.ts';
import { ArrivingFrames } from './arriving-frames.ts';
import { HeardWords, sounded } from './heard-words.ts';
import { type HeardFrame, ONSET_FRAMES, Sounds } from './sounds.ts';

/** Without endpointing a result is final, but not `speech_final`, after this much silence. */
const PLAIN_FINAL_MS = 1000;

/** Times are milliseconds of audio since the stream began. */
export type Hearing =
  | { type: 'speech-started'; atMs: number }
  | {
      type: 'segment';
      kind: SegmentKind;
      startMs: number;
      endMs: number;
      words: SpokenWord[];
      speechEndedAt: number;
    }
  | { type: 'utterance-end'; lastWordEndMs: number };

/** `pause`: the speech ended. `plain`: final for want of endpointing or of silence. `asked`: by Finalize. */
export type SegmentKind = 'interim' | 'pause' | 'plain' | 'asked';

export interface RecogniserOptions {
  knownSpeech: KnownSpeech;
  /** Called with every thing heard, in order; must not throw. */
  onHearing: (hearing: Hearing) => void;
  interimMs: number | undefined;
  /** From the end of the last voiced frame to the end of the segment; undefined: speech never ends by itself. */
  endOfSpeechMs: number | undefined;
  /** From the end of the last word, by its arrival, to the utterance's end; undefined: never. */
  utteranceEndMs: number | undefined;
}

/** A stretch of speech whose words are not final yet. */
interface Segment {
  startMs: number;
  nextInterimMs: number;
}

/**
 * Takes audio as it arrives in real time; pauses are measured by the clock from the last voiced frame.
 * The owner calls `close`.
 */
export class Recogniser {
  readonly #options: RecogniserOptions;
  readonly #frames = new ArrivingFrames();
  readonly #sounds: Sounds;
  readonly #heard = new HeardWords();
  #streamMs = 0;
  /** Voiced frames in a row, while no segment is open. */
  #onset = 0;
  #segment: Segment | undefined;
  /** Words that begin earlier have been reported as final. */
  #finalUntilMs = 0;
  /** When the last voiced frame was spoken, by `performance.now()`, and where it ends in the stream. */
  #voiced = { spokenAt: 0, endMs: 0 };
  #pauseTimer: NodeJS.Timeout | undefined;
  #utteranceTimer: NodeJS.Timeout | undefined;
  #lastWordEndMs: number | undefined;

  constructor(options: RecogniserOptions) {
    this.#options = options;
    this.#sounds = new Sounds(options.knownSpeech);
  }

  /** Audio received so far. */
  get streamMs(): number {
    return this.#streamMs;
  }

  /** Audio in pieces of any size. */
  write(audio: Uint8Array): void {
    for (const { frame, spokenAt } of this.#frames.take(audio)) this.#hear(frame, spokenAt);
  }

  /** Reports what is pending as final, also where that is nothing. */
  finalize(): void {
    this.#endSegment('asked');
  }

  /** Idempotent. Nothing is reported any more. */
  close(): void {
    clearTimeout(this.#pauseTimer);
    clearTimeout(this.#utteranceTimer);
  }

  #hear(frame: Uint8Array, spokenAt: number): void {
    const startMs = this.#streamMs;
    this.#streamMs += FRAME_MS;
    const heard = this.#sounds.hear(frame);
    if (heard.sound === 'silence' || heard.sound === 'noise') this.#hearSilence();
    else this.#hearVoiced(heard, startMs, spokenAt);
    const { interimMs } = this.#options;
    if (
      this.#segment !== undefined &&
      interimMs !== undefined &&
      this.#streamMs >= this.#segment.nextInterimMs
    ) {
      this.#segment.nextInterimMs = this.#streamMs + interimMs;
      this.#report('interim');
    }
  }

  #hearVoiced({ found }: HeardFrame, startMs: number, spokenAt: number): void {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
    this.#voiced = { spokenAt, endMs: this.#streamMs };
    this.#onset++;
    this.#segment ??= this.#openSegment(startMs);
    if (found !== undefined) this.#heard.hear(found, startMs);
    if (this.#onset === ONSET_FRAMES) {
      this.#options.onHearing({ type: 'speech-started', atMs: this.#segment.startMs });
    }
    this.#watchWords();
  }

  #openSegment(startMs: number): Segment {
    return { startMs, nextInterimMs: startMs + (this.#options.interimMs ?? 0) };
  }

  #hearSilence(): void {
    if (this.#segment === undefined) return;
    if (this.#onset < ONSET_FRAMES) {
      this.#segment = undefined;
      this.#onset = 0;
      return;
    }
    if (this.#pauseTimer !== undefined) return;
    const { endOfSpeechMs } = this.#options;
    const [waitMs, kind] =
      endOfSpeechMs === undefined ? [PLAIN_FINAL_MS, 'plain' as const] : [endOfSpeechMs, 'pause' as const];
    this.#pauseTimer = setTimeout(
      () => this.#endSegment(kind),
      Math.max(0, this.#voiced.spokenAt + waitMs - performance.now()),
    );
  }

  /** Words of the open segment. */
  #words(): SpokenWord[] {
    return this.#segment === undefined ? [] : this.#heard.since(this.#finalUntilMs);
  }

  #report(kind: SegmentKind): SpokenWord[] {
    const words = this.#words();
    const sure = kind === 'interim' ? sounded(words, this.#voiced.endMs) : words;
    this.#options.onHearing({
      type: 'segment',
      kind,
      startMs: this.#segment?.startMs ?? this.#streamMs,
      endMs: this.#streamMs,
      words: sure,
      speechEndedAt: this.#voiced.spokenAt,
    });
    return sure;
  }

  #endSegment(kind: SegmentKind): void {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
    this.#report(kind);
    if (this.#segment !== undefined) this.#finalUntilMs = this.#voiced.endMs;
    this.#heard.forgetUntil(this.#finalUntilMs);
    this.#segment = undefined;
    this.#onset = 0;
  }

  /** The end of an utterance is judged from words: energy without words does not put it off. */
  #watchWords(): void {
    const { utteranceEndMs } = this.#options;
    if (utteranceEndMs === undefined) return;
    const lastWordEndMs = this.#words().at(-1)?.endMs;
    if (lastWordEndMs === undefined || lastWordEndMs === this.#lastWordEndMs) return;
    this.#lastWordEndMs = lastWordEndMs;
    clearTimeout(this.#utteranceTimer);
    const aheadMs = lastWordEndMs - this.#streamMs;
    this.#utteranceTimer = setTimeout(
      () => {
        if (this.#segment !== undefined && this.#words().length > 0) this.#endSegment('plain');
        this.#options.onHearing({ type: 'utterance-end', lastWordEndMs });
      },
      Math.max(0, aheadMs + utteranceEndMs),
    );
  }
}
