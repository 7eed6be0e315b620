/** The benchmark's figures as a person reads them. */
import { renderTable } from '../../src/cli/render.ts';
import type { Percentiles, RunResult } from './run.ts';
import { TOLD } from './told.ts';

export function printTable(results: readonly RunResult[]): void {
  const three = ({ p50, p95, p99 }: Percentiles): string =>
    [p50, p95, p99].map((ms) => ms.toFixed(0)).join(' / ');
  const own = ({ p50, p95, p99 }: Percentiles): string =>
    [p50, p95, p99].map((ms) => ms.toFixed(1)).join(' / ');
  const columns = [
    { title: 'calls', value: (row: RunResult) => String(row.calls), align: 'right' as const },
    {
      title: 'answers',
      value: (row: RunResult) => String(row.voiceToVoiceMs.count),
      align: 'right' as const,
    },
    { title: 'voice to voice ms', value: (row: RunResult) => three(row.voiceToVoiceMs) },
    { title: 'own part ms', value: (row: RunResult) => own(row.ownMs) },
    { title: 'barge-in to clear ms', value: (row: RunResult) => three(row.bargeInMs) },
    {
      title: 'CPU ms/call-s',
      value: (row: RunResult) => row.cpuMsPerCallSecond.toFixed(2),
      align: 'right' as const,
    },
    {
      title: 'MB/call',
      value: (row: RunResult) => (row.memoryPerCallBytes / 1e6).toFixed(2),
      align: 'right' as const,
    },
    {
      title: 'loop p99 ms',
      value: (row: RunResult) => row.eventLoopDelayP99Ms.toFixed(1),
      align: 'right' as const,
    },
  ];
  console.log(
    `\n${renderTable(columns, [...results], { color: process.stdout.isTTY === true, width: 160 })}`,
  );
  console.log(
    `\np50 / p95 / p99. The stand-ins were told: end of speech ${TOLD.endOfSpeechMs} ms, first token ${TOLD.firstTokenMs} ms, ` +
      `then ${TOLD.tokensPerSecond} tokens/s, voice first byte ${TOLD.firstByteMs} ms.\n` +
      'Own part: voice to voice less those, so the lateness of the stand-ins’ own timers counts against the service.\n' +
      'Barge-in includes the time the stand-in recogniser takes to notice speech.',
  );
}
