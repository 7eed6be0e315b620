/**
 * Twilio's stand-in on the loopback: it places calls at a service and carries those that the service places, over
 * Twilio's own protocols: signed webhooks, TwiML, media streams, status callbacks and the REST API.
 *
 * ```ts
 * const twilio = createTwilioSandbox({ accountSid, authToken, voiceUrl, voice, knownSpeech, logger });
 * app.use(twilio.restApi);
 * const call = twilio.placeInboundCall({ from: '+15550123', to: '+15550100', caller: { steps: [{ say: 'Hello.' }] } });
 * const { status, reason } = await call.ended;
 * ```
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Voice } from '../../tts/flite/index.ts';
import type { KnownSpeech } from '../known-speech.ts';
import type { FaultSource } from '../outlet.ts';
import { type Caller, type CallerScriptInput, PhoneCaller } from '../phone/index.ts';
import { STATUS_EVENTS, type StatusEvent } from './call-parameters.ts';
import type { Source } from './call-program.ts';
import { type Conference, Conferences } from './conference.ts';
import type { DialPlan } from './dial-plan.ts';
import type { CallFaults } from './faults.ts';
import type { TextMessageSent } from './messages.ts';
import { type CreateParticipant, nounOf, type PlacedParticipant } from './participants.ts';
import { type CreateCall, createRestApi } from './rest-api.ts';
import type { ApiError } from './rest-errors.ts';
import { type CallPlan, type Carrier, type Ringing, SandboxCall } from './sandbox-call.ts';
import { newSid } from './sid.ts';
import { Ticker } from './ticker.ts';
import type { Target } from './twiml.ts';
import { Webhooks } from './webhooks.ts';

export type { CallFaults } from './faults.ts';
export type { SandboxCall } from './sandbox-call.ts';

export interface TwilioSandboxOptions {
  accountSid: string;
  authToken: string;
  /** Where the number's calls are answered, such as `https://agent.example/twilio/voice`. */
  voiceUrl: string;
  fallbackUrl?: string;
  statusCallbackUrl?: string;
  /** What inbound calls report to `statusCallbackUrl`. Default: everything. */
  statusEvents?: readonly StatusEvent[];
  /** Public origins and where they are really reached: `{ 'https://agent.example': 'http://127.0.0.1:3000' }`. */
  connectTo?: Readonly<Record<string, string>>;
  /** Speaks for callers and for `<Say>`; closed by whoever created it. */
  voice: Pick<Voice, 'speak'>;
  knownSpeech: Pick<KnownSpeech, 'register'>;
  /** What can befall the media streams of calls while they run. */
  vendorFaults?: FaultSource;
  logger: Logger;
}

/** A script, or a caller of one's own making. */
export type CallerChoice = CallerScriptInput | Caller;

export interface InboundCall {
  /** E.164. */
  from: string;
  to: string;
  caller: CallerChoice;
  /** How every `<Dial>` of this call goes. Default: answered, and hung up after 0.2 s. */
  dial?: Partial<DialPlan>;
  faults?: CallFaults;
}

/** What happens when the service calls a number. */
export interface Phone {
  /** Who picks up, or why nobody does. */
  answer: CallerScriptInput | (() => Caller) | 'busy' | 'no-answer' | 'failed';
  /** How long it rings first. Default 200. */
  ringMs?: number;
  dial?: Partial<DialPlan>;
  faults?: CallFaults;
}

export interface TwilioSandbox {
  /** To be mounted at the root of the sandbox's own server. */
  readonly restApi: Router;
  /** All calls by CallSid, oldest first. */
  readonly calls: ReadonlyMap<string, SandboxCall>;
  /** Every text message the service has sent, oldest first. */
  readonly messages: readonly TextMessageSent[];
  /** Calls the service's number. Throws CallerScriptError for a script that cannot be used. */
  placeInboundCall(call: InboundCall): SandboxCall;
  /** Says what happens when the service calls this number. A number that nobody registered fails. */
  registerPhone(number: string, phone: Phone): void;
  /** Called for each call as it begins, whoever places it; returns how to stop that. */
  onCall(listener: (call: SandboxCall) => void): () => void;
  /** The next request to the REST API is answered with this error. */
  refuseNextRequest(error: ApiError): void;
  /** Ends all calls; resolves when their sockets are closed. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_RING_MS = 200;
const DEFAULT_DIAL: DialPlan = { result: 'completed', afterMs: 200 };
/** Whoever answers a call that was to be `completed`: nobody in particular. */
const HANGS_UP_SOON: CallerScriptInput = { steps: [{ hangUp: true, when: { afterMs: 200 } }] };
/** Ended calls beyond this are forgotten, oldest first. */
const MOST_CALLS = 5000;

/** The caller closes it. */
export function createTwilioSandbox(options: TwilioSandboxOptions): TwilioSandbox {
  return new LoopbackTwilio(options);
}

class LoopbackTwilio implements TwilioSandbox {
  readonly restApi: Router;
  readonly calls = new Map<string, SandboxCall>();
  readonly messages: TextMessageSent[] = [];
  readonly #options: TwilioSandboxOptions;
  readonly #carrier: Carrier;
  readonly #phones = new Map<string, Phone>();
  readonly #listeners = new Set<(call: SandboxCall) => void>();
  readonly #refusals: ApiError[] = [];

  constructor(options: TwilioSandboxOptions) {
    const { accountSid, authToken, connectTo = {}, voice, vendorFaults, logger } = options;
    this.#options = options;
    const webhooks = new Webhooks({ authToken, connectTo, logger });
    const conferences = new Conferences();
    const ticker = new Ticker();
    this.#carrier = {
      authToken,
      connectTo,
      webhooks,
      ticker,
      voice,
      conferences,
      vendorFaults,
      logger,
    };
    this.restApi = createRestApi({
      accountSid,
      authToken,
      calls: this.calls,
      messages: this.messages,
      placeCall: (request, source) => this.#placeOutboundCall(request, source),
      placeParticipant: (request, conference) => this.#placeParticipant(request, conference),
      nextRefusal: () => this.#refusals.shift(),
    });
  }

  placeInboundCall({ from, to, caller, dial, faults = {} }: InboundCall): SandboxCall {
    const {
      accountSid,
      voiceUrl,
      fallbackUrl,
      statusCallbackUrl,
      statusEvents = STATUS_EVENTS,
    } = this.#options;
    return this.#start({
      sid: newSid('CA'),
      accountSid,
      from,
      to,
      direction: 'inbound',
      caller: this.#callerOf(caller),
      source: { type: 'url', purpose: 'voice', target: { url: voiceUrl, method: 'POST' } },
      ringing: undefined,
      fallback: targetOf(fallbackUrl),
      statusCallback: targetOf(statusCallbackUrl),
      statusEvents,
      dialPlan: { ...DEFAULT_DIAL, ...dial },
      faults,
    });
  }

  registerPhone(number: string, phone: Phone): void {
    this.#phones.set(number, phone);
  }

  onCall(listener: (call: SandboxCall) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refuseNextRequest(error: ApiError): void {
    this.#refusals.push(error);
  }

  async close(): Promise<void> {
    for (const call of this.calls.values()) call.abandon();
    await Promise.all([...this.calls.values()].map((call) => call.ended));
  }

  #placeOutboundCall(request: CreateCall, source: Source): SandboxCall {
    const phone = this.#phones.get(request.To) ?? { answer: 'failed' };
    return this.#ring(phone, request, {
      source,
      ringing: ringingOf(phone, request.Timeout * 1000),
      fallback: targetOf(request.FallbackUrl, request.FallbackMethod),
    });
  }

  /** A number that nobody registered goes as the `dial` of the call says that waits in the conference. */
  #placeParticipant(request: CreateParticipant, name: string): PlacedParticipant {
    const conference = this.#carrier.conferences.named(name);
    const phone = this.#phones.get(request.To);
    const timeoutMs = request.Timeout * 1000;
    const verb = { type: 'conference', conference: nounOf(request, name), action: undefined } as const;
    const call = this.#ring(phone ?? { answer: HANGS_UP_SOON }, request, {
      source: { type: 'verbs', verbs: [verb], url: 'http://twiml.invalid/' },
      ringing: phone === undefined ? ringingAsDialled(conference, timeoutMs) : ringingOf(phone, timeoutMs),
      fallback: undefined,
    });
    void call.ended.then(() => conference.releaseIfEmpty());
    return { call, conferenceSid: conference.sid };
  }

  /** Calls a phone for the API. */
  #ring(
    { answer, dial, faults = {} }: Phone,
    request: Pick<
      CreateCall,
      'From' | 'To' | 'StatusCallback' | 'StatusCallbackMethod' | 'StatusCallbackEvent'
    >,
    plan: Pick<CallPlan, 'source' | 'ringing' | 'fallback'>,
  ): SandboxCall {
    return this.#start({
      ...plan,
      sid: newSid('CA'),
      accountSid: this.#options.accountSid,
      from: request.From,
      to: request.To,
      direction: 'outbound-api',
      caller: this.#callerOf(
        typeof answer === 'string' ? { steps: [] } : typeof answer === 'function' ? answer() : answer,
      ),
      statusCallback: targetOf(request.StatusCallback, request.StatusCallbackMethod),
      statusEvents: request.StatusCallbackEvent,
      dialPlan: { ...DEFAULT_DIAL, ...dial },
      faults,
    });
  }

  #callerOf(choice: CallerChoice): Caller {
    if ('tick' in choice) return choice;
    const { voice, knownSpeech } = this.#options;
    return new PhoneCaller(choice, { voice, knownSpeech });
  }

  #start(plan: CallPlan): SandboxCall {
    const call = new SandboxCall(plan, this.#carrier);
    this.calls.set(call.sid, call);
    this.#forgetOldCalls();
    for (const listener of this.#listeners) listener(call);
    call.start();
    return call;
  }

  #forgetOldCalls(): void {
    for (const [sid, call] of this.calls) {
      if (this.calls.size <= MOST_CALLS) break;
      if (call.endedAt !== undefined) this.calls.delete(sid);
    }
  }
}

function targetOf(url: string | undefined, method: Target['method'] = 'POST'): Target | undefined {
  return url === undefined ? undefined : { url, method };
}

function ringingOf({ answer, ringMs = DEFAULT_RING_MS }: Phone, timeoutMs: number): Ringing {
  const refusal = typeof answer === 'string' ? answer : ringMs > timeoutMs ? 'no-answer' : undefined;
  return async (signal) => {
    await sleep(Math.min(ringMs, timeoutMs), undefined, { signal });
    return refusal;
  };
}

/** Rings until somebody waits in the conference, and then as the `dial` of that call says. */
function ringingAsDialled(conference: Conference, timeoutMs: number): Ringing {
  return async (signal) => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const giveUp = once(patience, 'abort').then(() => undefined);
    const waiting = patience.aborted ? undefined : await Promise.race([conference.attended, giveUp]);
    signal.throwIfAborted();
    if (waiting === undefined) return 'no-answer';
    const { result, afterMs } = waiting.dialPlan;
    await sleep(Math.min(afterMs, timeoutMs), undefined, { signal });
    return result === 'completed' ? undefined : result;
  };
}
