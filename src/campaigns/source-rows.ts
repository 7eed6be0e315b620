/** The rows of a list: CSV with any of the usual separators, or JSON lines, one at a time. */
import { type CsvError, type InfoRecord, type Parser, parse } from 'csv-parse';
import { UserError } from '../user-error.ts';
import { decodeText, detectEncoding, type Encoding, SAMPLE_BYTES } from './source-text.ts';

export interface SourceFormat {
  encoding: Encoding;
  format: 'csv' | 'json-lines';
  /** Of CSV. */
  delimiter?: string;
}

/** A row as it was written. */
export interface SourceRow {
  /** Of the file, from 1: where the row begins. */
  line: number;
  /** By the columns of the source; what is missing at the end is absent. */
  cells: readonly string[];
  /** What is wrong with the row as such. */
  problem?: { reason: 'row-malformed'; detail: string };
}

export interface Source {
  format: SourceFormat;
  /** Names as they are written. JSON lines may name more in any row: they are added as they come. */
  readonly columns: readonly string[];
  /** Whether the first row held the names. Otherwise they are `column 1`, `column 2`, … */
  hasHeader: boolean;
  /** Once. Ends early with a {@link UserError} that names the line where no further row can be told. */
  rows: AsyncIterable<SourceRow>;
  /** Lets go of what is read from; needed where the rows are not read to their end. */
  close(): Promise<void>;
}

type Rows = Omit<Source, 'close'>;

/** A row is some hundred characters; what never ends is a quote that is never closed. */
const MOST_ROW_CHARACTERS = 256 * 1024;
const MOST_COLUMNS = 500;
/** Of JSON lines: the columns are those that these name, until another row names more. */
const ROWS_FOR_NAMES = 100;
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * Opens a list; the rows are read as they are asked for. `onBytes` hears how much of the source has been read. Close it
 * when done; where it throws a {@link UserError}, it has closed the source itself.
 */
export async function openSource(
  chunks: AsyncIterable<Uint8Array>,
  onBytes?: (bytes: number) => void,
): Promise<Source> {
  const iterator = chunks[Symbol.asyncIterator]();
  const close = async (): Promise<void> => {
    await iterator.return?.();
  };
  try {
    return { ...(await opened(iterator, onBytes)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function opened(
  iterator: AsyncIterator<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<Rows> {
  const read = await peek(iterator);
  const sample = Buffer.concat(read).subarray(0, SAMPLE_BYTES);
  if (sample.byteLength === 0) throw new UserError('the file is empty');
  if (sample[0] === 0x50 && sample[1] === 0x4b) {
    throw new UserError('this is a workbook or a ZIP archive; save the sheet as CSV and import that');
  }
  const encoding = detectEncoding(sample);
  const start = new TextDecoder(encoding).decode(sample, { stream: true });
  const text = decodeText(all(read, iterator), encoding, onBytes);
  if (/^\s*\{/.test(start)) return jsonLines(text, encoding);
  if (/^\s*\[\s*\{/.test(start)) {
    throw new UserError('this is a JSON array; write one object a line (jq -c ".[]" FILE) and import that');
  }
  return csv(text, encoding, delimiterOf(start));
}

async function peek(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array[]> {
  const read: Uint8Array[] = [];
  for (let bytes = 0; bytes < SAMPLE_BYTES; ) {
    const next = await iterator.next();
    if (next.done === true) break;
    read.push(next.value);
    bytes += next.value.byteLength;
  }
  return read;
}

/** What was read for the sample, and the rest. */
async function* all(read: Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* read.splice(0);
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
}

/** Excel says it in a first line of its own (`sep=;`); otherwise it is what the first line has most of, outside quotes. */
function delimiterOf(start: string): { delimiter: string; isSaid: boolean } {
  const [said] = /^sep=(.)\r?\n/.exec(start)?.slice(1) ?? [];
  if (said !== undefined) return { delimiter: said, isSaid: true };
  const line = /[^\r\n]+/.exec(start.replace(/"(?:[^"]|"")*"/g, ''))?.[0] ?? '';
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }));
  const [most] = counts.toSorted((a, b) => b.count - a.count);
  return { delimiter: most?.delimiter ?? ',', isSaid: false };
}

async function csv(
  text: AsyncGenerator<string>,
  encoding: Encoding,
  { delimiter, isSaid }: { delimiter: string; isSaid: boolean },
): Promise<Rows> {
  const records = csvRecords(text, delimiter, isSaid ? 2 : 1);
  const first = await records.next();
  const header = first.done === true ? undefined : first.value;
  if (header === undefined) throw new UserError('the file has no rows');
  if (header.cells.length > MOST_COLUMNS)
    throw new UserError(`the file has more than ${MOST_COLUMNS} columns`);
  // A row with a number in it is somebody to call.
  const hasHeader = !header.cells.some((cell) => /^[+\d(][\d\s().+-]{6,}$/.test(cell.trim()));
  const columns = hasHeader ? named(header.cells) : header.cells.map((_, index) => `column ${index + 1}`);
  const rows = async function* () {
    if (!hasHeader) yield header;
    for await (const row of records) yield checkedWidth(row, columns.length);
  };
  return { format: { encoding, format: 'csv', delimiter }, columns, hasHeader, rows: rows() };
}

/** Names that are there twice, or not at all, can be told apart. */
function named(cells: readonly string[]): string[] {
  const seen = new Set<string>();
  return cells.map((cell, index) => {
    const plain = cell.trim() === '' ? `column ${index + 1}` : cell.trim();
    const name = seen.has(plain) ? `${plain} (column ${index + 1})` : plain;
    seen.add(name);
    return name;
  });
}

/** Cells that are missing at the end are empty, as spreadsheets leave them out; more than there are columns have shifted. */
function checkedWidth(row: SourceRow, columns: number): SourceRow {
  const { cells } = row;
  if (cells.length <= columns || cells.slice(columns).every((cell) => cell.trim() === '')) return row;
  const detail = `the row has ${cells.length} cells, and there are ${columns} columns`;
  return { ...row, problem: { reason: 'row-malformed', detail } };
}

/** Rows are taken from the parser as it finds them: what its stream holds would be lost with its failure. */
async function* csvRecords(
  text: AsyncGenerator<string>,
  delimiter: string,
  fromLine: number,
): AsyncGenerator<SourceRow> {
  let found: SourceRow[] = [];
  let lastLine = fromLine;
  const parser = parse({
    delimiter,
    from_line: fromLine,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    record_delimiter: '\n',
    max_record_size: MOST_ROW_CHARACTERS,
    on_record: (record: string[], { lines }: InfoRecord) => {
      lastLine = lines - lineFeeds(record);
      if (record.some((cell) => cell.trim() !== '')) found.push({ line: lastLine, cells: record });
      return null;
    },
  });
  // Each write tells of its own failure.
  parser.on('error', () => undefined);
  const taken = (): SourceRow[] => {
    const rows = found;
    found = [];
    return rows;
  };
  try {
    for await (const piece of text) {
      await written(parser, piece);
      yield* taken();
    }
    await ended(parser);
  } catch (error) {
    yield* taken();
    throw told(error, lastLine);
  } finally {
    parser.destroy();
  }
  yield* taken();
}

function written(parser: Parser, piece: string): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

function ended(parser: Parser): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', reject);
    parser.once('end', resolve);
    parser.resume().end();
  });
}

function lineFeeds(record: readonly string[]): number {
  let count = 0;
  for (const cell of record) {
    for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count += 1;
  }
  return count;
}

function told(error: unknown, lastLine: number): unknown {
  const code = (error as Partial<CsvError>).code;
  if (code !== 'CSV_QUOTE_NOT_CLOSED' && code !== 'CSV_MAX_RECORD_SIZE') return error;
  return new UserError(
    `after line ${lastLine} a quotation mark is opened and never closed; mend it and import the file again`,
    { cause: error },
  );
}

/** Values that are no text are kept as JSON. */
async function jsonLines(text: AsyncGenerator<string>, encoding: Encoding): Promise<Rows> {
  const columns: string[] = [];
  const positions = new Map<string, number>();
  const rows = jsonRows(text, columns, positions);
  // Their names are there before any row is asked for: a row may lack what the next one has.
  const first: SourceRow[] = [];
  while (first.length < ROWS_FOR_NAMES) {
    const next = await rows.next();
    if (next.done === true) break;
    first.push(next.value);
  }
  const every = async function* () {
    yield* first.splice(0);
    yield* rows;
  };
  return { format: { encoding, format: 'json-lines' }, columns, hasHeader: true, rows: every() };
}

async function* jsonRows(
  text: AsyncGenerator<string>,
  columns: string[],
  positions: Map<string, number>,
): AsyncGenerator<SourceRow> {
  for await (const { line, content } of lines(text)) {
    if (content.trim() === '') continue;
    const row = parsedObject(content);
    if (row === undefined) {
      const problem = { reason: 'row-malformed', detail: 'this is no JSON object' } as const;
      yield { line, cells: [content], problem };
      continue;
    }
    const cells: string[] = [];
    for (const [name, value] of Object.entries(row)) {
      let position = positions.get(name);
      if (position === undefined) {
        if (columns.length >= MOST_COLUMNS)
          throw new UserError(`the file has more than ${MOST_COLUMNS} columns`);
        position = columns.push(name) - 1;
        positions.set(name, position);
      }
      cells[position] = cellOf(value);
    }
    yield { line, cells: Array.from(cells, (cell) => cell ?? '') };
  }
}

function parsedObject(content: string): object | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function cellOf(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function* lines(text: AsyncGenerator<string>): AsyncGenerator<{ line: number; content: string }> {
  let line = 0;
  let held = '';
  for await (const piece of text) {
    const parts = (held + piece).split('\n');
    held = parts.pop() ?? '';
    for (const content of parts) yield { line: ++line, content };
    if (held.length > MOST_ROW_CHARACTERS) throw new UserError(`line ${line + 1} is too long for a row`);
  }
  if (held !== '') yield { line: line + 1, content: held };
}
