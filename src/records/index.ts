/**
 * Records: finished calls and what was said on them. Written once at the end of a call, idempotently (a second
 * write of the same call replaces the first), then only read.
 */
import type { Readable } from 'node:stream';
import { z } from 'zod';

const ms = z.number();

/** When each stage of an agent turn happened; milliseconds since the call's media started. Absent: did not happen. */
export const turnLatencySchema = z.object({
  /** The caller's last word ended (recogniser's word time). */
  speechEndMs: ms.optional(),
  /** The reply was begun before the turn was over; absent where it was not. */
  draftMs: ms.optional(),
  /** The turn was held to be over: a reply was started, or the draft of one adopted. */
  turnEndMs: ms.optional(),
  modelRequestMs: ms.optional(),
  modelFirstTokenMs: ms.optional(),
  /** The first clause was complete and went to the voice. */
  firstClauseMs: ms.optional(),
  voiceFirstByteMs: ms.optional(),
  /** The first audio of the reply was handed to the line. */
  firstFrameMs: ms.optional(),
  /** The first sound of it is heard: a voice may begin with silence. */
  firstSoundMs: ms.optional(),
  /** firstSoundMs − speechEndMs: what the caller waited, from the end of their energy to the start of the agent's. */
  voiceToVoiceMs: ms.optional(),
});
export type TurnLatency = z.infer<typeof turnLatencySchema>;

/** A passage of the flow's files that the model had before it when it answered. */
const knowledgeSourceSchema = z.object({
  /** The title of the file. */
  source: z.string(),
  /** The headings the passage stands under; empty before the first. */
  heading: z.string(),
  /** How well it fits what the caller said; comparable within a turn only. */
  score: z.number(),
});
export type KnowledgeSource = z.infer<typeof knowledgeSourceSchema>;

export const turnSchema = z.object({
  role: z.enum(['caller', 'agent']),
  /** What was heard: of an agent's turn, the words really played to the caller. */
  text: z.string(),
  /** Agent turns: all that was meant to be said, where that is more than what was heard. */
  generated: z.string().optional(),
  /** Caller turns: pressed keys, if the turn was keys. */
  keys: z.string().optional(),
  startMs: ms,
  endMs: ms,
  /** Agent turns: the caller cut it short. */
  interrupted: z.boolean(),
  /** The flow's node the turn belongs to. */
  node: z.string(),
  latency: turnLatencySchema.optional(),
  /** Agent turns: whose voices it was spoken with, in order; a prompt that was kept is `prompt-cache`. */
  voices: z.array(z.string()).optional(),
  /** Agent turns: what was found in the flow's files for it, best first; absent where nothing was. */
  sources: z.array(knowledgeSourceSchema).optional(),
  /** Agent turns: the provider of the model that answered last in it, and the model where it was chosen by name. */
  provider: z.string().optional(),
  model: z.string().optional(),
});
export type Turn = z.infer<typeof turnSchema>;

export const toolRunSchema = z.object({
  callId: z.string(),
  name: z.string(),
  effect: z.enum(['reads', 'writes']),
  input: z.record(z.string(), z.unknown()),
  /** Absent: the result was never learned (the process ended in between). */
  result: z.string().optional(),
  isError: z.boolean(),
  startMs: ms,
  endMs: ms.optional(),
  node: z.string(),
});
export type ToolRun = z.infer<typeof toolRunSchema>;

/** How a call ended. */
export const callOutcomeSchema = z.enum([
  'completed', // the flow hung up, its work done or not
  'caller-hung-up',
  'transferred',
  'no-media', // the carrier ended the call before any media stream opened
  'silent', // the caller said nothing to the silence prompts
  'too-long', // the flow's longest call time was reached
  'failed', // something broke; `error` says what
]);
export type CallOutcome = z.infer<typeof callOutcomeSchema>;

const usageSchema = z.object({
  modelInputTokens: z.number(),
  modelOutputTokens: z.number(),
  modelCacheReadTokens: z.number(),
  modelCacheWriteTokens: z.number(),
  spokenCharacters: z.number(),
  /** The same by whose voice they were sent to. */
  spokenBy: z.record(z.string(), z.number()).default({}),
  recognisedMs: z.number(),
  /** Replies made before the turn was over: used, or dropped at the cost told here (not in the figures above). */
  draftsAdopted: z.number().default(0),
  draftsDropped: z.number().default(0),
  wastedInputTokens: z.number().default(0),
  wastedOutputTokens: z.number().default(0),
  wastedCharacters: z.number().default(0),
  /** At the model's list price, as far as it is known. */
  wastedUsd: z.number().default(0),
  /** The same by model, in the order in which they first answered. `usd`: as far as the price is known. */
  models: z
    .array(
      z.object({
        provider: z.string(),
        model: z.string().optional(),
        inputTokens: z.number(),
        outputTokens: z.number(),
        usd: z.number(),
      }),
    )
    .default([]),
  /** The carrier recognised and spoke for so long, as no vendor did; it charges by the minute. */
  relayedMs: z.number().default(0),
});

/** Something that happened on a call and is neither said nor a tool; `data` depends on the type. */
const callEventSchema = z.object({
  type: z.string(),
  atMs: ms,
  data: z.record(z.string(), z.unknown()),
});

export const callRecordSchema = z.object({
  id: z.string(),
  callSid: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  from: z.string(),
  to: z.string(),
  flow: z.string(),
  flowVersion: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  endedAt: z.string(),
  durationMs: ms,
  outcome: callOutcomeSchema,
  /** The arm of each experiment of the flow that the call was in. */
  arms: z.record(z.string(), z.string()).default({}),
  /** The flow's own word for how it went (the `outcome` of its `hangup` node), if it has one. */
  result: z.string().optional(),
  error: z.string().optional(),
  /** The carrier's last CallStatus, if it told. */
  carrierStatus: z.string().optional(),
  interruptions: z.number().int(),
  turns: z.array(turnSchema),
  tools: z.array(toolRunSchema),
  slots: z.record(z.string(), z.unknown()),
  /** Nodes in the order the call entered them. */
  path: z.array(z.string()),
  /** What else happened, in order: why turns ended, what settled answers, interruptions, drafts, troubles. */
  events: z.array(callEventSchema).default([]),
  usage: usageSchema,
  /** True when stereo audio is stored. */
  hasAudio: z.boolean(),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

/** A call in a list: without turns, tools, slots, path and events. */
export type CallSummary = Omit<CallRecord, 'turns' | 'tools' | 'slots' | 'path' | 'events'> & {
  turnCount: number;
  /** The longest voice-to-voice time of its turns; absent where none was measured. */
  slowestTurnMs?: number | undefined;
};

export interface CallQuery {
  /** At most this many; 1 to 200. */
  limit: number;
  /** The `cursor` of the page before. */
  cursor?: string;
  flow?: string;
  outcome?: CallOutcome;
  /** Caller's or called number, exact, E.164. */
  number?: string;
  /** Only calls that were in this arm of this experiment. */
  arm?: { experiment: string; arm: string };
}

export interface CallPage {
  calls: CallSummary[];
  /** Present when there are more. */
  cursor?: string;
}

/** What became of the calls in one arm. */
export const armReportSchema = z.object({
  arm: z.string(),
  calls: z.number().int(),
  share: z.number().describe("Of the experiment's calls, 0 to 1."),
  outcomes: z.record(z.string(), z.number().int()).describe('How calls ended, counted.'),
  results: z
    .record(z.string(), z.number().int())
    .describe("The flow's own words for how calls went, counted."),
  meanDurationMs: ms,
  medianVoiceToVoiceMs: ms
    .optional()
    .describe(
      'What callers waited for the agent to speak, over all its turns; absent where none was measured.',
    ),
  interruptions: z.number().int().describe('How often callers cut the agent short, in all calls together.'),
  wastedUsd: z.number().describe('What drafts cost that came to nothing, in all calls together.'),
});
type ArmReport = z.infer<typeof armReportSchema>;

/** An experiment of a flow, over all versions of the flow. */
export interface ExperimentReport {
  flow: string;
  experiment: string;
  calls: number;
  /** In the order of their names. */
  arms: ArmReport[];
}

/** What a flow knows. `id`: the hash of its content. */
export interface StoredKnowledge {
  readonly id: string;
  /** BCP 47; what its words are stemmed by. */
  readonly language: string;
  readonly chunks: readonly Omit<Passage, 'score'>[];
}

/** A passage of a flow's files, and how well it fits; comparable within one answer only. */
export interface Passage {
  readonly source: string;
  readonly heading: string;
  readonly text: string;
  readonly score: number;
}

export interface KnowledgeSearch {
  /** The id of what is searched. */
  readonly base: string;
  readonly text: string;
  readonly limit: number;
  /** Only in files of these titles. */
  readonly sources?: readonly string[];
}

export interface Records {
  /** Idempotent on `id`. One that ended earlier than what is kept of this call changes nothing. */
  save(record: CallRecord): Promise<void>;
  /** By `id` or by `callSid`. */
  find(idOrCallSid: string): Promise<CallRecord | undefined>;
  /** Newest first. Throws {@link BadCursorError} for a cursor that is not ours. */
  list(query: CallQuery): Promise<CallPage>;
  /** Every experiment that a finished call was in, in the order of flows and names. `flow`: only those of this flow. */
  experiments(query: { flow?: string }): Promise<ExperimentReport[]>;
  /** Makes what a flow knows searchable. Idempotent; what is there already is only held to be in use. */
  keepKnowledge(base: StoredKnowledge): Promise<void>;
  /** The passages that fit best, best first; undefined where nothing is kept under this id. */
  searchKnowledge(search: KnowledgeSearch): Promise<Passage[] | undefined>;
  /** Throws when the database cannot be reached; for readiness. */
  ping(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export class BadCursorError extends Error {
  override readonly name = 'BadCursorError';
  readonly code = 'bad-cursor';
}

/**
 * Records could not do what was asked. `code`: `records-closed`, `records-lost`, `records-away` (the database cannot be
 * reached), `records-busy` (too much waits for it), or the database's own.
 */
export class RecordsError extends Error {
  override readonly name = 'RecordsError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Whether waiting may help: the database cannot be reached, or is in no state to do its work (starting, shutting down,
 * without room, read-only). Codes of Node and of Postgres ("PostgreSQL Error Codes", classes 08, 25, 53, 55, 57, 58).
 */
export function isRecordsAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(records-(away|lost|closed|busy)|E(CONN(REFUSED|RESET|ABORTED)|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE|AI_AGAIN))$/.test(
      code,
    ) ||
    /^(08|25|53|55|57|58)[0-9A-Z]{3}$/.test(code) ||
    // The client's own words, which have no code.
    /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/i.test(error.message)
  );
}

/** Where stereo audio lives: WAV files, caller left, agent right. */
export interface AudioStore {
  /**
   * Where to write the WAV of a call while it is live; `commit` makes it findable. For a call that has audio already
   * (its line was gone and is back) the recording goes on where that ends.
   */
  create(callId: string): Promise<AudioSink>;
  /** Undefined when there is none. The caller destroys the stream. */
  open(callId: string): Promise<{ stream: Readable; sizeBytes: number; path: string } | undefined>;
}

/** Bounded memory: audio is written as it comes. */
export interface AudioSink {
  /** Audio that was there already, in milliseconds. */
  readonly earlierMs: number;
  /** Interleaved stereo 8 kHz μ-law bytes (left, right, left, …). Never throws; a failing disk is reported by `commit`. */
  write(interleaved: Uint8Array): void;
  /** Finishes the WAV header. Resolves with its path; rejects if anything was not written. */
  commit(): Promise<{ path: string; sizeBytes: number }>;
  /** Throws the file away. Idempotent. */
  discard(): Promise<void>;
}
