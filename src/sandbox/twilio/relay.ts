/**
 * `<Connect><ConversationRelay>`: the stand-in recognises (it knows what its own phone says) and speaks, and tells the
 * service in text. Sources: Twilio docs, "<ConversationRelay>" and "ConversationRelay: WebSocket messages"; for `info`
 * messages see the service's own reader.
 */
import WebSocket, { type RawData } from 'ws';
import type { Voice } from '../../tts/flite/index.ts';
import type { HeardFrame } from '../phone/index.ts';
import type { CallIdentity } from './call-parameters.ts';
import { TwilioFault } from './errors.ts';
import { readRelayServiceMessage } from './relay-messages.ts';
import { RelayVoice } from './relay-voice.ts';
import { newSid } from './sid.ts';
import { type Signing, signatureHeaders } from './signature.ts';
import type { CallEvent, Timeline } from './timeline.ts';
import type { RelayNoun } from './twiml.ts';

export interface RelayOptions {
  noun: RelayNoun;
  /** Where its URL is really reached. */
  connectUrl: string;
  authToken: string;
  identity: CallIdentity;
  voice: Pick<Voice, 'speak'>;
  signing: Signing;
  timeline: Timeline;
}

/** `ended`: the service said `end`; `completed`: the call ended; `failed`: the socket did. */
export interface RelayEnd {
  status: 'ended' | 'completed' | 'failed';
  handoffData?: string;
}

const HANDSHAKE_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 2000;
/** From the last sound of the caller's to the prompt. */
const ENDPOINT_MS = 500;

export class Relay {
  readonly sessionId = newSid('VX');
  /** Settles when it is over, or could not be opened. Never rejects. */
  readonly ended: Promise<RelayEnd>;
  readonly #options: RelayOptions;
  readonly #end = Promise.withResolvers<RelayEnd>();
  readonly #voice: RelayVoice;
  readonly #stopListening: () => void;
  #socket: WebSocket | undefined;
  #handoff: RelayEnd | undefined;
  #isStopping = false;
  #endpoint: NodeJS.Timeout | undefined;
  #said: string[] = [];

  constructor(options: RelayOptions) {
    this.#options = options;
    this.ended = this.#end.promise;
    this.#voice = new RelayVoice(options.voice, {
      speaking: (isSpeaking) => this.#inform('speaker-events', 'agentSpeaking', isSpeaking ? 'on' : 'off'),
      played: (text) => this.#inform('tokens-played', 'tokensPlayed', text),
    });
    this.#stopListening = options.timeline.listen((event) => this.#onCaller(event));
  }

  /** Connects and sends `setup`. Throws {@link TwilioFault} when the service does not let it. */
  async open(): Promise<void> {
    const { noun, connectUrl, authToken, signing, timeline } = this.#options;
    const socket = new WebSocket(connectUrl, {
      headers: { 'user-agent': 'Twilio.TmeWs/1.0', ...signatureHeaders(signing, authToken, noun.url) },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    this.#socket = socket;
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    await opened(socket).catch((error: unknown) => {
      this.#finish({ status: 'failed' });
      throw new TwilioFault(64102, String(error), { cause: error });
    });
    socket.on('close', () => this.#onClose());
    socket.on('error', () => socket.terminate());
    const { url, parameters, welcomeGreeting } = noun;
    timeline.add({ type: 'relay-opened', sessionId: this.sessionId, url, parameters });
    this.#setUp();
    if (welcomeGreeting !== undefined) this.#voice.take(welcomeGreeting, true);
  }

  pull(): HeardFrame {
    return this.#voice.pull();
  }

  /** What the caller says is known by its text. */
  speak(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  press(digit: string): void {
    const { dtmfDetection, interruptible } = this.#options.noun;
    if (!dtmfDetection) return;
    if (interruptible === 'any' || interruptible === 'dtmf') this.#interrupt();
    this.#send({ type: 'dtmf', digit });
  }

  /** The call ends. Idempotent; `ended` tells when it is done. */
  stop(): void {
    this.#close({ status: 'completed' });
  }

  #setUp(): void {
    const { identity, noun } = this.#options;
    this.#send({
      type: 'setup',
      sessionId: this.sessionId,
      accountSid: identity.accountSid,
      parentCallSid: '',
      callSid: identity.sid,
      from: identity.from,
      to: identity.to,
      forwardedFrom: '',
      callType: 'PSTN',
      callerName: '',
      direction: identity.direction,
      callStatus: 'IN-PROGRESS',
      customParameters: noun.parameters,
    });
  }

  #onCaller(event: CallEvent): void {
    if (event.type === 'saying') {
      clearTimeout(this.#endpoint);
      this.#inform('speaker-events', 'clientSpeaking', 'on');
      const { interruptible, partialPrompts } = this.#options.noun;
      if (interruptible === 'any' || interruptible === 'speech') this.#interrupt();
      const [first = ''] = event.text.split(' ');
      if (partialPrompts) this.#send({ type: 'prompt', voicePrompt: first, lang: 'en-US', last: false });
    } else if (event.type === 'said') {
      this.#said.push(event.text);
      this.#inform('speaker-events', 'clientSpeaking', 'off');
      clearTimeout(this.#endpoint);
      this.#endpoint = setTimeout(() => {
        const voicePrompt = this.#said.splice(0).join(' ');
        this.#send({ type: 'prompt', voicePrompt, lang: 'en-US', last: true });
      }, ENDPOINT_MS);
    }
  }

  #interrupt(): void {
    if (!this.#voice.isSpeaking) return;
    const { heard, afterMs } = this.#voice.interrupt();
    this.#send({
      type: 'interrupt',
      utteranceUntilInterrupt: heard,
      durationUntilInterruptMs: afterMs,
    });
  }

  #inform(subscription: string, name: string, value: string): void {
    if (this.#options.noun.events.has(subscription))
      this.#send({ type: 'info', name, value, ts: Date.now() });
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    const { timeline } = this.#options;
    const message = isBinary ? undefined : readRelayServiceMessage(data.toString());
    if (message === undefined) {
      timeline.add({ type: 'error', code: 64107, message: 'the message is none of those that are possible' });
      this.#send({ type: 'error', description: '64107: Invalid message received' });
      return;
    }
    timeline.add({ type: 'relay-received', message });
    if (message.type === 'text') this.#voice.take(message.token, message.last);
    if (message.type === 'end') {
      const { handoffData } = message;
      this.#close({ status: 'ended', ...(handoffData === undefined ? {} : { handoffData }) });
    }
  }

  #send(message: Readonly<Record<string, unknown>>): void {
    if (this.#isStopping || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    this.#options.timeline.add({ type: 'relay-sent', message });
  }

  #close(end: RelayEnd): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#handoff = end;
    const socket = this.#socket;
    if (socket === undefined) return this.#finish(end);
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  #onClose(): void {
    if (this.#handoff === undefined)
      this.#options.timeline.add({ type: 'error', code: 64105, message: 'the service closed the socket' });
    this.#finish(this.#handoff ?? { status: 'failed' });
  }

  #finish(end: RelayEnd): void {
    this.#isStopping = true;
    clearTimeout(this.#endpoint);
    this.#stopListening();
    this.#options.timeline.add({ type: 'relay-ended', sessionId: this.sessionId, status: end.status });
    this.#end.resolve(end);
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.off('error', reject);
      resolve();
    });
    socket.once('error', reject);
  });
}
