/**
 * Sessions: what must outlive the process that carries a live call. One session a call: who and what, where the
 * call stands, who owns it (a lease) and its journal (append-only). Everything expires by itself.
 */
import { z } from 'zod';

/** The other side of a transfer for which the caller waits: rung by us, into a conference with the caller. */
const transferLegSchema = z.object({
  /** Name of the conference; also tells this attempt from earlier ones on the same call. */
  conference: z.string(),
  /** Milliseconds since 1970. */
  placedAt: z.number(),
  /** The carrier's id of the leg, once it is known. */
  callSid: z.string().optional(),
  answered: z.boolean().optional(),
  /** Whoever answered has begun to hear the summary; a summary for both is then heard by the caller too. */
  briefed: z.boolean().optional(),
  /** Whoever answered has heard the summary and is on their way to the caller. */
  joined: z.boolean().optional(),
});

/** What is said about the call when a transfer is answered. */
const transferSummarySchema = z.object({
  text: z.string(),
  /** BCP 47. */
  language: z.string(),
  /** Who hears it: only whoever answers, or the caller too. */
  to: z.enum(['person', 'both']),
});

/** Ways on that the carrier may first have something to say before. */
const planAfterSpeechSchema = z.discriminatedUnion('type', [
  /** Nobody planned an end: reconnect the stream and go on. `transferFailed`: the carrier's word for why a transfer did not connect. */
  z.object({ type: z.literal('reconnect'), transferFailed: z.string().optional() }),
  z.object({ type: z.literal('hang-up') }),
  z.object({
    type: z.literal('transfer'),
    to: z.string(),
    callerId: z.string().optional(),
    timeoutSec: z.number().int().positive(),
    /** The caller waits with this in the ear while the other side is rung. Absent: the caller hears it ring. */
    hold: z.enum(['music', 'noise']).optional(),
    /** Whoever answers hears this before they are connected; only where the caller waits (`hold`). */
    summary: transferSummarySchema.optional(),
    /** The call to the other side; present once somebody has begun to place it, and nobody else may. */
    leg: transferLegSchema.optional(),
  }),
]);
export type PlanAfterSpeech = z.infer<typeof planAfterSpeechSchema>;

/** What is planned for the moment the media stream ends; `/twilio/resume` acts on it. */
export const resumePlanSchema = z.discriminatedUnion('type', [
  ...planAfterSpeechSchema.options,
  /** No vendor hears or speaks: the carrier does both itself, in this language (BCP 47), with these words expected. */
  z.object({ type: z.literal('relay'), language: z.string(), hints: z.array(z.string()).optional() }),
  /** No voice is left to speak: the carrier says these words (`language`: BCP 47), then the call goes on. */
  z.object({
    type: z.literal('say'),
    words: z.array(z.object({ text: z.string(), language: z.string() })),
    next: planAfterSpeechSchema,
  }),
]);
export type ResumePlan = z.infer<typeof resumePlanSchema>;

/** A live call's durable state. `flowState` is the interpreter's, opaque here. */
export const sessionSchema = z.object({
  callId: z.string(),
  callSid: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  from: z.string(),
  to: z.string(),
  flowId: z.string(),
  /** What whoever placed the call gives it; the flow sees the declared ones as `vars`. Absent: none. */
  variables: z.record(z.string(), z.unknown()).optional(),
  /** Hash of the flow's content; a call keeps the version it began with. */
  flowVersion: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  /** Media streams opened so far; caps reconnects. */
  streams: z.number().int().nonnegative(),
  plan: resumePlanSchema,
  /** True once the call has ended, by whichever of the four signals came first. */
  ended: z.boolean(),
  flowState: z.unknown().optional(),
  /** What the call was in the middle of when `flowState` was written; opaque here. Null: nothing. */
  inFlight: z.unknown().optional(),
});
export type Session = z.infer<typeof sessionSchema>;

/** One thing that happened on a call. `atMs`: milliseconds since the call's media started; `at`: since 1970. */
export const journalEntrySchema = z.object({
  at: z.number(),
  atMs: z.number(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** A word from another node (or another request) to whoever carries the call. */
export const noticeSchema = z.discriminatedUnion('type', [
  /** The carrier reported the call as over. */
  z.object({ type: z.literal('call-ended'), status: z.string() }),
  /** The carrier found an answering machine on the line. */
  z.object({ type: z.literal('machine-answered') }),
  /** The carrier reported the media stream as gone. */
  z.object({ type: z.literal('stream-ended'), streamId: z.string(), error: z.string().optional() }),
  /** The carrier asks how the call goes on: whatever stream it had is gone, and another node takes it up. */
  z.object({ type: z.literal('resuming') }),
]);
export type Notice = z.infer<typeof noticeSchema>;

/** Proof of owning a call. `fence` grows with each new owner, so a late writer is told that it lost. */
export interface Lease {
  readonly callId: string;
  readonly owner: string;
  readonly fence: number;
}

/** `fenced`: another node owns the call now; the caller must stop writing. */
export type WriteResult = 'written' | 'fenced' | 'missing';

/**
 * Where a batch stands among what one writer adds to a journal, so that a batch sent twice is there once. `position`: how
 * many entries the writer added before it.
 */
export interface AppendMark {
  readonly writer: string;
  readonly position: number;
}

/** `gap`: nothing was written, for the store does not have what this writer added before: it has lost it. */
export type AppendResult = 'written' | 'gap';

export interface Sessions {
  /** Other processes see the same sessions, so that one may go on with the calls of another. */
  readonly isShared: boolean;
  /** Stores a new session unless one exists for its callId or callSid; returns the one that is stored. */
  create(session: Session): Promise<Session>;
  load(callId: string): Promise<Session | undefined>;
  findByCallSid(callSid: string): Promise<Session | undefined>;
  /** Becomes the owner if nobody is (or the lease ran out). Undefined: another owner is alive. */
  claim(callId: string, owner: string, ttlMs: number): Promise<Lease | undefined>;
  /** Keeps the lease. `fenced` when it was lost. */
  renew(lease: Lease, ttlMs: number): Promise<WriteResult>;
  release(lease: Lease): Promise<void>;
  /**
   * Ends whatever lease there is, as anybody: its owner is fenced, and the next who claims the call has it. Only for who
   * knows that the owner has lost the call. True: there was one.
   */
  revoke(callId: string): Promise<boolean>;
  /** Changes fields of the session, as the owner. */
  checkpoint(lease: Lease, change: Partial<Omit<Session, 'callId' | 'callSid'>>): Promise<WriteResult>;
  /** Marks the session as ended, as anybody; true for the first who does. Idempotent. */
  markEnded(callId: string): Promise<boolean>;
  /** Adds to the call's journal, in order. Bounded; expires with the session. `mark`: only what is not there yet. */
  append(callId: string, entries: readonly JournalEntry[], mark?: AppendMark): Promise<AppendResult>;
  journal(callId: string): Promise<JournalEntry[]>;
  /** The journal from its beginning, then live, until the signal aborts. */
  follow(callId: string, signal: AbortSignal): AsyncIterable<JournalEntry>;
  /** Tells whoever carries the call. Nobody listening is no error. */
  notify(callId: string, notice: Notice): Promise<void>;
  /** Listens for notices about one call until the signal aborts. */
  onNotice(callId: string, listener: (notice: Notice) => void, signal: AbortSignal): void;
  /** True for the first who uses this token id within `ttlMs`; false ever after. */
  useOnce(tokenId: string, ttlMs: number): Promise<boolean>;
  /** Sessions known and not ended, newest first, at most `limit`. */
  live(limit: number): Promise<Session[]>;
  /** Throws when the store cannot be reached; for readiness. */
  ping(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
