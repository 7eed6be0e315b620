/**
 * The demo: one call on the sandbox, through the real wire protocols and in real time, printed as it happens. It needs
 * no account and no key, and uses none that is set.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { loadAdminToken } from '../api/admin-token.ts';
import { journalDataSchemas } from '../call/journal.ts';
import { formatLatency, type RenderOptions, renderToolRun, renderTurn } from '../cli/render.ts';
import { type Config, loadClientConfig, loadConfig } from '../config.ts';
import { type Service, startService } from '../main.ts';
import type { CallRecord, ToolRun } from '../records/index.ts';
import type { JournalEntry } from '../sessions/index.ts';
import { createLogger } from '../telemetry/logger.ts';
import { parseCallerScript } from './phone/caller-script.ts';
import type { SandboxCall } from './twilio/index.ts';

export interface DemoOptions {
  /** Leaves service and sandbox up until the signal aborts. */
  stay: boolean;
  /** Prints JSON lines instead of text. */
  json: boolean;
  /** Ends the demo. */
  signal: AbortSignal;
  /** Where everything is kept. @defaultValue `demo` under DATA_DIR */
  dataDir?: string;
}

const SCRIPT = join(import.meta.dirname, '../../examples/callers/booking.yaml');
const DIALLED = '+15550100';
const CALLER = '+15550123';
/** The record is written right after the call; this only bounds a disk that hangs. */
const RECORD_TIMEOUT_MS = 10_000;

/** Places the call and prints it. Throws when it did not go as it should. */
export async function runDemo({ stay, json, signal, ...options }: DemoOptions): Promise<void> {
  const config = await demoConfig(options.dataDir);
  await mkdir(config.dataDir, { recursive: true });
  const logger = createLogger({ level: 'warn', format: 'json' });
  const service = await startService(
    config,
    stay ? { logger, sandbox: { port: config.port + 1 } } : { logger, port: 0 },
  );
  const onAbort = (): void => void service.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const print = json ? printJson : printText;
    print({ type: 'started', service, config });
    const call = await placeCall(service);
    print({ type: 'dialled', call });
    const record = await watch(service, call, (entry) => print({ type: 'entry', entry }), signal);
    const files = await keepRecord(config, record);
    print({ type: 'ended', record, ...files });
    const problems = problemsOf(record);
    if (problems.length > 0) throw new Error(`The demo did not go as it should: ${problems.join('; ')}.`);
    if (stay && !signal.aborted) {
      print({ type: 'staying', service });
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await service.close();
  }
}

/**
 * As a first start has it: every vendor is the sandbox, whatever keys are set. The admin token is the one that the other
 * commands find, so that they can look at the demo's calls.
 */
async function demoConfig(dataDir: string | undefined): Promise<Config> {
  const client = loadClientConfig();
  const FLOWS_DIR = join(import.meta.dirname, '../../flows');
  const config = loadConfig(
    { FLOWS_DIR, PORT: String(client.port), DATA_DIR: client.dataDir },
    { dotenv: false },
  );
  const adminToken = client.adminToken ?? (await loadAdminToken({ dataDir: client.dataDir })).token;
  return { ...config, adminToken, dataDir: dataDir ?? join(client.dataDir, 'demo') };
}

async function placeCall({ sandbox }: Service): Promise<SandboxCall> {
  if (sandbox === undefined) throw new Error('the demo runs on the sandbox');
  const script = parseCallerScript(await readFile(SCRIPT, 'utf8'), relative(process.cwd(), SCRIPT));
  return sandbox.twilio.placeInboundCall({ from: CALLER, to: DIALLED, caller: script });
}

/** Follows the call's journal until the call has ended; returns its record. */
async function watch(
  { sessions, records }: Service,
  call: SandboxCall,
  onEntry: (entry: JournalEntry) => void,
  signal: AbortSignal,
): Promise<CallRecord> {
  const following = new AbortController();
  await call.timeline.first('stream-opened');
  const session = await sessions.findByCallSid(call.sid);
  if (session === undefined) throw new Error('the service knows nothing of the call');
  const follow = (async () => {
    for await (const entry of sessions.follow(session.callId, following.signal)) onEntry(entry);
  })();
  await call.ended;
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(RECORD_TIMEOUT_MS)]);
  let record = await records.find(session.callId);
  while (record === undefined && !giveUp.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    record = await records.find(session.callId);
  }
  following.abort();
  await follow;
  if (record === undefined) throw new Error('the call left no record');
  return record;
}

async function keepRecord(
  config: Config,
  record: CallRecord,
): Promise<{ audioPath: string; recordPath: string }> {
  const folder = join(config.dataDir, 'records');
  await mkdir(folder, { recursive: true });
  const recordPath = join(folder, `${record.id}.json`);
  await writeFile(recordPath, `${JSON.stringify(record, null, 2)}\n`);
  return { recordPath, audioPath: join(config.dataDir, 'audio', `${record.id}.wav`) };
}

/** What the demo promises to show, checked against the record. */
function problemsOf(record: CallRecord): string[] {
  const booked = record.tools.some(
    (tool) => tool.effect === 'writes' && !tool.isError && tool.result !== undefined,
  );
  return [
    ...(booked ? [] : ['no appointment was booked']),
    ...(record.interruptions > 0 ? [] : ['the caller did not interrupt']),
    ...(record.turns.some((turn) => turn.keys !== undefined) ? [] : ['no key was pressed']),
    ...(record.outcome === 'completed' ? [] : [`the call ended as "${record.outcome}"`]),
    ...(record.hasAudio ? [] : ['there is no audio']),
  ];
}

type DemoEvent =
  | { type: 'started'; service: Service; config: Config }
  | { type: 'dialled'; call: SandboxCall }
  | { type: 'entry'; entry: JournalEntry }
  | { type: 'ended'; record: CallRecord; audioPath: string; recordPath: string }
  | { type: 'staying'; service: Service };

function printText(event: DemoEvent): void {
  const options = { color: process.stdout.isTTY === true, width: process.stdout.columns ?? 100 };
  switch (event.type) {
    case 'started':
      console.log(`Callwright answers at ${event.service.localUrl}; the sandbox stands in for every vendor.`);
      return;
    case 'dialled':
      console.log(
        `${CALLER} calls ${DIALLED}. Times are from the start of the call; in brackets: how long the caller`,
      );
      console.log('waited, from the end of the last word to the first sound of the answer.\n');
      return;
    case 'entry': {
      const line = renderEntry(event.entry, options);
      if (line !== undefined) console.log(line);
      return;
    }
    case 'ended':
      return printSummary(event);
    case 'staying':
      console.log('\nService and sandbox stay up; Ctrl-C ends them. More calls:');
      console.log(`  npx callwright call examples/callers/booking.yaml --to ${DIALLED}`);
      console.log('  npx callwright calls');
      console.log(
        `  curl -H "Authorization: Bearer ${event.service.adminToken.token}" ${event.service.localUrl}/api/v1/calls`,
      );
  }
}

/** Turns when they are over, tools when they have answered. */
function renderEntry(entry: JournalEntry, options: RenderOptions): string | undefined {
  if (entry.type === 'turn') return renderTurn(journalDataSchemas.turn.parse(entry.data), options);
  if (entry.type === 'tool-started') {
    const { callId, name, effect, input, node } = journalDataSchemas['tool-started'].parse(entry.data);
    runningTools.set(callId, { callId, name, effect, input, node, startMs: entry.atMs, isError: false });
  }
  if (entry.type === 'tool-finished') {
    const { callId, result, isError } = journalDataSchemas['tool-finished'].parse(entry.data);
    const started = runningTools.get(callId);
    runningTools.delete(callId);
    return started && renderToolRun({ ...started, result, isError, endMs: entry.atMs }, options);
  }
  return undefined;
}

const runningTools = new Map<string, ToolRun>();

function printSummary({ record, audioPath, recordPath }: Extract<DemoEvent, { type: 'ended' }>): void {
  const waits = record.turns.flatMap((turn) => turn.latency?.voiceToVoiceMs ?? []).sort((a, b) => a - b);
  const median = waits[Math.floor(waits.length / 2)];
  console.log(
    `\n${record.outcome} after ${(record.durationMs / 1000).toFixed(1)} s, ${record.turns.length} turns, ` +
      `${record.interruptions} interruption${record.interruptions === 1 ? '' : 's'}` +
      (median === undefined
        ? ''
        : `; voice to voice ${formatLatency(median)} median, ${formatLatency(waits.at(-1) ?? 0)} longest`),
  );
  console.log(`Audio (stereo: caller left, agent right): ${relative(process.cwd(), audioPath)}`);
  console.log(`Record: ${relative(process.cwd(), recordPath)}`);
}

function printJson(event: DemoEvent): void {
  switch (event.type) {
    case 'started':
    case 'staying': {
      const { localUrl, sandbox, adminToken } = event.service;
      console.log(
        JSON.stringify({
          type: event.type,
          url: localUrl,
          sandbox: sandbox?.baseUrl,
          adminToken: adminToken.token,
        }),
      );
      return;
    }
    case 'dialled':
      console.log(JSON.stringify({ type: 'dialled', callSid: event.call.sid, from: CALLER, to: DIALLED }));
      return;
    case 'entry':
    case 'ended':
      console.log(JSON.stringify(event));
  }
}
