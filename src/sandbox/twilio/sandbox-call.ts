/**
 * One call through the carrier's stand-in: who and what, its status, what it is doing, and how it ended.
 */
import type { Logger } from 'pino';
import type { Voice } from '../../tts/flite/index.ts';
import type { FaultSource } from '../outlet.ts';
import type { Caller, CallerEvent } from '../phone/index.ts';
import { CallAudio } from './call-audio.ts';
import {
  type CallIdentity,
  callParameters,
  type StatusEvent,
  statusEventOf,
  statusParameters,
} from './call-parameters.ts';
import { CallProgram, type ProgramContext, type ProgramEnd, type Source } from './call-program.ts';
import type { Conferences } from './conference.ts';
import type { DialPlan } from './dial-plan.ts';
import { TwilioFault } from './errors.ts';
import type { CallFaults, Mischief } from './faults.ts';
import { Keypad } from './gather.ts';
import { MediaStream } from './media-stream.ts';
import type { StereoAudio } from './recording.ts';
import { Relay } from './relay.ts';
import { newSid } from './sid.ts';
import type { Ticker } from './ticker.ts';
import { type CallEvent, type CallStatus, Timeline, type WebhookPurpose } from './timeline.ts';
import type { RelayNoun, StreamNoun, Target } from './twiml.ts';
import { reachableUrl, type WebhookResponse, type Webhooks } from './webhooks.ts';

export type FinalStatus = Exclude<CallStatus, 'queued' | 'initiated' | 'ringing' | 'in-progress'>;

export interface CallEnd {
  status: FinalStatus;
  reason:
    | ProgramEnd['reason']
    | 'caller-hung-up'
    | 'caller-stuck'
    | 'not-answered'
    | 'ended-by-api'
    | 'sandbox-closed'
    | 'sandbox-error';
  /** For `caller-stuck`, the step; for `sandbox-error`, the message. */
  detail?: string;
}

/** What all calls share. */
export interface Carrier {
  readonly authToken: string;
  readonly connectTo: Readonly<Record<string, string>>;
  readonly webhooks: Webhooks;
  readonly ticker: Ticker;
  readonly voice: Pick<Voice, 'speak'>;
  readonly conferences: Conferences;
  readonly vendorFaults: FaultSource | undefined;
  readonly logger: Logger;
}

/** Why nobody picks up. */
export type Refusal = Extract<FinalStatus, 'busy' | 'no-answer' | 'failed' | 'canceled'>;

/** Lets an outbound call ring. Undefined: somebody picks up. Rejects when the signal aborts. */
export type Ringing = (signal: AbortSignal) => Promise<Refusal | undefined>;

export interface CallPlan extends CallIdentity {
  caller: Caller;
  /** What to do when the call comes (inbound) or is answered (outbound). */
  source: Source;
  /** Outbound calls ring first. */
  ringing: Ringing | undefined;
  fallback: Target | undefined;
  statusCallback: Target | undefined;
  statusEvents: readonly StatusEvent[];
  dialPlan: DialPlan;
  faults: CallFaults;
}

/** What a call was doing is broken off: the call is over, or goes on elsewhere. */
class Interruption extends Error {
  override readonly name = 'Interruption';
}

export class SandboxCall {
  readonly plan: CallPlan;
  readonly timeline = new Timeline();
  readonly createdAt = new Date();
  /** Settles once the call is over and every callback about it was answered or failed. */
  readonly ended: Promise<CallEnd>;
  readonly #carrier: Carrier;
  readonly #audio: CallAudio;
  readonly #keypad = new Keypad();
  readonly #end = Promise.withResolvers<CallEnd>();
  readonly #pending = new Set<Promise<void>>();
  #status: CallStatus = 'queued';
  #control = new AbortController();
  #redirectedTo: Source | undefined;
  #stream: MediaStream | Relay | undefined;
  #callbacksSent = 0;
  #answeredAt: Date | undefined;
  #endedAt: Date | undefined;
  #stuckAt: string | undefined;

  /** Nothing happens before {@link SandboxCall.start}. */
  constructor(plan: CallPlan, carrier: Carrier) {
    this.plan = plan;
    this.#carrier = carrier;
    this.#audio = new CallAudio(plan.caller, carrier.ticker);
    this.ended = this.#end.promise;
  }

  get sid(): string {
    return this.plan.sid;
  }

  get status(): CallStatus {
    return this.#status;
  }

  get answeredAt(): Date | undefined {
    return this.#answeredAt;
  }

  get endedAt(): Date | undefined {
    return this.#endedAt;
  }

  /** Everything so far; see {@link Timeline} for waiting and filtering. */
  get events(): readonly CallEvent[] {
    return this.timeline.events;
  }

  /** When each frame of the caller's was sent to the service. */
  get mediaSentAtMs(): readonly number[] {
    return this.#audio.sentAtMs;
  }

  /** What the caller said and heard so far, both channels aligned in real time. */
  get recording(): StereoAudio {
    return this.#audio.recording.audio();
  }

  /** Called for every event from now on; returns how to stop that. */
  listen(listener: (event: CallEvent) => void): () => void {
    return this.timeline.listen(listener);
  }

  /** Whoever started the sandbox starts the call. */
  start(): void {
    this.#track(
      this.#carry().catch((error: unknown) => {
        this.#carrier.logger.error({ err: error, callSid: this.sid }, 'the sandbox failed to carry a call');
        this.#finish({ status: 'failed', reason: 'sandbox-error', detail: String(error) });
      }),
    );
  }

  /** The person at the phone hangs up. */
  hangUp(): void {
    const status = this.#answeredAt === undefined ? 'no-answer' : 'completed';
    if (this.#stuckAt === undefined) this.#finish({ status, reason: 'caller-hung-up' });
    else this.#finish({ status, reason: 'caller-stuck', detail: this.#stuckAt });
  }

  /** The person at the phone presses a key. */
  press(digit: string): void {
    if (this.#stream === undefined) this.#keypad.press(digit);
    else this.#stream.press(digit);
  }

  /** Does something a carrier should not, to the media stream that is open now (or to none). */
  misbehave(mischief: Mischief): void {
    if (this.#stream instanceof MediaStream) this.#stream.misbehave(mischief);
  }

  /** The API ends the call. */
  endByApi(): void {
    this.#finish({
      status: this.#answeredAt === undefined ? 'canceled' : 'completed',
      reason: 'ended-by-api',
    });
  }

  /** The API sends a live call elsewhere: what it is doing is broken off. */
  redirect(source: Source): void {
    this.#redirectedTo = source;
    this.#control.abort(new Interruption());
  }

  /** The sandbox shuts down. */
  abandon(): void {
    this.#finish({ status: 'failed', reason: 'sandbox-closed' });
  }

  async #carry(): Promise<void> {
    await this.plan.caller.prepare();
    if (this.#endedAt !== undefined) return;
    this.#setStatus('initiated');
    this.#setStatus('ringing');
    const context = this.#programContext();
    for (let source: Source = this.plan.source; ; ) {
      try {
        if (!(await this.#pickedUp())) return;
        this.#finish(await new CallProgram(context).run(source, this.#control.signal));
        return;
      } catch (error) {
        if (!(error instanceof Interruption)) throw error;
        if (this.#redirectedTo === undefined || this.#endedAt !== undefined) return;
        source = this.#redirectedTo;
        this.#redirectedTo = undefined;
        this.#control = new AbortController();
      }
    }
  }

  /** Outbound: lets it ring. False when nobody picks up. */
  async #pickedUp(): Promise<boolean> {
    const { ringing } = this.plan;
    const { signal } = this.#control;
    signal.throwIfAborted();
    if (ringing === undefined || this.#answeredAt !== undefined) return true;
    const refusal = await ringing(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
    if (refusal !== undefined) this.#finish({ status: refusal, reason: 'not-answered' });
    else this.#answer();
    return refusal === undefined;
  }

  #answer(): void {
    if (this.#answeredAt !== undefined || this.#endedAt !== undefined) return;
    this.#answeredAt = new Date();
    this.#audio.start({
      press: (digit) => this.press(digit),
      hangUp: () => this.hangUp(),
      report: (event) => this.#onCallerEvent(event),
    });
    this.#setStatus('in-progress');
  }

  #onCallerEvent(event: CallerEvent): void {
    if (event.type === 'stuck') this.#stuckAt = event.step;
    this.timeline.add(event);
  }

  #finish(end: CallEnd): void {
    if (this.#endedAt !== undefined) return;
    this.#endedAt = new Date();
    this.#setStatus(end.status);
    this.#control.abort(new Interruption());
    this.#audio.stop();
    this.#carrier.logger.debug({ callSid: this.sid, status: end.status, reason: end.reason }, 'call ended');
    this.#settle(end).catch((error: unknown) => this.#end.reject(error));
  }

  /** What is still running may start another callback, so this goes on until nothing is. */
  async #settle(end: CallEnd): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    this.#end.resolve(end);
  }

  #setStatus(status: CallStatus): void {
    this.#status = status;
    this.timeline.add({ type: 'status', status });
    const { statusCallback, statusEvents } = this.plan;
    const event = statusEventOf(status);
    if (statusCallback === undefined || event === undefined || !statusEvents.includes(event)) return;
    const durationSec = event === 'completed' ? this.durationSec : undefined;
    this.#notify('status-callback', statusCallback, statusParameters(this.#callbacksSent++, durationSec));
  }

  /** Whole seconds since the call was answered; 0 if it was not. */
  get durationSec(): number {
    if (this.#answeredAt === undefined) return 0;
    return Math.round(((this.#endedAt ?? new Date()).getTime() - this.#answeredAt.getTime()) / 1000);
  }

  #request(
    purpose: WebhookPurpose,
    target: Target,
    parameters: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<WebhookResponse> {
    return this.#carrier.webhooks.send({
      ...target,
      purpose,
      // Files to be played are asked for without the usual parameters (Twilio docs: "Play").
      parameters: purpose === 'play' ? {} : { ...callParameters(this.plan, this.#status), ...parameters },
      signing: this.plan.faults.webhookSignature ?? 'right',
      timeline: this.timeline,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  #notify(purpose: WebhookPurpose, target: Target, parameters: Readonly<Record<string, string>>): void {
    const told = this.#request(purpose, target, parameters).then(
      () => undefined,
      (error: unknown) => {
        const code = error instanceof TwilioFault ? error.code : 11200;
        this.timeline.add({ type: 'error', code, message: String(error) });
      },
    );
    this.#track(told);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  #programContext(): ProgramContext {
    return {
      timeline: this.timeline,
      audio: this.#audio,
      keypad: this.#keypad,
      voice: this.#carrier.voice,
      fallback: this.plan.fallback,
      dialPlan: this.plan.dialPlan,
      answer: () => this.#answer(),
      request: (purpose, target, parameters, signal) => this.#request(purpose, target, parameters, signal),
      notify: (purpose, target, parameters) => this.#notify(purpose, target, parameters),
      createStream: (noun) => this.#createStream(noun),
      createRelay: (noun) => this.#createRelay(noun),
      joinConference: (noun) => this.#carrier.conferences.named(noun.name).join(noun, this.plan.dialPlan),
      newSid,
    };
  }

  #createStream(noun: StreamNoun): MediaStream {
    const { sid: callSid, accountSid, faults } = this.plan;
    const { authToken, connectTo, vendorFaults } = this.#carrier;
    const stream = new MediaStream({
      streamSid: newSid('MZ'),
      callSid,
      accountSid,
      url: noun.url,
      connectUrl: reachableUrl(noun.url, connectTo),
      customParameters: noun.parameters,
      authToken,
      faults,
      vendorFaults,
      timeline: this.timeline,
    });
    this.#stream = stream;
    this.#track(
      stream.ended.then(() => {
        if (this.#stream === stream) this.#stream = undefined;
      }),
    );
    return stream;
  }

  #createRelay(noun: RelayNoun): Relay {
    const { authToken, connectTo, voice } = this.#carrier;
    const relay = new Relay({
      noun,
      connectUrl: reachableUrl(noun.url, connectTo),
      authToken,
      identity: this.plan,
      voice,
      signing: this.plan.faults.streamSignature ?? 'right',
      timeline: this.timeline,
    });
    this.#stream = relay;
    this.#track(
      relay.ended.then(() => {
        if (this.#stream === relay) this.#stream = undefined;
      }),
    );
    return relay;
  }
}
