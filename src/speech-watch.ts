/**
 * Whether speech can be had from vendors at all. What calls ask of recogniser and voices goes through here, unchanged,
 * and how it ends tells: a stage whose streams fail one after the other is down. Then it is tried from time to time,
 * without a call, until it works again.
 */
import type { Logger } from 'pino';
import { MULAW_SILENCE } from './audio/mulaw.ts';
import type { SpeechToText, SttEvent, SttStream } from './stt/index.ts';
import { BYTES_PER_MS } from './telephony/index.ts';
import type { TextToSpeech, TtsEvent, TtsOptions, TtsStream } from './tts/index.ts';

export type SpeechStage = 'stt' | 'tts';

export interface SpeechWatchOptions {
  /** A vendor, or a chain of them that fails when its last has failed. */
  recogniser: SpeechToText;
  /** The vendor, or the chain, that speaks; not what speaks without any vendor. */
  voice: TextToSpeech;
  /** Speaks without any vendor, for a recogniser that is tried to hear. */
  sample: TextToSpeech;
  logger: Logger;
  /** How long after an outage, and after a trial in vain, the next trial begins. @defaultValue 3000 */
  probeEveryMs?: number;
  /** A recogniser that has not failed by then works; a voice must have spoken. @defaultValue 5000 */
  probeTimeoutMs?: number;
}

/** One failure is an accident: calls try again by themselves. */
const FAILURES_IN_A_ROW = 2;
const PROBE_EVERY_MS = 3000;
const PROBE_TIMEOUT_MS = 5000;
/** A stream of recognition that lived so long had worked. */
const HEALTHY_AFTER_MS = 5000;
/** What a trial says, and how it reaches the recogniser: in pieces of a fifth of a second, then silence. */
const PROBE_TEXT = 'Hello, can you hear me?';
const PIECE_MS = 200;
const SILENCE = new Uint8Array(PIECE_MS * BYTES_PER_MS).fill(MULAW_SILENCE);

export class SpeechWatch {
  /** As given, watched. */
  readonly recogniser: SpeechToText;
  readonly voice: TextToSpeech;
  readonly #options: SpeechWatchOptions;
  readonly #failures: Record<SpeechStage, number> = { stt: 0, tts: 0 };
  readonly #listeners: (() => void)[] = [];
  readonly #closing = new AbortController();
  readonly #probes = new Map<SpeechStage, NodeJS.Timeout>();
  #wasDown = false;

  constructor(options: SpeechWatchOptions) {
    this.#options = options;
    this.recogniser = this.#watchedRecogniser(options.recogniser);
    this.voice = this.#watchedVoice(options.voice);
  }

  get isDown(): boolean {
    return this.#isStageDown('stt') || this.#isStageDown('tts');
  }

  get canSpeak(): boolean {
    return !this.#isStageDown('tts');
  }

  /** Called whenever {@link isDown} changes, for as long as the process lives. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * For whoever knows more than streams tell. `failed` counts as one of the failures that make an outage; after
   * `refused` the call will not try again, so that a trial does.
   */
  report(stage: SpeechStage, outcome: 'works' | 'failed' | 'refused' | 'down'): void {
    if (this.#closing.signal.aborted) return;
    if (outcome === 'works') this.#failures[stage] = 0;
    else this.#failures[stage] = outcome === 'down' ? FAILURES_IN_A_ROW : this.#failures[stage] + 1;
    const { probeEveryMs = PROBE_EVERY_MS } = this.#options;
    if (this.#isStageDown(stage)) this.#probeIn(stage, probeEveryMs);
    else if (outcome === 'refused') this.#probeIn(stage, 0);
    if (this.isDown === this.#wasDown) return;
    this.#wasDown = this.isDown;
    this.#options.logger.warn({ stage, down: this.#wasDown }, 'vendors of speech');
    for (const listener of this.#listeners) listener();
  }

  /** Ends trials. Idempotent; recogniser and voice are their owner's to close. */
  close(): void {
    this.#closing.abort();
    for (const timer of this.#probes.values()) clearTimeout(timer);
    this.#probes.clear();
  }

  #isStageDown(stage: SpeechStage): boolean {
    return this.#failures[stage] >= FAILURES_IN_A_ROW;
  }

  // ── what calls do ────────────────────────────────────────────────────────────────────────────────────────────

  #watchedRecogniser(recogniser: SpeechToText): SpeechToText {
    return {
      provider: recogniser.provider,
      close: () => recogniser.close(),
      open: (options) => {
        const stream = recogniser.open(options);
        const openedAtMs = performance.now();
        const isLong = (): boolean => performance.now() - openedAtMs > HEALTHY_AFTER_MS;
        const events = this.#watched('stt', stream, { tells: hearingOf, isLong });
        return {
          write: (frame) => stream.write(frame),
          finalize: () => stream.finalize(),
          mute: (muted) => stream.mute(muted),
          close: () => stream.close(),
          [Symbol.asyncIterator]: () => events[Symbol.asyncIterator](),
        } satisfies SttStream;
      },
    };
  }

  #watchedVoice(voice: TextToSpeech): TextToSpeech {
    return {
      provider: voice.provider,
      warm: () => voice.warm(),
      close: () => voice.close(),
      open: (options) => {
        const stream = voice.open(options);
        const tells = ({ type }: TtsEvent): Told => (type === 'audio' ? 'works' : undefined);
        const events = this.#watched('tts', stream, { tells, isLong: () => false });
        return {
          say: (text) => stream.say(text),
          end: () => stream.end(),
          cancel: () => stream.cancel(),
          [Symbol.asyncIterator]: () => events[Symbol.asyncIterator](),
        } satisfies TtsStream;
      },
    };
  }

  /** Passes everything on. */
  async *#watched<Event>(
    stage: SpeechStage,
    stream: AsyncIterable<Event>,
    { tells, isLong }: { tells(event: Event): Told; isLong(): boolean },
  ): AsyncGenerator<Event, undefined> {
    let hasWorked = false;
    try {
      for await (const event of stream) {
        const told = tells(event);
        if (told === 'down' || (told === 'works' && !hasWorked)) this.report(stage, told);
        if (told !== undefined) hasWorked = told === 'works';
        yield event;
      }
    } catch (error) {
      // What had worked and broke is begun again by the call, and that will tell.
      if (!hasWorked && !isLong()) this.report(stage, isFinal(error) ? 'refused' : 'failed');
      throw error;
    }
  }

  // ── trials ───────────────────────────────────────────────────────────────────────────────────────────────────

  #probeIn(stage: SpeechStage, afterMs: number): void {
    if (this.#probes.has(stage)) return;
    const timer = setTimeout(() => {
      const trial = stage === 'stt' ? this.#tryHearing() : this.#trySpeaking();
      void trial
        .catch((err: unknown) => {
          this.#options.logger.debug({ err, stage }, 'speech trial failed');
          return false;
        })
        .then((works) => {
          this.#probes.delete(stage);
          this.report(stage, works ? 'works' : 'failed');
        });
    }, afterMs).unref();
    this.#probes.set(stage, timer);
  }

  /** A recogniser that makes nothing of the speech, and does not fail for long, is one that listens. */
  async #tryHearing(): Promise<boolean> {
    const { recogniser, sample, probeTimeoutMs = PROBE_TIMEOUT_MS } = this.#options;
    const enough = AbortSignal.timeout(probeTimeoutMs);
    const signal = AbortSignal.any([enough, this.#closing.signal]);
    const speech = await spokenBy(sample, signal);
    const stream = recogniser.open({ language: PROBE_LANGUAGE, signal });
    let at = 0;
    const feeding = setInterval(() => {
      const piece = speech.subarray(at, at + SILENCE.length);
      at += SILENCE.length;
      stream.write(piece.length === SILENCE.length ? piece : SILENCE);
    }, PIECE_MS);
    try {
      for await (const event of stream) {
        const told = hearingOf(event);
        if (told !== undefined) return told === 'works';
      }
      return enough.aborted;
    } finally {
      clearInterval(feeding);
      stream.close();
    }
  }

  async #trySpeaking(): Promise<boolean> {
    const { voice, probeTimeoutMs = PROBE_TIMEOUT_MS } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(probeTimeoutMs), this.#closing.signal]);
    const options: TtsOptions = { language: PROBE_LANGUAGE, signal };
    const stream = voice.open(options);
    stream.say(PROBE_TEXT);
    stream.end();
    try {
      for await (const { type } of stream) if (type === 'audio') return true;
      return false;
    } finally {
      stream.cancel();
    }
  }
}

/** Every vendor speaks it. */
const PROBE_LANGUAGE = 'en-US';

type Told = 'works' | 'down' | undefined;

/** A chain that has nobody left to switch to hears nothing; one that tells only of failures is still trying. */
function hearingOf(event: SttEvent): Told {
  switch (event.type) {
    case 'provider-failed':
    case 'recognition-behind':
    case 'recognition-caught-up':
      return undefined;
    case 'provider-switched':
      return event.to === undefined ? 'down' : undefined;
    default:
      return 'works';
  }
}

async function spokenBy(voice: TextToSpeech, signal: AbortSignal): Promise<Uint8Array> {
  const stream = voice.open({ language: PROBE_LANGUAGE, signal });
  stream.say(PROBE_TEXT);
  stream.end();
  const pieces: Uint8Array[] = [];
  for await (const event of stream) if (event.type === 'audio') pieces.push(event.audio);
  return Buffer.concat(pieces);
}

/** Trying again at once is no use. */
function isFinal(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === false;
}
