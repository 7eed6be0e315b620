/** The index in a database that all nodes share: what a flow knows is indexed once, not at every start. */
import type { FoundChunk, KnowledgeBase, KnowledgeIndex, KnowledgeQuery } from './index.ts';
import { createMemoryKnowledge, isUnspaced } from './memory.ts';

/** The part of the records that keeps what flows know. */
export interface KnowledgeStore {
  /** Idempotent; cheap where the content is there. */
  keepKnowledge(base: KnowledgeBase): Promise<void>;
  /** Undefined where the store does not know the base. */
  searchKnowledge(query: KnowledgeQuery & { base: string }): Promise<FoundChunk[] | undefined>;
}

/**
 * While the store cannot be asked, what is looked up is found in this process. So is what is written without blanks
 * between words, which Postgres cannot part.
 */
export function createStoredKnowledge(store: KnowledgeStore): KnowledgeIndex {
  const here = createMemoryKnowledge();
  const search = async (base: KnowledgeBase, query: KnowledgeQuery): Promise<FoundChunk[]> => {
    const asked = { ...query, base: base.id };
    const found = await store.searchKnowledge(asked);
    if (found !== undefined) return found;
    await store.keepKnowledge(base);
    return (await store.searchKnowledge(asked)) ?? [];
  };
  return {
    async add(base) {
      await (isUnspaced(base.language) ? here.add(base) : store.keepKnowledge(base));
    },
    async find(base, query, signal) {
      signal.throwIfAborted();
      if (isUnspaced(base.language)) return here.find(base, query, signal);
      try {
        return await search(base, query);
      } catch {
        return here.find(base, query, signal);
      }
    },
  };
}
