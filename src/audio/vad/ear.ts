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

/** Used again and again: new memory for each would cost more than all else here. */
class Window {
  atMs = 0;
  /** The model's input: context, then the window. */
  readonly audio = new Uint8Array(CONTEXT_BYTES + WINDOW_BYTES).fill(MULAW_SILENCE);
  filled = CONTEXT_BYTES;
  /** Sum of the squared samples after the context, full scale being 1. */
  energy = 0;

  /** Mean of the squared samples. */
  get power(): number {
    return this.energy / WINDOW_BYTES;
  }

  /** Takes what it has room for of `audio` from there on; returns where it stopped. */
  fill(audio: Uint8Array, from: number): number {
    const to = Math.min(from + this.audio.length - this.filled, audio.length);
    let { filled, energy } = this;
    for (let at = from; at < to; at++) {
      const byte = audio[at] ?? MULAW_SILENCE;
      this.audio[filled++] = byte;
      energy += MULAW_TO_SQUARE[byte] ?? 0;
    }
    this.filled = filled;
    this.energy = energy;
    return to;
  }

  /** Empty again, but for what came before it. */
  begin(atMs: number): void {
    this.atMs = atMs;
    this.filled = CONTEXT_BYTES;
    this.energy = 0;
  }
}

/** The square of each μ-law byte's sample, full scale being 1. */
const MULAW_TO_SQUARE = Float64Array.from(MULAW_TO_LINEAR, (sample) => (sample / 32_768) ** 2);

export class Ear {
  /** The model's, of this stream. */
  readonly memory = new SileroMemory();
  readonly #detector: SpeechDetector;
  readonly #gate = new Gate();
  /** Complete, and not yet judged. */
  readonly #waiting: Window[] = [];
  /** To be filled again. */
  readonly #spare: Window[] = [];
  /** As much of the next window as has arrived; undefined before the first audio. */
  #next: Window | undefined;
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
    let next = this.#keepTime(atMs);
    for (let from = 0; from < audio.length; ) {
      from = next.fill(audio, from);
      if (next.filled === next.audio.length) next = this.#complete(next);
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
    this.#spare.push(window);
  }

  /** The clock is that of the samples; a jitter of less than a frame does not move it, a hole does. */
  #keepTime(atMs: number): Window {
    const next = this.#next;
    if (next === undefined) {
      this.#next = new Window();
      this.#next.begin(atMs);
      return this.#next;
    }
    const aheadMs = atMs - (next.atMs + (next.filled - CONTEXT_BYTES) / BYTES_PER_MS);
    if (aheadMs < FRAME_MS && aheadMs > -FORGET_AFTER_MS) return next;
    if (Math.abs(aheadMs) >= FORGET_AFTER_MS) {
      this.memory.reset();
      next.audio.fill(MULAW_SILENCE);
    }
    next.begin(atMs);
    return next;
  }

  #complete(window: Window): Window {
    const next = this.#spare.pop() ?? new Window();
    next.audio.set(window.audio.subarray(WINDOW_BYTES));
    next.begin(window.atMs + WINDOW_MS);
    this.#waiting.push(window);
    this.#next = next;
    return next;
  }
}

function levelDb(meanSquare: number): number {
  return 10 * Math.log10(meanSquare);
}
