import { z } from 'zod';
import { BadCursorError } from './index.ts';

/** Where a page of calls ended: the next one goes on after it. */
export interface Position {
  startedAt: Date;
  id: string;
}

const positionSchema = z.tuple([z.iso.datetime(), z.string().min(1)]);

/** Opaque to callers, who hand it back as it is. */
export function encodeCursor({ startedAt, id }: Position): string {
  return Buffer.from(JSON.stringify([startedAt.toISOString(), id])).toString('base64url');
}

/** Throws {@link BadCursorError} for anything that {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string): Position {
  try {
    const [startedAt, id] = positionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    const position = { startedAt: new Date(startedAt), id };
    if (encodeCursor(position) === cursor && !id.includes('\0')) return position;
  } catch {
    // Falls through: whatever is wrong with it, the answer is the same.
  }
  throw new BadCursorError('not a cursor of a list of calls; use the one the page before came with');
}
