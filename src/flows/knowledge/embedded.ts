/**
 * Full text and embeddings together: what is worded otherwise is found by its meaning, what is named exactly by its
 * words. The embeddings only add to what full text finds; without them, and until they are there, it is all there is.
 */
import type { Logger } from 'pino';
import { type Embedder, MOST_TEXTS } from '../../embeddings/index.ts';
import { untilAborted } from '../tools/abort.ts';
import type { FoundChunk, KnowledgeBase, KnowledgeChunk, KnowledgeIndex, KnowledgeQuery } from './index.ts';
import { createVectorFiles, type VectorFiles } from './vector-files.ts';

/** What a rank is worth is 1 / (60 + rank): the constant of Cormack et al., "Reciprocal Rank Fusion", SIGIR 2009. */
const RANK_OFFSET = 60;
/** Passages that each way of looking brings into the merged list, for each one that is wanted. */
const BROUGHT = 2;
/** Of the time there is, the question's vector may take this much; the rest is for what comes after. */
const SHARE_OF_TIME = 0.8;
/** Where nobody says how long there is. */
const DEFAULT_WITHIN_MS = 150;
/** Below these, in itself and beside the best, a passage is about something else. */
const LEAST_COSINE = 0.2;
const LEAST_SHARE = 0.8;
/** A vendor that failed is asked again after so long, when somebody wants to know something. */
const RETRY_AFTER_MS = 60_000;

export interface EmbeddedKnowledgeOptions {
  embedder: Embedder;
  /** Where vectors are kept between starts. */
  folder: string;
  logger: Logger;
}

/** `close` breaks off what is being embedded; idempotent. */
export function createEmbeddedKnowledge(
  words: KnowledgeIndex,
  options: EmbeddedKnowledgeOptions,
): KnowledgeIndex & { close(): Promise<void> } {
  const meanings = new Meanings(options);
  return {
    async add(base) {
      meanings.prepare(base);
      await words.add(base);
    },
    async find(base, query, signal) {
      meanings.prepare(base);
      const wide = { ...query, limit: query.limit * BROUGHT };
      const byWords = words.find(base, wide, signal);
      const byMeaning = await meanings.find(base, wide, signal);
      return merged(await byWords, byMeaning, query.limit);
    },
    close: () => meanings.close(),
  };
}

/** Vectors of unit length: their cosine is their product. */
type Vectors = readonly Float32Array[];

/** The passages of all flows as vectors, in this process: what flows know is small enough to compare with all of it. */
class Meanings {
  readonly #embedder: Embedder;
  readonly #logger: Logger;
  readonly #files: VectorFiles;
  readonly #known = new WeakMap<KnowledgeBase, { vectors?: Vectors; failedAtMs?: number }>();
  readonly #closing = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #hasWarned = false;

  constructor({ embedder, folder, logger }: EmbeddedKnowledgeOptions) {
    this.#embedder = embedder;
    this.#logger = logger;
    this.#files = createVectorFiles(folder, embedder.model);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#working);
  }

  /** Begins to embed a base where that has not been done; nobody waits for it. */
  prepare(base: KnowledgeBase): void {
    const state = this.#known.get(base);
    const mayTryAgain = state?.failedAtMs !== undefined && Date.now() - state.failedAtMs > RETRY_AFTER_MS;
    if (this.#closing.signal.aborted || (state !== undefined && !mayTryAgain)) return;
    this.#known.set(base, {});
    const work = this.#embed(base).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  async #embed(base: KnowledgeBase): Promise<void> {
    try {
      this.#known.set(base, { vectors: await this.#vectorsOf(base.chunks.map(textOf)) });
    } catch (error) {
      this.#known.set(base, { failedAtMs: Date.now() });
      if (!this.#closing.signal.aborted) this.#warn(error);
    }
  }

  /** Best first; nothing where the vectors are not there, or not in time. Never rejects. */
  async find(base: KnowledgeBase, query: KnowledgeQuery, signal: AbortSignal): Promise<KnowledgeChunk[]> {
    const vectors = this.#known.get(base)?.vectors;
    if (vectors === undefined || !/[\p{L}\p{N}]/u.test(query.text)) return [];
    const asked = await this.#inTime(query, signal);
    return asked === undefined ? [] : nearest(base.chunks, vectors, asked, query);
  }

  async #inTime(
    { text, withinMs = DEFAULT_WITHIN_MS }: KnowledgeQuery,
    signal: AbortSignal,
  ): Promise<Float32Array | undefined> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), withinMs * SHARE_OF_TIME);
    const ended = AbortSignal.any([signal, late.signal, this.#closing.signal]);
    try {
      const [vector] = await untilAborted(this.#embedder.embed([text], ended), ended);
      return vector === undefined ? undefined : unit(vector);
    } catch (error) {
      if (!ended.aborted) this.#warn(error);
      return undefined;
    } finally {
      clearTimeout(timer);
      late.abort();
    }
  }

  /** Only what is not on disk is asked for, in requests one after the other. */
  async #vectorsOf(texts: readonly string[]): Promise<Vectors> {
    const vectors = new Map<string, Float32Array>();
    const missing: string[] = [];
    for (const text of new Set(texts)) {
      this.#closing.signal.throwIfAborted();
      const kept = await this.#files.get(text);
      if (kept === undefined) missing.push(text);
      else vectors.set(text, unit(kept));
    }
    for (let from = 0; from < missing.length; from += MOST_TEXTS) {
      const batch = missing.slice(from, from + MOST_TEXTS);
      const made = await this.#embedder.embed(batch, this.#closing.signal);
      for (const [index, text] of batch.entries()) {
        const vector = made[index];
        if (vector === undefined) throw new Error('a text has no vector');
        await this.#files.put(text, vector);
        vectors.set(text, unit(vector));
      }
    }
    return texts.flatMap((text) => vectors.get(text) ?? []);
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    // The error of a vendor may hold what was asked.
    const reason = error instanceof Error ? error.name : typeof error;
    const status = error instanceof Error && 'status' in error ? error.status : undefined;
    this.#logger.warn(
      { model: this.#embedder.model, reason, status },
      'what flows know cannot be embedded; it is found by its words alone',
    );
  }
}

function textOf({ source, heading, text }: KnowledgeChunk): string {
  return [source, heading, text].filter((part) => part !== '').join('\n');
}

function nearest(
  chunks: readonly KnowledgeChunk[],
  vectors: Vectors,
  asked: Float32Array,
  { limit, sources }: KnowledgeQuery,
): KnowledgeChunk[] {
  const near = chunks
    .flatMap((chunk, index) => {
      const vector = vectors[index];
      const isWanted = sources === undefined || sources.includes(chunk.source);
      return isWanted && vector?.length === asked.length ? [{ chunk, cosine: product(vector, asked) }] : [];
    })
    .toSorted((a, b) => b.cosine - a.cosine);
  const least = Math.max(LEAST_COSINE, (near[0]?.cosine ?? 0) * LEAST_SHARE);
  return near
    .filter(({ cosine }) => cosine >= least)
    .slice(0, limit)
    .map(({ chunk }) => chunk);
}

/** Reciprocal rank fusion: a passage that both ways find comes before one that only one of them finds. */
function merged(
  byWords: readonly FoundChunk[],
  byMeaning: readonly KnowledgeChunk[],
  limit: number,
): FoundChunk[] {
  if (byMeaning.length === 0) return byWords.slice(0, limit);
  const scores = new Map<string, FoundChunk>();
  for (const found of [byWords, byMeaning]) {
    for (const [index, { source, heading, text }] of found.entries()) {
      const key = JSON.stringify([source, heading, text]);
      const score = (scores.get(key)?.score ?? 0) + 1 / (RANK_OFFSET + index + 1);
      scores.set(key, { source, heading, text, score });
    }
  }
  return [...scores.values()].toSorted((a, b) => b.score - a.score).slice(0, limit);
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(product(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
