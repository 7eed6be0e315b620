/**
 * One reply spoken by Deepgram Aura over a connection of its own.
 *
 * The SDK makes the URL and authenticates; the socket is ours ({@link WebSocketTransport}), and so is what reads from it:
 * the SDK gives audio out as a `Blob`, which is read later than the messages after it (5.13.0).
 */
import { DeepgramClient } from '@deepgram/sdk';
import type { Logger } from 'pino';
import { z } from 'zod';
import { closedWithin } from '../async/websocket.ts';
import { WebSocketTransport } from '../async/websocket-transport.ts';
import { statusError } from './http-status.ts';
import { TtsError, type TtsEvent, type TtsStream } from './index.ts';
import { isSpeakable, StreamOutput } from './stream-output.ts';
import { type Pace, WordEstimate } from './word-estimate.ts';

/**
 * The vendor speaks what it has at a `Flush` and takes 20 of them a minute (docs: "Flush"); beyond these, text waits for
 * the end of the reply.
 */
const MOST_EARLY_FLUSHES = 18;
/** From `Close` to cutting the connection: the vendor has nothing more to say. */
const CLOSE_TIMEOUT_MS = 300;

/** Docs: "Speak", server messages. */
const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Flushed'), sequence_id: z.number().optional() }),
  z.object({ type: z.literal('Error'), description: z.string().optional(), code: z.string().optional() }),
]);
const envelopeSchema = z.object({ type: z.string() });
const KNOWN_TYPES: ReadonlySet<string> = new Set<z.infer<typeof messageSchema>['type']>(['Flushed', 'Error']);

export interface AuraStreamOptions {
  provider: string;
  apiKey: string;
  baseUrl: string;
  logger: Logger;
  connectTimeoutMs: number;
  model: string;
  speed?: number;
  pace: Pace;
  signal: AbortSignal;
  patienceMs: () => number;
}

type Connection = Awaited<ReturnType<DeepgramClient['speak']['v1']['connect']>>;

export class AuraStream implements TtsStream {
  readonly #options: AuraStreamOptions;
  readonly #output: StreamOutput;
  readonly #estimate: WordEstimate;
  readonly #gone = Promise.withResolvers<void>();
  #connection: Connection | undefined;
  #transport: AuraTransport | undefined;
  #isOpen = false;
  /** What was asked for before the connection was up; no more than a reply. */
  #waiting: (() => void)[] = [];
  /** Said and not flushed. */
  #unflushed = '';
  /** Flushed and not acknowledged: whose audio comes next. */
  #segments: { text: string; fromMs: number }[] = [];
  #flushes = 0;
  #ended = false;
  #leadingSpace = '';

  constructor(options: AuraStreamOptions) {
    this.#options = options;
    const { provider, signal, patienceMs } = options;
    this.#output = new StreamOutput({ provider, signal, patienceMs, release: () => this.#release() });
    this.#estimate = new WordEstimate(this.#output, options.pace);
    if (signal.aborted) this.cancel();
  }

  /** Resolves when nothing of the stream is left: no socket, no timer, no listener. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsEvent, undefined> {
    return this.#output[Symbol.asyncIterator]();
  }

  connect(): void {
    if (!this.#output.isOver) void this.#connect();
  }

  say(text: string): void {
    if (this.#output.isOver || this.#ended) return;
    const speech = this.#leadingSpace + text;
    const isBlank = speech.trim() === '';
    this.#leadingSpace = isBlank ? speech : '';
    if (isBlank) return;
    this.#request(() => this.#connection?.sendText({ type: 'Speak', text: speech }));
    this.#unflushed += speech;
    if (isSpeakable(this.#unflushed) && this.#flushes < MOST_EARLY_FLUSHES) this.#flush();
  }

  end(): void {
    if (this.#output.isOver || this.#ended) return;
    this.#ended = true;
    if (isSpeakable(this.#unflushed)) this.#flush();
    this.#completeIfDone();
  }

  cancel(): void {
    this.#output.cancel();
  }

  fail(error: TtsError): void {
    this.#output.failWith(error);
  }

  async #connect(): Promise<void> {
    const { provider, apiKey, baseUrl, connectTimeoutMs, model, speed } = this.#options;
    try {
      const client = new DeepgramClient({
        apiKey,
        baseUrl,
        transportFactory: (url, headers) => {
          this.#transport = new AuraTransport({ url, headers, connectTimeoutMs });
          return this.#transport;
        },
      });
      const connection = await client.speak.v1.connect({
        model,
        encoding: 'mulaw',
        sample_rate: '8000',
        ...(speed === undefined ? {} : { speed }),
        reconnectAttempts: 0,
        connectionTimeoutInSeconds: connectTimeoutMs / 1000,
      });
      if (this.#output.isOver) return;
      this.#connection = connection;
      connection.on('open', () => this.#opened());
      connection.on('close', (event) => this.#lost(`${event.code} ${event.reason ?? ''}`.trim()));
      connection.on('error', (error) => this.#lost(error.message));
      connection.connect();
      this.#transport?.socket.on('message', (data: Buffer, isBinary) =>
        isBinary ? this.#hear(data) : this.#read(data.toString()),
      );
    } catch (cause) {
      this.fail(new TtsError('tts-unreachable', provider, 'no connection', { retryable: true, cause }));
    }
  }

  #opened(): void {
    this.#isOpen = true;
    for (const send of this.#waiting) send();
    this.#waiting = [];
  }

  #request(send: () => void): void {
    if (!this.#isOpen) this.#waiting.push(send);
    // A socket that is closing takes nothing more; the stream fails when it has closed.
    else if (this.#transport?.isOpen() === true) send();
  }

  #flush(): void {
    this.#flushes++;
    this.#segments.push({ text: this.#unflushed, fromMs: 0 });
    this.#unflushed = '';
    if (this.#segments.length === 1) this.#nextSegment();
    this.#request(() => this.#connection?.sendFlush({ type: 'Flush' }));
  }

  #nextSegment(): void {
    const [segment] = this.#segments;
    if (segment === undefined) return this.#output.expectNothing();
    segment.fromMs = this.#output.audioMs;
    this.#estimate.begin(segment.text);
    this.#output.expectAudio();
  }

  #hear(audio: Uint8Array): void {
    if (this.#output.isOver) return;
    this.#output.expectAudio();
    this.#output.audio(audio);
    this.#estimate.heard();
  }

  #read(text: string): void {
    if (this.#output.isOver) return;
    const { provider, logger } = this.#options;
    const envelope = envelopeSchema.safeParse(parsed(text));
    const message = messageSchema.safeParse(parsed(text));
    if (!envelope.success || (KNOWN_TYPES.has(envelope.data.type) && !message.success))
      return this.#output.fail('tts-bad-message', 'a message that is not as documented', { retryable: true });
    if (!message.success)
      return logger.debug({ provider, vendorType: envelope.data.type }, 'message ignored');
    if (message.data.type === 'Flushed') return this.#flushed();
    const reason = message.data.description ?? message.data.code ?? 'an error without a reason';
    this.#output.fail('tts-unreachable', reason, { retryable: true });
  }

  #flushed(): void {
    const segment = this.#segments.shift();
    if (segment === undefined) return;
    if (this.#output.audioMs === segment.fromMs)
      return this.#output.fail('tts-no-audio', 'a text was flushed without audio', { retryable: true });
    this.#estimate.end();
    this.#nextSegment();
    this.#completeIfDone();
  }

  #completeIfDone(): void {
    if (this.#ended && this.#segments.length === 0) this.#output.complete();
  }

  #lost(reason: string): void {
    const { provider } = this.#options;
    const refusal = this.#transport?.refusal;
    if (refusal !== undefined) {
      const detail = refusal.headers['dg-error'];
      const what = `the connection was refused${detail === undefined ? '' : ` (${detail})`}`;
      return this.fail(statusError(provider, refusal.status, what));
    }
    if (this.#isOpen)
      this.#output.fail('tts-disconnected', `the connection was lost: ${reason}`, { retryable: true });
    else this.#output.fail('tts-unreachable', `no connection: ${reason}`, { retryable: true });
  }

  #release(): void {
    this.#waiting = [];
    const transport = this.#transport;
    if (transport === undefined) return this.#gone.resolve();
    if (this.#isOpen && transport.isOpen()) {
      // What is still to be spoken is thrown away there before the connection is.
      if (this.#segments.length > 0) this.#connection?.sendClear({ type: 'Clear' });
      this.#connection?.sendClose({ type: 'Close' });
      void closedWithin(transport.socket, CLOSE_TIMEOUT_MS).then(this.#gone.resolve);
    } else {
      transport.socket.terminate();
      void closedWithin(transport.socket, 0).then(this.#gone.resolve);
    }
  }
}

/** The SDK need not hear what comes: it would only parse it once more. */
class AuraTransport extends WebSocketTransport {
  override onMessage(): void {}
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
