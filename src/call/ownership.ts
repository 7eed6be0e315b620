/** Which node has a call: the lease of its session, as this process takes and gives it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Lease, Session, Sessions } from '../sessions/index.ts';
import { LEASE_MS } from './checkpoint.ts';
import { entryOf } from './resuming.ts';

/** While another's lease is waited for; the caller hears nothing meanwhile. */
const CLAIM_EVERY_MS = 100;
/** How long another node gets to write down what it knows of a call whose stream is gone, before it is fenced. */
const FLUSH_MS = 300;
const LOOK_EVERY_MS = 25;

export class Ownership {
  readonly #sessions: Sessions;
  readonly #logger: Logger;
  /** This process. */
  readonly #owner = randomUUID();

  constructor(sessions: Sessions, logger: Logger) {
    this.#sessions = sessions;
    this.#logger = logger;
  }

  /** Undefined: another node has the call. */
  claim(callId: string): Promise<Lease | undefined> {
    return this.#sessions.claim(callId, this.#owner, LEASE_MS);
  }

  /** The node that carried the call may have died a moment ago: its lease is waited for. */
  async claimPatiently(callId: string): Promise<Lease | undefined> {
    const giveUpAt = performance.now() + 2 * LEASE_MS;
    for (;;) {
      const lease = await this.claim(callId);
      if (lease !== undefined || performance.now() > giveUpAt) return lease;
      await sleep(CLAIM_EVERY_MS);
    }
  }

  /**
   * Takes a call from whatever other node has it. Only where the carrier has said that the call's stream is gone: that is
   * proof enough that nobody carries it any more. A node that lives writes down what it knows first; one that does not
   * is fenced, so that the call need not wait for its lease.
   */
  async takeFromOthers(session: Session): Promise<void> {
    const { callId, callSid } = session;
    await this.#sessions.notify(callId, { type: 'resuming' });
    for (const untilMs = performance.now() + FLUSH_MS; performance.now() < untilMs; ) {
      const lease = await this.claim(callId);
      if (lease !== undefined) return this.#sessions.release(lease);
      await sleep(LOOK_EVERY_MS);
    }
    await this.#sessions.append(callId, [entryOf(session, 'stream-lost', {})]);
    await this.#sessions.revoke(callId);
    this.#logger.warn({ callId, callSid }, 'the node that carried this call is gone');
  }
}
