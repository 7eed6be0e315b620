/**
 * The desk: every call of this process, from the first webhook to its record. A call's media may end and come back
 * (a dropped line, a transfer that did not connect): each stream is one {@link LiveCall}; session and journal carry the
 * call over. Records are folded from the journal, so whoever notices a call's end can write it.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { CallFlow, FlowCatalogue } from '../flows/index.ts';
import type { AudioSink, AudioStore, Records } from '../records/index.ts';
import type { JournalEntry, Lease, ResumePlan, Session, Sessions } from '../sessions/index.ts';
import type { Briefing, CallControl, CallDesk, Line, RelayLine } from '../telephony/index.ts';
import { type CallEnd, outcomeOf } from './call-end.ts';
import { Checkpoint, captureOf } from './checkpoint.ts';
import { Conversation } from './conversation.ts';
import { HeldTransfers } from './held-transfer.ts';
import { Journal } from './journal.ts';
import { LiveCall } from './live-call.ts';
import type { CallServices } from './live-call-options.ts';
import { Nudges } from './nudges.ts';
import { Ownership } from './ownership.ts';
import { Reconnects } from './reconnects.ts';
import { openSink, RecordSaver } from './record-saver.ts';
import { type RelayAdapter, withoutVendors } from './relayed.ts';
import type { Departure } from './reply-contract.ts';
import { entryOf, MACHINE_ENTRY, toResumePlan } from './resuming.ts';
import { type SpeechHealth, SpeechMoves } from './speech-moves.ts';
import { takeUp, wasHandedOver } from './take-up.ts';

export interface DeskOptions extends CallServices {
  sessions: Sessions;
  records: Records;
  audio: AudioStore;
  flows: FlowCatalogue;
  control: CallControl;
  /** The media of a call is here, and counts as live. */
  onCarried?: (callSid: string) => void;
  logger: Logger;
  /** Absent: calls stay where they are, whatever becomes of the vendors of speech. */
  speech?: SpeechHealth;
  /** What a relay gives a call for an ear and a voice. */
  relay?: RelayAdapter;
}

/** A stream that drops again and again is not worth a sixth try. */
const MOST_STREAMS = 6;

export class Desk implements CallDesk {
  readonly #options: DeskOptions;
  readonly #owners: Ownership;
  readonly #live = new Map<string, LiveCall>();
  /** Ends of media that are being settled, by call. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #saver: RecordSaver;
  readonly #reconnects = new Reconnects();
  readonly #nudges: Nudges;
  readonly #heldTransfers: HeldTransfers;
  readonly #moves: SpeechMoves;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#moves = new SpeechMoves(options.relay === undefined ? undefined : options.speech);
    this.#saver = new RecordSaver(options);
    this.#nudges = new Nudges(options.logger);
    this.#owners = new Ownership(options.sessions, options.logger);
    this.#heldTransfers = new HeldTransfers(options);
  }

  /** Calls whose media is open here. */
  get liveCalls(): number {
    return this.#live.size;
  }

  async answer(call: {
    callSid: string;
    from: string;
    to: string;
    direction: 'inbound' | 'outbound';
    variables?: Readonly<Record<string, unknown>>;
  }): Promise<Session | undefined> {
    const { sessions, flows } = this.#options;
    const known = await sessions.findByCallSid(call.callSid);
    if (known !== undefined) return known;
    // Whoever hides their number is another caller each time.
    const flow = flows.forNumber(call.to)?.forCaller(call.from === '' ? call.callSid : call.from);
    if (flow === undefined) return undefined;
    return sessions.create({
      ...call,
      callId: randomUUID(),
      flowId: flow.settings.id,
      flowVersion: flow.settings.version,
      createdAt: Date.now(),
      streams: 0,
      plan: this.#moves.planOf(flow, { type: 'reconnect' }),
      ended: false,
    });
  }

  async resume(
    callSid: string,
    dialStatus?: string,
    hasSaid = false,
  ): Promise<{ plan: ResumePlan; session: Session } | undefined> {
    const { sessions } = this.#options;
    const found = await sessions.findByCallSid(callSid);
    if (found === undefined) return undefined;
    this.#nudges.stop(callSid);
    // The carrier knows first that the stream is gone; how it ended must be written down before it goes on.
    this.#live.get(found.callId)?.hangUp('disconnected');
    await this.#closing.get(found.callId);
    await this.#owners.takeFromOthers(found);
    const session = (await sessions.load(found.callId)) ?? found;
    if (session.plan.type === 'transfer' && dialStatus !== undefined) {
      this.#heldTransfers.cancel(callSid, session.plan);
      if (dialStatus === 'completed' || dialStatus === 'answered')
        return { plan: { type: 'hang-up' }, session };
      const plan: ResumePlan = { type: 'reconnect', transferFailed: dialStatus };
      await this.#setPlan(session, plan);
      return { plan: this.#moves.planOf(this.#flowOf(session), plan), session };
    }
    if (session.streams >= MOST_STREAMS) return { plan: { type: 'hang-up' }, session };
    const plan = await this.#planOf(session, hasSaid);
    if ((plan.type === 'reconnect' || plan.type === 'relay') && !this.#reconnects.mayTry(callSid))
      return undefined;
    return { plan: this.#moves.planOf(this.#flowOf(session), plan), session };
  }

  /** A transfer with music is begun; where it cannot be, the caller hears the ringing. */
  async #planOf(session: Session, hasSaid: boolean): Promise<ResumePlan> {
    const { plan } = session;
    if (plan.type === 'say' && hasSaid) {
      await this.#setPlan(session, plan.next);
      return this.#planOf({ ...session, plan: plan.next }, false);
    }
    if (session.plan.type !== 'transfer' || session.plan.hold === undefined) return session.plan;
    return (await this.#heldTransfers.begin(session)) ?? session.plan;
  }

  carry(line: Line, session: Session, relayed?: Partial<CallServices>): void {
    this.#carry(line, session, relayed).catch((error: unknown) => {
      this.#options.logger.error({ err: error, callId: session.callId }, 'call not carried');
      line.close();
    });
  }

  carryRelay(relay: RelayLine, session: Session): void {
    const media = this.#options.relay?.(relay);
    if (media === undefined) return relay.end();
    const { line, ...services } = media;
    this.carry(line, session, services);
  }

  async callEnded(callSid: string, status: string): Promise<void> {
    const { sessions } = this.#options;
    this.#nudges.stop(callSid);
    this.#reconnects.forget(callSid);
    const session = await sessions.findByCallSid(callSid);
    if (session === undefined) return;
    const first = await sessions.markEnded(session.callId);
    await this.#heldTransfers.callerLeft(session);
    await sessions.append(session.callId, [entryOf(session, 'carrier-status', { status })]);
    await sessions.notify(session.callId, { type: 'call-ended', status });
    const live = this.#live.get(session.callId);
    live?.hangUp('stopped');
    await this.#closing.get(session.callId);
    await this.#saver.settled(session.callId);
    if (live !== undefined) return;
    // Nobody carries it (never did, or whoever did is gone): its record is written here.
    const lease = await this.#owners.claim(session.callId);
    if (lease === undefined) return;
    // A database that is away cannot say; what it has of the call is replaced only by something newer.
    const isKnown = () =>
      this.#options.records.find(session.callId).then(
        (known) => known !== undefined,
        () => true,
      );
    if (first || (await isKnown())) {
      await this.#saver.save(session, await sessions.journal(session.callId));
    }
    await sessions.release(lease);
  }

  async streamEnded(callSid: string, streamId: string, error?: string): Promise<void> {
    const session = await this.#options.sessions.findByCallSid(callSid);
    if (session === undefined) return;
    const notice = { type: 'stream-ended', streamId, ...(error === undefined ? {} : { error }) } as const;
    await this.#options.sessions.notify(session.callId, notice);
  }

  async machineAnswered(callSid: string): Promise<void> {
    const { sessions } = this.#options;
    const session = await sessions.findByCallSid(callSid);
    if (session === undefined) return;
    // Written down first: it may be known before there is a stream to tell.
    await sessions.append(session.callId, [entryOf(session, MACHINE_ENTRY, {})]);
    await sessions.notify(session.callId, { type: 'machine-answered' });
  }

  waiting(callSid: string): Promise<number> {
    return this.#heldTransfers.waiting(callSid);
  }

  legReported(callSid: string, leg: { callSid: string; conference: string; status: string }): Promise<void> {
    return this.#heldTransfers.legReported(callSid, leg);
  }

  briefing(
    callSid: string,
    leg: { callSid: string; conference: string; hasHeard: boolean },
  ): Promise<Briefing | undefined> {
    return this.#heldTransfers.briefing(callSid, leg);
  }

  /** Gives every live call to other nodes, at its next turn or now; see {@link LiveCall.handOver}. */
  handOver(when: 'at-turn' | 'now'): void {
    for (const call of this.#live.values()) call.handOver(when);
  }

  /** Lets every live call say goodbye and end. */
  sayGoodbye(): void {
    for (const call of this.#live.values()) call.sayGoodbye();
  }

  /** Resolves when no call is live here and the ends of all are written down, or when the signal aborts. */
  async idle(signal: AbortSignal): Promise<void> {
    const gaveUp = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    while (this.#closing.size > 0 && !signal.aborted) await Promise.race([gaveUp, ...this.#closing.values()]);
  }

  /** Ends every call of this process and waits for their records. Idempotent. */
  async close(): Promise<void> {
    this.#nudges.close();
    for (const call of this.#live.values()) call.hangUp('closed-here');
    await Promise.all(this.#closing.values());
    await this.#heldTransfers.close();
    await this.#saver.close();
  }

  // ── one stream of one call ───────────────────────────────────────────────────────────────────────────────────

  /** `relayed`: what a relay has instead of vendors. */
  async #carry(line: Line, given: Session, relayed?: Partial<CallServices>): Promise<void> {
    const { sessions, logger } = this.#options;
    const { callId } = given;
    const log = logger.child({ callId, callSid: given.callSid, streamId: line.streamId });
    const lease = await this.#owners.claimPatiently(callId);
    if (lease === undefined) {
      log.warn('another node carries this call; stream closed');
      return line.close();
    }
    const session = (await sessions.load(callId)) ?? given;
    const flow = this.#flowOf(session);
    if (flow === undefined) {
      log.error({ flow: session.flowId }, 'the flow of this call is gone; stream closed');
      return line.close();
    }
    this.#reconnects.forget(given.callSid);
    const earlier = await sessions.journal(callId);
    // Ended before it had media, or reported as over by the carrier: a late stream brings nobody back.
    if (
      session.ended &&
      (session.streams === 0 || earlier.some((entry) => entry.type === 'carrier-status'))
    ) {
      log.warn('the call of this stream is over; stream closed');
      await sessions.release(lease);
      return line.close();
    }
    await sessions.checkpoint(lease, {
      // Those that were asked for, by us, are not counted.
      streams: session.streams + (session.streams > 0 && wasHandedOver(earlier) ? 0 : 1),
      plan: { type: 'reconnect' },
      ended: false,
    });
    // There is no audio on a relay.
    const sink = relayed === undefined ? await openSink(this.#options.audio, callId, log) : undefined;
    this.#begin({ line, session, flow, lease, earlier, sink, log, relayed });
  }

  #begin(parts: {
    line: Line;
    session: Session;
    flow: CallFlow;
    lease: Lease;
    earlier: readonly JournalEntry[];
    sink: AudioSink | undefined;
    log: Logger;
    relayed: Partial<CallServices> | undefined;
  }): void {
    const { line, session, flow, lease, earlier, sink, log, relayed } = parts;
    const { sessions, counters } = this.#options;
    const mediaStartedAt = earlier.find((entry) => entry.type === 'stream-started')?.at ?? Date.now();
    const clockOffsetMs = Date.now() - mediaStartedAt - performance.now();
    const nowMs = (): number => performance.now() + clockOffsetMs;
    const journal = new Journal({
      sessions,
      callId: session.callId,
      logger: log,
      now: nowMs,
      entries: earlier,
    });
    const state = session.flowState === undefined ? undefined : flow.restoreState(session.flowState);
    const conversation = new Conversation(flow, journal, state, () => checkpoint.touch());
    const checkpoint = new Checkpoint({
      sessions,
      lease,
      logger: log,
      onFenced: () => {
        journal.abandon();
        call.hangUp('taken-over');
      },
      capture: captureOf(conversation, () => (sessions.isShared ? call.inFlight : undefined)),
    });
    let isLeaving = false;
    const restored = state === undefined ? undefined : conversation;
    const input = takeUp({ session, conversation: restored, journal, earlier });
    const call = new LiveCall({
      ...this.#options,
      ...relayed,
      counters,
      line,
      session,
      flow,
      conversation,
      journal: relayed === undefined ? journal : withoutVendors(journal),
      sink,
      logger: log,
      nowMs,
      input,
      onMoved: () => checkpoint.touch(),
      onProgress: () => checkpoint.touchSoon(),
      onLeave: (plan) => {
        isLeaving = true;
        void checkpoint.saveNow({ plan: toResumePlan(plan) }).then(() => {
          this.#nudge(session.callSid, plan);
          call.hangUp(plan.type === 'say' && plan.next === undefined ? 'handed-over' : 'closed-here');
        });
      },
    });
    const listening = new AbortController();
    sessions.onNotice(
      session.callId,
      (notice) => {
        if (notice.type === 'call-ended') call.hangUp('stopped');
        else if (notice.type === 'machine-answered') call.machineAnswered();
        else if (notice.type === 'resuming' || notice.streamId === line.streamId) call.hangUp('disconnected');
      },
      listening.signal,
    );
    const sinceMs = nowMs();
    let movesTo: 'relay' | 'vendors' | undefined;
    const closing = call.ended
      .then(async (end) => {
        this.#live.delete(session.callId);
        listening.abort();
        if (relayed !== undefined) journal.add('relayed', { lengthMs: Math.round(nowMs() - sinceMs) });
        if (movesTo !== undefined && end.reason === 'handed-over')
          journal.add('speech-moved', { to: movesTo });
        await checkpoint.close();
        await this.#finish({ session, lease, journal, conversation, sink, end, log });
      })
      .catch((error: unknown) => log.error({ err: error }, 'end of call not written down'))
      .finally(() => this.#closing.delete(session.callId));
    this.#closing.set(session.callId, closing);
    this.#live.set(session.callId, call);
    this.#options.onCarried?.(session.callSid);
    call.start();
    this.#moves.follow(
      {
        flow,
        isRelayed: relayed !== undefined,
        moves: earlier.filter(({ type, data }) => type === 'speech-moved' && data['to'] !== 'carrier').length,
        move: (plan, when) => {
          if (isLeaving) return;
          movesTo = plan.type === 'relay' ? 'relay' : 'vendors';
          call.prepareHandOver();
          void checkpoint.saveNow({ plan }).then(() => call.handOver(when));
        },
      },
      listening.signal,
    );
    log.info({ flow: session.flowId, stream: session.streams + 1 }, 'call carried');
  }

  async #finish(parts: {
    session: Session;
    lease: Lease;
    journal: Journal;
    conversation: Conversation;
    sink: AudioSink | undefined;
    end: CallEnd;
    log: Logger;
  }): Promise<void> {
    const { session, lease, journal, conversation, sink, end, log } = parts;
    const { sessions } = this.#options;
    if (end.reason === 'taken-over') {
      await sink?.discard();
      return log.info('call over here');
    }
    // A tool that changes something may still be at work; its result belongs to the record.
    await conversation.settled();
    const outcome = outcomeOf(end);
    const { result } = conversation;
    if (outcome !== undefined) {
      journal.add('ended', {
        outcome,
        ...(result === undefined ? {} : { result }),
        ...(outcome === 'failed' ? { error: `the media stream ended: ${end.reason}` } : {}),
      });
    }
    await journal.flush();
    if (outcome !== undefined && outcome !== 'transferred') await sessions.markEnded(session.callId);
    const last = { flowState: conversation.storable, inFlight: null };
    const isOurs = (await sessions.checkpoint(lease, last)) === 'written';
    const entries = await sessions.journal(session.callId).catch(() => journal.entries);
    await sink?.commit().catch((error: unknown) => log.error({ err: error }, 'audio not stored'));
    await sessions.release(lease);
    // Not awaited: a database that is slow must not keep the call from going on with another stream.
    if (isOurs)
      void this.#saver.save(session, entries.length >= journal.entries.length ? entries : journal.entries);
    log.info({ outcome: outcome ?? 'line-dropped', reason: end.reason }, 'call over');
  }

  #flowOf(session: Session): CallFlow | undefined {
    const { flows } = this.#options;
    return flows.byId(session.flowId, session.flowVersion) ?? flows.byId(session.flowId);
  }

  async #setPlan(session: Session, plan: ResumePlan): Promise<void> {
    const { sessions } = this.#options;
    const lease = await this.#owners.claim(session.callId);
    if (lease === undefined) return;
    await sessions.checkpoint(lease, { plan });
    await sessions.release(lease);
  }

  /** Closing the stream makes the carrier ask how to go on; should it not, it is told what was planned. */
  #nudge(callSid: string, plan: Departure): void {
    const { control, sessions } = this.#options;
    this.#nudges.start(callSid, async () => {
      if (plan.type === 'hang-up') return control.hangUp(callSid);
      const session = await sessions.findByCallSid(callSid);
      // Another node was asked, and the caller waits already: this must not take them out again.
      if (session?.plan.type === 'transfer' && session.plan.leg !== undefined) return;
      return control.redirectToResume(callSid);
    });
  }
}
