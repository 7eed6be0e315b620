/** What the suite has found, as a table for people. */
import type { Verdict } from './judge.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const lostAndDoubled = (lost: readonly string[], doubled: readonly string[]): string =>
  `${lost.length}/${doubled.length}`;

const COLUMNS: readonly { title: string; of: (verdict: Verdict) => string }[] = [
  { title: '', of: ({ good, struck }) => (!good ? '✗' : struck ? '✓' : '·') },
  { title: 'case', of: ({ name }) => name },
  { title: 'end', of: ({ end }) => end },
  { title: 'silence', of: ({ longestSilenceMs }) => seconds(longestSilenceMs) },
  { title: 'caller’s words', of: (v) => lostAndDoubled(v.callerWordsLost, v.callerWordsDoubled) },
  { title: 'agent’s words', of: (v) => lostAndDoubled(v.agentWordsLost, v.agentWordsDoubled) },
  { title: 'tools', of: ({ toolsRepeated }) => (toolsRepeated === 0 ? 'once' : `${toolsRepeated}× more`) },
  { title: 'record', of: ({ record }) => (record.length === 0 ? 'whole' : record.join(', ')) },
];

export const LEGEND =
  '✓ went well, · went well but the fault met nothing, ✗ did not; words are lost/doubled; silence is the longest wait';

/** The table's rows; the first is its head. */
export function tableOf(verdicts: readonly Verdict[]): string[] {
  const rows = [
    COLUMNS.map(({ title }) => title),
    ...verdicts.map((one) => COLUMNS.map(({ of }) => of(one))),
  ];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** One line as soon as a case is over. */
export function lineOf({ good, struck, name, longestSilenceMs, problems }: Verdict): string {
  const mark = !good ? '✗' : struck ? '✓' : '·';
  return `${mark} ${name.padEnd(38)} ${seconds(longestSilenceMs).padStart(6)}  ${problems.join('; ')}`.trimEnd();
}

/** How many of each stage went well, and the longest silence. */
export function summaryOf(verdicts: readonly Verdict[]): string[] {
  const stages = Map.groupBy(verdicts, ({ name }) => name.split('/')[0] ?? '');
  return [...stages].map(([stage, ofStage]) => {
    const good = ofStage.filter((verdict) => verdict.good).length;
    const longest = Math.max(...ofStage.map(({ longestSilenceMs }) => longestSilenceMs));
    return `${stage.padEnd(10)} ${good} of ${ofStage.length} well, longest silence ${seconds(longest)}`;
  });
}
