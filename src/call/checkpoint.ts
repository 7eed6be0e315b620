/** A live call's durable state, kept up to date by its owner. */
import type { Logger } from 'pino';

import type { Lease, Session, Sessions, WriteResult } from '../sessions/index.ts';
import type { Conversation } from './conversation.ts';
import { holdsMs, type InFlight } from './in-flight.ts';

/**
 * How long a dead node's call waits for another, where the carrier does not say that its stream is gone. A lease that
 * ran out and was not taken can still be renewed, so a busy node does not lose its calls to this; only somebody whom the
 * carrier asked to go on would take one.
 */
export const LEASE_MS = 3_000;
/** Twice missed, and the lease still holds. */
const RENEW_EVERY_MS = 1_000;

/** What only goes on, as it was going, is written down so often: more would be one write for every piece of audio. */
const MOST_LATE_MS = 500;
/** On its way to the store what is written must still be true. */
const AHEAD_MS = 100;

/** What is to be written down. `holdsMs`: for how long it says what happens, nothing else happening. `written`: it was. */
export interface Capture {
  change: Partial<Session>;
  holdsMs: number;
  written(): void;
}

export interface CheckpointOptions {
  sessions: Sessions;
  lease: Lease;
  logger: Logger;
  /** Another node owns the call now; nothing more may be written. */
  onFenced(): void;
  /** What the call is like just now, as far as it is not written down yet. */
  capture(): Capture;
}

/**
 * Where the conversation stands, where that has changed since it was last written, and what the call is in the middle of;
 * `undefined` where no other process could go on with it.
 */
export function captureOf(conversation: Conversation, inFlight: () => InFlight | undefined): () => Capture {
  let standing: unknown;
  return () => {
    const { state } = conversation;
    const flying = inFlight();
    const change = {
      ...(state === standing ? {} : { flowState: conversation.storable }),
      ...(flying === undefined ? {} : { inFlight: flying }),
    };
    const written = (): void => {
      standing = state;
    };
    return { change, holdsMs: flying === undefined ? Number.POSITIVE_INFINITY : holdsMs(flying), written };
  };
}

/** Writes a call's state as its owner: the newest state, one write at a time, the lease kept meanwhile. */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  readonly #renewal: NodeJS.Timeout;
  /** What `capture` says has changed, or was not written when it should have been. */
  #stale = false;
  #next: Partial<Session> = {};
  #writing: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  /** Until when what was written last says what happens, should nothing else happen. */
  #holdsUntilMs = 0;
  #closed = false;

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.#renewal = setInterval(() => void this.#renew(), RENEW_EVERY_MS);
  }

  /** The call has moved: it is written at once, as it is by then. */
  touch(): void {
    if (this.#closed) return;
    this.#forgetSoon();
    this.#stale = true;
    this.#writing ??= this.#write();
  }

  /** The call goes on as it was going: it is written before what was written last is no longer true. */
  touchSoon(): void {
    if (this.#closed || this.#soon !== undefined) return;
    const waitMs = this.#holdsUntilMs - performance.now();
    if (waitMs <= 0) return this.touch();
    this.#soon = setTimeout(() => this.touch(), waitMs);
  }

  #forgetSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }

  /** Writes this besides; resolves when it is written (or could not be, which is logged). */
  async saveNow(change: Partial<Session>): Promise<void> {
    this.#next = { ...this.#next, ...change };
    this.touch();
    await this.#writing;
  }

  /** Stops keeping the lease; resolves when the last change is written. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#renewal);
    this.#forgetSoon();
    await this.#writing;
  }

  async #renew(): Promise<void> {
    const { sessions, lease } = this.#options;
    const isKept = await this.#guard(sessions.renew(lease, LEASE_MS));
    // The store is back: what it missed is written.
    if (isKept && this.#stale) this.touch();
  }

  async #write(): Promise<void> {
    // What happens in the same turn of the event loop is one change.
    await Promise.resolve();
    const { sessions, lease, capture } = this.#options;
    let isWritten = true;
    while (this.#stale && isWritten) {
      this.#stale = false;
      const { change, holdsMs, written } = capture();
      this.#holdsUntilMs = performance.now() + Math.min(MOST_LATE_MS, holdsMs - AHEAD_MS);
      const besides = this.#next;
      this.#next = {};
      if (Object.keys({ ...change, ...besides }).length === 0) continue;
      isWritten = await this.#guard(sessions.checkpoint(lease, { ...change, ...besides }));
      if (isWritten) {
        written();
        continue;
      }
      this.#stale = true;
      this.#next = { ...besides, ...this.#next };
    }
    this.#writing = undefined;
  }

  async #guard(write: Promise<WriteResult>): Promise<boolean> {
    const { logger, onFenced } = this.#options;
    try {
      const result = await write;
      if (result === 'fenced' && !this.#closed) {
        logger.warn('another node has taken this call over');
        onFenced();
      }
      return result === 'written';
    } catch (error) {
      logger.error({ err: error }, 'checkpoint not written');
      return false;
    }
  }
}
