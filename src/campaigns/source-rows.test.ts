import { describe, expect, test } from 'vitest';
import { openSource, type SourceRow } from './source-rows.ts';

/** In pieces of few bytes, so that every mark is cut somewhere. */
async function* pieces(bytes: Uint8Array, size = 3): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(content: string | Uint8Array) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const source = await openSource(pieces(bytes));
  const rows: SourceRow[] = [];
  for await (const row of source.rows) rows.push(row);
  return { ...source, rows, cells: rows.map(({ cells }) => cells) };
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('the rows of a CSV file', () => {
  test.each([
    ['UTF-8', Buffer.from('name,phone\nJosé,1\n'), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from('\ufeffname,phone\r\nJosé,1\r\n'), 'utf-8'],
    ['UTF-16 LE with a mark', Buffer.from('\ufeffname\tphone\r\nJosé\t1\r\n', 'utf16le'), 'utf-16le'],
    ['UTF-16 LE', Buffer.from('name;phone\r\nJosé;1', 'utf16le'), 'utf-16le'],
    ['UTF-16 BE with a mark', utf16be('\ufeffname,phone\r\nJosé,1\r\n'), 'utf-16be'],
    ['UTF-16 BE', utf16be('name,phone\nJosé,1'), 'utf-16be'],
    ['Windows-1252', Buffer.from('name|phone\rJosé|1\r', 'latin1'), 'windows-1252'],
  ])('%s is understood', async (_, bytes, encoding) => {
    const { format, columns, rows } = await read(bytes);
    expect(format.encoding).toBe(encoding);
    expect(columns).toEqual(['name', 'phone']);
    expect(rows).toEqual([{ line: 2, cells: ['José', '1'] }]);
  });

  test('quotes hold separators, quotes and line ends; lines are those of the file', async () => {
    const { rows } = await read('a;b\r\n"x;""y"";\r\nz";1\r\n\r\n;\r\n2" pipe;3\r\n"4"5;6\r\n');
    expect(rows).toEqual([
      { line: 2, cells: ['x;"y";\nz', '1'] },
      { line: 6, cells: ['2" pipe', '3'] },
      { line: 7, cells: ['"4"5', '6'] },
    ]);
  });

  test('a separator within quotes of the header is none', async () => {
    expect((await read('"a, b, c, d";e\n1;2\n')).columns).toEqual(['a, b, c, d', 'e']);
  });

  test('the line in which Excel names the separator is no row', async () => {
    const { columns, rows } = await read('sep=;\r\na;b,c\r\n1;2\r\n');
    expect(columns).toEqual(['a', 'b,c']);
    expect(rows).toEqual([{ line: 3, cells: ['1', '2'] }]);
  });

  test('short rows are taken as they are, long ones are told', async () => {
    const { rows } = await read('a,b,c\n1\n1,2,3,,\n1,2,3,4\n');
    expect(rows).toMatchObject([
      { line: 2, cells: ['1'] },
      { line: 3 },
      { line: 4, problem: { reason: 'row-malformed', detail: expect.stringContaining('4 cells') } },
    ]);
    expect(rows[1]?.problem).toBeUndefined();
  });

  test('a file without names has a number in its first row', async () => {
    const { columns, hasHeader, rows } = await read('Ann,+12025550123\nBob,+12025550124\n');
    expect({ columns, hasHeader }).toEqual({ columns: ['column 1', 'column 2'], hasHeader: false });
    expect(rows.map(({ line }) => line)).toEqual([1, 2]);
  });

  test('names that are there twice can be told apart', async () => {
    expect((await read('a,a,,b\n1,2,3,4\n')).columns).toEqual(['a', 'a (column 2)', 'column 3', 'b']);
  });

  test('a quote that is never closed ends the file with the line', async () => {
    const content = `a,b\n1,2\n3,"open\n${'4,5\n'.repeat(10)}`;
    await expect(read(content)).rejects.toThrow(/after line 2 a quotation mark/);
    await expect(read(`a,b\n1,2\n3,"open\n${'4,5\n'.repeat(100_000)}`)).rejects.toThrow(/after line 2/);
  });

  test.each([
    ['', /empty/],
    ['PK\u0003\u0004…', /save the sheet as CSV/],
    ['[{"phone":"1"}]', /jq -c/],
    ['\n\n', /no rows/],
  ])('%j is refused with the remedy', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

describe('the rows of JSON lines', () => {
  test('columns are the names of all rows, in the order they come', async () => {
    const { format, columns, rows } = await read(
      '\ufeff{"phone":"1","age":42}\r\n\r\n{"name":"Ann","phone":"2","tags":["a"],"x":null}\n{"phone":\n[1]',
    );
    expect(format).toEqual({ encoding: 'utf-8', format: 'json-lines' });
    expect(columns).toEqual(['phone', 'age', 'name', 'tags', 'x']);
    expect(rows).toMatchObject([
      { line: 1, cells: ['1', '42'] },
      { line: 3, cells: ['2', '', 'Ann', '["a"]', ''] },
      { line: 4, cells: ['{"phone":'], problem: { reason: 'row-malformed' } },
      { line: 5, cells: ['[1]'], problem: { reason: 'row-malformed' } },
    ]);
  });
});

test('a source that is not read to its end, or cannot be read, is let go of', async () => {
  let closed = 0;
  const source = async function* (text: string) {
    try {
      for (;;) yield Buffer.from(text);
    } finally {
      closed += 1;
    }
  };
  const opened = await openSource(source('phone\n1\n'));
  await opened.close();
  expect(closed).toBe(1);
  await expect(openSource(source('[{"phone":1}]'))).rejects.toThrow(/jq/);
  expect(closed).toBe(2);
});
