/**
 * One stream on the model's side: frames of any length become windows, the gate lets through what is worth judging, and
 * what the model makes of it becomes events. Pure: the model itself is asked by the worker.
 */
import { BYTES_PER_MS, FRAME_MS } from '../../telephony/index.ts';
import { MULAW_SILENCE, MULAW_TO_LINEAR } from '../mulaw.ts';
import { SpeechDetector, WINDOW_MS } from './detector.ts';
import { Gate } from './gate.ts';
import type { VoiceActivityEvent, VoiceActivityOptions } from './index.ts';
import { CONTEXT_BYTES, SileroMemory, WINDOW_BYTES } from './silero.ts';

/** So long a hole in the audio makes what was before it a different scene. */
const FORGET_AFTER_MS = 1000;

interface Window {
  atMs: number;
  /** The model's input: context, then the window. */
  audio: Uint8Array;
  power: number;
}

export class Ear {
  /** The model's, of this stream. */
  readonly memory = new SileroMemory();
  readonly #detector: SpeechDetector;
  readonly #gate = new Gate();
  /** Complete, and not yet judged. */
  readonly #waiting: Window[] = [];
  /** The context, then as much of the next window as has arrived. */
  readonly #next = new Uint8Array(CONTEXT_BYTES + WINDOW_BYTES).fill(MULAW_SILENCE);
  #filled = CONTEXT_BYTES;
  #nextAtMs: number | undefined;
  /** The last window that the gate held back: judged after all if the next one opens the gate. */
  #held: Window | undefined;
  #asked: Window | undefined;
  #lastProbability = 0;

  constructor(options: VoiceActivityOptions) {
    this.#detector = new SpeechDetector(options);
  }

  configure(options: VoiceActivityOptions): void {
    this.#detector.configure(options);
  }

  /** The next audio, 8 kHz μ-law, which began at `atMs`. */
  write(audio: Uint8Array, atMs: number): void {
    this.#keepTime(atMs);
    let from = 0;
    while (from < audio.length) {
      const piece = audio.subarray(from, from + this.#next.length - this.#filled);
      this.#next.set(piece, this.#filled);
      this.#filled += piece.length;
      from += piece.length;
      if (this.#filled === this.#next.length) this.#complete();
    }
  }

  /** The model's next input, to be answered by `judged`; what needs no model is told to `emit` on the way. */
  ask(emit: (event: VoiceActivityEvent) => void): Uint8Array | undefined {
    for (let window = this.#waiting[0]; window !== undefined; window = this.#waiting[0]) {
      const held = this.#held;
      this.#held = undefined;
      const admission = this.#gate.admit(levelDb(window.power));
      if (admission === 'judge') {
        // The window that opens the gate is seldom the one in which the sound began.
        this.#asked = held ?? window;
        if (held === undefined) this.#waiting.shift();
        return this.#asked.audio;
      }
      this.#waiting.shift();
      if (admission === 'as-before') {
        this.#tell(window, this.#lastProbability, emit);
        continue;
      }
      if (held !== undefined) this.#tell(held, 0, emit);
      this.#held = window;
    }
    return undefined;
  }

  /** The model's answer to the last `ask`. */
  judged(probability: number, emit: (event: VoiceActivityEvent) => void): void {
    if (this.#asked === undefined) return;
    this.#gate.judged(probability);
    this.#lastProbability = probability;
    this.#tell(this.#asked, probability, emit);
    this.#asked = undefined;
  }

  #tell(window: Window, probability: number, emit: (event: VoiceActivityEvent) => void): void {
    for (const event of this.#detector.push({ atMs: window.atMs, probability, power: window.power }))
      emit(event);
  }

  /** The clock is that of the samples; a jitter of less than a frame does not move it, a hole does. */
  #keepTime(atMs: number): void {
    const expectedMs = (this.#nextAtMs ?? atMs) + (this.#filled - CONTEXT_BYTES) / BYTES_PER_MS;
    const aheadMs = atMs - expectedMs;
    if (this.#nextAtMs !== undefined && aheadMs < FRAME_MS && aheadMs > -FORGET_AFTER_MS) return;
    if (Math.abs(aheadMs) >= FORGET_AFTER_MS) {
      this.memory.reset();
      this.#next.fill(MULAW_SILENCE);
    }
    this.#filled = CONTEXT_BYTES;
    this.#nextAtMs = atMs;
  }

  #complete(): void {
    const atMs = this.#nextAtMs ?? 0;
    this.#waiting.push({ atMs, audio: this.#next.slice(), power: power(this.#next.subarray(CONTEXT_BYTES)) });
    this.#next.copyWithin(0, WINDOW_BYTES);
    this.#filled = CONTEXT_BYTES;
    this.#nextAtMs = atMs + WINDOW_MS;
  }
}

/** Mean of the squared samples, full scale being 1. */
function power(audio: Uint8Array): number {
  let sum = 0;
  for (const byte of audio) {
    const sample = MULAW_TO_LINEAR[byte] ?? 0;
    sum += sample * sample;
  }
  return sum / audio.length / 32_768 ** 2;
}

function levelDb(meanSquare: number): number {
  return 10 * Math.log10(meanSquare);
}
