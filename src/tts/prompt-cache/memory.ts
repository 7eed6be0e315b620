import type { CachedPrompt } from './entry.ts';

/** What a word and an entry take beside the audio: an estimate, for short prompts are mostly that. */
const BYTES_A_WORD = 100;
const BYTES_AN_ENTRY = 300;

/** The prompts used last, up to so many bytes. */
export class MemoryPrompts {
  readonly #maxBytes: number;
  /** The one used longest ago is first: a Map keeps the order of its insertions. */
  readonly #prompts = new Map<string, CachedPrompt>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  has(key: string): boolean {
    return this.#prompts.has(key);
  }

  get(key: string): CachedPrompt | undefined {
    const prompt = this.#prompts.get(key);
    if (prompt === undefined) return undefined;
    this.#prompts.delete(key);
    this.#prompts.set(key, prompt);
    return prompt;
  }

  /** One that is larger than all the room there is, is not kept. */
  set(key: string, prompt: CachedPrompt): void {
    this.#delete(key);
    if (sizeOf(prompt) > this.#maxBytes) return;
    this.#prompts.set(key, prompt);
    this.#bytes += sizeOf(prompt);
    for (const oldest of this.#prompts.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const prompt = this.#prompts.get(key);
    if (prompt === undefined) return;
    this.#prompts.delete(key);
    this.#bytes -= sizeOf(prompt);
  }
}

function sizeOf({ audio, words }: CachedPrompt): number {
  return audio.length + words.length * BYTES_A_WORD + BYTES_AN_ENTRY;
}
