/**
 * Knowledge: what the files beside a flow say, found by what the caller asks. A flow holds its knowledge as passages;
 * an index makes them findable. Every index answers the same questions (`conformance.ts`), so a flow can be tried out
 * without a database.
 */

/** A passage of a file, whole enough to be understood by itself. */
export interface KnowledgeChunk {
  /** The title of the file it is from. */
  readonly source: string;
  /** The headings it stands under, outermost first: `Prices › Fillings`. Empty before the first one. */
  readonly heading: string;
  readonly text: string;
}

/** All passages of one flow. */
export interface KnowledgeBase {
  /** Hash of its content: the same text has the same id, in every process. */
  readonly id: string;
  /** BCP 47; what the words are stemmed and parted by. */
  readonly language: string;
  readonly chunks: readonly KnowledgeChunk[];
}

/** A passage that fits. `score`: greater is better; only comparable within one answer. */
export interface FoundChunk extends KnowledgeChunk {
  readonly score: number;
}

export interface KnowledgeQuery {
  /** Words as they were said; every one of them may be missing from what is found. */
  readonly text: string;
  /** At most so many passages. */
  readonly limit: number;
  /** Only from files of these titles. Default: all. */
  readonly sources?: readonly string[];
  /** How long there is, in milliseconds: what takes longer is done without. Default: as long as it takes. */
  readonly withinMs?: number;
}

/** Finds passages. It may be asked about a base it was never given; it then takes the time to index it. */
export interface KnowledgeIndex {
  /** Makes a base findable; idempotent, and cheap where its content is known. Rejects where that cannot be done. */
  add(base: KnowledgeBase): Promise<void>;
  /** The passages that fit best, best first; none where nothing fits. Rejects with the signal's reason once it aborts. */
  find(base: KnowledgeBase, query: KnowledgeQuery, signal: AbortSignal): Promise<FoundChunk[]>;
}
