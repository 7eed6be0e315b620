/**
 * Voice activity: whether the caller is speaking, decided from the sound alone, before any transcript arrives.
 *
 * All times are the call's (`atMs`: milliseconds since its media started), levels are dBFS, and "window" is what the
 * model judges at once: 32 ms. A stream without frames has no events either: whoever waits for an end of speech keeps
 * a timer of its own.
 */

/** How a stream decides. A flow may set each of them. */
export interface VoiceActivityOptions {
  /**
   * From which probability (0 to 1) a window counts as speech. While speech goes on, 0.15 less is enough, as Silero's
   * authors do it, so that one soft syllable does not end it.
   *
   * @defaultValue 0.5
   */
  threshold?: number | undefined;
  /**
   * So much speech in a row makes `speech-started`. Longer ignores more coughs and yields later.
   *
   * @defaultValue 96, three windows
   */
  minSpeechMs?: number | undefined;
  /**
   * So much of no speech makes `speech-stopped`. Longer than the closure of a stop consonant (up to some 150 ms), so
   * that one word is one piece of speech; shorter than any pause that might end a turn, which is decided elsewhere.
   *
   * @defaultValue 200
   */
  hangoverMs?: number | undefined;
}

export const DEFAULT_VOICE_ACTIVITY = {
  threshold: 0.5,
  minSpeechMs: 96,
  hangoverMs: 200,
} as const satisfies VoiceActivityOptions;

/**
 * What a stream hears. Every `speech-started` is followed by one `speech-stopped`, unless the stream is closed before.
 * `atMs` is the end of the audio that decided; `levelDb` the RMS level of the windows of speech.
 */
export type VoiceActivityEvent =
  | {
      type: 'speech-started';
      /** Start of the first window of this speech: where the sound began, to one window. */
      onsetMs: number;
      atMs: number;
      /** Mean over the windows since the onset. */
      probability: number;
      levelDb: number;
    }
  /** At most every 96 ms while speech goes on: length and energy so far. Not during the hangover. */
  | { type: 'speech-continues'; onsetMs: number; atMs: number; probability: number; levelDb: number }
  | {
      type: 'speech-stopped';
      onsetMs: number;
      /** End of the last window of speech, without the hangover. */
      endMs: number;
      atMs: number;
      meanProbability: number;
      levelDb: number;
    };

/** The ear for one caller. */
export interface VoiceActivityStream {
  /**
   * The caller's next audio, 8 kHz μ-law, which began at `atMs`. Never blocks. The bytes are read within some
   * milliseconds and must not change until then. If the model falls behind, the oldest audio waiting is dropped.
   */
  write(frame: Uint8Array, atMs: number): void;
  /** Other settings from here on; those left out stay as they are. Speech in progress goes on. */
  configure(options: VoiceActivityOptions): void;
  /** No event comes after it. Idempotent. */
  close(): void;
}

/** The ear of the whole process. */
export interface VoiceActivity {
  /** False while nothing is heard: the model could not be loaded, its thread died, or this was closed. */
  readonly available: boolean;
  /** In plain words, where not available. */
  readonly unavailableReason?: string | undefined;
  /**
   * A stream for one call; the caller closes it. Works also while unavailable: the stream is then silent, and hears
   * once the model is back.
   */
  open(options: VoiceActivityOptions, onEvent: (event: VoiceActivityEvent) => void): VoiceActivityStream;
  /** Ends the thread and closes all streams. Idempotent. */
  close(): Promise<void>;
}
