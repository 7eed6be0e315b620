/** What is measured, what it should be, and how it is printed. */
import { renderTable } from '../../src/cli/render.ts';

/** One line of the report. */
export interface Figure {
  name: string;
  /** What the values are: `ms`, `%`; none for plain numbers. */
  unit?: 'ms' | '%';
  /** How many measurements there are behind it. */
  count?: number;
  /** By what they are: `p50`, `most`, `all`. */
  values: Readonly<Record<string, number>>;
  /** The value of this name is to be at most this, or, where it says so, at least. */
  goal?: { of: string; atMost: number } | { of: string; atLeast: number };
}

/** What one part of the benchmark has found. */
export interface PartReport {
  part: string;
  figures: readonly Figure[];
  /** What one has to know to read the figures, and what could not be measured. */
  notes: readonly string[];
}

/** Undefined: no goal. A figure without any measurement has missed its goal. */
export function meetsGoal({ values, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  const value = values[goal.of] ?? Number.NaN;
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

/** The value under which this share of the values lies; NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A figure of a distribution of times. */
export function timesFigure(name: string, values: readonly number[], goal?: Figure['goal']): Figure {
  return {
    name,
    unit: 'ms',
    count: values.length,
    values: {
      p50: percentile(values, 0.5),
      p95: percentile(values, 0.95),
      p99: percentile(values, 0.99),
      most: percentile(values, 1),
    },
    ...(goal === undefined ? {} : { goal }),
  };
}

/** A figure of one value. */
export function plainFigure(
  name: string,
  value: number,
  options: { unit?: 'ms' | '%'; count?: number; atMost?: number; atLeast?: number } = {},
): Figure {
  const { atMost, atLeast, ...rest } = options;
  return {
    name,
    values: { all: value },
    ...rest,
    ...(atMost === undefined ? {} : { goal: { of: 'all', atMost } }),
    ...(atLeast === undefined ? {} : { goal: { of: 'all', atLeast } }),
  };
}

export function printReport({ part, figures, notes }: PartReport): void {
  const color = process.stdout.isTTY === true;
  const columns = [
    { title: part, value: ({ name }: Figure) => name },
    {
      title: 'n',
      value: ({ count }: Figure) => (count === undefined ? '' : String(count)),
      align: 'right' as const,
    },
    { title: 'measured', value: valuesText },
    { title: 'goal', value: goalText },
    { title: '', value: verdict },
  ];
  console.log(`\n${renderTable(columns, [...figures], { color, width: 160 })}`);
  for (const note of notes) console.log(`  ${note}`);
}

function valuesText({ values, unit }: Figure): string {
  const entries = Object.entries(values);
  const only = entries.length === 1;
  const suffix = unit === undefined ? '' : ` ${unit}`;
  return entries.map(([name, value]) => `${only ? '' : `${name} `}${rounded(value)}`).join('  ') + suffix;
}

function goalText({ goal, unit, values }: Figure): string {
  if (goal === undefined) return '';
  const [sign, limit] = 'atMost' in goal ? ['≤', goal.atMost] : ['≥', goal.atLeast];
  const which = Object.keys(values).length === 1 ? '' : `${goal.of} `;
  return `${which}${sign} ${limit}${unit === undefined ? '' : ` ${unit}`}`;
}

function verdict(figure: Figure): string {
  const met = meetsGoal(figure);
  return met === undefined ? '' : met ? 'ok' : 'over';
}

function rounded(value: number): string {
  if (Number.isNaN(value)) return '–';
  return Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
}
