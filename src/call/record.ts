/** A finished call's record, folded from its session and its journal alone: any node can make it, at any time. */
import { armsOfVersion } from '../flows/index.ts';
import { type CallOutcome, type CallRecord, callOutcomeSchema, type ToolRun } from '../records/index.ts';
import type { JournalEntry, Session } from '../sessions/index.ts';
import { type JournalData, type JournalType, journalDataSchemas } from './journal.ts';

/** What a record tells of a call besides its turns and its tools. */
const TOLD: ReadonlySet<string> = new Set([
  'barge-in',
  'back-channel',
  'endpoint',
  'draft',
  'note',
  'rolled-back',
  'speech-moved',
  'trouble',
  'provider-switched',
] satisfies JournalType[]);

/** The record of a call as far as its journal goes. Entries that are not ours are passed over. */
export function foldRecord(
  session: Session,
  entries: readonly JournalEntry[],
  hasAudio: boolean,
): CallRecord {
  const startedAtMs = session.createdAt;
  let endedAtMs = entries.at(-1)?.at ?? startedAtMs;
  const tools = new Map<string, ToolRun>();
  let outcome: CallOutcome = 'no-media';
  const record: Omit<CallRecord, 'outcome' | 'endedAt' | 'durationMs' | 'tools'> = {
    id: session.callId,
    callSid: session.callSid,
    direction: session.direction,
    from: session.from,
    to: session.to,
    flow: session.flowId,
    flowVersion: session.flowVersion,
    arms: armsOfVersion(session.flowVersion),
    startedAt: new Date(startedAtMs).toISOString(),
    interruptions: 0,
    turns: [],
    slots: {},
    path: [],
    events: [],
    usage: {
      modelInputTokens: 0,
      modelOutputTokens: 0,
      modelCacheReadTokens: 0,
      modelCacheWriteTokens: 0,
      spokenCharacters: 0,
      spokenBy: {},
      recognisedMs: 0,
      draftsAdopted: 0,
      draftsDropped: 0,
      wastedInputTokens: 0,
      wastedOutputTokens: 0,
      wastedCharacters: 0,
      wastedUsd: 0,
      models: [],
      relayedMs: 0,
    },
    hasAudio,
  };
  const { usage } = record;
  const handlers: { [T in JournalType]: (data: JournalData<T>, entry: JournalEntry) => void } = {
    'stream-started': () => {
      // Until something says how it ended, a call that had media is one that its caller left.
      outcome = 'caller-hung-up';
    },
    'stream-ended': () => {},
    'stream-lost': () => {},
    turn: (turn) => record.turns.push(turn),
    'barge-in': () => {
      record.interruptions++;
    },
    'back-channel': () => {},
    endpoint: () => {},
    draft: ({ outcome, modelInputTokens, modelOutputTokens, spokenCharacters, usd }) => {
      usage[outcome === 'adopted' ? 'draftsAdopted' : 'draftsDropped']++;
      usage.wastedInputTokens += modelInputTokens;
      usage.wastedOutputTokens += modelOutputTokens;
      usage.wastedCharacters += spokenCharacters;
      usage.wastedUsd += usd;
    },
    'tool-started': ({ callId, name, effect, input, node }, { atMs }) => {
      tools.set(callId, { callId, name, effect, input, node, isError: false, startMs: atMs });
    },
    'tool-finished': ({ callId, result, isError }, { atMs }) => {
      const run = tools.get(callId);
      if (run !== undefined) tools.set(callId, { ...run, result, isError, endMs: atMs });
    },
    'node-entered': ({ node }) => record.path.push(node),
    'rolled-back': ({ nodes }) => {
      record.path.splice(-nodes, nodes);
    },
    slots: ({ slots }) => {
      record.slots = slots;
    },
    note: () => {},
    'model-used': (used) => {
      usage.modelInputTokens += used.modelInputTokens;
      usage.modelOutputTokens += used.modelOutputTokens;
      usage.modelCacheReadTokens += used.modelCacheReadTokens;
      usage.modelCacheWriteTokens += used.modelCacheWriteTokens;
      countModel(usage.models, used);
    },
    spoken: ({ characters, provider }) => {
      usage.spokenCharacters += characters;
      if (provider !== undefined) usage.spokenBy[provider] = (usage.spokenBy[provider] ?? 0) + characters;
    },
    recognised: ({ lengthMs }) => {
      usage.recognisedMs += lengthMs;
    },
    'speech-moved': () => {},
    relayed: ({ lengthMs }) => {
      usage.relayedMs += lengthMs;
    },
    trouble: () => {},
    'provider-switched': () => {},
    'carrier-status': ({ status }) => {
      record.carrierStatus = status;
    },
    ended: (ended, { at }) => {
      endedAtMs = at;
      outcome = callOutcomeSchema.catch('failed').parse(ended.outcome);
      if (ended.result !== undefined) record.result = ended.result;
      if (ended.error !== undefined) record.error = ended.error;
    },
  };
  for (const entry of entries) {
    applyEntry(handlers, entry);
    if (TOLD.has(entry.type)) record.events.push({ type: entry.type, atMs: entry.atMs, data: entry.data });
  }
  return {
    ...record,
    outcome,
    endedAt: new Date(endedAtMs).toISOString(),
    durationMs: Math.max(0, endedAtMs - startedAtMs),
    tools: [...tools.values()],
  };
}

/** Whose answer is not told is in the sums alone. */
function countModel(models: CallRecord['usage']['models'], used: JournalData<'model-used'>): void {
  const { provider, model, usd = 0, modelInputTokens, modelCacheReadTokens, modelCacheWriteTokens } = used;
  if (provider === undefined) return;
  let known = models.find((one) => one.provider === provider && one.model === model);
  if (known === undefined) {
    known = { provider, ...(model === undefined ? {} : { model }), inputTokens: 0, outputTokens: 0, usd: 0 };
    models.push(known);
  }
  known.inputTokens += modelInputTokens + modelCacheReadTokens + modelCacheWriteTokens;
  known.outputTokens += used.modelOutputTokens;
  known.usd += usd;
}

function applyEntry(
  handlers: { [T in JournalType]: (data: JournalData<T>, entry: JournalEntry) => void },
  entry: JournalEntry,
): void {
  if (!isJournalType(entry.type)) return;
  dispatch(handlers, entry.type, entry);
}

function dispatch<T extends JournalType>(
  handlers: { [K in JournalType]: (data: JournalData<K>, entry: JournalEntry) => void },
  type: T,
  entry: JournalEntry,
): void {
  const parsed = journalDataSchemas[type].safeParse(entry.data);
  // The schema of `type` has just said that it is of this type; the compiler cannot follow the pairing.
  if (parsed.success) handlers[type](parsed.data as JournalData<T>, entry);
}

function isJournalType(type: string): type is JournalType {
  return Object.hasOwn(journalDataSchemas, type);
}
