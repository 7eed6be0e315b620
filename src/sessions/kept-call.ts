/**
 * One call as this process keeps it for as long as the shared store may not have all of it: what was written here and not
 * yet there, and which lease there stands behind the one here.
 */
import { randomUUID } from 'node:crypto';
import type { JournalEntry, Lease, Sessions, WriteResult } from './index.ts';
import type { LocalSessions } from './memory.ts';
import { JOURNAL_LIMIT } from './rules.ts';

/** Entries sent at once: a long outage is written down in steps that each fit the time a command may take. */
const BATCH = 200;
/** For a call that nobody here owns: just long enough to bring it up to date. */
const PASSING_LEASE_MS = 3_000;

export interface Stores {
  readonly shared: Sessions;
  readonly local: LocalSessions;
}

export class KeptCall {
  readonly callId: string;
  /** The lease here, while this process owns the call. */
  lease: Lease | undefined;
  ttlMs = PASSING_LEASE_MS;
  /** The session here is newer than there, or is not there at all. */
  isStateNewer = false;
  /** It began here while the store was away; whoever carries it may be another node, and tells the store the rest. */
  isUncreated = false;
  /** It ended, and the store was not told. */
  isEndUntold = false;
  /** Another process owns the call now. */
  isLost = false;
  readonly #stores: Stores;
  readonly #owner: string;
  #sharedLease: Lease | undefined;
  /** The store was asked for a lease and gave no answer: it may be ours under a fence that is not known here. */
  #isClaimOpen = false;
  #writer = randomUUID();
  /** Entries of this writer that the store has for certain. */
  #position = 0;
  #pending: JournalEntry[] = [];
  #working: Promise<unknown> = Promise.resolve();

  /** `owner`: who claims the call in the shared store where nobody here owns it. */
  constructor(callId: string, stores: Stores, owner: string) {
    this.callId = callId;
    this.#stores = stores;
    this.#owner = owner;
  }

  /** Nothing that was written here is missing there. */
  get isUpToDate(): boolean {
    const isHeldInVain = this.lease === undefined && this.#sharedLease !== undefined;
    return (
      this.#pending.length === 0 &&
      !this.isUncreated &&
      !this.isStateNewer &&
      !this.isEndUntold &&
      !isHeldInVain
    );
  }

  /** This process owns the call, here and (where it could be asked) there. */
  claimed(lease: Lease, sharedLease: Lease | undefined, ttlMs: number): void {
    this.lease = lease;
    this.ttlMs = ttlMs;
    this.isLost = false;
    // An older one there may still be good for renewing.
    this.#sharedLease = sharedLease ?? this.#sharedLease;
    this.#isClaimOpen = sharedLease === undefined;
    if (sharedLease === undefined) this.isStateNewer = true;
  }

  released(): void {
    this.lease = undefined;
  }

  /** To be written down by {@link flush}. False when so many wait that these are not taken. */
  add(entries: readonly JournalEntry[]): boolean {
    if (this.#pending.length + entries.length > JOURNAL_LIMIT) return false;
    for (const entry of entries) this.#pending.push(entry);
    return true;
  }

  /** Writes the waiting entries down, in order and each once. Rejects where the store is away. */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#flush());
  }

  /** Writes as the owner there. What the store has lost is put back. Rejects where it is away. */
  write(command: (lease: Lease) => Promise<WriteResult>): Promise<WriteResult> {
    return this.#inTurn(async () => {
      const lease = this.#sharedLease;
      const result = lease === undefined ? 'missing' : await command(lease);
      if (result === 'missing') {
        this.isStateNewer = true;
        await this.#catchUp();
      }
      if (result === 'fenced') this.isLost = true;
      return this.isLost ? 'fenced' : 'written';
    });
  }

  /** Brings the store up to date. Rejects where it is away. */
  catchUp(): Promise<void> {
    return this.#inTurn(() => this.#catchUp());
  }

  async #catchUp(): Promise<void> {
    const { shared, local } = this.#stores;
    const { callId } = this;
    const isStateNewer = this.isStateNewer;
    this.isStateNewer = false;
    try {
      const here = await local.load(callId);
      if (this.isUncreated && here !== undefined) await shared.create(here);
      this.isUncreated = false;
      const session = isStateNewer ? here : undefined;
      const lease = session === undefined ? undefined : await this.#own();
      await this.#flush();
      if (session !== undefined && lease !== undefined) {
        const { callId: _, callSid: __, ...state } = session;
        if ((await shared.checkpoint(lease, state)) === 'fenced') this.isLost = true;
      }
      if (this.isEndUntold) await shared.markEnded(callId);
      this.isEndUntold = false;
      if (this.lease === undefined) await this.#release();
    } catch (error) {
      this.isStateNewer ||= isStateNewer;
      throw error;
    }
  }

  /** The lease there: kept where it still is ours, else taken anew. Undefined: another process has the call. */
  async #own(): Promise<Lease | undefined> {
    const { shared, local } = this.#stores;
    const known = this.#sharedLease;
    const result = known === undefined ? 'missing' : await shared.renew(known, this.ttlMs);
    if (result === 'written') return known;
    this.#sharedLease = undefined;
    const session = await local.load(this.callId);
    if (session !== undefined && (result === 'missing' || this.#isClaimOpen)) {
      const stored = await shared.create(session);
      // Of one call of the carrier's two nodes may have made two sessions while neither could ask the store.
      if (stored.callId === this.callId)
        this.#sharedLease = await shared.claim(this.callId, this.lease?.owner ?? this.#owner, this.ttlMs);
    }
    this.#isClaimOpen = false;
    if (this.#sharedLease === undefined) this.isLost = true;
    return this.#sharedLease;
  }

  async #release(): Promise<void> {
    const lease = this.#sharedLease;
    if (lease === undefined) return;
    await this.#stores.shared.release(lease);
    this.#sharedLease = undefined;
  }

  async #flush(): Promise<void> {
    const { shared, local } = this.#stores;
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice(0, BATCH);
      const mark = { writer: this.#writer, position: this.#position };
      if ((await shared.append(this.callId, batch, mark)) === 'written') {
        this.#position += batch.length;
        this.#pending.splice(0, batch.length);
      } else {
        // The store has lost what it had: all that is known here goes there again, as from a new writer.
        this.#writer = randomUUID();
        this.#position = 0;
        const all = await local.journal(this.callId);
        if (all.length > this.#pending.length) this.#pending = all;
      }
    }
  }

  /** One after the other: each finds the lease and the position as the one before left them. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#working.then(work, work);
    this.#working = done.catch(() => undefined);
    return done;
  }
}
