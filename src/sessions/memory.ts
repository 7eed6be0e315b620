import { followJournal } from './follow.ts';
import {
  type AppendMark,
  type AppendResult,
  type JournalEntry,
  journalEntrySchema,
  type Lease,
  type Notice,
  noticeSchema,
  type Session,
  type Sessions,
  sessionSchema,
  type WriteResult,
} from './index.ts';
import { Listeners } from './listeners.ts';
import { JOURNAL_LIMIT, mergeChange, type SessionChange } from './rules.ts';

export interface MemorySessionsOptions {
  /**
   * A session and its journal go this long after their last write, in milliseconds. Shorter than in Redis: nothing
   * here outlives the process anyway, and finished calls should not fill its memory.
   * @defaultValue one hour
   */
  ttlMs?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

const DEFAULT_TTL_MS = 60 * 60_000;

/** How often expired entries are looked for; much shorter than any sensible `ttlMs`, rare enough to cost nothing. */
const SWEEP_EVERY_MS = 60_000;

interface StoredSession {
  session: Session;
  fence: number;
  lease?: { owner: string; expiresAt: number };
  expiresAt: number;
}

interface StoredJournal {
  entries: JournalEntry[];
  /** How many entries stood before `entries[0]` and were dropped. */
  dropped: number;
  /** How many entries each writer that numbers them has added. */
  writers: Map<string, number>;
  expiresAt: number;
}

/** Sessions of this process, which can be set to what another store holds. */
export interface LocalSessions extends Sessions {
  /** Takes a session and its journal over as they are elsewhere. A lease on it stays as it is. */
  put(session: Session, journal: readonly JournalEntry[]): void;
  /** The session itself stays until it expires. */
  forgetJournal(callId: string): void;
}

/** Sessions in this process's memory: for one node, without Redis. A restart forgets them. Close it when done. */
export function createMemorySessions(options: MemorySessionsOptions = {}): LocalSessions {
  return new MemorySessions(options.ttlMs ?? DEFAULT_TTL_MS, options.now ?? Date.now);
}

class MemorySessions implements LocalSessions {
  readonly isShared = false;
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #sessions = new Map<string, StoredSession>();
  readonly #callIds = new Map<string, string>();
  readonly #journals = new Map<string, StoredJournal>();
  readonly #usedTokens = new Map<string, number>();
  readonly #followers = new Listeners<() => void>();
  readonly #noticeListeners = new Listeners<(notice: Notice) => void>();
  readonly #closing = new AbortController();
  #sweptAt = 0;

  constructor(ttlMs: number, now: () => number) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  async create(session: Session): Promise<Session> {
    this.#sweep();
    const known = this.#find(session.callId) ?? this.#find(this.#callIds.get(session.callSid));
    if (known !== undefined) return structuredClone(known.session);
    const stored = sessionSchema.parse(structuredClone(session));
    this.#sessions.set(session.callId, { session: stored, fence: 0, expiresAt: this.#now() + this.#ttlMs });
    this.#callIds.set(session.callSid, session.callId);
    return structuredClone(stored);
  }

  async load(callId: string): Promise<Session | undefined> {
    return structuredClone(this.#find(callId)?.session);
  }

  async findByCallSid(callSid: string): Promise<Session | undefined> {
    return structuredClone(this.#find(this.#callIds.get(callSid))?.session);
  }

  async claim(callId: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const stored = this.#find(callId);
    if (stored === undefined) return undefined;
    const { lease } = stored;
    if (lease !== undefined && lease.owner !== owner && lease.expiresAt > this.#now()) return undefined;
    stored.lease = { owner, expiresAt: this.#now() + ttlMs };
    stored.fence += 1;
    return { callId, owner, fence: stored.fence };
  }

  async renew(lease: Lease, ttlMs: number): Promise<WriteResult> {
    const stored = this.#find(lease.callId);
    if (stored === undefined) return 'missing';
    if (stored.fence !== lease.fence) return 'fenced';
    stored.lease = { owner: lease.owner, expiresAt: this.#now() + ttlMs };
    // A call on which nothing happens for hours is alive all the same.
    stored.expiresAt = this.#now() + this.#ttlMs;
    const journal = this.#journals.get(lease.callId);
    if (journal !== undefined) journal.expiresAt = stored.expiresAt;
    return 'written';
  }

  async release(lease: Lease): Promise<void> {
    const stored = this.#find(lease.callId);
    if (stored?.fence !== lease.fence) return;
    stored.fence += 1;
    delete stored.lease;
  }

  async revoke(callId: string): Promise<boolean> {
    const stored = this.#find(callId);
    if (stored === undefined) return false;
    const wasOwned = stored.lease !== undefined && stored.lease.expiresAt > this.#now();
    stored.fence += 1;
    delete stored.lease;
    return wasOwned;
  }

  async checkpoint(lease: Lease, change: SessionChange): Promise<WriteResult> {
    const stored = this.#find(lease.callId);
    if (stored === undefined) return 'missing';
    if (stored.fence !== lease.fence) return 'fenced';
    stored.session = sessionSchema.parse(mergeChange(stored.session, structuredClone(change)));
    stored.expiresAt = this.#now() + this.#ttlMs;
    return 'written';
  }

  async markEnded(callId: string): Promise<boolean> {
    const stored = this.#find(callId);
    if (stored === undefined || stored.session.ended) return false;
    stored.session.ended = true;
    return true;
  }

  async append(callId: string, entries: readonly JournalEntry[], mark?: AppendMark): Promise<AppendResult> {
    if (entries.length === 0) return 'written';
    const appended = entries.map((entry) => journalEntrySchema.parse(structuredClone(entry)));
    this.#sweep();
    const expiresAt = this.#now() + this.#ttlMs;
    const journal = this.#journal(callId) ?? newJournal(expiresAt);
    const known = mark === undefined ? 0 : (journal.writers.get(mark.writer) ?? 0);
    if (mark !== undefined && known < mark.position) return 'gap';
    const fresh = mark === undefined ? appended : appended.slice(known - mark.position);
    if (mark !== undefined) journal.writers.set(mark.writer, known + fresh.length);
    this.#journals.set(callId, journal);
    journal.expiresAt = expiresAt;
    for (const entry of fresh) journal.entries.push(entry);
    // Dropping a hundredth at a time keeps a long journal from being moved on every append.
    if (journal.entries.length > JOURNAL_LIMIT * 1.01) {
      journal.dropped += journal.entries.length - JOURNAL_LIMIT;
      journal.entries.splice(0, journal.entries.length - JOURNAL_LIMIT);
    }
    const stored = this.#find(callId);
    if (stored !== undefined) stored.expiresAt = expiresAt;
    for (const wake of this.#followers.of(callId)) wake();
    return 'written';
  }

  put(session: Session, journal: readonly JournalEntry[]): void {
    const { callId, callSid } = session;
    const stored = this.#find(callId);
    const expiresAt = this.#now() + this.#ttlMs;
    this.#sessions.set(callId, { fence: 0, ...stored, session: structuredClone(session), expiresAt });
    this.#callIds.set(callSid, callId);
    this.#journals.set(callId, { ...newJournal(expiresAt), entries: [...journal] });
  }

  forgetJournal(callId: string): void {
    this.#journals.delete(callId);
  }

  async journal(callId: string): Promise<JournalEntry[]> {
    return structuredClone(this.#journal(callId)?.entries ?? []);
  }

  follow(callId: string, signal: AbortSignal): AsyncIterable<JournalEntry> {
    const read = async (after = 0) => {
      const { entries, dropped } = this.#journal(callId) ?? newJournal(0);
      const fresh = entries.slice(Math.max(0, after - dropped));
      return { entries: structuredClone(fresh), cursor: dropped + entries.length };
    };
    const onAppend = (listener: () => void) => this.#followers.add(callId, listener);
    return followJournal({ read, onAppend }, AbortSignal.any([signal, this.#closing.signal]));
  }

  async notify(callId: string, notice: Notice): Promise<void> {
    const told = noticeSchema.parse(notice);
    for (const listener of this.#noticeListeners.of(callId)) listener(told);
  }

  onNotice(callId: string, listener: (notice: Notice) => void, signal: AbortSignal): void {
    if (signal.aborted || this.#closing.signal.aborted) return;
    const guarded = (notice: Notice) => {
      if (!signal.aborted) listener(notice);
    };
    signal.addEventListener('abort', this.#noticeListeners.add(callId, guarded), { once: true });
  }

  async useOnce(tokenId: string, ttlMs: number): Promise<boolean> {
    this.#sweep();
    const usedUntil = this.#usedTokens.get(tokenId);
    if (usedUntil !== undefined && usedUntil > this.#now()) return false;
    this.#usedTokens.set(tokenId, this.#now() + ttlMs);
    return true;
  }

  async live(limit: number): Promise<Session[]> {
    this.#sweep();
    return [...this.#sessions.keys()]
      .map((callId) => this.#find(callId)?.session)
      .filter((session) => session !== undefined)
      .filter((session) => !session.ended)
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, limit)
      .map((session) => structuredClone(session));
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#closing.abort();
    this.#noticeListeners.clear();
  }

  #find(callId: string | undefined): StoredSession | undefined {
    const stored = callId === undefined ? undefined : this.#sessions.get(callId);
    return stored !== undefined && stored.expiresAt > this.#now() ? stored : undefined;
  }

  #journal(callId: string): StoredJournal | undefined {
    const journal = this.#journals.get(callId);
    return journal !== undefined && journal.expiresAt > this.#now() ? journal : undefined;
  }

  #sweep(): void {
    const now = this.#now();
    if (now - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = now;
    for (const [callId, { session, expiresAt }] of this.#sessions) {
      if (expiresAt > now) continue;
      this.#sessions.delete(callId);
      if (this.#callIds.get(session.callSid) === callId) this.#callIds.delete(session.callSid);
    }
    for (const [callId, { expiresAt }] of this.#journals) if (expiresAt <= now) this.#journals.delete(callId);
    for (const [tokenId, usedUntil] of this.#usedTokens)
      if (usedUntil <= now) this.#usedTokens.delete(tokenId);
  }
}

function newJournal(expiresAt: number): StoredJournal {
  return { entries: [], dropped: 0, writers: new Map(), expiresAt };
}
