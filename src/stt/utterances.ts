/**
 * Cuts a caller's audio into utterances, for recognisers that take recordings instead of streams. Voice activity says
 * where they begin and end; the energy on the line does, where voice activity is not available, and for audio that comes
 * faster than real time, which its thread would drop.
 */
import { EnergyDetector } from '../audio/energy.ts';
import { MULAW_SILENCE } from '../audio/mulaw.ts';
import type { VoiceActivity, VoiceActivityEvent, VoiceActivityStream } from '../audio/vad/index.ts';
import { BYTES_PER_MS } from './audio-clock.ts';
import { KeptAudio } from './kept-audio.ts';

export interface Utterance {
  /** Where its audio begins, in milliseconds since the first frame; some silence before the speech included. */
  startMs: number;
  audio: Uint8Array;
  /** Of the speech in it. */
  speechStartMs: number;
  speechEndMs: number;
}

export interface UtterancesOptions {
  voiceActivity: VoiceActivity;
  /** Silence that ends an utterance. */
  endpointingMs: number;
  onStarted(atMs: number): void;
  onEnded(utterance: Utterance): void;
}

const FRAME_MS = 20;
const FRAME_BYTES = FRAME_MS * BYTES_PER_MS;
/** A soft beginning lies before what is heard as speech. */
const PRE_ROLL_MS = 300;
/** Voice activity knows of an onset so much later: its own delay, and a busy thread's. */
const ONSET_DELAY_MS = 1000;
/** The energy detector's own delay. */
const ENERGY_ONSET_MS = 140;
const TAIL_MS = 200;
/** Longer ones are cut: the models take 30 s at once. */
const LONGEST_MS = 25_000;
/** A piece longer than this is no longer live. */
const LIVE_PIECE_MS = 200;

export class Utterances {
  readonly #options: UtterancesOptions;
  readonly #voice: VoiceActivityStream;
  readonly #energy = new EnergyDetector();
  readonly #kept = new KeptAudio(LONGEST_MS + PRE_ROLL_MS + ONSET_DELAY_MS);
  #writtenMs = 0;
  /** When the utterance that is being spoken began. */
  #speechStartMs: number | undefined;
  #hearsVoice = false;
  /** The last utterance's audio goes up to here. */
  #cutMs = 0;

  constructor(options: UtterancesOptions) {
    this.#options = options;
    this.#voice = options.voiceActivity.open({ hangoverMs: options.endpointingMs }, (event) =>
      this.#onVoice(event),
    );
  }

  get isSpeaking(): boolean {
    return this.#speechStartMs !== undefined;
  }

  /** One or more whole frames. */
  write(audio: Uint8Array): void {
    const isLive = audio.length <= LIVE_PIECE_MS * BYTES_PER_MS;
    const byVoice = isLive && this.#options.voiceActivity.available;
    for (let at = 0; at < audio.length; at += FRAME_BYTES) {
      const frame = audio.subarray(at, at + FRAME_BYTES);
      const atMs = this.#writtenMs;
      this.#kept.push(frame, atMs);
      this.#writtenMs += frame.length / BYTES_PER_MS;
      const change = this.#energy.push(frame, atMs);
      if (byVoice) this.#voice.write(frame, atMs);
      else if (change === 'started') this.#begin(atMs - ENERGY_ONSET_MS);
      // What energy has begun, or voice activity has lost, still has an end.
      if (change === 'stopped' && !this.#hearsVoice) this.#end(this.#energy.lastLoudAtMs);
      this.#bound();
    }
  }

  /** What is being spoken is an utterance as it is. */
  cut(): void {
    this.#end(this.#writtenMs);
  }

  /** Audio that nobody may hear. */
  conceal(audio: Uint8Array): void {
    if (this.isSpeaking) this.cut();
    const silence = new Uint8Array(audio.length).fill(MULAW_SILENCE);
    this.#kept.push(silence, this.#writtenMs);
    this.#writtenMs += silence.length / BYTES_PER_MS;
    this.#bound();
  }

  /** Idempotent. Nothing is told after it. */
  close(): void {
    this.#speechStartMs = undefined;
    this.#voice.close();
  }

  #onVoice(event: VoiceActivityEvent): void {
    switch (event.type) {
      case 'speech-started':
        this.#hearsVoice = true;
        return this.#begin(event.onsetMs);
      case 'speech-stopped':
        this.#hearsVoice = false;
        return this.#end(event.endMs);
      case 'speech-continues':
        return;
    }
  }

  #begin(onsetMs: number): void {
    if (this.#speechStartMs !== undefined) return;
    const atMs = Math.max(onsetMs, this.#cutMs, 0);
    this.#speechStartMs = atMs;
    this.#options.onStarted(atMs);
  }

  #end(endMs: number): void {
    const speechStartMs = this.#speechStartMs;
    if (speechStartMs === undefined) return;
    this.#speechStartMs = undefined;
    const fromMs = floorToFrame(Math.max(speechStartMs - PRE_ROLL_MS, this.#cutMs, 0));
    const untilMs = Math.max(fromMs + FRAME_MS, floorToFrame(Math.min(endMs + TAIL_MS, this.#writtenMs)));
    this.#kept.covered(fromMs);
    const startMs = this.#kept.beganMs ?? fromMs;
    const audio = Buffer.concat([...this.#kept.audio()]).subarray(0, (untilMs - startMs) * BYTES_PER_MS);
    this.#cutMs = untilMs;
    this.#kept.covered(untilMs);
    this.#options.onEnded({ startMs, audio, speechStartMs, speechEndMs: Math.min(endMs, untilMs) });
  }

  #bound(): void {
    const speechStartMs = this.#speechStartMs;
    if (speechStartMs === undefined)
      this.#kept.covered(floorToFrame(this.#writtenMs - PRE_ROLL_MS - ONSET_DELAY_MS));
    else if (this.#writtenMs - speechStartMs >= LONGEST_MS) {
      this.cut();
      this.#begin(this.#writtenMs);
    }
  }
}

function floorToFrame(ms: number): number {
  return Math.floor(ms / FRAME_MS) * FRAME_MS;
}
