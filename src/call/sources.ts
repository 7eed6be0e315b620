/** Where the words of a turn may come from, as it is written down with the turn. */
import type { KnowledgeFound } from '../flows/index.ts';
import type { KnowledgeSource } from '../records/index.ts';

export function sourcesOf({ chunks }: KnowledgeFound): KnowledgeSource[] {
  return chunks.map(({ source, heading, score }) => ({ source, heading, score }));
}
