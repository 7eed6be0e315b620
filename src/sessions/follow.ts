import type { JournalEntry } from './index.ts';

/** One call's journal as it can be read and waited for. */
export interface JournalSource<Cursor> {
  /** What stands after the cursor (undefined: from the beginning), oldest first; the same cursor: nothing new. */
  read(after: Cursor | undefined): Promise<{ entries: JournalEntry[]; cursor: Cursor | undefined }>;
  /** Calls the listener after every append (too often does no harm) until the returned function is called. */
  onAppend(listener: () => void): () => void;
}

/**
 * The journal from its beginning, then live, until the signal aborts. Memory is bounded: appends only raise a flag,
 * and the entries stay in the store until the reader asks for them.
 */
export async function* followJournal<Cursor>(
  source: JournalSource<Cursor>,
  signal: AbortSignal,
): AsyncGenerator<JournalEntry, void, undefined> {
  let appended = Promise.withResolvers<void>();
  const wake = () => appended.resolve();
  const stopListening = source.onAppend(wake);
  signal.addEventListener('abort', wake);
  try {
    let cursor: Cursor | undefined;
    while (!signal.aborted) {
      // The flag is lowered before reading: an append during the read raises it again.
      appended = Promise.withResolvers<void>();
      const batch = await source.read(cursor);
      const isNew = batch.cursor !== cursor;
      cursor = batch.cursor;
      for (const entry of batch.entries) {
        if (signal.aborted) return;
        yield entry;
      }
      if (!isNew && !signal.aborted) await appended.promise;
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', wake);
  }
}
