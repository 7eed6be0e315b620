/** One stream to ElevenLabs' realtime recogniser: the connection's life, the backlog before it is up, and the end. */
import { EventEmitter } from 'node:events';
import type { RealtimeConnection } from '@elevenlabs/elevenlabs-js/wrapper/realtime/connection.js';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { EventQueue } from '../async/event-queue.ts';
import { closedWithin, onRefused, type Refusal } from '../async/websocket.ts';
import { MULAW_SILENCE } from '../audio/mulaw.ts';
import { AudioClock, BYTES_PER_MS } from './audio-clock.ts';
import { Backlog, type Outgoing } from './backlog.ts';
import { PROVIDER, readScribeMessage } from './elevenlabs-messages.ts';
import { ScribeTurns } from './elevenlabs-turns.ts';
import { refusedError, SttError, type SttEvent, type SttOptions, type SttStream } from './index.ts';

export interface ScribeSettings {
  apiKey: string;
  baseUrl: string;
  model: string;
  logger: Logger;
  connectTimeoutMs: number;
  closeTimeoutMs: number;
}

/** Audio kept while connecting; the oldest goes first. As long as what a chain of recognisers keeps. */
const BACKLOG_MS = 32_000;
/** What a stalled connection may hold back: a backlog in base64, and as much again. */
const MAX_UNSENT_BYTES = 3 * BACKLOG_MS * BYTES_PER_MS;
const MAX_UNREAD_EVENTS = 1000;
/** A message is one sentence. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Audio a message: each costs a JSON document at both ends. */
const CHUNK_MS = 80;
/** The times of committed words follow them at once; where they do not, they are not waited for. */
const TIMES_WITHIN_MS = 200;
/** What the vendor takes for the silence that ends a segment. */
const SILENCE_SEC = { least: 0.3, most: 3 };
const DEFAULT_ENDPOINTING_MS = 300;
/** More of them, or longer ones, would be refused. */
const MOST_KEYTERMS = 50;
const LONGEST_KEYTERM = 50;

export class ElevenLabsStream implements SttStream {
  readonly #settings: ScribeSettings;
  readonly #options: SttOptions;
  readonly #events = new EventQueue<SttEvent>({
    capacity: MAX_UNREAD_EVENTS,
    onAbandoned: () => this.close(),
  });
  readonly #clock = new AudioClock();
  readonly #turns = new ScribeTurns(this.#clock);
  readonly #backlog = new Backlog(BACKLOG_MS);
  readonly #onAbort = () => this.close();
  readonly #gone = Promise.withResolvers<void>();
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #socket: WebSocket | undefined;
  #refusal: Refusal | undefined;
  /** Of the package: words what is sent. */
  #speaker: RealtimeConnection | undefined;
  #muted = false;
  #chunk: Uint8Array[] = [];
  #chunkMs = 0;
  #timesTimer: NodeJS.Timeout | undefined;

  constructor(settings: ScribeSettings, options: SttOptions) {
    this.#settings = settings;
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.close();
    else void this.#connect();
  }

  /** Resolves when nothing of the stream is left: no socket, no timer, no listener. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<SttEvent, undefined> {
    return this.#events[Symbol.asyncIterator]();
  }

  /** While muted the vendor is sent silence: its voice activity goes by the audio it gets. */
  write(frame: Uint8Array): void {
    const audio = this.#muted ? new Uint8Array(frame.length).fill(MULAW_SILENCE) : frame;
    this.#request({ type: 'audio', frame: audio, durationMs: audio.length / BYTES_PER_MS });
  }

  finalize(): void {
    this.#request({ type: 'finalize' });
  }

  mute(muted: boolean): void {
    this.#muted = muted;
  }

  close(): void {
    if (this.#state === 'closed') return;
    const { closeTimeoutMs } = this.#settings;
    const wasOpen = this.#state === 'open';
    this.#release();
    this.#events.end();
    if (wasOpen) this.#socket?.close(1000);
    else this.#socket?.terminate();
    this.#leave(wasOpen ? closeTimeoutMs : 0);
  }

  async #connect(): Promise<void> {
    try {
      const { ScribeRealtime, RealtimeConnection, AudioFormat, CommitStrategy } = await import(
        '@elevenlabs/elevenlabs-js/wrapper/realtime/index.js'
      );
      const { apiKey, baseUrl, connectTimeoutMs, model } = this.#settings;
      const { language, keyterms = [], endpointingMs = DEFAULT_ENDPOINTING_MS } = this.#options;
      // Private in the package's types alone; its `connect` would bring a socket of its own.
      const url = await new ScribeRealtime({ baseUrl })['buildWebSocketUri']({
        modelId: this.#options.model ?? model,
        audioFormat: AudioFormat.ULAW_8000,
        sampleRate: 8000,
        commitStrategy: CommitStrategy.VAD,
        vadSilenceThresholdSecs: Math.min(
          SILENCE_SEC.most,
          Math.max(SILENCE_SEC.least, endpointingMs / 1000),
        ),
        includeTimestamps: true,
        languageCode: language.split('-')[0]?.toLowerCase() ?? language,
        keyterms: keyterms.filter((term) => term.length <= LONGEST_KEYTERM).slice(0, MOST_KEYTERMS),
      });
      if (this.#state === 'closed') return;
      const socket = new WebSocket(url, {
        headers: { 'xi-api-key': apiKey },
        handshakeTimeout: connectTimeoutMs,
        perMessageDeflate: false,
        maxPayload: MAX_MESSAGE_BYTES,
      });
      this.#socket = socket;
      this.#speaker = new RealtimeConnection(8000);
      this.#speaker.setWebSocket(sendingSideOf(socket));
      onRefused(socket, (refusal) => {
        this.#refusal = refusal;
      });
      let reason = '';
      socket.on('open', () => this.#opened());
      socket.on('message', (data: Buffer, isBinary) => this.#received(data, isBinary));
      socket.on('error', (error) => {
        reason = error.message;
      });
      socket.on('close', (code) => this.#lost(`${code} ${reason}`.trim()));
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error), error);
    }
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#options.onSign?.();
    for (const item of this.#backlog.drain()) this.#send(item);
    const { droppedMs } = this.#backlog;
    if (droppedMs === 0) return;
    this.#settings.logger.warn(
      { provider: PROVIDER, droppedMs },
      'audio was dropped while the recogniser connected',
    );
  }

  #request(item: Outgoing): void {
    if (this.#state === 'open') this.#send(item);
    else if (this.#state === 'connecting') this.#backlog.push(item);
  }

  #send(item: Outgoing): void {
    if (this.#state !== 'open' || this.#socket?.readyState !== WebSocket.OPEN) return;
    if (item.type === 'gap') return this.#clock.keptBack(item.durationMs);
    if (item.type === 'finalize') {
      this.#sendChunk();
      this.#speaker?.commit();
      return;
    }
    this.#chunk.push(item.frame);
    this.#chunkMs += item.durationMs;
    this.#clock.sent(item.durationMs);
    if (this.#chunkMs >= CHUNK_MS) this.#sendChunk();
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES)
      this.#fail('stt-overflow', 'the connection takes no more audio', { retryable: true });
  }

  #sendChunk(): void {
    if (this.#chunk.length === 0) return;
    this.#speaker?.send({ audioBase64: Buffer.concat(this.#chunk).toString('base64') });
    this.#chunk = [];
    this.#chunkMs = 0;
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#state !== 'open') return;
    try {
      if (isBinary) throw new TypeError('a binary message');
      const message = readScribeMessage(data.toString());
      this.#options.onSign?.();
      if (message !== undefined) this.#tell(this.#turns.read(message));
    } catch (error) {
      if (error instanceof SttError) return this.#failWith(error);
      // What it reads is not repeated: it may hold spoken words.
      this.#fail('stt-bad-message', 'a message that cannot be understood', { retryable: true });
    }
    clearTimeout(this.#timesTimer);
    if (this.#turns.awaitsTimes)
      this.#timesTimer = setTimeout(() => this.#tell(this.#turns.giveUpTimes()), TIMES_WITHIN_MS);
  }

  #tell(events: readonly SttEvent[]): void {
    for (const event of events) {
      if (this.#events.push(event)) continue;
      this.#fail('stt-overflow', 'nobody reads what was recognised', { retryable: false });
      return;
    }
  }

  /** The connection is gone, or never came up. */
  #lost(reason: string, cause?: unknown): void {
    if (this.#state === 'open') {
      // Words that are committed are heard, with or without their times.
      this.#tell(this.#turns.giveUpTimes());
      return this.#fail('stt-disconnected', `the connection was lost: ${reason}`, { retryable: true });
    }
    const status = this.#refusal?.status;
    if (status === undefined)
      return this.#fail('stt-unreachable', `no connection: ${reason}`, { retryable: true, cause });
    const refused = `the connection was refused with ${status}`;
    if (status === 401 || status === 403) this.#fail('stt-unauthorised', refused, { retryable: false });
    else if (status >= 500) this.#fail('stt-unreachable', refused, { retryable: true });
    else this.#failWith(refusedError(PROVIDER, refused, status, this.#refusal?.headers['retry-after']));
  }

  #fail(code: SttError['code'], message: string, options: { retryable: boolean; cause?: unknown }): void {
    this.#failWith(new SttError(code, PROVIDER, message, options));
  }

  #failWith(error: SttError): void {
    if (this.#state === 'closed') return;
    this.#release();
    this.#events.fail(error);
    this.#socket?.terminate();
    this.#leave(0);
  }

  #release(): void {
    this.#state = 'closed';
    clearTimeout(this.#timesTimer);
    this.#backlog.drain();
    this.#chunk = [];
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  #leave(withinMs: number): void {
    if (this.#socket === undefined) this.#gone.resolve();
    else void closedWithin(this.#socket, withinMs).then(this.#gone.resolve);
  }
}

/** What the package may have of the socket: it sends, and hears nothing. */
function sendingSideOf(socket: WebSocket): WebSocket {
  const side = Object.assign(new EventEmitter(), {
    send: (text: string) => socket.send(text),
    close: () => socket.close(),
  });
  Object.defineProperty(side, 'readyState', { get: () => socket.readyState });
  return side as unknown as WebSocket;
}
