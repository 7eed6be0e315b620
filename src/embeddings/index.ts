/** Embeddings: texts as vectors that point the same way where the texts mean the same, whoever the vendor is. */

/** Makes vectors. Those of one model may be compared with each other, and with no others. */
export interface Embedder {
  /** What the vectors are kept under. */
  readonly model: string;
  /**
   * One vector a text, in the order of the texts, all of one length. Rejects where the vendor cannot be asked or answers
   * something else, and with the signal's reason once it aborts. Whoever asks keeps to {@link MOST_TEXTS} a request.
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
}

/** Texts in one request: less than any vendor allows, and an answer of a few megabytes at most. */
export const MOST_TEXTS = 96;
