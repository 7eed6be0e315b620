import { stripVTControlCharacters, styleText } from 'node:util';
import type { ToolRun, Turn } from '../records/index.ts';

export interface RenderOptions {
  /** With ANSI colours. */
  color: boolean;
  /** Columns of the terminal; longer lines are wrapped or cut. */
  width: number;
}

/** `mm:ss.s` or `h:mm:ss`, then the speaker: what stands before the words. */
const TIME_COLUMNS = 7;
const WHO_COLUMNS = 6;
const INDENT = TIME_COLUMNS + 2 + WHO_COLUMNS + 2;

/** Narrower than this nothing can be laid out; lines then run over. */
const MIN_WORDS_COLUMNS = 20;

type Style = Parameters<typeof styleText>[0];

/**
 * One turn as a person reads it, possibly over several lines: when, who, what was heard; of an agent's turn also how
 * long the caller waited for it, and what was never heard of it.
 */
export function renderTurn(turn: Turn, options: RenderOptions): string {
  const paint = painter(options);
  const waited = turn.latency?.voiceToVoiceMs;
  const notes = [
    ...(turn.interrupted ? [paint('yellow', 'interrupted')] : []),
    ...(waited === undefined ? [] : [paint('dim', `after ${formatLatency(waited)}`)]),
    ...sourcesOf(turn).map((source) => paint('dim', source)),
  ];
  const said =
    turn.keys === undefined ? printable(turn.text) : printable(`pressed ${turn.keys} ${turn.text}`.trim());
  const words = [
    ...wrapWords(said === '' ? '(nothing was heard)' : said),
    ...(turn.interrupted ? unheard(turn).map((word) => paint('dim', word)) : []),
    ...(notes.length > 0 ? [`[${notes.join(', ')}]`] : []),
  ];
  return layOut(turn.startMs, turn.role, turn.role === 'agent' ? 'cyan' : 'green', words, options);
}

/** One tool run: when, which, with what, and what came of it; long values are cut. */
export function renderToolRun(tool: ToolRun, options: RenderOptions): string {
  const paint = painter(options);
  const input = cut(printable(JSON.stringify(tool.input)), 120);
  const outcome = tool.result === undefined ? 'no result' : cut(printable(tool.result), 120);
  const words = [
    ...wrapWords(`${printable(tool.name)} ${input} →`),
    ...wrapWords(outcome).map((word) =>
      tool.isError || tool.result === undefined ? paint('red', word) : word,
    ),
    ...(tool.endMs === undefined ? [] : [paint('dim', `[${formatLatency(tool.endMs - tool.startMs)}]`)]),
  ];
  return layOut(tool.startMs, 'tool', 'magenta', words, options);
}

/** The files that the words may come from, each once. */
function sourcesOf({ sources = [] }: Turn): string[] {
  const files = new Set(sources.map(({ source }) => printable(source)));
  return files.size === 0 ? [] : [`from ${[...files].join(', ')}`];
}

export interface Column<Row> {
  title: string;
  value(row: Row): string;
  align?: 'left' | 'right';
}

/** Rows under titles, columns as wide as their widest value; lines are cut at the terminal's width. */
export function renderTable<Row>(columns: Column<Row>[], rows: Row[], options: RenderOptions): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => printable(value(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => columnsOf(line[index] ?? ''))));
  const lines = cells.map((line) => {
    const padded = line.map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align ?? 'left'));
    return cut(padded.join('  ').trimEnd(), options.width);
  });
  const [title = '', ...rest] = lines;
  return [painter(options)('bold', title), ...rest].join('\n');
}

/** Time on a call: `0:07.3`, `12:05.0`, `1:02:03`. */
export function formatCallTime(ms: number): string {
  const tenths = Math.max(0, Math.round(ms / 100));
  const [hours, minutes, seconds] = [
    Math.floor(tenths / 36_000),
    Math.floor(tenths / 600) % 60,
    (tenths % 600) / 10,
  ];
  if (hours > 0) return `${hours}:${twoDigits(minutes)}:${twoDigits(Math.floor(seconds))}`;
  return `${minutes}:${seconds.toFixed(1).padStart(4, '0')}`;
}

/** `840 ms`, `1.25 s`. */
export function formatLatency(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

/**
 * Words from a call as a terminal may show them: what a caller, a model or a tool's answer holds must not move the
 * cursor, recolour the screen or reverse the text.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

function layOut(atMs: number, who: string, style: Style, words: string[], options: RenderOptions): string {
  const paint = painter(options);
  const head = `${paint('dim', formatCallTime(atMs).padStart(TIME_COLUMNS))}  ${paint(style, who.padEnd(WHO_COLUMNS))}  `;
  const available = Math.max(MIN_WORDS_COLUMNS, options.width - INDENT);
  const lines: string[] = [];
  let used = available;
  for (const word of words) {
    const wide = columnsOf(word);
    if (lines.length === 0 || used + 1 + wide > available) {
      lines.push(word);
      used = wide;
    } else {
      lines.push(`${lines.pop()} ${word}`);
      used += 1 + wide;
    }
  }
  return head + lines.join(`\n${' '.repeat(INDENT)}`);
}

/** What the agent meant to say and the caller did not hear. */
function unheard(turn: Turn): string[] {
  const [generated, heard] = [printable(turn.generated ?? ''), printable(turn.text)];
  if (generated === '' || generated === heard) return [];
  return wrapWords(
    generated.startsWith(heard) ? `(${generated.slice(heard.length).trim()})` : `(meant: ${generated})`,
  );
}

function wrapWords(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function painter({ color }: RenderOptions): (style: Style, text: string) => string {
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}

/** Terminal columns, as near as the number of characters; colours take none. */
function columnsOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function pad(text: string, columns: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return align === 'right' ? space + text : text + space;
}

function cut(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
