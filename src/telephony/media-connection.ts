/**
 * One media stream's socket: checks what comes, lets the stream in once its `start` has proved which call it is, and
 * hands what follows to the {@link TwilioLine}.
 *
 * A message that is not as it should be is counted, logged and ignored. The stream is closed only when it shows that
 * it is not one of ours (format, account, token, session), when it breaks WebSocket itself, or when unusable messages
 * pile up. Sequence numbers never cost audio by themselves: TCP keeps order, so what arrives is used in the order it
 * arrives, and only what is old by its number and its timestamp both is dropped.
 */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { Session, Sessions } from '../sessions/index.ts';
import type { Counters } from './counters.ts';
import type { CallDesk, LineCloseReason } from './index.ts';
import { createLogBudget } from './log-budget.ts';
import { type Fault, readMessage, type StartMessage, type StreamMessage } from './media-messages.ts';
import type { StreamTokens } from './stream-token.ts';
import { type LineCarrier, TwilioLine } from './twilio-line.ts';
import { SESSION_PARAMETER, TOKEN_PARAMETER } from './twiml.ts';

/** A stream that goes wrong goes wrong fifty times a second; these lines show how, the counter shows how often. */
const LOG_LINES_PER_MINUTE = 5;

/** WebSocket close codes (RFC 6455, 7.4.1). */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;

export interface StreamLimits {
  /** From the accepted socket to a stream that has proved its call. Shorter than the idle time, which comes after. */
  startTimeoutMs: number;
  /** Without any message the socket is held to be dead: media comes every 20 ms, even of silence. */
  idleTimeoutMs: number;
  /** Outbound bytes that the socket has not taken; 1 MiB is over a minute of audio in 20 ms messages. */
  maxBufferedBytes: number;
  /** Inbound bytes kept for a line that has no listener yet; 80,000 is ten seconds of audio. */
  maxKeptBytes: number;
  /** Unusable messages of one stream before it is closed. */
  maxFaults: number;
  /** One WebSocket message. Twilio's are a few hundred bytes. */
  maxMessageBytes: number;
  /** The audio of one `media` message. Twilio's is 160 bytes; 16,000 is two seconds. */
  maxPayloadBytes: number;
}

/** What every connection shares. */
export interface ConnectionContext {
  readonly desk: CallDesk;
  readonly tokens: Pick<StreamTokens, 'redeem' | 'unseal'>;
  readonly sessions: Pick<Sessions, 'load' | 'create'>;
  readonly accountSid: string | undefined;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly limits: StreamLimits;
  /** The connection is over. Called once. */
  onEnded(connection: Connection): void;
}

/** One socket of the carrier's, as whoever accepted it knows it. */
export interface Connection {
  /** Closes a socket that is dead or was never good for anything. `nowMs` is from `performance.now()`. */
  checkTime(nowMs: number): void;
  end(reason: LineCloseReason): void;
}

export class MediaConnection implements LineCarrier {
  readonly socket: WebSocket;
  readonly maxBufferedBytes: number;
  readonly maxKeptBytes: number;
  readonly #wire: Socket;
  readonly #context: ConnectionContext;
  readonly #logBudget = createLogBudget(LOG_LINES_PER_MINUTE);
  #logger: Logger;
  #line: TwilioLine | undefined;
  /** True once the desk has the line. */
  #carried = false;
  #ended = false;
  #unusable = 0;
  #openedAtMs = performance.now();
  #heardAtMs = this.#openedAtMs;
  #newestSequence = -1;
  #newestMediaMs = -1;
  /** Of the last key, so that a repeated message presses nothing twice. */
  #keySequence: number | undefined;

  /** Listens to the socket at once, so that nothing is lost between accept and here. `wire`: what it runs on. */
  constructor(socket: WebSocket, wire: Socket, context: ConnectionContext) {
    this.socket = socket;
    this.#wire = wire;
    this.maxBufferedBytes = context.limits.maxBufferedBytes;
    this.maxKeptBytes = context.limits.maxKeptBytes;
    this.#context = context;
    this.#logger = context.logger;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => this.end('disconnected'));
  }

  together(send: () => void): void {
    this.#wire.cork();
    try {
      send();
    } finally {
      this.#wire.uncork();
    }
  }

  /** Closes a stream that has not started in time or has gone silent. `nowMs` is from `performance.now()`. */
  checkTime(nowMs: number): void {
    const { startTimeoutMs, idleTimeoutMs } = this.#context.limits;
    if (!this.#carried && nowMs - this.#openedAtMs >= startTimeoutMs) this.#refuse('no-start');
    else if (nowMs - this.#heardAtMs >= idleTimeoutMs) {
      this.note('silent');
      this.end('disconnected');
    }
  }

  end(reason: LineCloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#context.counters.inc('telephony_streams_closed_total', { reason });
    this.#logger.info({ reason, carried: this.#carried }, 'media stream ended');
    switch (reason) {
      case 'stopped':
      case 'closed-here':
        this.socket.close(NORMAL);
        break;
      case 'protocol-error':
        this.socket.close(POLICY_VIOLATION);
        break;
      case 'disconnected':
      case 'overflow':
        // Nobody reads at the other end, so a closing handshake would wait in vain.
        this.socket.terminate();
        break;
    }
    this.#context.onEnded(this);
    this.#line?.ended(reason);
  }

  note(fault: Fault, cause?: unknown): void {
    this.#context.counters.inc('telephony_stream_faults_total', { fault });
    const line = this.#logBudget();
    if (line) this.#logger.warn({ ...line, fault, ...describe(cause) }, 'media stream fault');
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    this.#heardAtMs = performance.now();
    // The server's sockets deliver each message as one Buffer; the other forms of the type are options not taken.
    if (isBinary || !Buffer.isBuffer(data)) {
      this.#ignore('binary-message');
      return;
    }
    const message = readMessage(data.toString(), this.#context.limits.maxPayloadBytes);
    switch (message.type) {
      case 'fault':
        if (message.fault === 'wrong-media-format') this.#refuse(message.fault, message.detail);
        else this.#ignore(message.fault, message.detail);
        break;
      case 'connected':
        break;
      case 'start':
        this.#start(message);
        break;
      default:
        this.#pass(message);
    }
  }

  #pass(message: Exclude<StreamMessage, { type: 'start' | 'connected' }>): void {
    const line = this.#line;
    if (message.streamSid !== line?.streamId) {
      this.#ignore(line === undefined ? 'before-start' : 'wrong-stream', message.type);
      return;
    }
    const isNew = this.#isNew(message.sequence);
    switch (message.type) {
      case 'media':
        if (isNew || message.atMs > this.#newestMediaMs) {
          // The larger of the two, so that time never runs backwards for the call.
          this.#newestMediaMs = Math.max(this.#newestMediaMs, message.atMs);
          line.push({ type: 'frame', audio: message.audio, atMs: this.#newestMediaMs });
        } else this.#ignore('repeated-message');
        break;
      case 'dtmf':
        if (message.sequence !== undefined && message.sequence === this.#keySequence) {
          this.#ignore('repeated-message');
          break;
        }
        this.#keySequence = message.sequence;
        line.push({ type: 'key', digit: message.digit });
        break;
      case 'mark':
        line.push({ type: 'played', mark: message.name });
        break;
      case 'stop':
        this.end('stopped');
        break;
    }
  }

  /** Whether the message is newer than all before it; counts when it is not the very next one. */
  #isNew(sequence: number | undefined): boolean {
    const newest = this.#newestSequence;
    if (sequence !== newest + 1) this.note('out-of-order');
    if (sequence === undefined || sequence <= newest) return false;
    this.#newestSequence = sequence;
    return true;
  }

  #start(start: StartMessage): void {
    if (this.#line !== undefined) {
      this.#ignore('second-start');
      return;
    }
    this.#logger = this.#logger.child({ callSid: start.callSid, streamSid: start.streamSid });
    const { accountSid } = this.#context;
    if (accountSid !== undefined && start.accountSid !== accountSid) {
      this.#refuse('wrong-account');
      return;
    }
    this.#newestSequence = start.sequence ?? 1;
    const { [TOKEN_PARAMETER]: token, [SESSION_PARAMETER]: sealed, ...parameters } = start.parameters;
    const line = new TwilioLine(this, start, parameters);
    this.#line = line;
    findSession(this.#context, { token, sealed, callSid: start.callSid })
      .then((found) => {
        if (typeof found === 'string') this.#refuse(found);
        else this.#carry(line, found);
      })
      .catch((error: unknown) => this.#refuse('store-failed', error));
  }

  #carry(line: TwilioLine, session: Session): void {
    if (this.#ended) return;
    this.#carried = true;
    this.#logger = this.#logger.child({ callId: session.callId });
    this.#logger.info('media stream started');
    try {
      this.#context.desk.carry(line, session);
    } catch (error) {
      this.note('listener-failed', error);
      this.end('closed-here');
    }
  }

  #ignore(fault: Fault, detail?: string): void {
    this.note(fault, detail);
    this.#unusable += 1;
    if (this.#unusable >= this.#context.limits.maxFaults) this.#refuse('too-many-faults');
  }

  #refuse(fault: Fault, cause?: unknown): void {
    if (this.#ended) return;
    this.note(fault, cause);
    this.end('protocol-error');
  }

  /** Errors of `ws` itself (`WS_ERR_…`) are the other side's breach of the protocol; the rest is a lost connection. */
  #failed(error: Error): void {
    const code = 'code' in error ? error.code : undefined;
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#refuse('oversized-message');
    else if (typeof code === 'string' && code.startsWith('WS_ERR_'))
      this.#refuse('bad-websocket-frame', code);
    else this.end('disconnected');
  }
}

/** Whose call a socket is, by what its first message proves; or why it is nobody's. */
export async function findSession(
  { tokens, sessions }: Pick<ConnectionContext, 'tokens' | 'sessions'>,
  { token, sealed, callSid }: { token: string | undefined; sealed: string | undefined; callSid: string },
): Promise<Session | Fault> {
  const redeemed = await tokens.redeem(token, callSid);
  if ('refused' in redeemed) return `token-${redeemed.refused}`;
  const session = await sessions.load(redeemed.callId);
  if (session?.callSid === callSid) return session;
  // It was answered by another node, and the store that both share could not be told.
  const begun = tokens.unseal(sealed, callSid);
  return begun?.callId === redeemed.callId ? sessions.create(begun) : 'unknown-session';
}

function describe(cause: unknown): { detail?: string; err?: unknown } {
  if (cause === undefined) return {};
  return typeof cause === 'string' ? { detail: cause } : { err: cause };
}
