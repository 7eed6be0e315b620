/** One reply spoken by a server with OpenAI's protocol: a request for what there is to say, then one for what came meanwhile. */
import { APIConnectionError, APIError } from 'openai';
import { statusError } from './http-status.ts';
import { TtsError, type TtsEvent, type TtsStream } from './index.ts';
import { LinearSound, SoundError } from './linear-sound.ts';
import { isSpeakable, StreamOutput } from './stream-output.ts';
import { type Pace, WordEstimate } from './word-estimate.ts';

/** The protocol takes no more at once. */
const MOST_CHARACTERS = 4096;

export interface OpenAiSpeechStreamOptions {
  provider: string;
  /** Asks for the sound of a text. */
  request(text: string, signal: AbortSignal): Promise<Response>;
  pace: Pace;
  signal: AbortSignal;
  patienceMs: () => number;
}

export class OpenAiSpeechStream implements TtsStream {
  readonly #options: OpenAiSpeechStreamOptions;
  readonly #output: StreamOutput;
  readonly #estimate: WordEstimate;
  readonly #abort = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  /** Said and not asked for. */
  #text = '';
  #isSpeaking = false;
  #ended = false;

  constructor(options: OpenAiSpeechStreamOptions) {
    this.#options = options;
    const { provider, signal, patienceMs } = options;
    this.#output = new StreamOutput({ provider, signal, patienceMs, release: () => this.#release() });
    this.#estimate = new WordEstimate(this.#output, options.pace);
    if (signal.aborted) this.cancel();
  }

  /** Resolves when nothing of the stream is left. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsEvent, undefined> {
    return this.#output[Symbol.asyncIterator]();
  }

  say(text: string): void {
    if (this.#output.isOver || this.#ended) return;
    this.#text += text;
    this.#next();
  }

  end(): void {
    if (this.#output.isOver || this.#ended) return;
    this.#ended = true;
    this.#next();
  }

  cancel(): void {
    this.#output.cancel();
  }

  fail(error: TtsError): void {
    this.#output.failWith(error);
  }

  #next(): void {
    if (this.#isSpeaking || this.#output.isOver) return;
    if (!isSpeakable(this.#text)) {
      if (this.#ended) this.#output.complete();
      return;
    }
    const text = pieceOf(this.#text);
    this.#text = this.#text.slice(text.length);
    this.#isSpeaking = true;
    this.#estimate.begin(text);
    this.#output.expectAudio();
    this.#speak(text).then(
      () => {
        this.#isSpeaking = false;
        this.#next();
      },
      (error: unknown) => this.fail(this.#errorOf(error)),
    );
  }

  async #speak(text: string): Promise<void> {
    const fromMs = this.#output.audioMs;
    const response = await this.#options.request(text.trim(), this.#abort.signal);
    const sound = new LinearSound(response.headers.get('content-type') ?? '');
    for await (const bytes of response.body ?? []) {
      if (this.#output.isOver) return;
      this.#output.expectAudio();
      this.#hear(sound.push(bytes));
    }
    if (this.#output.isOver) return;
    this.#hear(sound.end());
    if (this.#output.audioMs === fromMs)
      return this.#output.fail('tts-no-audio', 'the answer has no audio', { retryable: true });
    this.#output.expectNothing();
    this.#estimate.end();
  }

  #hear(audio: Uint8Array): void {
    this.#output.audio(audio);
    this.#estimate.heard();
  }

  #errorOf(cause: unknown): TtsError {
    const { provider } = this.#options;
    if (cause instanceof SoundError)
      return new TtsError('tts-bad-message', provider, cause.message, { retryable: true, cause });
    if (cause instanceof APIConnectionError)
      return new TtsError('tts-unreachable', provider, 'no connection', { retryable: true, cause });
    if (cause instanceof APIError && typeof cause.status === 'number')
      return statusError(provider, cause.status, 'the request was refused', cause);
    return new TtsError('tts-disconnected', provider, 'the answer broke off', { retryable: true, cause });
  }

  #release(): void {
    this.#abort.abort();
    this.#gone.resolve();
  }
}

/** As much as one request takes, cut between words where it must be cut. */
function pieceOf(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const space = text.lastIndexOf(' ', MOST_CHARACTERS - 1);
  return text.slice(0, space <= 0 ? MOST_CHARACTERS : space + 1);
}
