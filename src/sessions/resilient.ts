/**
 * Sessions that outlive their store. All that this process knows of its calls is in its own memory too, and while the
 * shared store is away, calls go on and begin in that memory alone; once it is back, it gets what it missed: in order,
 * each journal entry once, with leases kept where nobody took them.
 *
 * A call that begins meanwhile is known to this process only, and no other can take it over until then.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type {
  AppendMark,
  AppendResult,
  JournalEntry,
  Lease,
  Notice,
  Session,
  Sessions,
  WriteResult,
} from './index.ts';
import { KeptCall, type Stores } from './kept-call.ts';
import { createMemorySessions } from './memory.ts';
import { RedisUnreachableError } from './redis-connection.ts';
import type { SessionChange } from './rules.ts';
import { StoreHealth } from './store-health.ts';

export interface ResilientSessionsOptions {
  /** What the nodes share. Closed with these sessions. */
  shared: Sessions;
  logger: Logger;
  /** How often a store that is away is asked whether it is back. @defaultValue 500 */
  probeEveryMs?: number;
  /** How long a call is known here after its last write. At most as long as in the store. @defaultValue half an hour */
  localTtlMs?: number;
}

export interface ResilientSessions extends Sessions {
  /** The shared store cannot be used just now. */
  readonly away: boolean;
}

/** Longer than any outage in which a caller waits. */
const LOCAL_TTL_MS = 30 * 60_000;
/** Calls that the store has not got all of. Beyond it the oldest that are over are let go: their records are kept. */
const MOST_KEPT = 10_000;
/** Tokens used while the store was away, told to it later: far more than calls that begin within their minute. */
const MOST_TOKENS = 10_000;
/** Longer than a probe takes. */
const PROBE_TTL_MS = 2_000;

/** The shared store may be away at any time, also now. Close it when done. */
export function createResilientSessions(options: ResilientSessionsOptions): ResilientSessions {
  return new WriteThroughSessions(options);
}

class WriteThroughSessions implements ResilientSessions {
  readonly isShared = true;
  readonly #stores: Stores;
  readonly #logger: Logger;
  readonly #health: StoreHealth;
  readonly #owner = randomUUID();
  readonly #kept = new Map<string, KeptCall>();
  /** Used while the store was away: until when, in milliseconds since 1970. */
  readonly #tokens = new Map<string, number>();

  constructor({ shared, logger, probeEveryMs, localTtlMs = LOCAL_TTL_MS }: ResilientSessionsOptions) {
    this.#stores = { shared, local: createMemorySessions({ ttlMs: localTtlMs }) };
    this.#logger = logger;
    this.#health = new StoreHealth({
      isAway: (error) => error instanceof RedisUnreachableError,
      probe: () => this.#probe(),
      catchUp: () => this.#catchUp(),
      isUpToDate: () => this.#behind().length === 0 && this.#tokens.size === 0,
      logger,
      ...(probeEveryMs === undefined ? {} : { probeEveryMs }),
    });
  }

  get away(): boolean {
    return this.#health.away;
  }

  async create(session: Session): Promise<Session> {
    const { shared, local } = this.#stores;
    const stored = await this.#health.attempt(() => shared.create(session));
    if (stored !== undefined) {
      await local.create(stored.reply);
      return stored.reply;
    }
    const known = await local.create(session);
    this.#keep(known.callId).isUncreated = true;
    return known;
  }

  async load(callId: string): Promise<Session | undefined> {
    const { shared, local } = this.#stores;
    const found = await this.#health.attempt(() => shared.load(callId));
    // A store that was restarted empty knows nothing of calls that are carried here.
    return found?.reply ?? local.load(callId);
  }

  async findByCallSid(callSid: string): Promise<Session | undefined> {
    const { shared, local } = this.#stores;
    const found = await this.#health.attempt(() => shared.findByCallSid(callSid));
    return found?.reply ?? local.findByCallSid(callSid);
  }

  async claim(callId: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const { local } = this.#stores;
    const claimed = await this.#health.attempt(() => this.#claimShared(callId, owner, ttlMs));
    if (claimed !== undefined && claimed.reply === undefined) return undefined;
    const lease = await local.claim(callId, owner, ttlMs);
    if (lease !== undefined) this.#keep(callId).claimed(lease, claimed?.reply, ttlMs);
    return lease;
  }

  async renew(lease: Lease, ttlMs: number): Promise<WriteResult> {
    const { shared, local } = this.#stores;
    const result = await local.renew(lease, ttlMs);
    if (result !== 'written') return result;
    return this.#writeThrough(lease, (there) => shared.renew(there, ttlMs));
  }

  async release(lease: Lease): Promise<void> {
    const kept = this.#kept.get(lease.callId);
    await this.#stores.local.release(lease);
    if (kept?.lease?.fence !== lease.fence) return;
    kept.released();
    await this.#health.attempt(() => kept.catchUp());
    await this.#tidy(kept);
  }

  async revoke(callId: string): Promise<boolean> {
    const { shared, local } = this.#stores;
    const wasOwnedHere = await local.revoke(callId);
    const revoked = await this.#health.attempt(() => shared.revoke(callId));
    return revoked?.reply ?? wasOwnedHere;
  }

  async checkpoint(lease: Lease, change: SessionChange): Promise<WriteResult> {
    const { shared, local } = this.#stores;
    const result = await local.checkpoint(lease, change);
    if (result !== 'written') return result;
    return this.#writeThrough(lease, (there) => shared.checkpoint(there, change), true);
  }

  async markEnded(callId: string): Promise<boolean> {
    const { shared, local } = this.#stores;
    const first = await local.markEnded(callId);
    const marked = await this.#health.attempt(() => shared.markEnded(callId));
    if (marked === undefined) this.#keep(callId).isEndUntold = true;
    return marked?.reply ?? first;
  }

  async append(callId: string, entries: readonly JournalEntry[], mark?: AppendMark): Promise<AppendResult> {
    if (entries.length === 0) return 'written';
    const { shared, local } = this.#stores;
    if (mark !== undefined) {
      // Whoever numbers their entries sends again by themselves what the store did not get.
      const written = await this.#health.attempt(() => shared.append(callId, entries, mark));
      return written?.reply ?? local.append(callId, entries, mark);
    }
    const kept = this.#keep(callId);
    // Elsewhere they are for the store alone: here would be only these, and not what stands before them.
    if (kept.lease !== undefined || this.#health.away) await local.append(callId, entries);
    if (!kept.add(entries)) {
      this.#logger.error(
        { callId, entries: entries.length },
        'too much waits for the store; journal cut short',
      );
    }
    await this.#health.attempt(() => kept.flush());
    await this.#tidy(kept);
    return 'written';
  }

  async journal(callId: string): Promise<JournalEntry[]> {
    const { shared, local } = this.#stores;
    const found = await this.#health.attempt(() => shared.journal(callId));
    if (found === undefined) return local.journal(callId);
    if (found.reply.length > 0) return found.reply;
    return local.journal(callId);
  }

  /** While the store is away a follower sees a pause. */
  follow(callId: string, signal: AbortSignal): AsyncIterable<JournalEntry> {
    return this.#stores.shared.follow(callId, signal);
  }

  async notify(callId: string, notice: Notice): Promise<void> {
    const { shared, local } = this.#stores;
    const told = await this.#health.attempt(() => shared.notify(callId, notice));
    if (told === undefined) await local.notify(callId, notice);
  }

  onNotice(callId: string, listener: (notice: Notice) => void, signal: AbortSignal): void {
    this.#stores.shared.onNotice(callId, listener, signal);
    this.#stores.local.onNotice(callId, listener, signal);
  }

  async useOnce(tokenId: string, ttlMs: number): Promise<boolean> {
    const { shared, local } = this.#stores;
    const isFirstHere = await local.useOnce(tokenId, ttlMs);
    if (!isFirstHere) return false;
    const used = await this.#health.attempt(() => shared.useOnce(tokenId, ttlMs));
    if (used !== undefined) return used.reply;
    this.#tokens.set(tokenId, Date.now() + ttlMs);
    if (this.#tokens.size > MOST_TOKENS) this.#tokens.delete(this.#tokens.keys().next().value ?? '');
    return true;
  }

  async live(limit: number): Promise<Session[]> {
    const { shared, local } = this.#stores;
    const found = await this.#health.attempt(() => shared.live(limit));
    return found?.reply ?? local.live(limit);
  }

  /** Rejects while the store is away; also how that is noticed where nothing else is asked of it. */
  async ping(): Promise<void> {
    try {
      await this.#stores.shared.ping();
    } catch (error) {
      this.#health.lost(error);
      throw error;
    }
    if (this.#health.away)
      throw new RedisUnreachableError(new Error('it is back, and is being brought up to date'));
  }

  async close(): Promise<void> {
    await this.#health.close();
    const behind = this.#behind().length;
    if (behind > 0)
      this.#logger.error({ calls: behind }, 'the store of live calls never got all of these calls');
    await Promise.all([this.#stores.shared.close(), this.#stores.local.close()]);
  }

  /** What the store has of the call is then here too, for the time in which it may be away. */
  async #claimShared(callId: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const { shared, local } = this.#stores;
    let lease = await shared.claim(callId, owner, ttlMs);
    if (lease === undefined) {
      const here = await local.load(callId);
      if (here === undefined || (await shared.load(callId)) !== undefined) return undefined;
      // It was restarted empty: the call is known here alone.
      await shared.create(here);
      lease = await shared.claim(callId, owner, ttlMs);
    }
    // Before what waits is there too, the journal here is the better one.
    await this.#kept.get(callId)?.flush();
    const [session, journal] = await Promise.all([shared.load(callId), shared.journal(callId)]);
    if (session !== undefined) local.put(session, journal);
    return lease;
  }

  async #writeThrough(
    lease: Lease,
    command: (there: Lease) => Promise<WriteResult>,
    changesState = false,
  ): Promise<WriteResult> {
    const kept = this.#keep(lease.callId);
    if (kept.isLost) return 'fenced';
    const written = await this.#health.attempt(() => kept.write(command));
    if (written === undefined && changesState) kept.isStateNewer = true;
    return written?.reply ?? 'written';
  }

  #keep(callId: string): KeptCall {
    const known = this.#kept.get(callId);
    if (known !== undefined) return known;
    const kept = new KeptCall(callId, this.#stores, this.#owner);
    this.#kept.set(callId, kept);
    if (this.#kept.size > MOST_KEPT) this.#letGo();
    return kept;
  }

  /** The oldest call that nobody here owns. */
  #letGo(): void {
    for (const { callId, lease } of this.#kept.values()) {
      if (lease !== undefined) continue;
      this.#kept.delete(callId);
      this.#logger.error({ callId }, 'too many calls wait for the store; it never gets all of this one');
      return;
    }
  }

  /** Forgets what need not be known here any more, now that the store has it. */
  async #tidy(kept: KeptCall): Promise<void> {
    if (kept.lease !== undefined || !kept.isUpToDate) return;
    const { callId } = kept;
    this.#kept.delete(callId);
    const session = await this.#stores.local.load(callId);
    if (session?.ended) this.#stores.local.forgetJournal(callId);
  }

  #behind(): KeptCall[] {
    return [...this.#kept.values()].filter((kept) => !kept.isUpToDate);
  }

  /** A store that is full answers questions, and takes nothing. */
  async #probe(): Promise<void> {
    const { shared } = this.#stores;
    await shared.ping();
    await shared.useOnce(`probe:${this.#owner}`, PROBE_TTL_MS);
  }

  async #catchUp(): Promise<void> {
    const { shared } = this.#stores;
    for (const [tokenId, until] of this.#tokens) {
      const leftMs = until - Date.now();
      if (leftMs > 0) await shared.useOnce(tokenId, leftMs);
      this.#tokens.delete(tokenId);
    }
    for (const kept of this.#behind()) {
      try {
        await kept.catchUp();
        await this.#tidy(kept);
      } catch (error) {
        if (error instanceof RedisUnreachableError) throw error;
        // Of one call only; the others must not wait for it for ever.
        this.#kept.delete(kept.callId);
        this.#logger.error({ err: error, callId: kept.callId }, 'the store takes not all of this call');
      }
    }
  }
}
