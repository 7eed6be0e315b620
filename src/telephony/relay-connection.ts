/**
 * One relay's socket: checks what comes, lets the relay in once its `setup` has proved which call it is, and is then the
 * {@link RelayLine} of that call. Faults are counted and logged as those of media streams are.
 */
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { Session } from '../sessions/index.ts';
import type { LineCloseReason, RelayEvent, RelayLine } from './index.ts';
import { createLogBudget } from './log-budget.ts';
import { type Connection, type ConnectionContext, findSession } from './media-connection.ts';
import type { Fault } from './media-messages.ts';
import { type RelaySetup, readRelayMessage, relayMessages } from './relay-messages.ts';
import { SESSION_PARAMETER, TOKEN_PARAMETER } from './twiml.ts';

const LOG_LINES_PER_MINUTE = 5;
/** Nothing is sent while nobody speaks, so the socket itself is asked whether it lives. */
const PING_AFTER_MS = 15_000;
/** Three pings without an answer. */
const DEAD_AFTER_MS = 60_000;
/** After `end` Twilio closes the socket; if it does not, we do. */
const END_GRACE_MS = 2_000;
/** Events for a line that has no listener yet: more than the second until it has one brings. */
const MOST_KEPT = 200;

/** WebSocket close codes (RFC 6455, 7.4.1). */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;

export class RelayConnection implements Connection, RelayLine {
  streamId = '';
  callSid = '';
  parameters: Readonly<Record<string, string>> = {};
  readonly #socket: WebSocket;
  readonly #context: ConnectionContext;
  readonly #logBudget = createLogBudget(LOG_LINES_PER_MINUTE);
  readonly #openedAtMs = performance.now();
  #logger: Logger;
  #heardAtMs = performance.now();
  #pingedAtMs = 0;
  #isSetUp = false;
  #isCarried = false;
  #ended = false;
  #unusable = 0;
  #listener: ((event: RelayEvent) => void) | undefined;
  #kept: RelayEvent[] = [];

  /** Listens to the socket at once, so that nothing is lost between accept and here. */
  constructor(socket: WebSocket, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    this.#logger = context.logger;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#heardAtMs = performance.now();
    });
    socket.on('error', () => this.#finish('disconnected'));
    socket.on('close', () => this.#finish('disconnected'));
  }

  listen(listener: (event: RelayEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#kept.splice(0)) this.#deliver(event);
  }

  say(text: string, how: { isLast: boolean; language: string }): void {
    this.#send(relayMessages.text(text, how));
  }

  understand(language: string): void {
    this.#send(relayMessages.language(language));
  }

  end(reason: LineCloseReason = 'closed-here'): void {
    this.#finish(reason);
  }

  checkTime(nowMs: number): void {
    const silentMs = nowMs - this.#heardAtMs;
    if (!this.#isCarried && nowMs - this.#openedAtMs >= this.#context.limits.startTimeoutMs)
      this.#refuse('no-start');
    else if (silentMs >= DEAD_AFTER_MS) {
      this.#note('silent');
      this.#finish('disconnected');
    } else if (silentMs >= PING_AFTER_MS && nowMs - this.#pingedAtMs >= PING_AFTER_MS) {
      this.#pingedAtMs = nowMs;
      this.#socket.ping();
    }
  }

  #finish(reason: LineCloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#context.counters.inc('telephony_streams_closed_total', { reason });
    this.#logger.info({ reason, carried: this.#isCarried }, 'relay ended');
    if (reason === 'closed-here' && this.#isCarried) this.#endAtCarrier();
    else if (reason === 'protocol-error') this.#socket.close(POLICY_VIOLATION);
    else if (reason === 'disconnected' || reason === 'overflow') this.#socket.terminate();
    else this.#socket.close(NORMAL);
    this.#context.onEnded(this);
    this.#push({ type: 'closed', reason });
  }

  /** Which plan it is to go on with stands in the session, so all that comes back is whose word it was. */
  #endAtCarrier(): void {
    if (this.#socket.readyState === this.#socket.OPEN)
      this.#socket.send(relayMessages.end(JSON.stringify({ by: 'callwright' })));
    const timer = setTimeout(() => this.#socket.close(NORMAL), END_GRACE_MS);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #send(message: string): void {
    if (this.#ended || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(message);
    if (this.#socket.bufferedAmount <= this.#context.limits.maxBufferedBytes) return;
    this.#note('too-slow-to-read');
    this.#finish('overflow');
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    this.#heardAtMs = performance.now();
    if (isBinary || !Buffer.isBuffer(data)) return this.#ignore('binary-message');
    const message = readRelayMessage(data.toString());
    switch (message.type) {
      case 'fault':
        return this.#ignore(message.fault, message.detail);
      case 'nothing':
        return;
      case 'setup':
        return this.#setUp(message);
      default:
        if (this.#isSetUp) this.#push(message);
        else this.#ignore('before-start', message.type);
    }
  }

  #setUp({ sessionId, accountSid, callSid, parameters }: RelaySetup): void {
    if (this.#isSetUp) return this.#ignore('second-start');
    this.#isSetUp = true;
    this.#logger = this.#logger.child({ callSid, relaySid: sessionId });
    const ours = this.#context.accountSid;
    if (ours !== undefined && accountSid !== ours) return this.#refuse('wrong-account');
    const { [TOKEN_PARAMETER]: token, [SESSION_PARAMETER]: sealed, ...others } = parameters;
    this.streamId = sessionId;
    this.callSid = callSid;
    this.parameters = others;
    findSession(this.#context, { token, sealed, callSid })
      .then((found) => (typeof found === 'string' ? this.#refuse(found) : this.#carry(found)))
      .catch((error: unknown) => this.#refuse('store-failed', error));
  }

  #carry(session: Session): void {
    if (this.#ended) return;
    this.#isCarried = true;
    this.#logger = this.#logger.child({ callId: session.callId });
    this.#logger.info('relay started');
    try {
      this.#context.desk.carryRelay(this, session);
    } catch (error) {
      this.#note('listener-failed', error);
      this.#finish('closed-here');
    }
  }

  #push(event: RelayEvent): void {
    if (this.#listener !== undefined) return this.#deliver(event);
    this.#kept.push(event);
    if (this.#kept.length > MOST_KEPT) {
      this.#kept.shift();
      this.#note('kept-too-much');
    }
  }

  #deliver(event: RelayEvent): void {
    try {
      this.#listener?.(event);
    } catch (error) {
      this.#note('listener-failed', error);
    }
  }

  #ignore(fault: Fault, detail?: string): void {
    this.#note(fault, detail);
    this.#unusable += 1;
    if (this.#unusable >= this.#context.limits.maxFaults) this.#refuse('too-many-faults');
  }

  #refuse(fault: Fault, cause?: unknown): void {
    if (this.#ended) return;
    this.#note(fault, cause);
    this.#finish('protocol-error');
  }

  #note(fault: Fault, cause?: unknown): void {
    this.#context.counters.inc('telephony_stream_faults_total', { fault });
    const line = this.#logBudget();
    const detail = cause === undefined ? {} : typeof cause === 'string' ? { detail: cause } : { err: cause };
    if (line) this.#logger.warn({ ...line, fault, ...detail }, 'relay fault');
  }
}
