/** Experiments as a person reads them: one line an arm. */
import type { z } from 'zod';
import type { experimentsSchema } from '../api/schemas.ts';
import {
  type Column,
  formatCallTime,
  formatLatency,
  printable,
  type RenderOptions,
  renderTable,
} from './render.ts';

type Reports = z.infer<typeof experimentsSchema>;
type Arm = Reports['experiments'][number]['arms'][number];

/** A table for each experiment, under its name; a line that says so where there is none. */
export function experimentsTable({ experiments }: Reports, options: RenderOptions): string {
  if (experiments.length === 0) return 'no calls in experiments\n';
  const tables = experiments.map(
    ({ flow, experiment, calls, arms }) =>
      `${printable(`${flow}: ${experiment}`)} (${calls} ${calls === 1 ? 'call' : 'calls'})\n${renderTable(COLUMNS, arms, options)}\n`,
  );
  return tables.join('\n');
}

const COLUMNS: Column<Arm>[] = [
  { title: 'ARM', value: ({ arm }) => arm },
  { title: 'CALLS', value: ({ calls }) => String(calls), align: 'right' },
  { title: 'SHARE', value: ({ share }) => percent(share), align: 'right' },
  { title: 'LENGTH', value: ({ meanDurationMs }) => formatCallTime(meanDurationMs), align: 'right' },
  {
    title: 'WAIT',
    value: ({ medianVoiceToVoiceMs: wait }) => (wait === undefined ? '-' : formatLatency(wait)),
    align: 'right',
  },
  { title: 'CUT', value: ({ interruptions, calls }) => (interruptions / calls).toFixed(1), align: 'right' },
  { title: 'WASTED', value: ({ wastedUsd }) => `$${wastedUsd.toFixed(4)}`, align: 'right' },
  { title: 'OUTCOMES', value: ({ outcomes, calls }) => shares(outcomes, calls) },
  { title: 'RESULTS', value: ({ results, calls }) => shares(results, calls) },
];

/** `completed 80 %, transferred 20 %`, the most frequent first. */
function shares(counts: Readonly<Record<string, number>>, calls: number): string {
  const all = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return all.length === 0 ? '-' : all.map(([name, count]) => `${name} ${percent(count / calls)}`).join(', ');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
