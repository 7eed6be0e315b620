/**
 * Real speech, synthesised in this process by Flite (CMU, compiled to WASI; its voices are part of the package).
 *
 * Small, flat and English only: the voice of last resort of a call, and the sandbox's, where it speaks for the phone
 * and for the stand-in of the text-to-speech vendor.
 */
import { Worker } from 'node:worker_threads';
import { z } from 'zod';

/** One spoken word; times are milliseconds since the first byte of its {@link Speech}. */
export interface SpokenWord {
  /** As it stands in the text, punctuation kept: `Hello,`. */
  text: string;
  startMs: number;
  endMs: number;
}

/** Synthesised speech, without silence before or after it. */
export interface Speech {
  /** 8 kHz μ-law, padded with silence to a multiple of 160 bytes. Shared between callers: never write to it. */
  audio: Uint8Array;
  /** In order. A word without a sound of its own (a lone dash) is left out. */
  words: readonly SpokenWord[];
}

export interface Voice {
  /**
   * Speaks the text; the same voice and text come from memory the second time. `voice` is one of Flite's (`slt`,
   * `rms`, `awb`, `kal`, `kal16`); any other name, such as a vendor's voice id, gets `slt`. Text without a letter or
   * digit gives empty speech.
   *
   * Word times come from Flite's own phone times. Which phones belong to which word it does not tell: that is found by
   * aligning them with the phones of each word spoken alone, so a border between two words can be one phone off.
   *
   * @throws {VoiceError}
   */
  speak(text: string, voice?: string): Promise<Speech>;
  /** Ends the worker; what is still being spoken is rejected. Idempotent. */
  close(): Promise<void>;
}

export type VoiceErrorCode = 'voice-busy' | 'voice-closed' | 'voice-failed' | 'voice-text-too-long';

export class VoiceError extends Error {
  override readonly name = 'VoiceError';
  readonly code: VoiceErrorCode;
  constructor(code: VoiceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Voices built into the Flite package. `slt` is a woman, the others are men. */
const VOICES = ['slt', 'rms', 'awb', 'kal', 'kal16'] as const;
const DEFAULT_VOICE = 'slt';

/** About three minutes of speech; far more than any reply. */
const MAX_TEXT_CHARS = 3000;
/** Texts waiting for the worker; one takes about 0.1 s, so a longer queue would only hide an overload. */
const MAX_PENDING = 256;
/** A reply of 4 s is 32 kB: at most some 16 MB. The least recently used goes first. */
const MAX_CACHED = 512;

const workerReply = z.union([
  z.object({
    id: z.number(),
    audio: z.instanceof(Uint8Array),
    words: z.array(z.object({ text: z.string(), startMs: z.number(), endMs: z.number() })),
  }),
  z.object({ id: z.number(), error: z.string() }),
]);

/** Starts no thread until the first text. The caller closes it. */
export function createVoice(): Voice {
  return new FliteVoice();
}

class FliteVoice implements Voice {
  readonly #cache = new Map<string, Promise<Speech>>();
  readonly #pending = new Map<number, PromiseWithResolvers<Speech>>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  speak(text: string, voice: string = DEFAULT_VOICE): Promise<Speech> {
    const name = VOICES.find((known) => known === voice) ?? DEFAULT_VOICE;
    const key = `${name}\n${text}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      this.#cache.delete(key);
      this.#cache.set(key, cached);
      return cached;
    }
    const speech = this.#synthesise(text, name);
    this.#cache.set(key, speech);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= MAX_CACHED) break;
      this.#cache.delete(oldest);
    }
    speech.catch(() => this.#cache.delete(key));
    return speech;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cache.clear();
    this.#rejectAll(new VoiceError('voice-closed', 'the voice was closed while speaking'));
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #synthesise(text: string, voice: string): Promise<Speech> {
    if (this.#closed) throw new VoiceError('voice-closed', 'the voice is closed');
    if (text.length > MAX_TEXT_CHARS) {
      throw new VoiceError(
        'voice-text-too-long',
        `text of ${text.length} characters; at most ${MAX_TEXT_CHARS}`,
      );
    }
    if (this.#pending.size >= MAX_PENDING) {
      throw new VoiceError('voice-busy', `${MAX_PENDING} texts are already waiting to be spoken`);
    }
    if (!/[\p{L}\p{N}]/u.test(text)) return { audio: new Uint8Array(0), words: [] };
    const id = this.#nextId++;
    const job = Promise.withResolvers<Speech>();
    this.#pending.set(id, job);
    this.#startedWorker().postMessage({ id, text, voice });
    return job.promise;
  }

  #startedWorker(): Worker {
    if (this.#worker !== undefined) {
      this.#worker.ref();
      return this.#worker;
    }
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      // Node warns that WASI is experimental; a user of the sandbox can do nothing about it.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    worker.on('message', (message: unknown) => this.#onReply(worker, message));
    worker.on('error', (error) =>
      this.#onWorkerGone(worker, error instanceof Error ? error.message : String(error)),
    );
    worker.on('exit', (code) => this.#onWorkerGone(worker, `the voice's thread exited with code ${code}`));
    this.#worker = worker;
    return worker;
  }

  #onReply(worker: Worker, message: unknown): void {
    const reply = workerReply.parse(message);
    const job = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    // An idle voice does not keep the process alive.
    if (this.#pending.size === 0) worker.unref();
    if ('error' in reply) job?.reject(new VoiceError('voice-failed', reply.error));
    else job?.resolve({ audio: reply.audio, words: reply.words });
  }

  /** The next text starts a new worker. */
  #onWorkerGone(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#rejectAll(new VoiceError('voice-failed', reason));
  }

  #rejectAll(error: VoiceError): void {
    const jobs = [...this.#pending.values()];
    this.#pending.clear();
    for (const job of jobs) job.reject(error);
  }
}
