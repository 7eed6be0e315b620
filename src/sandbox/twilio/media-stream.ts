/**
 * One bidirectional media stream: the WebSocket that Twilio opens to the service while `<Connect><Stream>` runs.
 */
import WebSocket, { type RawData } from 'ws';
import { MULAW_SILENCE } from '../../audio/mulaw.ts';
import { FRAME_BYTES, FRAME_MS } from '../../telephony/index.ts';
import { type FaultSource, type Outgoing, Outlet } from '../outlet.ts';
import type { HeardFrame, SpokenFrame } from '../phone/index.ts';
import { TwilioFault } from './errors.ts';
import { type CallFaults, type Mischief, OVERSIZED_FRAME_BYTES } from './faults.ts';
import { type Mark, Playout } from './playout.ts';
import { signatureHeaders } from './signature.ts';
import {
  CarrierMessages,
  readServiceMessage,
  type ServiceMessage,
  type StreamIdentity,
} from './stream-messages.ts';
import type { SandboxEvent, Timeline } from './timeline.ts';

export interface MediaStreamOptions extends StreamIdentity {
  /** As it stands in the TwiML: this is what is signed. */
  url: string;
  /** Where that is really reached. */
  connectUrl: string;
  customParameters: Readonly<Record<string, string>>;
  authToken: string;
  faults: CallFaults;
  /** What can befall the stream while it runs. */
  vendorFaults: FaultSource | undefined;
  timeline: Timeline;
}

type SentEvent = Extract<SandboxEvent, { type: 'sent' }>['event'];

/** `failure`: the service was lost, or its socket was. */
export interface StreamEnd {
  by: 'twilio' | 'service' | 'failure';
  closeCode: number;
}

const HANDSHAKE_TIMEOUT_MS = 5000;
/** How long the service may take to answer a close before its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 2000;
/** Caller audio waiting in the socket beyond this (about 8 s) is thrown away: error 31930. */
const LARGEST_BACKLOG_BYTES = 128 * 1024;
/** Any payload is allowed; this bounds what one message can cost the sandbox. */
const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024;
/** What a real stream's first media message carries: the call's media began before the stream did. */
const FIRST_TIMESTAMP_MS = 155;

export class MediaStream {
  readonly streamSid: string;
  /** Settles when the socket is closed, or could not be opened. Never rejects. */
  readonly ended: Promise<StreamEnd>;
  readonly #options: MediaStreamOptions;
  readonly #messages: CarrierMessages;
  readonly #playout: Playout;
  readonly #end = Promise.withResolvers<StreamEnd>();
  readonly #lateMarks: { name: string; dueAtMs: number }[] = [];
  #socket: WebSocket | undefined;
  #outlet: Outlet | undefined;
  #sequence = 0;
  #chunk = 0;
  #stopping = false;
  #overflowing = false;

  constructor(options: MediaStreamOptions) {
    this.#options = options;
    this.streamSid = options.streamSid;
    this.#messages = new CarrierMessages(options);
    this.#playout = new Playout((mark) => this.#onMark(mark));
    this.ended = this.#end.promise;
  }

  /** Connects and sends `connected` and `start`. Throws {@link TwilioFault} when the service does not let it. */
  async open(): Promise<void> {
    const { url, connectUrl, authToken, faults, customParameters, timeline } = this.#options;
    const socket = new WebSocket(connectUrl, {
      headers: {
        'user-agent': 'Twilio.TmeWs/1.0',
        ...signatureHeaders(faults.streamSignature ?? 'right', authToken, url),
      },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: LARGEST_MESSAGE_BYTES,
    });
    this.#socket = socket;
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    await opened(socket).catch((error: unknown) => {
      this.#stopping = true;
      this.#end.resolve({ by: 'failure', closeCode: 1006 });
      throw error;
    });
    this.#outlet = this.#outletOf(socket);
    socket.on('close', (code) => this.#onClose(code));
    socket.on('error', (error) => timeline.add({ type: 'error', code: 31924, message: error.message }));
    timeline.add({ type: 'stream-opened', streamSid: this.streamSid, url, parameters: customParameters });
    this.#greet();
  }

  /** A tick: what is played now. To be followed by `speak`. */
  pull(): HeardFrame {
    return this.#playout.pull();
  }

  /** Sends 20 ms of the caller. False when nothing was sent. */
  speak(frame: SpokenFrame, atMs: number): boolean {
    this.#returnLateMarks(atMs);
    const socket = this.#socket;
    if (this.#stopping || socket?.readyState !== WebSocket.OPEN) return false;
    this.#chunk++;
    this.#sequence++;
    if (socket.bufferedAmount > LARGEST_BACKLOG_BYTES) {
      this.#reportOverflow();
      return false;
    }
    this.#overflowing = false;
    // The place in the audio, not the time of sending: a late frame is late, and nothing is missing.
    const timestampMs = FIRST_TIMESTAMP_MS + (this.#chunk - 1) * FRAME_MS;
    const shift = this.#options.faults.shuffledSequence ? ([0, 1, -1, 0][this.#chunk % 4] ?? 0) : 0;
    const { payload } = frame;
    const media = (audio: string): string =>
      this.#messages.media(this.#sequence + shift, this.#chunk + shift, timestampMs, audio);
    this.#put({ text: media(payload), textWithShortAudio: () => media(withoutLastByte(payload)) });
    return true;
  }

  press(digit: string): void {
    this.#send('dtmf', (sequence) => this.#messages.dtmf(sequence, digit), digit);
  }

  /** Ends the stream from Twilio's side. Idempotent; `ended` tells when it is done. */
  stop(): void {
    if (this.#stopping) return;
    if (!this.#options.faults.noStop) this.#send('stop', (sequence) => this.#messages.stop(sequence));
    this.#stopping = true;
    const socket = this.#socket;
    if (socket === undefined) return;
    // While the handshake lasts, this makes `open` throw.
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  /** Does something no carrier should. */
  misbehave(mischief: Mischief): void {
    switch (mischief) {
      case 'malformed-json':
        this.#transmit('raw', '{"event":"media","media":{', mischief);
        break;
      case 'unknown-event':
        this.#transmit('raw', JSON.stringify({ event: 'surprise', streamSid: this.streamSid }), mischief);
        break;
      case 'oversized-frame': {
        const payload = Buffer.alloc(OVERSIZED_FRAME_BYTES, MULAW_SILENCE).toString('base64');
        this.#send(
          'raw',
          (n) => this.#messages.media(n, ++this.#chunk, FIRST_TIMESTAMP_MS, payload),
          mischief,
        );
        break;
      }
      case 'binary-message':
        this.#transmit('raw', new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE), mischief);
        break;
      case 'second-start':
        this.#sendStart();
        break;
      case 'destroy-socket':
        this.#socket?.terminate();
        break;
    }
  }

  #greet(): void {
    const { faults } = this.#options;
    this.#transmit('connected', this.#messages.connected());
    if (faults.mediaBeforeStart) {
      const payload = Buffer.alloc(FRAME_BYTES, MULAW_SILENCE).toString('base64');
      this.#transmit('raw', this.#messages.media(1, 1, 0, payload), 'media-before-start');
    }
    this.#sendStart();
    if (faults.secondStart) this.#sendStart();
  }

  #sendStart(): void {
    const { customParameters, faults } = this.#options;
    const encoding = faults.encoding ?? 'audio/x-mulaw';
    const sent = faults.parameters?.(customParameters) ?? customParameters;
    this.#send('start', (sequence) => this.#messages.start(sequence, { customParameters: sent, encoding }));
  }

  /** Sends a message that carries the stream's next sequence number. */
  #send(event: SentEvent, build: (sequence: number) => string, name?: string): void {
    this.#transmit(event, build(++this.#sequence), name);
  }

  #transmit(event: SentEvent, message: string | Uint8Array, name?: string): void {
    if (this.#stopping || this.#socket?.readyState !== WebSocket.OPEN) return;
    if (typeof message === 'string') this.#put({ text: message });
    else this.#socket.send(message);
    this.#options.timeline.add({ type: 'sent', event, ...(name === undefined ? {} : { name }) });
  }

  #outletOf(socket: WebSocket): Outlet | undefined {
    const { vendorFaults } = this.#options;
    if (vendorFaults === undefined) return undefined;
    return new Outlet('twilio', vendorFaults, {
      write: (text) => socket.send(text),
      cut: () => socket.terminate(),
      goSilent: () => socket.pause(),
    });
  }

  #put(message: Outgoing): void {
    if (this.#outlet === undefined) this.#socket?.send(message.text);
    else this.#outlet.send(message);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    const { timeline } = this.#options;
    const message: ServiceMessage = isBinary
      ? { event: 'invalid', problem: 'the message is binary; only text is possible' }
      : readServiceMessage(data.toString(), this.streamSid);
    switch (message.event) {
      case 'media':
        if (this.#playout.enqueue(message.audio, performance.now())) {
          const { queuedMs } = this.#playout;
          timeline.add({ type: 'media-received', bytes: message.audio.length, queuedMs });
        } else this.#reportInvalid('more than ten minutes of audio are waiting to be played');
        break;
      case 'mark':
        timeline.add({ type: 'mark-received', name: message.name });
        if (!this.#playout.mark(message.name)) this.#reportInvalid('too many marks are outstanding');
        break;
      case 'clear':
        timeline.add({ type: 'clear-received', clearedMs: this.#playout.queuedMs });
        this.#playout.clear();
        break;
      case 'invalid':
        this.#reportInvalid(message.problem);
        break;
    }
  }

  #onMark({ name, cleared }: Mark): void {
    const { faults, timeline } = this.#options;
    timeline.add({ type: 'mark-reached', name, cleared });
    if (faults.marks === 'never') return;
    if (faults.marks === undefined) this.#returnMark(name);
    else this.#lateMarks.push({ name, dueAtMs: performance.now() + faults.marks.lateMs });
  }

  #returnMark(name: string): void {
    this.#send('mark', (sequence) => this.#messages.mark(sequence, name), name);
  }

  #returnLateMarks(atMs: number): void {
    for (
      let first = this.#lateMarks[0];
      first !== undefined && first.dueAtMs <= atMs;
      first = this.#lateMarks[0]
    ) {
      this.#lateMarks.shift();
      this.#returnMark(first.name);
    }
  }

  #onClose(closeCode: number): void {
    const by = this.#stopping ? 'twilio' : closeCode === 1006 ? 'failure' : 'service';
    this.#stopping = true;
    this.#outlet?.close();
    this.#options.timeline.add({ type: 'stream-ended', streamSid: this.streamSid, by, closeCode });
    this.#end.resolve({ by, closeCode });
  }

  #reportInvalid(problem: string): void {
    this.#options.timeline.add({ type: 'error', code: 31951, message: problem });
  }

  #reportOverflow(): void {
    if (!this.#overflowing) {
      this.#options.timeline.add({
        type: 'error',
        code: 31930,
        message: 'the service reads too slowly; audio is lost',
      });
    }
    this.#overflowing = true;
  }
}

function withoutLastByte(base64: string): string {
  return Buffer.from(base64, 'base64').subarray(0, -1).toString('base64');
}

/** Resolves when the handshake is done; throws {@link TwilioFault} when it fails. */
function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.off('error', onError);
      resolve();
    });
    const onError = (error: Error): void => {
      const timedOut = error.message.includes('timed out');
      reject(new TwilioFault(timedOut ? 31901 : 31920, error.message, { cause: error }));
    };
    socket.once('error', onError);
  });
}
