/** Campaigns as a person reads them. */
import type { Campaign, ContactImport } from '../campaigns/index.ts';
import type { Preview } from '../campaigns/preview.ts';
import type { Terminal } from './calls.ts';
import { printable, renderTable } from './render.ts';

const DEFAULT_COLUMNS = 100;
const BAR_COLUMNS = 30;

/** One line a campaign. */
export function campaignTable(campaigns: Campaign[], out: Terminal): string {
  if (campaigns.length === 0) return 'no campaigns; callwright campaign create --help says how to make one\n';
  const columns = [
    { title: 'ID', value: ({ id }: Campaign) => id },
    { title: 'NAME', value: ({ name }: Campaign) => name },
    { title: 'STATE', value: stateOf },
    { title: 'FLOW', value: ({ flow }: Campaign) => flow },
    { title: 'CREATED', value: ({ createdAt }: Campaign) => localTime(createdAt) },
  ];
  return `${renderTable(columns, campaigns, renderOptions(out))}\n`;
}

/** A campaign, what became of its contacts, and its imports. */
export function campaignLines(
  campaign: Campaign & { progress: Record<string, number> },
  imports: ContactImport[],
): string {
  const { id, name, flow, flowVersion, createdAt, progress } = campaign;
  const contacts = Object.entries(progress).map(([became, count]) => `${count} ${became}`);
  const facts = [
    ['campaign', `${name} (${id})`],
    ['state', stateOf(campaign)],
    ['flow', flowVersion === undefined ? flow : `${flow}, version ${flowVersion}`],
    ['created', localTime(createdAt)],
    ['contacts', contacts.length === 0 ? 'none yet' : contacts.join(', ')],
  ];
  const lines = facts.map(([fact = '', value = '']) => `${fact.padEnd(9)} ${printable(value)}\n`);
  return [...lines, ...imports.map((each) => `\nimport ${each.id}\n${importLines(each)}`)].join('');
}

/** What became of an import. */
export function importLines(result: ContactImport): string {
  const { fileName, state, rowsRead, rowsImported, rowsSetAside, reasons, error, campaignId } = result;
  const lines = [
    `${printable(fileName)}: ${rowsRead} rows read, ${rowsImported} imported, ${rowsSetAside} set aside${state === 'done' ? '' : ` (${state})`}`,
    ...Object.entries(reasons).map(([reason, count]) => `  ${String(count).padStart(9)} ${reason}`),
    ...(rowsSetAside === 0
      ? []
      : [`which they are: callwright campaign set-aside ${campaignId} > set-aside.csv`]),
    ...(error === undefined ? [] : [`it failed: ${printable(error)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The first rows of a list as they would be imported. */
export function previewTable({ mapping, rows, encoding, format, delimiter }: Preview, out: Terminal): string {
  const how = [
    format,
    encoding,
    ...(delimiter === undefined ? [] : [`cells end with ${JSON.stringify(delimiter)}`]),
  ];
  const columns = Object.entries(mapping).map(([name, column]) => `  ${name.padEnd(16)} from "${column}"`);
  const table = renderTable(
    [
      { title: 'LINE', value: ({ line }: Preview['rows'][number]) => String(line), align: 'right' as const },
      { title: 'NUMBER', value: ({ number }) => number ?? '-' },
      { title: 'TIME ZONES', value: ({ timeZones = [] }) => zonesOf(timeZones) },
      { title: 'VALUES', value: ({ variables = {} }) => valuesOf(variables) },
      {
        title: 'PROBLEM',
        value: ({ problem }) => (problem === undefined ? '' : `${problem.reason}: ${problem.detail}`),
      },
    ],
    rows,
    renderOptions(out),
  );
  return [`${how.join(', ')}\n`, ...columns.map((line) => `${printable(line)}\n`), '\n', `${table}\n`].join(
    '',
  );
}

function zonesOf(zones: readonly string[]): string {
  return zones.length > 2 ? `${zones[0]} and ${zones.length - 1} more` : zones.join(', ');
}

function valuesOf(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** Drawn on a terminal alone, over and over in the same line. */
export function progressBar(err: Terminal): {
  show(what: string, done: number, total: number): void;
  done(): void;
} {
  if (err.isTTY !== true) return { show: () => undefined, done: () => undefined };
  let shown = '';
  return {
    show(what, done, total) {
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const full = Math.floor(share * BAR_COLUMNS);
      const line = `[${'#'.repeat(full)}${'-'.repeat(BAR_COLUMNS - full)}] ${Math.floor(share * 100)} %  ${what}`;
      if (line === shown) return;
      shown = line;
      err.write(`\r\u001b[K${line}`);
    },
    done() {
      if (shown !== '') err.write('\r\u001b[K');
    },
  };
}

function stateOf({ state, pauseReason }: Campaign): string {
  return pauseReason === undefined ? state : `${state} (${pauseReason})`;
}

/** In the reader's own time zone; Swedish dates happen to be written as ISO 8601 has them. */
function localTime(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE');
}

function renderOptions(out: Terminal) {
  return { color: out.isTTY === true, width: out.isTTY === true ? (out.columns ?? DEFAULT_COLUMNS) : 10_000 };
}
