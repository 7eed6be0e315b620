/** A do-not-call list from a file: any list with a column of numbers. */
import { z } from 'zod';
import type { Campaigns, DoNotCall } from './index.ts';
import { mapColumns } from './mapping.ts';
import { toE164 } from './numbers.ts';
import { openSource } from './source-rows.ts';

export const doNotCallImportSchema = z.object({
  rowsRead: z.number().int(),
  added: z.number().int(),
  listed: z.number().int().describe('Were on the list already, or are there twice in the file.'),
  invalid: z.number().int().describe('Rows without a number that can be understood.'),
  firstInvalid: z
    .array(z.object({ line: z.number().int(), detail: z.string() }))
    .describe('The first hundred of them.'),
});
export type DoNotCallImport = z.infer<typeof doNotCallImportSchema>;

export interface DoNotCallFile {
  chunks: AsyncIterable<Uint8Array>;
  fileName: string;
  defaultCountry?: string | undefined;
  /** Of the column with the numbers. Default: guessed. */
  column?: string | undefined;
}

const ROWS_A_BATCH = 1_000;
const MOST_TOLD = 100;

/** Adds every number of a file; what is listed already stays as it is, so a file can be imported again. */
export async function importDoNotCall(
  campaigns: Pick<Campaigns, 'addDoNotCall'>,
  { chunks, fileName, defaultCountry, column }: DoNotCallFile,
  who: string,
): Promise<DoNotCallImport> {
  const source = await openSource(chunks);
  const at = new Date().toISOString();
  const result: DoNotCallImport = { rowsRead: 0, added: 0, listed: 0, invalid: 0, firstInvalid: [] };
  let batch: DoNotCall[] = [];
  const flush = async (): Promise<void> => {
    const added = await campaigns.addDoNotCall(batch, who);
    result.added += added;
    result.listed += batch.length - added;
    batch = [];
  };
  try {
    const position = positionOf(source.columns, column);
    for await (const { line, cells } of source.rows) {
      result.rowsRead += 1;
      const parsed = toE164(cells[position] ?? '', defaultCountry);
      if (parsed.ok) batch.push({ number: parsed.number, source: `file: ${fileName}`, at });
      else {
        result.invalid += 1;
        if (result.firstInvalid.length < MOST_TOLD) result.firstInvalid.push({ line, detail: parsed.detail });
      }
      if (batch.length >= ROWS_A_BATCH) await flush();
    }
    await flush();
    return result;
  } finally {
    await source.close();
  }
}

/** Of the numbers: the only column, the one that is named, or the one that looks like them. */
function positionOf(columns: readonly string[], column: string | undefined): number {
  const phone = column ?? (columns.length === 1 ? columns[0] : undefined);
  return mapColumns(columns, phone === undefined ? {} : { phone }).fields.phone ?? 0;
}
