/**
 * Transfers for which the caller waits with music in the ear: the caller is in a conference of their own, and the other
 * side is rung into it by us (the leg). What stands in the session decides, so any node can go on with any of it, and
 * every request may come twice, late, or not at all: the sound the caller hears runs out and is asked for again a little
 * after the leg must be decided, and what was missed is made up for then.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Lease, ResumePlan, Session, Sessions } from '../sessions/index.ts';
import type { Briefing, CallControl } from '../telephony/index.ts';
import { LEASE_MS } from './checkpoint.ts';

export interface HeldTransferOptions {
  sessions: Sessions;
  control: CallControl;
  logger: Logger;
}

type TransferPlan = Extract<ResumePlan, { type: 'transfer' }>;
type TransferLeg = NonNullable<TransferPlan['leg']>;

/** Twilio rings five seconds longer than it is told (API reference: Participant, Timeout); the rest is for its reports. */
const DECIDED_AFTER_RINGING_MS = 15_000;
/** While another's lease is waited for: less than a webhook may take. */
const CLAIM_EVERY_MS = 100;
const CLAIM_WITHIN_MS = 2 * LEASE_MS;
/** Before a request that the carrier did not take is repeated. */
const RETRY_AFTER_MS = [1000, 3000];
/** CallStatus values of a leg that nobody took. */
const NOT_TAKEN: ReadonlySet<string> = new Set(['busy', 'no-answer', 'failed', 'canceled']);

/** Close it when done. */
export class HeldTransfers {
  readonly #options: HeldTransferOptions;
  readonly #closing = new AbortController();
  readonly #working = new Set<Promise<void>>();
  /** CallSids of callers whose way back is being asked for. */
  readonly #bringingBack = new Set<string>();

  constructor(options: HeldTransferOptions) {
    this.#options = options;
  }

  /**
   * The caller's media stream has ended for a transfer with music: rings the other side, unless that was done before.
   * Returns the plan as it now stands. Without a `leg` in it the call could not be claimed; the carrier can still dial.
   */
  async begin({ callId, callSid }: Session): Promise<ResumePlan | undefined> {
    let before: TransferPlan | undefined;
    const { session, changed } = await this.#change(callId, ({ plan, ended }) => {
      if (plan.type !== 'transfer' || plan.hold === undefined || ended) return undefined;
      before = plan;
      if (isOverdue(plan)) return { type: 'reconnect', transferFailed: 'no-answer' };
      if (plan.leg !== undefined) return undefined;
      return { ...plan, leg: { conference: randomUUID(), placedAt: Date.now() } };
    });
    const plan = session?.plan;
    if (changed && session !== undefined) {
      if (plan?.type === 'transfer') this.#inBackground(this.#ring(session, plan), callSid);
      else if (before !== undefined) this.cancel(callSid, before);
    }
    return plan;
  }

  /** What the carrier says of a leg. `callSid`: the caller's who waits. */
  async legReported(
    callSid: string,
    leg: { callSid: string; conference: string; status: string },
  ): Promise<void> {
    const session = await this.#options.sessions.findByCallSid(callSid);
    const { conference, status } = leg;
    if (status === 'completed') {
      // They have talked, and the conference ends with it. Should it not, the next request ends the call.
      // Whoever hung up on the summary has not taken the call.
      if (waitsIn(session, conference) && isUntold(session))
        return this.#notTaken(session, conference, 'no-answer');
      if (waitsIn(session, conference))
        await this.#change(session.callId, (now) =>
          waitsIn(now, conference) ? { type: 'hang-up' } : undefined,
        );
      return;
    }
    if (NOT_TAKEN.has(status)) {
      if (waitsIn(session, conference)) await this.#notTaken(session, conference, status);
      return;
    }
    // Of a call that is known no more, two people may still talk.
    if (session !== undefined) await this.#adopt(session, leg);
  }

  /** What whoever answered hears next; undefined where nobody waits for them any more. */
  async briefing(
    callSid: string,
    { callSid: legSid, conference, hasHeard }: { callSid: string; conference: string; hasHeard: boolean },
  ): Promise<Briefing | undefined> {
    const found = await this.#options.sessions.findByCallSid(callSid);
    if (!waitsIn(found, conference) || found.ended) return undefined;
    const summary = found.plan.type === 'transfer' ? found.plan.summary : undefined;
    const isOver = hasHeard || summary === undefined;
    const { session, changed } = await this.#change(found.callId, (now) => {
      if (!waitsIn(now, conference) || now.ended || now.plan.type !== 'transfer') return undefined;
      const { plan } = now;
      const leg = { conference, placedAt: Date.now(), ...plan.leg, callSid: legSid, answered: true };
      return { ...plan, leg: { ...leg, briefed: true, ...(isOver ? { joined: true } : {}) } };
    });
    if (!changed || !waitsIn(session, conference)) return undefined;
    if (isOver) return { type: 'join' };
    // The caller hears it too, in a call of their own, and is then taken back to wait for the other.
    if (summary.to === 'both') this.#bringBack(callSid);
    return { type: 'say', text: summary.text, language: summary.language };
  }

  /** The sound that a waiting caller hears has run out or begins: after how long to look again, in milliseconds. */
  async waiting(callSid: string): Promise<number> {
    const session = await this.#options.sessions.findByCallSid(callSid);
    if (session?.ended) return 0;
    const plan = session?.plan.type === 'transfer' ? await this.begin(session) : session?.plan;
    if (plan?.type === 'transfer')
      return plan.leg === undefined ? 0 : Math.max(0, decidedAt(plan.leg, plan) - Date.now());
    // It is over, and the caller was not told. Without a failure to tell of, a stream has begun again since. Of a call
    // that is known no more, which a restart without Redis makes of all, the caller at least hears an apology.
    const isOver =
      plan?.type === 'hang-up' || (plan?.type === 'reconnect' && plan.transferFailed !== undefined);
    if (isOver || session === undefined) this.#bringBack(callSid);
    return 0;
  }

  /** The caller has hung up: whoever is still being rung for them is not any more. */
  async callerLeft({ callId, callSid }: Session): Promise<void> {
    // Read anew: the leg may have got its id a moment ago. If it gets it later, whoever learns it sees the call's end.
    const session = await this.#options.sessions.load(callId);
    if (session?.plan.type === 'transfer') this.cancel(callSid, session.plan);
  }

  /** Stops the leg of a transfer that is over for the caller. */
  cancel(callSid: string, { leg }: TransferPlan): void {
    if (leg?.callSid !== undefined) this.#inBackground(this.#hangUp(leg.callSid), callSid);
  }

  /** Waits for requests under way, and repeats none. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#working);
  }

  async #ring(session: Session, { to, callerId, timeoutSec, leg, summary }: TransferPlan): Promise<void> {
    if (leg === undefined) return;
    const { callSid, direction } = session;
    const { conference } = leg;
    const from = callerId ?? (direction === 'inbound' ? session.to : session.from);
    let legSid: string;
    try {
      // Never repeated: a request without an answer may have rung the phone.
      const isBriefed = summary !== undefined;
      legSid = await this.#options.control.dialIntoConference({
        callSid,
        conference,
        to,
        from,
        timeoutSec,
        isBriefed,
      });
    } catch (error) {
      this.#options.logger.warn({ err: error, callSid }, 'the other side of a transfer could not be rung');
      return this.#notTaken(session, conference, 'failed');
    }
    await this.#adopt(session, { callSid: legSid, conference, status: 'queued' });
  }

  /** Keeps the id of a leg, or ends the leg where nobody waits for it any more. */
  async #adopt(known: Session, leg: { callSid: string; conference: string; status: string }): Promise<void> {
    if (withNews(known, leg) !== undefined) await this.#change(known.callId, (now) => withNews(now, leg));
    // Read only now: a caller who hung up meanwhile did not know this leg.
    const session = await this.#options.sessions.load(known.callId);
    if (!waitsIn(session, leg.conference) || session.ended)
      this.#inBackground(this.#hangUp(leg.callSid), leg.callSid);
  }

  async #notTaken({ callId, callSid }: Session, conference: string, status: string): Promise<void> {
    const { session, changed } = await this.#change(callId, (now) =>
      waitsIn(now, conference) ? { type: 'reconnect', transferFailed: status } : undefined,
    );
    if (!changed || session?.ended !== false) return;
    this.#options.logger.info({ callSid, status }, 'transfer not taken');
    this.#bringBack(callSid);
  }

  /** Takes the caller out of the conference; `/twilio/resume` then goes on as the session says. */
  #bringBack(callSid: string): void {
    if (this.#bringingBack.has(callSid)) return;
    this.#bringingBack.add(callSid);
    const done = this.#insist(() => this.#options.control.redirectToResume(callSid));
    this.#inBackground(
      done.finally(() => this.#bringingBack.delete(callSid)),
      callSid,
    );
  }

  #hangUp(legSid: string): Promise<void> {
    return this.#insist(() => this.#options.control.hangUp(legSid));
  }

  async #insist(request: () => Promise<void>): Promise<void> {
    for (const afterMs of [...RETRY_AFTER_MS, undefined]) {
      try {
        return await request();
      } catch (error) {
        const retryable = error instanceof Error && 'retryable' in error && error.retryable === true;
        if (!retryable || afterMs === undefined) throw error;
        await this.#pause(afterMs);
        if (this.#closing.signal.aborted) throw error;
      }
    }
  }

  /** Shorter when this is closed. */
  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#closing;
    const onAbort = (): void => resolve();
    const timer = setTimeout(resolve, signal.aborted ? 0 : ms);
    signal.addEventListener('abort', onAbort);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }

  #inBackground(work: Promise<void>, callSid: string): void {
    const tracked = work
      .catch((error: unknown) =>
        this.#options.logger.warn({ err: error, callSid }, 'the carrier could not be told about a transfer'),
      )
      .finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }

  /**
   * Changes the plan of a call, alone: `decide` is asked about the newest session and changes nothing by `undefined`.
   * Returns the session as it stands then; none where the call is unknown, or stayed somebody else's for too long.
   */
  async #change(
    callId: string,
    decide: (session: Session) => ResumePlan | undefined,
  ): Promise<{ session: Session | undefined; changed: boolean }> {
    const { sessions } = this.#options;
    const lease = await this.#claim(callId);
    if (lease === undefined) return { session: undefined, changed: false };
    try {
      const session = await sessions.load(callId);
      const plan = session === undefined ? undefined : decide(session);
      if (session === undefined || plan === undefined) return { session, changed: false };
      const changed = (await sessions.checkpoint(lease, { plan })) === 'written';
      return { session: changed ? { ...session, plan } : await sessions.load(callId), changed };
    } finally {
      await sessions.release(lease);
    }
  }

  /** Under a name of its own each time, so that two requests at once take turns on one node as they do on two. */
  async #claim(callId: string): Promise<Lease | undefined> {
    const owner = randomUUID();
    const giveUpAt = performance.now() + CLAIM_WITHIN_MS;
    for (;;) {
      const lease = await this.#options.sessions.claim(callId, owner, LEASE_MS);
      if (lease !== undefined || performance.now() > giveUpAt) return lease;
      await this.#pause(CLAIM_EVERY_MS);
      if (this.#closing.signal.aborted) return undefined;
    }
  }
}

/** Whether this call waits for the leg of this conference. */
function waitsIn(session: Session | undefined, conference: string): session is Session {
  return session?.plan.type === 'transfer' && session.plan.leg?.conference === conference;
}

/** Whether whoever answered has still to hear the summary. */
function isUntold({ plan }: Session): boolean {
  return plan.type === 'transfer' && plan.summary !== undefined && plan.leg?.joined !== true;
}

/** The plan with what this report on its leg adds to it; undefined where it is known, or of no other interest. */
function withNews(
  { plan, ended }: Session,
  { callSid, conference, status }: { callSid: string; conference: string; status: string },
): TransferPlan | undefined {
  if (ended || plan.type !== 'transfer' || plan.leg?.conference !== conference) return undefined;
  const answered = plan.leg.answered === true || status === 'in-progress';
  if (plan.leg.callSid === callSid && answered === (plan.leg.answered ?? false)) return undefined;
  return { ...plan, leg: { ...plan.leg, callSid, answered } };
}

/** When the carrier must have said how ringing ended, in milliseconds since 1970. */
function decidedAt({ placedAt }: TransferLeg, { timeoutSec }: TransferPlan): number {
  return placedAt + timeoutSec * 1000 + DECIDED_AFTER_RINGING_MS;
}

function isOverdue(plan: TransferPlan): boolean {
  const { leg } = plan;
  return leg !== undefined && leg.answered !== true && Date.now() > decidedAt(leg, plan);
}
