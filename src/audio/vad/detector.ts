/**
 * From the model's probabilities, window by window, to speech that starts, goes on and stops. Pure: it knows no model,
 * no audio and no clock.
 */
import { DEFAULT_VOICE_ACTIVITY, type VoiceActivityEvent, type VoiceActivityOptions } from './index.ts';

/** How long one window of Silero is: 256 samples at 8 kHz. */
export const WINDOW_MS = 32;

/** What the model makes of one window of sound. */
export interface JudgedWindow {
  /** When the window began. */
  atMs: number;
  /** That it is speech, 0 to 1. */
  probability: number;
  /** Mean of the squared samples, full scale being 1. */
  power: number;
}

/** Silero's own margin between the probability that begins speech and the one that ends it. */
const HYSTERESIS = 0.15;
const LEAST_THRESHOLD = 0.01;
/** Three windows: often enough to decide an interruption within a syllable, a tenth of a second as the contract says. */
const CONTINUES_EVERY_MS = 3 * WINDOW_MS;
/** Digital silence has no level; this is under the least that μ-law can tell. */
const LEAST_POWER = 1e-9;
const NOTHING: readonly VoiceActivityEvent[] = [];

/** Sums over the windows of one piece of speech, begun or not yet sure. */
interface Speech {
  onsetMs: number;
  endMs: number;
  windows: number;
  probabilities: number;
  power: number;
  /** Undefined: too short so far to be reported. */
  toldAtMs: number | undefined;
}

export class SpeechDetector {
  #options: { threshold: number; minSpeechMs: number; hangoverMs: number } = DEFAULT_VOICE_ACTIVITY;
  #speech: Speech | undefined;

  constructor(options: VoiceActivityOptions = {}) {
    this.configure(options);
  }

  /** Settings from the next window on; those left out stay. */
  configure(options: VoiceActivityOptions): void {
    this.#options = {
      threshold: options.threshold ?? this.#options.threshold,
      minSpeechMs: options.minSpeechMs ?? this.#options.minSpeechMs,
      hangoverMs: options.hangoverMs ?? this.#options.hangoverMs,
    };
  }

  /** The next window, in order of time; what follows from it. A hole in time counts as no speech. */
  push(window: JudgedWindow): readonly VoiceActivityEvent[] {
    const stopped = this.#stopOverHole(window.atMs);
    const event = this.#judge(window);
    if (event === undefined) return stopped;
    return stopped.length === 0 ? [event] : [...stopped, event];
  }

  #stopOverHole(atMs: number): readonly VoiceActivityEvent[] {
    const speech = this.#speech;
    if (speech === undefined || atMs - speech.endMs < this.#options.hangoverMs) return NOTHING;
    return this.#stop(speech, atMs);
  }

  #judge(window: JudgedWindow): VoiceActivityEvent | undefined {
    const { threshold } = this.#options;
    const enough = this.#speech === undefined ? threshold : Math.max(threshold - HYSTERESIS, LEAST_THRESHOLD);
    return window.probability >= enough ? this.#onSpeech(window) : this.#onNoSpeech(window);
  }

  #onSpeech(window: JudgedWindow): VoiceActivityEvent | undefined {
    const atMs = window.atMs + WINDOW_MS;
    this.#speech ??= {
      onsetMs: window.atMs,
      endMs: atMs,
      windows: 0,
      probabilities: 0,
      power: 0,
      toldAtMs: undefined,
    };
    const speech = this.#speech;
    speech.endMs = atMs;
    speech.windows++;
    speech.probabilities += window.probability;
    speech.power += window.power;
    const started = speech.toldAtMs !== undefined;
    const due =
      speech.toldAtMs === undefined
        ? atMs - speech.onsetMs >= this.#options.minSpeechMs
        : atMs - speech.toldAtMs >= CONTINUES_EVERY_MS;
    if (!due) return undefined;
    speech.toldAtMs = atMs;
    return {
      type: started ? 'speech-continues' : 'speech-started',
      onsetMs: speech.onsetMs,
      atMs,
      probability: speech.probabilities / speech.windows,
      levelDb: levelDb(speech),
    };
  }

  #onNoSpeech(window: JudgedWindow): VoiceActivityEvent | undefined {
    const speech = this.#speech;
    if (speech === undefined) return undefined;
    const atMs = window.atMs + WINDOW_MS;
    if (speech.toldAtMs !== undefined && atMs - speech.endMs < this.#options.hangoverMs) return undefined;
    return this.#stop(speech, atMs)[0];
  }

  /** What was never reported ends without a word. */
  #stop(speech: Speech, atMs: number): readonly VoiceActivityEvent[] {
    this.#speech = undefined;
    if (speech.toldAtMs === undefined) return NOTHING;
    return [
      {
        type: 'speech-stopped',
        onsetMs: speech.onsetMs,
        endMs: speech.endMs,
        atMs,
        meanProbability: speech.probabilities / speech.windows,
        levelDb: levelDb(speech),
      },
    ];
  }
}

function levelDb(speech: Speech): number {
  return 10 * Math.log10(Math.max(speech.power / speech.windows, LEAST_POWER));
}
