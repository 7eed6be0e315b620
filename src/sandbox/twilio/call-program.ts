/**
 * What a call does: TwiML is fetched and executed verb by verb, until a verb, the end of a document or a fault ends the
 * call. Source: Twilio docs, "TwiML for Programmable Voice" and "Availability and reliability" (fallback URLs).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Voice } from '../../tts/flite/index.ts';
import { Announcer } from './announcer.ts';
import type { CallAudio } from './call-audio.ts';
import type { Member } from './conference.ts';
import type { DialPlan } from './dial-plan.ts';
import { TwilioFault } from './errors.ts';
import { gatherDigits, type Keypad } from './gather.ts';
import type { MediaStream, StreamEnd } from './media-stream.ts';
import type { Relay } from './relay.ts';
import type { CallStatus, Timeline, WebhookPurpose } from './timeline.ts';
import {
  type ConferenceNoun,
  parseTwiml,
  type RelayNoun,
  type StreamNoun,
  type Target,
  type Verb,
} from './twiml.ts';
import type { WebhookResponse } from './webhooks.ts';

/** Where the next document comes from. */
export type Source =
  | { type: 'url'; purpose: WebhookPurpose; target: Target; parameters?: Readonly<Record<string, string>> }
  | { type: 'document'; document: string; url: string }
  /** What a call does that was placed without TwiML. */
  | { type: 'verbs'; verbs: Verb[]; url: string };

export interface ProgramEnd {
  status: Extract<CallStatus, 'completed' | 'busy' | 'failed'>;
  reason: 'hangup-verb' | 'twiml-finished' | 'rejected' | 'application-error';
}

/** What a program needs of the call it runs on. */
export interface ProgramContext {
  readonly timeline: Timeline;
  readonly audio: CallAudio;
  readonly keypad: Keypad;
  readonly voice: Pick<Voice, 'speak'>;
  readonly fallback: Target | undefined;
  readonly dialPlan: DialPlan;
  /** Picks up, if nobody has yet. */
  answer(): void;
  /** Requests a URL of the service's with the call's parameters. Throws {@link TwilioFault}. */
  request(
    purpose: WebhookPurpose,
    target: Target,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<WebhookResponse>;
  /** The same, without waiting for the answer or caring about it. */
  notify(purpose: WebhookPurpose, target: Target, parameters: Readonly<Record<string, string>>): void;
  createStream(noun: StreamNoun): MediaStream;
  createRelay(noun: RelayNoun): Relay;
  joinConference(noun: ConferenceNoun): Member;
  newSid(prefix: 'CA'): string;
}

type Outcome = { type: 'next' } | { type: 'go-to'; source: Source } | { type: 'end'; end: ProgramEnd };

const NEXT: Outcome = { type: 'next' };
/** A call that loops between documents without end is stopped here. */
const MOST_DOCUMENTS = 200;
const APOLOGY = 'We are sorry, an application error has occurred. Goodbye.';

export class CallProgram {
  readonly #call: ProgramContext;
  readonly #announcer: Announcer;
  #documents = 0;
  /** Where the document that is being executed came from. */
  #current: Source | undefined;

  constructor(call: ProgramContext) {
    this.#call = call;
    this.#announcer = new Announcer({
      audio: call.audio,
      voice: call.voice,
      download: async (url, signal) => (await call.request('play', { url, method: 'GET' }, {}, signal)).body,
    });
  }

  /** Runs from this source to the call's end. Rejects with the signal's reason when it aborts. */
  async run(source: Source, signal: AbortSignal): Promise<ProgramEnd> {
    for (let current = source; ; ) {
      try {
        const end = await this.#runFrom(current, signal);
        signal.throwIfAborted();
        return end;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TwilioFault)) throw error;
        this.#call.timeline.add({ type: 'error', code: error.code, message: error.message });
        const rescue = this.#fallbackFor(error);
        if (rescue === undefined) return await this.#apologise(signal);
        current = rescue;
      }
    }
  }

  /** Undefined: there is no fallback, or it was the fallback that failed. */
  #fallbackFor(fault: TwilioFault): Source | undefined {
    const target = this.#call.fallback;
    const failed = this.#current;
    const isFallback = failed?.type === 'url' && failed.purpose === 'fallback';
    if (target === undefined || isFallback || this.#documents > MOST_DOCUMENTS) return undefined;
    const errorUrl = (failed?.type === 'url' ? failed.target.url : failed?.url) ?? '';
    return {
      type: 'url',
      purpose: 'fallback',
      target,
      parameters: { ErrorCode: String(fault.code), ErrorUrl: errorUrl },
    };
  }

  async #apologise(signal: AbortSignal): Promise<ProgramEnd> {
    this.#call.answer();
    await this.#announcer.announce({ type: 'say', text: APOLOGY }, signal);
    return { status: 'completed', reason: 'application-error' };
  }

  async #runFrom(first: Source, signal: AbortSignal): Promise<ProgramEnd> {
    for (let source: Source | undefined = first; source !== undefined; ) {
      const verbs = await this.#load(source, signal);
      source = undefined;
      for (const verb of verbs) {
        signal.throwIfAborted();
        this.#call.timeline.add({ type: 'verb', verb: verb.type });
        const outcome = await this.#execute(verb, signal);
        if (outcome.type === 'end') return outcome.end;
        if (outcome.type === 'next') continue;
        source = outcome.source;
        break;
      }
    }
    return { status: 'completed', reason: 'twiml-finished' };
  }

  async #load(source: Source, signal: AbortSignal): Promise<Verb[]> {
    this.#current = source;
    if (++this.#documents > MOST_DOCUMENTS) throw new TwilioFault(12200, 'the call goes round in circles');
    if (source.type === 'verbs') return source.verbs;
    const { url, document } = source.type === 'document' ? source : await this.#fetch(source, signal);
    this.#call.timeline.add({ type: 'twiml', url, document });
    return parseTwiml(document, url);
  }

  async #fetch(
    source: Extract<Source, { type: 'url' }>,
    signal: AbortSignal,
  ): Promise<{ url: string; document: string }> {
    const { target, purpose, parameters = {} } = source;
    const { body, contentType } = await this.#call.request(purpose, target, parameters, signal);
    if (!/^(?:text|application)\/xml\b/.test(contentType)) {
      throw new TwilioFault(12300, `${target.url} was answered with ${contentType || 'no content type'}`);
    }
    return { url: target.url, document: body.toString('utf8') };
  }

  async #execute(verb: Verb, signal: AbortSignal): Promise<Outcome> {
    if (!PICKS_UP_LATER.has(verb.type)) this.#call.answer();
    switch (verb.type) {
      case 'say':
      case 'play':
      case 'pause':
        await this.#announcer.announce(verb, signal);
        return NEXT;
      case 'connect':
        await this.#stream(verb.stream, signal);
        return verb.action === undefined ? NEXT : goTo('action', verb.action);
      case 'relay': {
        const told = await this.#relay(verb.relay, signal);
        return verb.action === undefined ? NEXT : goTo('action', verb.action, told);
      }
      case 'dial':
        return this.#dial(verb, signal);
      case 'conference':
        return this.#confer(verb, signal);
      case 'gather': {
        const digits = await gatherDigits(verb, this.#call.keypad, this.#announcer, signal);
        if (digits === '' && !verb.actionOnEmptyResult) return NEXT;
        return goTo('action', verb.action, { Digits: digits, msg: 'Gather End' });
      }
      case 'redirect':
        return goTo('redirect', verb.target);
      case 'reject':
        return {
          type: 'end',
          end: { status: verb.reason === 'busy' ? 'busy' : 'failed', reason: 'rejected' },
        };
      case 'hangup':
        return { type: 'end', end: { status: 'completed', reason: 'hangup-verb' } };
    }
  }

  /** Runs the stream to its end, whoever ends it. A stream that cannot be opened is over at once. */
  async #stream(noun: StreamNoun, signal: AbortSignal): Promise<void> {
    const stream = this.#call.createStream(noun);
    const tell = (event: string, error?: string): void => {
      if (noun.statusCallback === undefined) return;
      this.#call.notify('stream-callback', noun.statusCallback, {
        StreamSid: stream.streamSid,
        StreamName: noun.name ?? stream.streamSid,
        StreamEvent: event,
        ...(error === undefined ? {} : { StreamError: error }),
        Timestamp: new Date().toISOString(),
      });
    };
    const onAbort = (): void => stream.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await stream.open();
      tell('stream-started');
      this.#call.audio.connect(stream);
      if (signal.aborted) stream.stop();
      const fault = faultOf(await stream.ended);
      if (fault === undefined) return tell('stream-stopped');
      throw fault;
    } catch (error) {
      if (!(error instanceof TwilioFault) || signal.aborted) throw error;
      this.#call.timeline.add({ type: 'error', code: error.code, message: error.message });
      tell('stream-error', error.message);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#call.audio.disconnect(stream);
    }
  }

  /** Runs the relay to its end, whoever ends it; returns what the action is told of it. */
  async #relay(noun: RelayNoun, signal: AbortSignal): Promise<Record<string, string>> {
    const relay = this.#call.createRelay(noun);
    const beganAtMs = performance.now();
    const onAbort = (): void => relay.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await relay.open();
      this.#call.audio.connect(relay);
      if (signal.aborted) relay.stop();
      const { status, handoffData } = await relay.ended;
      return {
        SessionId: relay.sessionId,
        SessionStatus: status,
        SessionDuration: String(Math.round((performance.now() - beganAtMs) / 1000)),
        ...(handoffData === undefined ? {} : { HandoffData: handoffData }),
      };
    } catch (error) {
      if (!(error instanceof TwilioFault) || signal.aborted) throw error;
      this.#call.timeline.add({ type: 'error', code: error.code, message: error.message });
      return { SessionId: relay.sessionId, SessionStatus: 'failed' };
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#call.audio.disconnect(relay);
    }
  }

  /** In the conference until it ends or the call does. */
  async #confer(verb: Extract<Verb, { type: 'conference' }>, signal: AbortSignal): Promise<Outcome> {
    const { timeline, audio } = this.#call;
    const { name: conference, waitUrl } = verb.conference;
    const member = this.#call.joinConference(verb.conference);
    timeline.add({ type: 'conference-joined', conference });
    try {
      const waiting = AbortSignal.any([signal, member.noLongerWaits]);
      if (waitUrl !== undefined) await this.#passTheTime(waitUrl, waiting);
      await aborted(waiting);
      if (!signal.aborted && !member.over.aborted) {
        timeline.add({ type: 'conference-started', conference });
        audio.connect(member);
        await aborted(AbortSignal.any([signal, member.over]));
      }
    } finally {
      audio.disconnect(member);
      member.leave();
      timeline.add({ type: 'conference-left', conference });
    }
    signal.throwIfAborted();
    return verb.action === undefined ? NEXT : goTo('action', verb.action, { DialCallStatus: 'answered' });
  }

  /** Plays what the URL says, over and over, until the signal aborts. What fails leaves the caller in silence. */
  async #passTheTime(waitUrl: Target, signal: AbortSignal): Promise<void> {
    try {
      for (let target = waitUrl; !signal.aborted; ) {
        const verbs = await this.#load({ type: 'url', purpose: 'wait', target }, signal);
        for (const verb of verbs) {
          if (verb.type === 'redirect') {
            target = verb.target;
            break;
          }
          if (verb.type !== 'say' && verb.type !== 'play' && verb.type !== 'pause')
            throw new TwilioFault(12200, `<${verb.type}> is not possible while waiting for a conference`);
          await this.#announcer.announce(verb, signal);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TwilioFault)) throw error;
      this.#call.timeline.add({ type: 'error', code: error.code, message: error.message });
    }
  }

  async #dial(verb: Extract<Verb, { type: 'dial' }>, signal: AbortSignal): Promise<Outcome> {
    const { result, afterMs } = this.#call.dialPlan;
    const startedAtMs = performance.now();
    await sleep(result === 'no-answer' ? Math.min(afterMs, verb.timeoutSec * 1000) : afterMs, undefined, {
      signal,
    });
    this.#call.timeline.add({ type: 'dialled', to: verb.to, result });
    if (verb.action === undefined) return NEXT;
    return goTo('action', verb.action, {
      DialCallStatus: result,
      DialCallSid: this.#call.newSid('CA'),
      DialBridged: String(result === 'completed'),
      ...(result === 'completed'
        ? { DialCallDuration: String(Math.round((performance.now() - startedAtMs) / 1000)) }
        : {}),
    });
  }
}

/** Verbs before which a ringing call is not yet picked up. */
const PICKS_UP_LATER: ReadonlySet<Verb['type']> = new Set(['reject', 'redirect', 'pause']);

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function goTo(purpose: WebhookPurpose, target: Target, parameters: Record<string, string> = {}): Outcome {
  return { type: 'go-to', source: { type: 'url', purpose, target, parameters } };
}

/** 1000, and 1005 (a close without a code), are how a service ends a stream on purpose. */
function faultOf(end: StreamEnd): TwilioFault | undefined {
  if (end.by === 'twilio' || end.closeCode === 1000 || end.closeCode === 1005) return undefined;
  if (end.by === 'failure') return new TwilioFault(31903, 'the connection to the service was lost');
  return new TwilioFault(31921, `the service closed the socket with code ${end.closeCode}`);
}
