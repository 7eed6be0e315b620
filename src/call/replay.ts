/**
 * The journal of the turn-taking core: everything it was told on one call, so that the call can be stepped through
 * again. JSON lines: first the settings, then one event a line, in order. Pure: whoever reads or writes the file is
 * elsewhere.
 */
import { z } from 'zod';
import type { ListenExpectation } from '../flows/index.ts';
import type { TurnCommand, TurnEvent } from './turn-events.ts';
import { initialTurnState, type TurnSettings, type TurnState } from './turn-state.ts';
import { reduce } from './turn-taking.ts';

/** What a journal says about itself. */
export interface CoreJournal {
  settings: TurnSettings;
  /** Where it comes from and what went wrong, where anything did. */
  about: Readonly<Record<string, unknown>>;
  events: readonly TurnEvent[];
}

/** One event and what the core made of it. */
export interface ReplayStep {
  event: TurnEvent;
  before: TurnState;
  after: TurnState;
  commands: readonly TurnCommand[];
}

/** The file is not a journal of the core, or it is damaged. `line`: from 1. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code = 'replay-invalid';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const FORMAT = 'callwright-core-journal';
const VERSION = 1;

const ms = z.number();
const replyId = z.number().int().nonnegative();
const isProtected = z.boolean();

const settingsSchema = z.object({
  language: z.string(),
  hearsVoice: z.boolean(),
  watchdogMs: ms,
  fillerAfterMs: ms,
  decideMs: ms,
  endpointMs: ms,
  interruptByLengthMs: ms,
  drafts: z.object({ enabled: z.boolean(), perTurn: z.number(), wastedPerCall: z.number() }),
  maxCallMs: ms,
}) satisfies z.ZodType<TurnSettings>;

const headSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  settings: settingsSchema,
  about: z.record(z.string(), z.unknown()),
});

const said = { text: z.string(), speechEndMs: ms.optional() };
const inputSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call-started') }),
  // What became of a tool says nothing to the core.
  z.object({ type: z.literal('line-resumed'), lostMs: ms, goesOn: z.boolean().optional() }),
  z.object({ type: z.literal('transfer-failed'), status: z.string() }),
  z.object({ type: z.literal('speech'), ...said }),
  z.object({ type: z.literal('keys'), digits: z.string() }),
  z.object({ type: z.literal('looking-up'), ...said }),
  z.object({ type: z.literal('go-on') }),
  z.object({ type: z.literal('silence'), count: z.number() }),
  z.object({ type: z.literal('unheard') }),
  z.object({ type: z.literal('recognition-lost') }),
  z.object({ type: z.literal('machine-answered') }),
  z.object({ type: z.literal('time-up') }),
]);

const KINDS = [
  'open',
  'yes-no',
  'choice',
  'number',
  'date',
  'time',
  'phone',
  'digits',
  'name',
  'text',
] as const;
/** Everything that an expectation holds, so that one the core learns to heed must be learnt here too. */
const expectShape = {
  keys: z.object({ max: z.number(), terminator: z.string().optional(), betweenMs: ms }).optional(),
  keyterms: z.array(z.string()).optional(),
  as: z.looseObject({ language: z.string() }).optional(),
  private: z.boolean().optional(),
  keysOnly: z.boolean().optional(),
  silenceMs: ms,
  maxTurnMs: ms.optional(),
  endKey: z.string().optional(),
  endpointing: z.object({ completeMs: ms, openMs: ms, unfinishedMs: ms, numberMs: ms }),
  kind: z.enum(KINDS),
} satisfies Record<keyof ListenExpectation, z.ZodType>;
const expectSchema = z.object(expectShape);

const TIMERS = ['silence', 'watchdog', 'decide', 'endpoint', 'draft', 'keys', 'unheard', 'max-call'] as const;
const PROGRESS = ['whole', 'extendable', 'partial', 'unknown'] as const;

/** An event of this type; every one has its moment. */
function event<T extends TurnEvent['type'], S extends z.core.$ZodLooseShape>(type: T, shape: S) {
  return z.object({ type: z.literal(type), atMs: ms, ...shape });
}

const eventSchema = z.discriminatedUnion('type', [
  event('line-opened', { input: inputSchema, asked: expectSchema.optional() }),
  event('speech-started', { by: z.enum(['voice', 'recogniser']), protected: isProtected }),
  event('speech-continues', { lengthMs: ms, probability: z.number(), protected: isProtected }),
  event('speech-stopped', { endMs: ms, lengthMs: ms }),
  event('words', { text: z.string(), final: z.boolean(), protected: isProtected, remainingMs: ms }),
  event('words-assessed', { text: z.string(), progress: z.enum(PROGRESS) }),
  event('speech-paused', {}),
  event('turn-likely', {}),
  event('turn-resumed', {}),
  event('turn-ended', { speechEndMs: ms.optional(), protected: isProtected }),
  event('hearing-changed', { hearsVoice: z.boolean() }),
  event('voice-started', {}),
  event('voice-stopped', {}),
  event('recognition-lost', { movesOn: z.literal(true).optional() }),
  event('recognition-back', {}),
  event('recognition-behind', { untold: z.boolean() }),
  event('recognition-caught-up', {}),
  event('machine-answered', {}),
  event('key', { digit: z.string(), protected: isProtected }),
  event('reply-worded', { replyId }),
  event('reply-delayed', { replyId }),
  event('reply-audible', { replyId }),
  event('tool-requested', { replyId, callId: z.string(), effect: z.enum(['reads', 'writes']) }),
  event('reply-complete', { replyId, expect: expectSchema }),
  event('reply-leaving', { replyId }),
  event('playout-idle', { replyId, more: z.boolean() }),
  event('draft-declined', { replyId }),
  event('timer', { name: z.enum(TIMERS) }),
  event('line-closed', {}),
]);

/** The journal as lines of JSON, each with its line end. */
export function writeCoreJournal({ settings, about, events }: CoreJournal): string {
  const head = { format: FORMAT, version: VERSION, settings, about };
  return [head, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Reads what {@link writeCoreJournal} wrote; empty lines are passed over. Throws {@link ReplayError}. */
export function readCoreJournal(text: string): CoreJournal {
  const lines = text
    .split('\n')
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== '');
  const [first, ...rest] = lines;
  if (first === undefined) throw new ReplayError(1, 'the file is empty');
  const { settings, about } = readHead(first.content, first.line);
  return { settings, about, events: rest.map(({ content, line }) => readEvent(content, line)) };
}

function readHead(content: string, line: number): z.infer<typeof headSchema> {
  const data = parseLine(content, line);
  const isOurs = z.object({ format: z.literal(FORMAT) }).safeParse(data).success;
  if (!isOurs) throw new ReplayError(line, `the first line must hold the settings ("format":"${FORMAT}")`);
  const version = z.object({ version: z.literal(VERSION) }).safeParse(data);
  if (!version.success) throw new ReplayError(line, `the journal is not of version ${VERSION}`);
  return checked(headSchema, data, line);
}

function readEvent(content: string, line: number): TurnEvent {
  // What is optional in an event is absent or has a value; zod's types cannot tell that from undefined.
  return checked(eventSchema, parseLine(content, line), line) as TurnEvent;
}

function parseLine(content: string, line: number): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    throw new ReplayError(line, 'this is not JSON');
  }
}

function checked<T>(schema: z.ZodType<T>, data: unknown, line: number): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new ReplayError(line, `${where}${issue?.message ?? 'this is not an event'}`);
}

/** Steps through a journal. A line that comes back is a new beginning, as it is on a call. */
export function* replayCoreJournal({
  settings,
  events,
}: CoreJournal): Generator<ReplayStep, void, undefined> {
  let state = initialTurnState(settings);
  for (const event of events) {
    const before =
      event.type === 'line-opened' && state.ended
        ? initialTurnState({ ...settings, hearsVoice: state.settings.hearsVoice })
        : state;
    const [after, commands] = reduce(before, event);
    yield { event, before, after, commands };
    state = after;
  }
}
