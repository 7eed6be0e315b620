/** The index in this process: full text, no database. Enough for what one flow knows. */
import MiniSearch from 'minisearch';
import type { FoundChunk, KnowledgeBase, KnowledgeIndex, KnowledgeQuery } from './index.ts';

/** What fits less than a third as well as the best is beside the point. */
const LEAST_SHARE = 0.33;
/** A word that stands in more of the passages than this tells none of them from the others. */
const COMMON_SHARE = 0.5;
/** In so few passages, common words cannot be told from others. */
const LEAST_PASSAGES = 4;
/** Words of a question beyond these are not looked for. */
const MOST_WORDS = 40;
/** Shorter words are not the beginnings of others, nor slips for them. */
const LEAST_PREFIX = 4;
const LEAST_FUZZY = 5;

const UNSPACED = /^(zh|ja|th|lo|km|my)\b/i;

/** Whether the language writes no blanks between words. */
export function isUnspaced(language: string): boolean {
  return UNSPACED.test(language);
}

interface Indexed {
  search: MiniSearch<{ id: number; heading: string; source: string; text: string }>;
  wordsOf(text: string): string[];
  isCommon(word: string): boolean;
}

/** Bases are let go of with the flows they belong to; there is nothing to close. */
export function createMemoryKnowledge(): KnowledgeIndex {
  const known = new WeakMap<KnowledgeBase, Promise<Indexed>>();
  const indexed = (base: KnowledgeBase): Promise<Indexed> => {
    const made = known.get(base) ?? indexOf(base);
    known.set(base, made);
    return made;
  };
  return {
    async add(base) {
      await indexed(base);
    },
    async find(base, query, signal) {
      signal.throwIfAborted();
      const index = await indexed(base);
      signal.throwIfAborted();
      return search(base, index, query);
    },
  };
}

/** In small steps, so that calls go on meanwhile. */
async function indexOf(base: KnowledgeBase): Promise<Indexed> {
  const wordsOf = wordsIn(base.language);
  const passages = new Map<string, number>();
  const search = new MiniSearch<{ id: number; heading: string; source: string; text: string }>({
    fields: ['heading', 'source', 'text'],
    tokenize: wordsOf,
    processTerm: (word) => word,
    searchOptions: {
      boost: { heading: 2, source: 1.5 },
      prefix: (word) => word.length >= LEAST_PREFIX,
      fuzzy: (word) => (word.length >= LEAST_FUZZY ? 0.2 : false),
    },
  });
  await search.addAllAsync(
    base.chunks.map(({ heading, source, text }, id) => ({ id, heading, source, text })),
  );
  for (const { heading, text } of base.chunks)
    for (const word of new Set(wordsOf(`${heading} ${text}`)))
      passages.set(word, (passages.get(word) ?? 0) + 1);
  const { length } = base.chunks;
  const isCommon = (word: string): boolean =>
    length >= LEAST_PASSAGES && (passages.get(word) ?? 0) > length * COMMON_SHARE;
  return { search, wordsOf, isCommon };
}

function search(
  { chunks }: KnowledgeBase,
  { search: index, wordsOf, isCommon }: Indexed,
  { text, limit, sources }: KnowledgeQuery,
): FoundChunk[] {
  const words = [...new Set(wordsOf(text))].filter((word) => !isCommon(word)).slice(0, MOST_WORDS);
  if (words.length === 0) return [];
  const isWanted = (id: number): boolean => sources?.includes(chunks[id]?.source ?? '') ?? true;
  const hits = index.search(words.join(' '), {
    filter: ({ id }) => isWanted(Number(id)),
  });
  const least = (hits[0]?.score ?? 0) * LEAST_SHARE;
  return hits
    .filter(({ score }) => score >= least)
    .slice(0, limit)
    .flatMap(({ id, score }) => {
      const chunk = chunks[Number(id)];
      return chunk === undefined ? [] : [{ ...chunk, score: Math.round(score * 1000) / 1000 }];
    });
}

/** The words of a text, small and without accents. */
function wordsIn(language: string): (text: string) => string[] {
  if (!isUnspaced(language)) return (text) => folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  const segmenter = new Intl.Segmenter(language, { granularity: 'word' });
  return (text) =>
    [...segmenter.segment(folded(text))].flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : []));
}

function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
