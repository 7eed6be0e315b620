/** The first rows of a list as an import would take them, before it is imported. */
import { z } from 'zod';
import { ContactReader, type ContactRow } from './contact-rows.ts';
import { type ImportOptions, setAsideReasonSchema } from './index.ts';
import { openSource } from './source-rows.ts';

export const previewSchema = z.object({
  encoding: z.string(),
  format: z.enum(['csv', 'json-lines']),
  delimiter: z.string().optional(),
  columns: z.array(z.string()).describe('As the file names them.'),
  mapping: z.record(z.string(), z.string()).describe('Which column each field and variable is read from.'),
  rows: z.array(
    z.object({
      line: z.number().int(),
      number: z.string().optional().describe('E.164; absent where the row would be set aside.'),
      timeZones: z.array(z.string()).optional(),
      variables: z.record(z.string(), z.string()).optional(),
      consentSource: z.string().optional(),
      problem: z.object({ reason: setAsideReasonSchema, detail: z.string() }).optional(),
    }),
  ),
});
export type Preview = z.infer<typeof previewSchema>;

/**
 * Reads no more than it shows. What only the database knows (duplicates, the do-not-call list) shows in the import.
 * Throws a `UserError` where the file cannot be read or no column holds the numbers.
 */
export async function previewList(
  chunks: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  limit: number,
): Promise<Preview> {
  const source = await openSource(chunks);
  try {
    const reader = new ContactReader(source.columns, options);
    const rows: Preview['rows'] = [];
    for await (const row of source.rows) {
      rows.push(shown(reader.read(row)));
      if (rows.length >= limit) break;
    }
    return { ...source.format, columns: [...source.columns], mapping: namesOf(reader, source.columns), rows };
  } finally {
    await source.close();
  }
}

function shown(row: ContactRow): Preview['rows'][number] {
  if ('setAside' in row) {
    const { line, reason, detail } = row.setAside;
    return { line, problem: { reason, detail } };
  }
  const { line, number, timeZones, variables, consentSource } = row.contact;
  const contact = { line, number, timeZones: [...timeZones], variables };
  return consentSource === null ? contact : { ...contact, consentSource };
}

function namesOf({ mapping }: ContactReader, columns: readonly string[]): Record<string, string> {
  const fields = Object.entries(mapping.fields);
  const variables = mapping.variables.map(({ name, position }) => [name, position] as const);
  return Object.fromEntries(
    [...fields, ...variables].map(([name, position]) => [name, columns[position] ?? '']),
  );
}
