/** One reply spoken by ElevenLabs over a connection of its own. */
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { closedWithin, onRefused, type Refusal } from '../async/websocket.ts';
import { statusError } from './http-status.ts';
import type { TtsError, TtsEvent, TtsStream } from './index.ts';
import { isSpeakable, StreamOutput } from './stream-output.ts';

/** From the last message to cutting the connection. */
const CLOSE_TIMEOUT_MS = 300;

const times = z.array(z.number());
/** Times count from the first byte of the message's own audio (docs: "Websocket", `alignment`). */
const alignmentSchema = z
  .object({ chars: z.array(z.string()), charStartTimesMs: times, charDurationsMs: times })
  .refine(
    ({ chars, charStartTimesMs, charDurationsMs }) =>
      chars.length === charStartTimesMs.length && chars.length === charDurationsMs.length,
    { error: 'lists of different lengths' },
  );
const messageSchema = z.looseObject({
  /** Base64. */
  audio: z.base64().nullish(),
  alignment: alignmentSchema.nullish(),
  isFinal: z.boolean().nullish(),
  error: z.string().nullish(),
  message: z.string().nullish(),
});
type Alignment = z.infer<typeof alignmentSchema>;

/** What the vendor's own names of errors come to (docs: "Errors"). */
const STATUS_OF_ERROR: Readonly<Record<string, number>> = {
  invalid_api_key: 401,
  missing_permissions: 401,
  quota_exceeded: 402,
  voice_not_found: 404,
  too_many_concurrent_requests: 429,
  system_busy: 503,
};

export interface ElevenLabsStreamOptions {
  provider: string;
  url: URL;
  apiKey: string;
  connectTimeoutMs: number;
  speed?: number;
  logger: Logger;
  signal: AbortSignal;
  patienceMs: () => number;
}

export class ElevenLabsStream implements TtsStream {
  readonly #options: ElevenLabsStreamOptions;
  readonly #output: StreamOutput;
  readonly #gone = Promise.withResolvers<void>();
  #socket: WebSocket | undefined;
  #refusal: Refusal | undefined;
  #error: Error | undefined;
  #wasOpen = false;
  /** What was asked for before the connection was up; no more than a reply. */
  #waiting: object[] = [];
  #ended = false;
  #leadingSpace = '';
  /** Letters and digits said, and told the time of: what is left is owed. */
  #saidLetters = 0;
  #toldLetters = 0;
  /** The word that is being told, letter by letter. */
  #word: { text: string; startMs: number; endMs: number } | undefined;

  constructor(options: ElevenLabsStreamOptions) {
    this.#options = options;
    const { provider, signal, patienceMs, speed } = options;
    this.#output = new StreamOutput({ provider, signal, patienceMs, release: () => this.#release() });
    // The first message begins the stream: a space, and how to speak.
    this.#send({ text: ' ', ...(speed === undefined ? {} : { voice_settings: { speed } }) });
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
    if (this.#output.isOver) return;
    const { url, apiKey, connectTimeoutMs } = this.#options;
    const socket = new WebSocket(url, {
      headers: { 'xi-api-key': apiKey },
      handshakeTimeout: connectTimeoutMs,
      // Base64 of noise-like audio does not shrink enough to be worth the time.
      perMessageDeflate: false,
    });
    this.#socket = socket;
    onRefused(socket, (refusal) => {
      this.#refusal = refusal;
    });
    // `close` follows and tells it.
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('open', () => this.#opened());
    socket.on('message', (data: Buffer) => this.#read(data.toString()));
    socket.on('close', (code, reason) => this.#lost(`${code} ${reason.toString()}`.trim()));
  }

  say(text: string): void {
    if (this.#output.isOver || this.#ended) return;
    const speech = this.#leadingSpace + text;
    const isBlank = speech.trim() === '';
    this.#leadingSpace = isBlank ? speech : '';
    if (isBlank) return;
    // The vendor wants a space at the end of each text, and speaks what it has at a flush.
    this.#send({ text: `${speech.trimEnd()} `, flush: true });
    this.#saidLetters += lettersOf(speech);
    if (isSpeakable(speech)) this.#output.expectAudio();
  }

  end(): void {
    if (this.#output.isOver || this.#ended) return;
    this.#ended = true;
    if (this.#saidLetters === 0) return this.#output.complete();
    this.#send({ text: '' });
    this.#output.expectAudio();
  }

  cancel(): void {
    this.#output.cancel();
  }

  fail(error: TtsError): void {
    this.#output.failWith(error);
  }

  #opened(): void {
    this.#wasOpen = true;
    for (const message of this.#waiting) this.#socket?.send(JSON.stringify(message));
    this.#waiting = [];
  }

  #send(message: object): void {
    if (!this.#wasOpen) this.#waiting.push(message);
    else if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #read(text: string): void {
    if (this.#output.isOver) return;
    const read = messageSchema.safeParse(parsed(text));
    if (!read.success)
      return this.#output.fail('tts-bad-message', 'a message that is not as documented', { retryable: true });
    const { audio, alignment, isFinal, error, message } = read.data;
    if (error != null) {
      const status = STATUS_OF_ERROR[error] ?? 500;
      return this.fail(statusError(this.#options.provider, status, message ?? error));
    }
    if (audio != null) this.#hear(Buffer.from(audio, 'base64'), alignment ?? undefined);
    if (isFinal === true) this.#final();
  }

  #hear(audio: Uint8Array, alignment: Alignment | undefined): void {
    const fromMs = this.#output.audioMs;
    this.#output.audio(audio);
    if (alignment !== undefined && this.#output.audioMs > fromMs) this.#align(alignment, fromMs);
    // Without an alignment nobody knows; then the end of the text will tell.
    const isOwed = this.#ended || (alignment !== undefined && this.#toldLetters < this.#saidLetters);
    if (isOwed) this.#output.expectAudio();
    else this.#output.expectNothing();
  }

  #align({ chars, charStartTimesMs, charDurationsMs }: Alignment, fromMs: number): void {
    for (const [index, char] of chars.entries()) {
      // The lists are of one length: the schema checks it.
      const startMs = fromMs + (charStartTimesMs[index] ?? 0);
      const endMs = Math.max(startMs, startMs + (charDurationsMs[index] ?? 0));
      this.#toldLetters += lettersOf(char);
      if (char.trim() === '') this.#tellWord();
      else if (this.#word === undefined) this.#word = { text: char, startMs, endMs };
      else this.#word = { text: this.#word.text + char, startMs: this.#word.startMs, endMs };
    }
  }

  #tellWord(): void {
    const word = this.#word;
    this.#word = undefined;
    if (word !== undefined) this.#output.word(word.text, word.startMs, word.endMs);
  }

  #final(): void {
    if (!this.#ended) return;
    this.#tellWord();
    if (this.#output.audioMs === 0)
      return this.#output.fail('tts-no-audio', 'the text was spoken without audio', { retryable: true });
    this.#output.complete();
  }

  #lost(reason: string): void {
    const { provider } = this.#options;
    if (this.#refusal !== undefined)
      return this.fail(statusError(provider, this.#refusal.status, 'the connection was refused'));
    const how = { retryable: true, cause: this.#error };
    if (this.#wasOpen) this.#output.fail('tts-disconnected', `the connection was lost: ${reason}`, how);
    else this.#output.fail('tts-unreachable', `no connection: ${this.#error?.message ?? reason}`, how);
  }

  #release(): void {
    this.#waiting = [];
    const socket = this.#socket;
    if (socket === undefined) return this.#gone.resolve();
    // A close in the middle is what stops the vendor: it has no message for it.
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket.close(1000);
    void closedWithin(socket, CLOSE_TIMEOUT_MS).then(this.#gone.resolve);
  }
}

function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
