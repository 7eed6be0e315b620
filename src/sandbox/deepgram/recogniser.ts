/**
 * The ear of the Deepgram stand-in. It measures speech energy and looks up the words of known speech; it does not
 * recognise speech: sound nobody registered is heard as speech without words.
 */
import { FRAME_BYTES, FRAME_MS } from '../../telephony/index.ts';
import type { Speech, SpokenWord } from '../../tts/flite/index.ts';
import { isAudible } from '../audible.ts';
import type { KnownSpeech } from '../known-speech.ts';

/** Voiced frames in a row that make an onset; shorter is a click. */
const ONSET_FRAMES = 3;
/** A word's soft end may lie beyond its last loud frame. */
const SOFT_END_MS = 60;
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
  /** From the arrival of the last voiced frame to the end of the segment; undefined: speech never ends by itself. */
  endOfSpeechMs: number | undefined;
  /** From the end of the last word, by its arrival, to the utterance's end; undefined: never. */
  utteranceEndMs: number | undefined;
}

/** Known speech as it lies in the stream; `first` to `last`: the part of it that was really heard. */
interface Match {
  speech: Speech;
  startMs: number;
  firstMs: number;
  lastMs: number;
}

/** A stretch of speech whose words are not final yet. */
interface Segment {
  startMs: number;
  nextInterimMs: number;
  matches: Match[];
}

/**
 * Takes audio as it arrives in real time; pauses are measured by the clock from the arrival of the last voiced frame.
 * The owner calls `close`.
 */
export class Recogniser {
  readonly #options: RecogniserOptions;
  #rest: Uint8Array = new Uint8Array(0);
  #streamMs = 0;
  /** Voiced frames in a row, while no segment is open. */
  #onset = 0;
  #segment: Segment | undefined;
  /** Words that begin earlier have been reported as final. */
  #finalUntilMs = 0;
  /** When the last voiced frame arrived, by `performance.now()`, and where it ends in the stream. */
  #voiced = { arrivedAt: 0, endMs: 0 };
  #pauseTimer: NodeJS.Timeout | undefined;
  #utteranceTimer: NodeJS.Timeout | undefined;
  #lastWordEndMs: number | undefined;

  constructor(options: RecogniserOptions) {
    this.#options = options;
  }

  /** Audio received so far. */
  get streamMs(): number {
    return this.#streamMs;
  }

  /** Audio in pieces of any size. */
  write(audio: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? audio : Buffer.concat([this.#rest, audio]);
    const whole = bytes.length - (bytes.length % FRAME_BYTES);
    for (let start = 0; start < whole; start += FRAME_BYTES)
      this.#hear(bytes.subarray(start, start + FRAME_BYTES));
    this.#rest = bytes.slice(whole);
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

  #hear(frame: Uint8Array): void {
    const startMs = this.#streamMs;
    this.#streamMs += FRAME_MS;
    if (isAudible(frame)) this.#hearVoiced(frame, startMs);
    else this.#hearSilence();
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

  #hearVoiced(frame: Uint8Array, startMs: number): void {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
    this.#voiced = { arrivedAt: performance.now(), endMs: this.#streamMs };
    this.#onset++;
    this.#segment ??= this.#openSegment(startMs);
    const found = this.#options.knownSpeech.find(frame);
    if (found !== undefined) this.#match(found.speech, startMs - found.offsetMs, startMs);
    if (this.#onset === ONSET_FRAMES) {
      this.#options.onHearing({ type: 'speech-started', atMs: this.#segment.startMs });
    }
    this.#watchWords();
  }

  #openSegment(startMs: number): Segment {
    return { startMs, nextInterimMs: startMs + (this.#options.interimMs ?? 0), matches: [] };
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
      Math.max(0, this.#voiced.arrivedAt + waitMs - performance.now()),
    );
  }

  /** Notes that the frame at `frameMs` belongs to this speech, which then began at `startMs` of the stream. */
  #match(speech: Speech, startMs: number, frameMs: number): void {
    const matches = this.#segment?.matches;
    if (matches === undefined) return;
    const latest = matches.at(-1);
    if (latest === undefined || latest.startMs !== startMs) {
      matches.push({ speech, startMs, firstMs: frameMs, lastMs: frameMs + FRAME_MS });
      return;
    }
    // Two utterances that begin alike share their first frames: the later frame knows better.
    latest.speech = speech;
    latest.lastMs = frameMs + FRAME_MS;
  }

  /** Words of the open segment; a word counts once most of it was heard. */
  #words(): SpokenWord[] {
    const matches = this.#segment?.matches ?? [];
    return matches.flatMap(({ speech, startMs, firstMs, lastMs }) =>
      speech.words
        .map((word) => ({ text: word.text, startMs: word.startMs + startMs, endMs: word.endMs + startMs }))
        .filter((word) => {
          const middleMs = (word.startMs + word.endMs) / 2;
          return middleMs >= Math.max(firstMs, this.#finalUntilMs) && middleMs <= lastMs;
        }),
    );
  }

  #report(kind: SegmentKind): SpokenWord[] {
    const words = this.#words();
    // What has only just begun to sound cannot be known yet.
    const sure =
      kind === 'interim' ? words.filter((word) => word.endMs <= this.#voiced.endMs + SOFT_END_MS) : words;
    this.#options.onHearing({
      type: 'segment',
      kind,
      startMs: this.#segment?.startMs ?? this.#streamMs,
      endMs: this.#streamMs,
      words: sure,
      speechEndedAt: this.#voiced.arrivedAt,
    });
    return sure;
  }

  #endSegment(kind: SegmentKind): void {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
    this.#report(kind);
    if (this.#segment !== undefined) this.#finalUntilMs = this.#voiced.endMs;
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
