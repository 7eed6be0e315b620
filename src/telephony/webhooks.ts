/**
 * Twilio's webhooks: each checks what came, asks the {@link CallDesk}, and answers with TwiML (`voice`, `resume`,
 * `fallback`, `hold`) or with an empty 204 (`status`, `transfer`, `amd`, `recording`).
 *
 * Twilio may send any request more than once (with the same `I-Twilio-Idempotency-Token`) and in any order. Nothing
 * here remembers requests: every method of the desk is idempotent, and a repeated answer only carries a new token.
 */
import express, { type ErrorRequestHandler, type RequestHandler, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ResumePlan, Session } from '../sessions/index.ts';
import type { Counters } from './counters.ts';
import { createHoldAudio, HOLD_KINDS, HOLD_LOOP_MS } from './hold/index.ts';
import type { Acceptance, CallDesk, Reception } from './index.ts';
import { describeIssue, sidSchema } from './sid.ts';
import { createSignatureCheck, sendForbidden } from './signature.ts';
import type { StreamTokens } from './stream-token.ts';
import { AFTER_SPEECH, createTwiml } from './twiml.ts';

/** Twilio waits 15 s at most and then plays its own error to the caller; the desk gets less, so that we can apologise. */
const DEFAULT_DESK_TIMEOUT_MS = 8_000;

/** A caller whom nobody else helps waits this long at most for what another store may know. */
const FALLBACK_DESK_MS = 3_000;
/** Who waits in line asks again after so many seconds. */
const WAIT_SEC = 4;
/** Nodes asked about a call that this one does not know while the store is away: a balancer may come back to the same. */
const TRIES_AT_OTHERS = 9;

/** CallStatus values after which nothing more comes (Twilio docs: "Call resource"). */
const FINAL_STATUSES: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

const callSchema = z.object({ CallSid: sidSchema('CA'), CallStatus: z.string().optional() });

/** How often a call was told to ask again; in the addresses that we give. */
const round = z.coerce.number().int().min(0).catch(0);

const voiceSchema = callSchema.extend({
  /** Absent or empty where the caller withholds the number. */
  From: z.string().default(''),
  To: z.string().min(1),
  /** `inbound`, `outbound-api` or `outbound-dial`. */
  Direction: z.string().default('inbound'),
  /** Of the address that {@link createTwiml} gave: how often the call was sent on by nodes that take no new ones. */
  attempt: z.coerce.number().int().min(0).catch(0),
  /** Of our own address: since when the call waits in line, in milliseconds since 1970. */
  waitingSince: z.coerce.number().optional().catch(undefined),
  round,
});

/**
 * How often a new call is sent on before it is answered after all: the balancer has then had three seconds to learn that
 * this node is going, and if it knows no other, there is none.
 */
const MOST_ATTEMPTS = 3;

/** `DialCallStatus` comes only after a transfer's dialling. */
const resumeSchema = callSchema.extend({
  To: z.string().default(''),
  DialCallStatus: z.string().optional(),
  /** Of our own address: what the carrier has done meanwhile. */
  after: z.string().optional(),
  round,
});

const fallbackSchema = callSchema.extend({
  To: z.string().default(''),
  ErrorCode: z.string().optional(),
  DialCallStatus: z.string().optional(),
});

const callStatusSchema = callSchema.extend({ CallStatus: z.string().min(1) });

const streamStatusSchema = callSchema.extend({
  StreamSid: sidSchema('MZ'),
  /** `stream-started`, `stream-stopped` or `stream-error`. */
  StreamEvent: z.string().min(1),
  StreamError: z.string().optional(),
});

/** Of the address that {@link createTwiml} gave: `call` is the caller who waits. */
const holdSchema = z
  .object({ call: sidSchema('CA'), kind: z.enum(HOLD_KINDS) })
  .transform(({ call, kind }) => ({ CallSid: call, kind }));

/** About the leg of a transfer: `CallSid` is the leg's own, `call` the caller's who waits for it. */
const legStatusSchema = callStatusSchema.extend({ call: sidSchema('CA'), conference: z.string().min(1) });

/** Whoever answered a transfer: `CallSid` is theirs, `call` the caller's; `heard`: the summary was played to them. */
const briefingSchema = callSchema.extend({
  call: sidSchema('CA'),
  conference: z.string().min(1),
  heard: z.string().optional(),
});

const amdSchema = callSchema.extend({ AnsweredBy: z.string().min(1) });

const recordingSchema = callSchema.extend({
  RecordingSid: sidSchema('RE'),
  RecordingStatus: z.string().min(1),
});

export interface WebhookOptions {
  publicUrl: string;
  authToken: string;
  /** Requests for other accounts are refused. */
  accountSid?: string;
  desk: CallDesk;
  tokens: Pick<StreamTokens, 'issue' | 'seal'>;
  /** Decides about new calls. @defaultValue every call is answered */
  reception?: Reception;
  logger: Logger;
  counters: Counters;
  /** @defaultValue everything is taken */
  acceptance?: Acceptance;
  /** How long the desk may take to decide. @defaultValue 8000 */
  deskTimeoutMs?: number;
}

/**
 * Serves `POST /twilio/{voice,resume,status,amd,recording,fallback,hold,transfer,briefing}` and `GET /twilio/hold/*.wav`; mount it
 * at the root of the application.
 */
export function createWebhooks(options: WebhookOptions): Router {
  const { desk, tokens, logger, counters, reception, deskTimeoutMs = DEFAULT_DESK_TIMEOUT_MS } = options;
  const twiml = createTwiml(options.publicUrl);

  /** One route: checks the form, does the work in time, and answers with its TwiML or, for none, with 204. */
  function handle<Form extends { CallSid: string }>(
    route: string,
    schema: z.ZodType<Form>,
    work: (form: Form, log: Logger) => Promise<string | undefined>,
    whenFailed: (res: Response, form: Form) => void,
  ): RequestHandler {
    const count = (outcome: string) => counters.inc('telephony_webhooks_total', { route, outcome });
    return async (req, res) => {
      // The query is our own, from the addresses that we gave.
      const form = schema.safeParse({ ...req.query, ...req.body });
      if (!form.success) {
        const problem = describeIssue(form.error);
        count('bad-request');
        logger.warn({ route, problem }, 'webhook refused: bad form');
        res.status(400).type('text/plain').send(`${problem}\n`);
        return;
      }
      const log = logger.child({ callSid: form.data.CallSid, route });
      try {
        const answer = await within(deskTimeoutMs, work(form.data, log));
        count('answered');
        if (answer === undefined) res.status(204).end();
        else sendTwiml(res, answer);
      } catch (error) {
        count('failed');
        log.error({ err: error }, 'webhook failed');
        whenFailed(res, form.data);
      }
    };
  }

  /** While the store is away, the call itself tells whichever node gets its media what it is. */
  /** `plan`: with audio, or with text where the carrier recognises and speaks by itself. */
  function connect(session: Session, plan: ResumePlan = session.plan): string {
    const token = tokens.issue(session);
    const sealed = reception?.isAlone ? tokens.seal(session) : undefined;
    return plan.type === 'relay' ? twiml.relay(token, plan, sealed) : twiml.connect(token, sealed);
  }

  /** The answer to a call that is not taken now; undefined: it is. */
  function turnedAway(form: z.infer<typeof voiceSchema>, log: Logger): string | undefined {
    const { CallSid: callSid, To: to, waitingSince: waitingSinceMs, round } = form;
    const direction = form.Direction.startsWith('outbound') ? 'outbound' : 'inbound';
    const admission = reception?.admit({ callSid, to, direction, waitingSinceMs, round });
    if (admission === undefined || admission.type === 'answer') return undefined;
    log.warn({ decision: admission.type, round }, 'new call not taken now');
    const again = { waitingSince: String(waitingSinceMs ?? Date.now()), round: String(round + 1) };
    switch (admission.type) {
      case 'wait': {
        const { say: text, language } = admission.words;
        return twiml.askAgain(
          '/twilio/voice',
          again,
          WAIT_SEC,
          admission.isSaid ? { text, language } : undefined,
        );
      }
      case 'elsewhere':
        return twiml.askAgain('/twilio/voice', again, round === 0 ? 0 : 1);
      case 'transfer':
        return twiml.handOver(admission.words);
      case 'refuse':
        return twiml.sayGoodbye(admission.words);
      case 'fallback':
        return twiml.toFallback();
    }
  }

  async function voice(form: z.infer<typeof voiceSchema>, log: Logger): Promise<string> {
    if (options.acceptance?.calls === false && form.attempt < MOST_ATTEMPTS) {
      log.info({ attempt: form.attempt + 1 }, 'new call sent on: this node takes none');
      return twiml.tryElsewhere(form.attempt + 1);
    }
    // Without streams it could only be answered to be cut off.
    if (options.acceptance?.streams === false) return twiml.apologise();
    const answer = turnedAway(form, log);
    if (answer !== undefined) return answer;
    const session = await desk.answer({
      callSid: form.CallSid,
      from: form.From,
      to: form.To,
      direction: form.Direction.startsWith('outbound') ? 'outbound' : 'inbound',
    });
    if (session === undefined) {
      log.warn('no flow answers this number');
      return twiml.notInService();
    }
    log.info({ callId: session.callId }, 'call answered');
    return connect(session);
  }

  function goOn({ plan, session }: { plan: ResumePlan; session: Session }, callSid: string): string {
    switch (plan.type) {
      case 'reconnect':
      case 'relay':
        return connect(session, plan);
      case 'say':
        return twiml.speak(plan.words);
      case 'transfer': {
        const { hold, leg, summary } = plan;
        if (hold === undefined || leg === undefined) return twiml.transfer(plan);
        const isTold = summary?.to === 'both' && leg.briefed === true && leg.joined !== true;
        return twiml.wait({
          conference: leg.conference,
          hold,
          callSid,
          ...(isTold && summary !== undefined ? { summary } : {}),
        });
      }
      case 'hang-up':
        return twiml.hangUp();
    }
  }

  async function resume(form: z.infer<typeof resumeSchema>, log: Logger): Promise<string> {
    // Also requested when the caller has hung up; then there is nobody left to reconnect.
    if (form.CallStatus !== undefined && FINAL_STATUSES.has(form.CallStatus)) {
      await desk.callEnded(form.CallSid, form.CallStatus);
      return twiml.hangUp();
    }
    const hasSaid = form.after === AFTER_SPEECH;
    const known = await desk.resume(form.CallSid, form.DialCallStatus, hasSaid);
    log.info({ callId: known?.session.callId, plan: known?.plan.type }, 'call resumes');
    if (known === undefined) {
      // Whichever node carried it knows it still.
      if (reception?.isAlone && form.round < TRIES_AT_OTHERS) {
        const dial = form.DialCallStatus === undefined ? {} : { DialCallStatus: form.DialCallStatus };
        const after = form.after === undefined ? {} : { after: form.after };
        return twiml.askAgain(
          '/twilio/resume',
          { ...dial, ...after, round: String(form.round + 1) },
          form.round % 3 === 2 ? 1 : 0,
        );
      }
      return sorry(form.To);
    }
    return goOn(known, form.CallSid);
  }

  async function callStatus(form: z.infer<typeof callStatusSchema>, log: Logger): Promise<undefined> {
    log.info({ status: form.CallStatus }, 'call status');
    if (FINAL_STATUSES.has(form.CallStatus)) await desk.callEnded(form.CallSid, form.CallStatus);
  }

  async function streamStatus(form: z.infer<typeof streamStatusSchema>, log: Logger): Promise<undefined> {
    const { StreamSid: streamSid, StreamEvent: event, StreamError: error } = form;
    log.info({ streamSid, event, error }, 'stream status');
    if (event === 'stream-stopped') await desk.streamEnded(form.CallSid, streamSid);
    if (event === 'stream-error') await desk.streamEnded(form.CallSid, streamSid, error ?? 'unknown');
  }

  async function hold(form: z.infer<typeof holdSchema>): Promise<string> {
    const askAgainMs = await desk.waiting(form.CallSid);
    const times = Math.max(1, Math.ceil(askAgainMs / HOLD_LOOP_MS));
    return twiml.hold({ hold: form.kind, callSid: form.CallSid, times });
  }

  async function legStatus(form: z.infer<typeof legStatusSchema>, log: Logger): Promise<undefined> {
    const { CallSid: callSid, CallStatus: status, call, conference } = form;
    log.info({ waitingCallSid: call, status }, 'transfer status');
    await desk.legReported(call, { callSid, conference, status });
  }

  async function briefing(form: z.infer<typeof briefingSchema>): Promise<string> {
    const { CallSid: callSid, call, conference, heard } = form;
    const next = await desk.briefing(call, { callSid, conference, hasHeard: heard === 'true' });
    if (next === undefined) return twiml.hangUp();
    return next.type === 'join' ? twiml.join(conference) : twiml.brief(next, { conference, callSid: call });
  }

  async function amd(form: z.infer<typeof amdSchema>, log: Logger): Promise<undefined> {
    log.info({ answeredBy: form.AnsweredBy }, 'answering machine detection');
    // "machine_start", or "machine_end_beep", "_silence", "_other" where the end of its greeting is waited for.
    if (form.AnsweredBy.startsWith('machine_')) await desk.machineAnswered(form.CallSid);
  }

  async function recording(form: z.infer<typeof recordingSchema>, log: Logger): Promise<undefined> {
    log.info({ recordingSid: form.RecordingSid, status: form.RecordingStatus }, 'recording status');
  }

  /** What is said when nothing else works: the flow's own words, where there are any. */
  function sorry(number: string): string {
    const words = reception?.wordsFor(number);
    return words === undefined ? twiml.apologise() : twiml.handOver(words);
  }

  /**
   * Twilio could not fetch or run our TwiML (`ErrorCode`), or neither store can be reached: a call that is known here
   * goes on; for all others there are the words of the flow, which need nothing but the flow.
   */
  async function fallback(form: z.infer<typeof fallbackSchema>, log: Logger): Promise<string> {
    const { CallSid: callSid, To: to, ErrorCode: errorCode, DialCallStatus: dialled } = form;
    log.error({ errorCode, dialled }, 'Twilio fell back');
    if (dialled === 'completed' || dialled === 'answered') return twiml.hangUp();
    const words = reception?.wordsFor(to);
    if (dialled !== undefined) return words === undefined ? twiml.hangUp() : twiml.sayGoodbye(words);
    if (form.CallStatus !== undefined && FINAL_STATUSES.has(form.CallStatus))
      return resume({ ...form, round: 0 }, log);
    const known = await within(FALLBACK_DESK_MS, desk.resume(callSid));
    if (known !== undefined) return goOn(known, callSid);
    return sorry(to);
  }

  const apologise = (res: Response, { To: to = '' }: { To?: string | undefined }) =>
    sendTwiml(res, sorry(to));
  const fail = (res: Response) => void res.status(500).type('text/plain').send('Internal error\n');

  /** Nobody is told anything by silence: the sound goes on, and the next request may be luckier. */
  const holdOn = (res: Response, { CallSid: callSid, kind }: z.infer<typeof holdSchema>) =>
    sendTwiml(res, twiml.hold({ hold: kind, callSid, times: 1 }));

  const onStreamStatus = handle('status', streamStatusSchema, streamStatus, fail);
  const onCallStatus = handle('status', callStatusSchema, callStatus, fail);

  const router = express.Router();
  router.use(createHoldAudio());
  router.use('/twilio', ...createSignatureCheck(options).verifyWebhook, requireAccount(options));
  router.post('/twilio/voice', handle('voice', voiceSchema, voice, apologise));
  router.post('/twilio/resume', handle('resume', resumeSchema, resume, apologise));
  router.post('/twilio/fallback', handle('fallback', fallbackSchema, fallback, apologise));
  // The two kinds share an address; only a stream's status has this field.
  router.post('/twilio/status', (req, res, next) =>
    (req.body?.StreamEvent === undefined ? onCallStatus : onStreamStatus)(req, res, next),
  );
  router.post('/twilio/hold', handle('hold', holdSchema, hold, holdOn));
  router.post('/twilio/transfer', handle('transfer', legStatusSchema, legStatus, fail));
  router.post(
    '/twilio/briefing',
    handle('briefing', briefingSchema, briefing, (res) => sendTwiml(res, twiml.apologise())),
  );
  router.post('/twilio/amd', handle('amd', amdSchema, amd, fail));
  router.post('/twilio/recording', handle('recording', recordingSchema, recording, fail));
  router.use('/twilio', unreadableBody(options));
  return router;
}

/** Lets only requests of our account through, where we know which it is. */
function requireAccount({ accountSid, counters, logger }: WebhookOptions): RequestHandler {
  const schema = z.object({ AccountSid: z.literal(accountSid ?? '') });
  return (req, res, next) => {
    if (accountSid === undefined || schema.safeParse(req.body).success) return next();
    counters.inc('telephony_refused_total', { entrance: 'webhook', reason: 'wrong-account' });
    logger.warn({ route: req.path }, 'webhook refused: not of our account');
    sendForbidden(res);
  };
}

/** A body that is too long or no form is the sender's mistake; the rest is for the application's own error handler. */
function unreadableBody({ counters, logger }: WebhookOptions): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const status = error instanceof Error && 'status' in error ? error.status : undefined;
    if (typeof status !== 'number' || status < 400 || status > 499) {
      next(error);
      return;
    }
    counters.inc('telephony_refused_total', { entrance: 'webhook', reason: 'unreadable-body' });
    // Anybody may send such a body as often as they like, so it is not worth more than this.
    logger.debug({ route: req.path, status }, 'webhook refused: unreadable body');
    res.status(status).type('text/plain').send('Unreadable form\n');
  };
}

function sendTwiml(res: Response, xml: string): void {
  res.type('text/xml').send(xml);
}

/** Rejects when the work takes longer; the work itself goes on and its outcome is dropped. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No decision within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
