/**
 * The journal of one call: what happened, as it happens. Entries are written to the session store in small batches and
 * in order; what must be durable before the call goes on (the intent of a tool that changes something) waits for
 * {@link Journal.flush}.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import { turnSchema } from '../records/index.ts';
import type { JournalEntry, Sessions } from '../sessions/index.ts';

const usage = z.object({
  modelInputTokens: z.number(),
  modelOutputTokens: z.number(),
  modelCacheReadTokens: z.number(),
  modelCacheWriteTokens: z.number(),
  /** Whose answer it was, where that was told. */
  provider: z.string().optional(),
  model: z.string().optional(),
  /** At the list price, as far as it is known. */
  usd: z.number().optional(),
});

/** Everything a journal may hold, by type. A finished call's record is folded from these alone. */
export const journalDataSchemas = {
  'stream-started': z.object({ streamId: z.string(), startedAt: z.number() }),
  /** `lostSpeech`: the caller was speaking, and no word of it was caught. */
  'stream-ended': z.object({ streamId: z.string(), reason: z.string(), lostSpeech: z.boolean() }),
  /** The carrier asked how to go on, and nobody had written down the end of the stream: its process is gone. */
  'stream-lost': z.object({}),
  turn: turnSchema,
  'barge-in': z.object({ replyId: z.number(), heardMs: z.number(), by: z.enum(['words', 'length', 'keys']) }),
  /** Said while the agent spoke, and no turn: "uh-huh". */
  'back-channel': z.object({ text: z.string() }),
  /** How a turn came to its end: how finished the words were held to be, why, and the silence that asked for. */
  endpoint: z.object({ reason: z.string(), score: z.number(), waitMs: z.number(), progress: z.string() }),
  /** A reply that was made ahead of the turn's end. What a dropped one cost is here, and nowhere else. */
  draft: z.object({
    outcome: z.enum(['adopted', 'dropped']),
    reason: z.string().optional(),
    /** From its start to its end. */
    lengthMs: z.number(),
    modelInputTokens: z.number(),
    modelOutputTokens: z.number(),
    spokenCharacters: z.number(),
    usd: z.number(),
  }),
  'tool-started': z.object({
    callId: z.string(),
    name: z.string(),
    effect: z.enum(['reads', 'writes']),
    input: z.record(z.string(), z.unknown()),
    node: z.string(),
    idempotencyKey: z.string(),
  }),
  /** `isText`: the tool's result was a text, which stands here as it is; else it is JSON, unless it was cut. */
  'tool-finished': z.object({
    callId: z.string(),
    result: z.string(),
    isError: z.boolean(),
    isText: z.boolean().optional(),
  }),
  'node-entered': z.object({ node: z.string(), from: z.string().optional(), outcome: z.string().optional() }),
  /** The last so many nodes were entered by a reply that was rolled back: it never happened. */
  'rolled-back': z.object({ nodes: z.number() }),
  slots: z.object({ slots: z.record(z.string(), z.unknown()) }),
  note: z.record(z.string(), z.unknown()),
  'model-used': usage,
  /** `provider`: whose voice it was sent to. */
  spoken: z.object({ characters: z.number(), provider: z.string().optional() }),
  /**
   * No vendor heard or spoke any more, so the carrier does both (`relay`); or the call goes back to them. `carrier`: no
   * voice at all was left, and it says one reply.
   */
  'speech-moved': z.object({ to: z.enum(['relay', 'vendors', 'carrier']) }),
  /** So long the carrier recognised and spoke by itself. */
  relayed: z.object({ lengthMs: z.number() }),
  recognised: z.object({ lengthMs: z.number() }),
  trouble: z.object({ stage: z.string(), code: z.string(), provider: z.string().optional() }),
  /** Another provider took over; `none`: there was, or is, none. `code`: why the one before was left. */
  'provider-switched': z.object({
    stage: z.string(),
    from: z.string(),
    to: z.string(),
    code: z.string().optional(),
  }),
  'carrier-status': z.object({ status: z.string() }),
  ended: z.object({ outcome: z.string(), result: z.string().optional(), error: z.string().optional() }),
} as const;

export type JournalType = keyof typeof journalDataSchemas;
export type JournalData<T extends JournalType> = z.infer<(typeof journalDataSchemas)[T]>;

/** What parts of a call need of its journal. */
export interface JournalWriter {
  add<T extends JournalType>(type: T, data: JournalData<T>): void;
  /** Resolves when everything added so far is written, or could not be (which is logged). */
  flush(): Promise<void>;
}

/** Entries of something that may never have happened: kept back until it is known that it has. */
export class HeldJournal implements JournalWriter {
  readonly #journal: JournalWriter;
  #held: (() => void)[] | undefined = [];

  constructor(journal: JournalWriter) {
    this.#journal = journal;
  }

  add<T extends JournalType>(type: T, data: JournalData<T>): void {
    if (this.#held === undefined) this.#journal.add(type, data);
    else this.#held.push(() => this.#journal.add(type, data));
  }

  /** Nothing of a held journal is written before its release, so there is nothing to wait for. */
  async flush(): Promise<void> {
    if (this.#held === undefined) await this.#journal.flush();
  }

  /** It has happened: everything goes into the journal, now and from now on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const add of held) add();
  }
}

/** Entries kept while the store does not answer. A call makes a few a second; this is many minutes of them. */
const MOST_PENDING = 5000;

/** All of a call that is kept for its record: far more than a call of hours makes. Beyond it the oldest are let go. */
const MOST_ENTRIES = 20_000;

export class Journal implements JournalWriter {
  readonly #sessions: Sessions;
  readonly #callId: string;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #entries: JournalEntry[];
  #pending: JournalEntry[] = [];
  #writing: Promise<void> | undefined;
  #isAbandoned = false;

  /** `entries`: what the journal holds already, when a call goes on. `now`: milliseconds since the media started. */
  constructor(options: {
    sessions: Sessions;
    callId: string;
    logger: Logger;
    now: () => number;
    entries?: readonly JournalEntry[];
  }) {
    this.#sessions = options.sessions;
    this.#callId = options.callId;
    this.#logger = options.logger;
    this.#now = options.now;
    this.#entries = [...(options.entries ?? [])];
  }

  /** All entries so far, those not yet written included. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  add<T extends JournalType>(type: T, data: JournalData<T>): void {
    if (this.#isAbandoned) return;
    const entry: JournalEntry = { at: Date.now(), atMs: Math.round(this.#now()), type, data };
    this.#entries.push(entry);
    // A hundredth at a time keeps a runaway journal from being moved on every entry.
    if (this.#entries.length > MOST_ENTRIES * 1.01)
      this.#entries.splice(0, this.#entries.length - MOST_ENTRIES);
    if (this.#pending.length >= MOST_PENDING) this.#pending.shift();
    this.#pending.push(entry);
    this.#writing ??= this.#write();
  }

  /** The journal is another's now: nothing more is written. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#pending = [];
  }

  /** Resolves when everything added so far is written, or could not be (which is logged). */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    // Let the rest of this turn of the event loop join the batch.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#sessions.append(this.#callId, batch);
      } catch (error) {
        this.#logger.error({ err: error, entries: batch.length }, 'journal not written');
      }
    }
    this.#writing = undefined;
  }
}
