/**
 * Prompts that are the same on every call are synthesised once and kept: in memory, in files under the data directory,
 * and in a store that several nodes share. A kept prompt is played without asking the vendor.
 *
 * Whatever comes from disk or from the shared store is checked; what is damaged is removed and rendered again.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { TextToSpeech } from '../index.ts';
import { DiskPrompts } from './disk.ts';
import { type CachedPrompt, decodePrompt, encodePrompt } from './entry.ts';
import { type PromptRequest, promptKey, type VoiceSetup } from './key.ts';
import { MemoryPrompts } from './memory.ts';
import { SingleFlight, Turnstile } from './single-flight.ts';
import { failureCode, PromptError, synthesise } from './synthesise.ts';

export type { CachedPrompt, PromptWord } from './entry.ts';
export type { PromptRequest, VoiceSetup } from './key.ts';
export { replay } from './replay.ts';

export interface PromptCache {
  /** The name of a prompt, some microseconds of work. `provider`: the voice's. */
  keyOf(provider: string, request: PromptRequest): string;
  /** From memory alone, at once. Load a prompt ahead of the call to find it here. */
  peek(key: string): CachedPrompt | undefined;
  /** From memory, else from disk, else from the shared store; it is then in the nearer ones too. Never rejects. */
  load(key: string): Promise<CachedPrompt | undefined>;
  /**
   * Loads it, or has it spoken and keeps it; however many ask at once, it is spoken once. Undefined where that fails, which
   * the log tells, and where the signal aborts: it ends this waiting, not the work for others. Never rejects.
   */
  render(
    voice: TextToSpeech,
    request: PromptRequest,
    signal?: AbortSignal,
  ): Promise<CachedPrompt | undefined>;
  /** Keeps what was spoken for a call, so that nobody has to have it spoken again. Never rejects. */
  keep(provider: string, request: PromptRequest, prompt: CachedPrompt): Promise<void>;
  /** Ends what is being spoken and finishes what is being written. The shared store is its owner's to close. Idempotent. */
  close(): Promise<void>;
}

/** A store that all nodes share. It must answer soon, or not at all: it never throws and never holds anybody up. */
export interface SharedPrompts {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
}

/** Every counter of the cache, for whoever registers metrics. */
export const PROMPT_CACHE_COUNTERS = {
  prompt_cache_reads_total: {
    help: 'Prompts looked for at the moment they were needed (memory, nowhere) or ahead of it (disk, shared).',
    labels: ['from'],
  },
  prompt_cache_renders_total: {
    help: 'Prompts that a voice was asked for, by outcome: rendered, or an error code.',
    labels: ['provider', 'outcome'],
  },
  prompt_cache_damaged_total: {
    help: 'Cached prompts that were not as they were written, by where they were kept.',
    labels: ['layer'],
  },
  prompt_cache_not_kept_total: { help: 'Rendered prompts that could not be written to disk.', labels: [] },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;

export interface PromptCacheOptions {
  /** Prompts are kept in its `prompts` folder. */
  dataDir: string;
  shared?: SharedPrompts;
  /** What a voice's requests do not say, by its provider. It is part of every key. */
  voices?: Readonly<Record<string, VoiceSetup>>;
  logger: Logger;
  /** Counts by {@link PROMPT_CACHE_COUNTERS}. */
  counters?: { inc(name: keyof typeof PROMPT_CACHE_COUNTERS, labels?: Record<string, string>): void };
  /** @defaultValue 64 MiB: more than two hours of speech */
  maxMemoryBytes?: number;
  /** @defaultValue 1 GiB: a day and a half of speech */
  maxDiskBytes?: number;
}

const DEFAULT_MAX_MEMORY_BYTES = 64 * 1024 ** 2;
const DEFAULT_MAX_DISK_BYTES = 1024 ** 3;
/** A minute of speech takes a vendor a few seconds; one that needs longer is not well. */
const RENDER_TIMEOUT_MS = 30_000;
/** Vendors allow an account few streams at once, and calls need them more. */
const RENDERED_AT_ONCE = 2;

/** Throws where the data directory cannot be written. Close it. */
export async function createPromptCache(options: PromptCacheOptions): Promise<PromptCache> {
  const {
    dataDir,
    maxMemoryBytes = DEFAULT_MAX_MEMORY_BYTES,
    maxDiskBytes = DEFAULT_MAX_DISK_BYTES,
  } = options;
  const memory = new MemoryPrompts(maxMemoryBytes);
  const disk = await DiskPrompts.open({
    folder: join(dataDir, 'prompts'),
    maxBytes: maxDiskBytes,
    logger: options.logger,
    isInUse: (key) => memory.has(key),
  });
  return new LayeredPromptCache(options, memory, disk);
}

class LayeredPromptCache implements PromptCache {
  readonly #options: PromptCacheOptions;
  readonly #memory: MemoryPrompts;
  readonly #disk: DiskPrompts;
  readonly #loading = new SingleFlight<CachedPrompt | undefined>();
  readonly #rendering = new SingleFlight<CachedPrompt | undefined>();
  readonly #atVendor = new Turnstile(RENDERED_AT_ONCE);
  readonly #closing = new AbortController();

  constructor(options: PromptCacheOptions, memory: MemoryPrompts, disk: DiskPrompts) {
    this.#options = options;
    this.#memory = memory;
    this.#disk = disk;
  }

  keyOf(provider: string, request: PromptRequest): string {
    return promptKey(request, provider, this.#options.voices?.[provider]);
  }

  peek(key: string): CachedPrompt | undefined {
    const prompt = this.#memory.get(key);
    this.#count('prompt_cache_reads_total', { from: prompt === undefined ? 'nowhere' : 'memory' });
    return prompt;
  }

  async load(key: string): Promise<CachedPrompt | undefined> {
    const prompt = this.#memory.get(key);
    if (prompt !== undefined || this.#closing.signal.aborted) return prompt;
    return await this.#loading.run(key, () => this.#read(key));
  }

  async render(
    voice: TextToSpeech,
    request: PromptRequest,
    signal?: AbortSignal,
  ): Promise<CachedPrompt | undefined> {
    if (signal?.aborted || this.#closing.signal.aborted || request.text.trim() === '') return undefined;
    const key = this.keyOf(voice.provider, request);
    const work = this.#rendering.run(
      key,
      async () =>
        (await this.load(key)) ?? (await this.#atVendor.run(() => this.#speak(key, voice, request))),
    );
    return await unlessAborted(work, signal);
  }

  async keep(provider: string, request: PromptRequest, prompt: CachedPrompt): Promise<void> {
    const key = this.keyOf(provider, request);
    if (this.#closing.signal.aborted || this.#memory.has(key)) return;
    await this.#rendering.run(key, async () => {
      await this.#store(key, prompt);
      return prompt;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#rendering.settled();
    await this.#loading.settled();
    await this.#disk.close();
  }

  async #read(key: string): Promise<CachedPrompt | undefined> {
    const onDisk = this.#check('disk', key, await this.#disk.get(key));
    if (onDisk === 'damaged') await this.#disk.remove(key);
    else if (onDisk !== undefined) return onDisk.prompt;
    const shared = this.#check('shared', key, await this.#options.shared?.get(key));
    // A damaged one is replaced when it is rendered again.
    if (shared === undefined || shared === 'damaged') return undefined;
    await this.#disk.put(key, shared.bytes);
    return shared.prompt;
  }

  /** What was found in a layer, into memory if it is good. */
  #check(
    layer: 'disk' | 'shared',
    key: string,
    bytes: Uint8Array | undefined,
  ): { prompt: CachedPrompt; bytes: Uint8Array } | 'damaged' | undefined {
    if (bytes === undefined) return undefined;
    const decoded = decodePrompt(key, bytes);
    if ('damage' in decoded) {
      this.#options.logger.warn({ key, layer, damage: decoded.damage }, 'a cached prompt is damaged');
      this.#count('prompt_cache_damaged_total', { layer });
      return 'damaged';
    }
    this.#memory.set(key, decoded.prompt);
    this.#count('prompt_cache_reads_total', { from: layer });
    return { prompt: decoded.prompt, bytes };
  }

  async #speak(key: string, voice: TextToSpeech, request: PromptRequest): Promise<CachedPrompt | undefined> {
    const { provider } = voice;
    if (this.#closing.signal.aborted) return undefined;
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(RENDER_TIMEOUT_MS)]);
      const prompt = await synthesise(voice, request, signal);
      if (!(await this.#store(key, prompt))) throw new PromptError('too-long');
      this.#count('prompt_cache_renders_total', { provider, outcome: 'rendered' });
      return prompt;
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined;
      const outcome = failureCode(error);
      this.#options.logger.warn({ key, provider, code: outcome }, 'a prompt could not be rendered');
      this.#count('prompt_cache_renders_total', { provider, outcome });
      return undefined;
    }
  }

  /** Into all layers. False for a prompt that is too long to be kept. */
  async #store(key: string, prompt: CachedPrompt): Promise<boolean> {
    const bytes = encodePrompt(key, prompt);
    if (bytes === undefined) return false;
    this.#memory.set(key, prompt);
    const [kept] = await Promise.all([this.#disk.put(key, bytes), this.#options.shared?.put(key, bytes)]);
    if (!kept) this.#count('prompt_cache_not_kept_total');
    return true;
  }

  #count(name: keyof typeof PROMPT_CACHE_COUNTERS, labels?: Record<string, string>): void {
    this.#options.counters?.inc(name, labels);
  }
}

/** The work's result, or undefined from the moment the signal aborts; the work goes on. */
async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result | undefined> {
  if (signal === undefined) return await work;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const stop = () => resolve(undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
