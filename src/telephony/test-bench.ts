/** What this room's tests share: a served telephone side on loopback, a desk that remembers, and a carrier's sockets. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import type { ResumePlan, Session } from '../sessions/index.ts';
import type { Briefing, CallDesk, Line, LineEvent, RelayLine } from './index.ts';
import { attachMediaStream, type MediaStreamOptions } from './media-stream.ts';
import { createStreamTokens } from './stream-token.ts';
import { createWebhooks, type WebhookOptions } from './webhooks.ts';

/** Not where the tests' server listens, and with a path that a proxy takes off: what counts is only this. */
export const PUBLIC_URL = 'https://voice.example.com/agent';
export const AUTH_TOKEN = 'an auth token for tests';

export function sid(prefix: 'AC' | 'CA' | 'MZ' | 'RE' | 'SM', n = 1): string {
  return prefix + n.toString(16).padStart(32, '0');
}

export function createSession(change: Partial<Session> = {}): Session {
  return {
    callId: 'call-1',
    callSid: sid('CA'),
    direction: 'inbound',
    from: '+15550001111',
    to: '+15552223333',
    flowId: 'flow',
    flowVersion: '1',
    createdAt: 0,
    streams: 0,
    plan: { type: 'reconnect' },
    ended: false,
    ...change,
  };
}

/** What the call is to hear of {@link Phone.media} of this value. */
export function frame(value: number): LineEvent {
  return { type: 'frame', audio: Buffer.alloc(160, value), atMs: value * 20 };
}

/** Counts by `name{value,value}`, labels in the order given. */
class RecordingCounters {
  readonly counts: Record<string, number> = {};
  inc(name: string, labels: Record<string, string> = {}): void {
    const key = `${name}{${Object.values(labels).join()}}`;
    this.counts[key] = (this.counts[key] ?? 0) + 1;
  }
  fault(fault: string): number {
    return this.counts[`telephony_stream_faults_total{${fault}}`] ?? 0;
  }
}

/** The events of a line, awaitable one by one. */
class HeardLine {
  readonly line: Line;
  readonly events: LineEvent[] = [];
  #waiting: (() => void) | undefined;
  #next = 0;

  constructor(line: Line) {
    this.line = line;
  }

  /** Sets the listener; `also` runs in it. */
  listen(also?: (event: LineEvent) => void): this {
    this.line.listen((event) => {
      this.events.push(event);
      this.#waiting?.();
      also?.(event);
    });
    return this;
  }

  async next(): Promise<LineEvent> {
    for (;;) {
      const event = this.events[this.#next];
      if (event !== undefined) {
        this.#next += 1;
        return event;
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** The first event of this type from now on. */
  async until(type: LineEvent['type']): Promise<LineEvent> {
    for (;;) {
      const event = await this.next();
      if (event.type === type) return event;
    }
  }
}

/** Knows the sessions it was given, by CallSid; remembers what it was told, as `method:arguments`. */
class RememberingDesk implements CallDesk {
  readonly sessions = new Map<string, Session>();
  readonly told: string[] = [];
  readonly carried: HeardLine[] = [];
  readonly relays: RelayLine[] = [];
  plan: ResumePlan = { type: 'reconnect' };
  askAgainMs = 0;
  /** What whoever answers a transfer hears next. */
  next: Briefing | undefined;
  /** When set, every method rejects (or throws) with it. */
  failure: Error | undefined;
  /** When false, whoever tests sets the listeners. */
  listens = true;
  #waiting: (() => void) | undefined;

  async answer(call: {
    callSid: string;
    from: string;
    to: string;
    direction: string;
  }): Promise<Session | undefined> {
    this.#tell('answer', call.callSid, call.from, call.to, call.direction);
    return this.sessions.get(call.callSid);
  }
  async resume(callSid: string, dialStatus?: string, hasSaid = false) {
    this.#tell('resume', callSid, dialStatus ?? (hasSaid ? 'said' : '-'));
    const session = this.sessions.get(callSid);
    return session && { plan: this.plan, session };
  }
  carry(line: Line, session: Session): void {
    this.#tell('carry', line.callSid, session.callId);
    const heard = new HeardLine(line);
    this.carried.push(this.listens ? heard.listen() : heard);
    this.#waiting?.();
  }
  carryRelay(relay: RelayLine, session: Session): void {
    this.#tell('carryRelay', relay.callSid, session.callId);
    this.relays.push(relay);
    this.#waiting?.();
  }
  async callEnded(callSid: string, status: string): Promise<void> {
    this.#tell('callEnded', callSid, status);
  }
  async streamEnded(callSid: string, streamId: string, error?: string): Promise<void> {
    this.#tell('streamEnded', callSid, streamId, error ?? '-');
  }
  async machineAnswered(callSid: string): Promise<void> {
    this.#tell('machineAnswered', callSid);
  }
  async waiting(callSid: string): Promise<number> {
    this.#tell('waiting', callSid);
    return this.askAgainMs;
  }
  async legReported(
    callSid: string,
    leg: { callSid: string; conference: string; status: string },
  ): Promise<void> {
    this.#tell('legReported', callSid, leg.callSid, leg.conference, leg.status);
  }
  async briefing(callSid: string, leg: { callSid: string; conference: string; hasHeard: boolean }) {
    this.#tell('briefing', callSid, leg.callSid, leg.conference, String(leg.hasHeard));
    return this.next;
  }

  /** The n-th line carried, from 0, when there is one. */
  async line(n = 0): Promise<HeardLine> {
    for (;;) {
      const heard = this.carried[n];
      if (heard !== undefined) return heard;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  #tell(...words: string[]): void {
    this.told.push(words.join(':'));
    if (this.failure) throw this.failure;
  }
}

export type BenchOptions = Partial<
  Pick<MediaStreamOptions, 'limits' | 'checkEveryMs' | 'accountSid' | 'publicUrl' | 'logger'> &
    Pick<WebhookOptions, 'acceptance' | 'deskTimeoutMs' | 'reception'> & {
      sessions: Partial<MediaStreamOptions['sessions']>;
    }
>;

/** Serves webhooks and media stream on a free loopback port. */
export async function openBench(options: BenchOptions = {}) {
  const desk = new RememberingDesk();
  const counters = new RecordingCounters();
  const used = new Set<string>();
  const sessions = {
    useOnce: async (id: string) => !used.has(id) && used.add(id) !== undefined,
    load: async (callId: string) => [...desk.sessions.values()].find((session) => session.callId === callId),
    create: async (session: Session) => {
      desk.sessions.set(session.callSid, session);
      return session;
    },
  };
  const tokens = createStreamTokens({ authToken: AUTH_TOKEN, sessions });
  const shared = {
    publicUrl: PUBLIC_URL,
    authToken: AUTH_TOKEN,
    logger: pino({ level: 'silent' }),
    desk,
    counters,
    tokens,
    ...options,
    sessions: { ...sessions, ...options.sessions },
  };
  const app = express();
  app.use(createWebhooks(shared));
  const server = createServer(app);
  const streams = attachMediaStream(server, shared);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // A listening TCP server has no other kind of address.
  const phones: Phone[] = [];

  return {
    desk,
    counters,
    tokens,
    streams,
    port,
    origin: `http://127.0.0.1:${port}`,

    /** Posts a form as Twilio does; `signedUrl` and `headers` may be other than they should be. */
    async post(
      path: string,
      form: Record<string, string>,
      change: { signedUrl?: string; signature?: string } = {},
    ) {
      const url = change.signedUrl ?? shared.publicUrl + path;
      const signature = change.signature ?? twilio.getExpectedTwilioSignature(AUTH_TOKEN, url, form);
      return fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'x-twilio-signature': signature, 'x-forwarded-host': 'elsewhere.example.com' },
        body: new URLSearchParams(form),
      });
    },

    /** A phone whose socket is open; its session is known and its token good. */
    async dial(n = 1): Promise<Phone> {
      const session = createSession({ callId: `call-${n}`, callSid: sid('CA', n) });
      desk.sessions.set(session.callSid, session);
      const url = `${shared.publicUrl.replace(/^http/, 'ws')}/twilio/media`;
      const signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, url, {});
      const phone = new Phone(`ws://127.0.0.1:${port}/twilio/media`, signature, n, tokens.issue(session));
      phones.push(phone);
      await once(phone.socket, 'open');
      return phone;
    },

    /** A stream that has started and is carried. */
    async startCall(n = 1): Promise<{ phone: Phone; heard: HeardLine }> {
      const phone = await this.dial(n);
      phone.send(phone.connected());
      phone.send(phone.start());
      return { phone, heard: await desk.line(desk.carried.length) };
    },

    async close(): Promise<void> {
      for (const phone of phones) phone.socket.terminate();
      streams.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export type Bench = Awaited<ReturnType<typeof openBench>>;

/** Twilio's end of one media stream. */
export class Phone {
  readonly socket: WebSocket;
  readonly token: string;
  readonly callSid: string;
  readonly streamSid: string;
  readonly received: Record<string, unknown>[] = [];
  readonly closed: Promise<number>;
  #sequence = 0;
  #waiting: (() => void) | undefined;

  constructor(url: string, signature: string, n: number, token: string) {
    this.token = token;
    this.callSid = sid('CA', n);
    this.streamSid = sid('MZ', n);
    this.socket = new WebSocket(url, {
      headers: { 'X-Twilio-Signature': signature },
      perMessageDeflate: true,
    });
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.on('error', () => {}); // Told by `closed` as well.
    this.socket.on('message', (data) => {
      this.received.push(JSON.parse(String(data)));
      this.#waiting?.();
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The n-th message received, from 0, when there is one. */
  async message(n: number): Promise<Record<string, unknown>> {
    for (;;) {
      const message = this.received[n];
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  connected = () => ({ event: 'connected', protocol: 'Call', version: '1.0.0' });

  /** `change` replaces fields of `start.start`. */
  start(change: Record<string, unknown> = {}) {
    return {
      ...this.#numbered('start'),
      start: {
        accountSid: sid('AC'),
        streamSid: this.streamSid,
        callSid: this.callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token: this.token, colour: 'blue' },
        ...change,
      },
    };
  }

  /** 160 bytes of one value, at `value` times 20 ms; `change` replaces fields of `media.media`. */
  media(value: number, change: Record<string, unknown> = {}) {
    const payload = Buffer.alloc(160, value).toString('base64');
    const media = {
      track: 'inbound',
      chunk: String(value),
      timestamp: String(value * 20),
      payload,
      ...change,
    };
    return { ...this.#numbered('media'), media };
  }

  key = (digit: string) => ({ ...this.#numbered('dtmf'), dtmf: { track: 'inbound_track', digit } });
  mark = (name: string) => ({ ...this.#numbered('mark'), mark: { name } });
  stop = () => ({ ...this.#numbered('stop'), stop: { accountSid: sid('AC'), callSid: this.callSid } });

  #numbered(event: string) {
    this.#sequence += 1;
    return { event, sequenceNumber: String(this.#sequence), streamSid: this.streamSid };
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
