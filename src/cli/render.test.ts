import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ToolRun, Turn } from '../records/index.ts';
import {
  formatCallTime,
  formatLatency,
  printable,
  renderTable,
  renderToolRun,
  renderTurn,
} from './render.ts';

const plain = { color: false, width: 60 };

const turn = (change: Partial<Turn> = {}): Turn => ({
  role: 'agent',
  text: 'Good morning, how can I help?',
  startMs: 2_140,
  endMs: 4_000,
  interrupted: false,
  node: 'greet',
  ...change,
});

const tool = (change: Partial<ToolRun> = {}): ToolRun => ({
  callId: 'toolu_1',
  name: 'book',
  effect: 'writes',
  input: { day: 'Monday' },
  result: '{"ok":true}',
  isError: false,
  startMs: 61_000,
  endMs: 61_420,
  node: 'book',
  ...change,
});

describe('a turn', () => {
  test('shows when, who and what', () => {
    expect(renderTurn(turn(), plain)).toBe(' 0:02.1  agent   Good morning, how can I help?');
    expect(renderTurn(turn({ role: 'caller', text: 'Hello.' }), plain)).toBe(' 0:02.1  caller  Hello.');
  });

  test('shows how long the caller waited for it', () => {
    expect(renderTurn(turn({ text: 'Sure.', latency: { voiceToVoiceMs: 840.4 } }), plain)).toBe(
      ' 0:02.1  agent   Sure. [after 840 ms]',
    );
  });

  test('shows that it was cut short, and what was not heard', () => {
    const cutShort = turn({
      text: 'Good',
      generated: 'Good morning.',
      interrupted: true,
      latency: { voiceToVoiceMs: 1_250 },
    });
    expect(renderTurn(cutShort, plain)).toBe(' 0:02.1  agent   Good (morning.) [interrupted, after 1.25 s]');
    expect(renderTurn(turn({ text: '', generated: 'Well', interrupted: true }), plain)).toBe(
      ' 0:02.1  agent   (nothing was heard) (Well) [interrupted]',
    );
  });

  test('shows pressed keys', () => {
    expect(renderTurn(turn({ role: 'caller', text: '', keys: '12#' }), plain)).toBe(
      ' 0:02.1  caller  pressed 12#',
    );
  });

  test('is wrapped under its first word', () => {
    expect(
      renderTurn(turn({ text: 'one two three four five six seven eight nine ten' }), plain).split('\n'),
    ).toEqual([' 0:02.1  agent   one two three four five six seven eight', '                 nine ten']);
  });

  test('has colours only where asked for, and they take no room', () => {
    const options = { color: true, width: 60 };
    const long = turn({
      text: 'one two three four five six seven',
      generated: 'one two three four five six seven eight nine ten',
      interrupted: true,
    });
    const coloured = renderTurn(long, options);
    expect(coloured).not.toBe(stripVTControlCharacters(coloured));
    expect(stripVTControlCharacters(coloured)).toBe(renderTurn(long, plain));
  });
});

describe('a tool run', () => {
  test('shows what went in and what came out', () => {
    expect(renderToolRun(tool(), { ...plain, width: 100 })).toBe(
      ' 1:01.0  tool    book {"day":"Monday"} → {"ok":true} [420 ms]',
    );
  });

  test('whose result was never learned says so; long values are cut', () => {
    const { result: _result, endMs: _endMs, ...unfinished } = tool({ input: { text: 'x'.repeat(500) } });
    const shown = renderToolRun(unfinished, { ...plain, width: 400 });
    expect(shown).toMatch(/x… → no result$/);
    expect(shown.length).toBeLessThan(200);
  });
});

test('words from a call cannot steer the terminal', () => {
  const hostile = 'a\u001b[2Jb\u0007\r\nc\u202ed\u009b31me';
  expect(printable(hostile)).toBe('a [2Jb c d 31me');
  expect(renderTurn(turn({ text: hostile }), plain)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(renderToolRun(tool({ result: hostile, name: hostile }), { ...plain, width: 200 })).not.toMatch(
    /[\p{Cc}\p{Cf}]/u,
  );
});

test('a table is as wide as its values and is cut at the terminal', () => {
  const columns = [
    { title: 'NAME', value: (row: string[]) => row[0] ?? '' },
    { title: 'N', value: (row: string[]) => row[1] ?? '', align: 'right' as const },
  ];
  const rows = [
    ['Zoë', '1'],
    ['a\u001bb', '200'],
  ];
  expect(renderTable(columns, rows, plain).split('\n')).toEqual(['NAME    N', 'Zoë     1', 'a b   200']);
  expect(renderTable(columns, rows, { ...plain, width: 6 }).split('\n')).toEqual([
    'NAME …',
    'Zoë  …',
    'a b  …',
  ]);
});

test.each([
  [0, '0:00.0'],
  [-5, '0:00.0'],
  [59_949, '0:59.9'],
  [59_950, '1:00.0'],
  [725_000, '12:05.0'],
  [3_723_400, '1:02:03'],
])('%d ms into a call is %s', (ms, text) => {
  expect(formatCallTime(ms)).toBe(text);
});

test('latencies are in milliseconds below a second', () => {
  expect([999, 1_000, 12_345].map(formatLatency)).toEqual(['999 ms', '1.00 s', '12.35 s']);
});
