/** One look into what a flow knows, while a caller waits for the answer. */
import type { FindKnowledge, KnowledgeFound } from '../index.ts';
import { untilAborted } from '../tools/abort.ts';
import type { KnowledgeBase, KnowledgeIndex } from './index.ts';

/** What was found within the time; else why there is nothing. Never rejects. */
export async function lookUp(
  index: KnowledgeIndex,
  base: KnowledgeBase | undefined,
  { queryId, text, limit, sources, timeoutMs }: FindKnowledge,
  signal: AbortSignal,
): Promise<KnowledgeFound> {
  const nothing = { type: 'knowledge-found', queryId, chunks: [] } as const;
  if (base === undefined) return { ...nothing, missed: 'failed' };
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const ended = AbortSignal.any([signal, late.signal]);
  try {
    const query = { text, limit, withinMs: timeoutMs, ...(sources === undefined ? {} : { sources }) };
    // An index may be slow to notice the signal; the caller does not wait for it.
    const chunks = await untilAborted(index.find(base, query, ended), ended);
    return { ...nothing, chunks };
  } catch {
    return { ...nothing, missed: ended.aborted ? 'late' : 'failed' };
  } finally {
    clearTimeout(timer);
    late.abort();
  }
}
