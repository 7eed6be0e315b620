import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { readAdminToken } from '../api/admin-token.ts';
import { callPageSchema, experimentsSchema } from '../api/schemas.ts';
import { type CallRecord, callOutcomeSchema, callRecordSchema } from '../records/index.ts';
import { ask } from './ask.ts';
import { experimentsTable } from './experiments.ts';
import {
  type Column,
  formatCallTime,
  formatLatency,
  printable,
  type RenderOptions,
  renderTable,
  renderToolRun,
  renderTurn,
} from './render.ts';

/** The part of `process.stdout` that is used. */
export interface Terminal {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface CallsContext {
  /** Where the service is asked, unless `--url` says otherwise: an origin such as `http://127.0.0.1:3000`. */
  baseUrl: string;
  /** ADMIN_TOKEN, where it is set. Otherwise the token the service keeps under `dataDir` is used. */
  adminToken?: string;
  dataDir: string;
  out: Terminal;
  err: Terminal;
}

/** How one command is to be done. `url` is the origin of the service. */
export interface CallsRequest {
  url: string;
  token: string | undefined;
  /** As JSON, for programs. */
  json: boolean;
  out: Terminal;
}

export interface ListRequest extends CallsRequest {
  limit: number;
  cursor?: string;
  flow?: string;
  arm?: string;
  outcome?: string;
  number?: string;
}

const DEFAULT_COLUMNS = 100;

/** What every command takes that asks a running service. */
export function withCommonOptions(command: Command, { baseUrl }: Pick<CallsContext, 'baseUrl'>): Command {
  return command
    .option('--url <url>', 'where the service runs', baseUrl)
    .option('--json', 'print JSON, for programs', false);
}

/** Adds `calls` and `calls show ID`. On failure they say why on `err` and set the exit code to 1. */
export function registerCallsCommands(program: Command, context: CallsContext): void {
  const calls = withCommonOptions(
    program.command('calls').description('list finished calls, newest first'),
    context,
  )
    .option('--limit <count>', 'how many at most, 1 to 200', parseLimit, 20)
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--flow <flow>', 'only calls of this flow')
    .option('--arm <experiment.arm>', 'only calls in this arm of an experiment (greeting.long)')
    .addOption(
      new Option('--outcome <outcome>', 'only calls that ended so').choices(callOutcomeSchema.options),
    )
    .option('--number <number>', 'only calls from or to this number (+15550100)')
    .action((options: Omit<ListRequest, 'token' | 'out'>) =>
      run(context, async (token) => listCalls({ ...options, token, out: context.out })),
    );

  withCommonOptions(
    calls.command('show').description('print a call turn by turn').argument('<id>', 'call id or CallSid'),
    context,
  ).action((id: string, _options: unknown, command: Command) => {
    // `--url` and `--json` may stand before or after `show`.
    const { url, json } = commonOptionsSchema.parse(command.optsWithGlobals());
    return run(context, async (token) => showCall(id, { url, json, token, out: context.out }));
  });

  withCommonOptions(
    calls
      .command('experiments')
      .description('compare the arms of experiments')
      .argument('[flow]', 'only experiments of this flow'),
    context,
  ).action((flow: string | undefined, _options: unknown, command: Command) => {
    const { url, json } = commonOptionsSchema.parse(command.optsWithGlobals());
    return run(context, async (token) => showExperiments(flow, { url, json, token, out: context.out }));
  });
}

/** Prints a page of finished calls. Throws what a person can act on. */
async function listCalls(request: ListRequest): Promise<void> {
  const { limit, cursor, flow, arm, outcome, number, json, out } = request;
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries({ cursor, flow, arm, outcome, number })) {
    if (value !== undefined) query.set(name, value);
  }
  const page = await ask(request, `/calls?${query}`, callPageSchema);
  if (json) {
    out.write(`${JSON.stringify(page, null, 2)}\n`);
    return;
  }
  if (page.calls.length === 0) {
    out.write('no calls\n');
    return;
  }
  out.write(`${renderTable(COLUMNS, page.calls, renderOptions(out))}\n`);
  if (page.cursor !== undefined) out.write(`\nthere are more: --cursor ${page.cursor}\n`);
}

/** Prints one call with its transcript. Throws what a person can act on. */
async function showCall(id: string, request: CallsRequest): Promise<void> {
  const call = await ask(request, `/calls/${encodeURIComponent(id)}`, callRecordSchema);
  const { json, out } = request;
  out.write(json ? `${JSON.stringify(call, null, 2)}\n` : renderCall(call, renderOptions(out)));
}

/** Prints how the arms of experiments compare. Throws what a person can act on. */
async function showExperiments(flow: string | undefined, request: CallsRequest): Promise<void> {
  const query = flow === undefined ? '' : `?${new URLSearchParams({ flow })}`;
  const reports = await ask(request, `/experiments${query}`, experimentsSchema);
  const { json, out } = request;
  out.write(json ? `${JSON.stringify(reports, null, 2)}\n` : experimentsTable(reports, renderOptions(out)));
}

/** A call as a person reads it: who and how it went, then turns and tool runs in the order they began. */
function renderCall(call: CallRecord, options: RenderOptions): string {
  const timeline = [
    ...call.turns.map((turn) => ({ startMs: turn.startMs, text: renderTurn(turn, options) })),
    ...call.tools.map((tool) => ({ startMs: tool.startMs, text: renderToolRun(tool, options) })),
  ].sort((a, b) => a.startMs - b.startMs);
  const slots = Object.entries(call.slots).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const facts: [string, string | undefined][] = [
    ['call', `${call.id} (${call.callSid}), ${call.direction}`],
    ['from', `${call.from} to ${call.to}`],
    ['flow', [call.flow, ...Object.entries(call.arms).map(([name, arm]) => `${name}.${arm}`)].join(', ')],
    ['start', `${localTime(call.startedAt)}, ${formatCallTime(call.durationMs)} long`],
    ['end', call.result === undefined ? call.outcome : `${call.outcome} (${call.result})`],
    ['error', call.error],
    ['slots', slots.length === 0 ? undefined : slots.join(', ')],
    ['cut', call.interruptions === 0 ? undefined : `the agent was interrupted ${times(call.interruptions)}`],
    ['audio', call.hasAudio ? `/api/v1/calls/${call.id}/audio` : 'none'],
  ];
  const head = facts.flatMap(([name, fact]) =>
    fact === undefined ? [] : [`${name.padEnd(6)} ${printable(fact)}`],
  );
  const transcript = timeline.length === 0 ? ['(nothing was said)'] : timeline.map(({ text }) => text);
  return `${[...head, '', ...transcript].join('\n')}\n`;
}

const COLUMNS: Column<z.infer<typeof callPageSchema>['calls'][number]>[] = [
  { title: 'TIME', value: (call) => localTime(call.startedAt) },
  { title: 'ID', value: (call) => call.id },
  { title: 'FROM', value: (call) => call.from },
  { title: 'FLOW', value: (call) => call.flow },
  {
    title: 'OUTCOME',
    value: (call) => (call.result === undefined ? call.outcome : `${call.outcome} (${call.result})`),
  },
  { title: 'LENGTH', value: (call) => formatCallTime(call.durationMs), align: 'right' },
  { title: 'TURNS', value: (call) => String(call.turnCount), align: 'right' },
  {
    title: 'SLOWEST',
    value: (call) => (call.slowestTurnMs === undefined ? '-' : formatLatency(call.slowestTurnMs)),
    align: 'right',
  },
];

const commonOptionsSchema = z.object({ url: z.string(), json: z.boolean() });

/** Does a command with the token of the service; what went wrong is told on `err`, and the exit code is 1. */
export async function run(
  context: CallsContext,
  command: (token: string | undefined) => Promise<void>,
): Promise<void> {
  try {
    await command(context.adminToken ?? (await readAdminToken(context.dataDir)));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    context.err.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200)
    throw new InvalidArgumentError('It must be 1 to 200.');
  return limit;
}

function renderOptions(out: Terminal): RenderOptions {
  // Into a pipe, lines are neither coloured nor cut.
  return { color: out.isTTY === true, width: out.isTTY === true ? (out.columns ?? DEFAULT_COLUMNS) : 10_000 };
}

/** In the reader's own time zone; Swedish dates happen to be written as ISO 8601 has them. */
function localTime(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
