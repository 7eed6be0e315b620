/**
 * Any server that speaks OpenAI's transcription protocol (`POST /v1/audio/transcriptions`), such as a Whisper of one's
 * own: it takes recordings, so each utterance is cut out (`utterances.ts`) and posted. No words come before the utterance
 * is over.
 */
import OpenAI, { APIConnectionError, APIError, APIUserAbortError, toFile } from 'openai';
import { EventQueue } from '../async/event-queue.ts';
import type { VoiceActivity } from '../audio/vad/index.ts';
import {
  refusedError,
  type SpeechToText,
  SttError,
  type SttEvent,
  type SttOptions,
  type SttStream,
} from './index.ts';
import { readTranscript } from './openai-transcript.ts';
import { type Utterance, Utterances } from './utterances.ts';
import { wavOf } from './wav.ts';

const PROVIDER = 'openai';

export interface OpenAiTranscriptionOptions {
  /** Undefined for a server that needs none. */
  apiKey: string | undefined;
  /** An `http(s)` origin; `/v1` follows. */
  baseUrl: string;
  /** For streams that name none. */
  model: string;
  voiceActivity: VoiceActivity;
  /** From the end of an utterance to its words; a quarter of its length comes on top. @defaultValue 3000 */
  answerTimeoutMs?: number;
}

type Settings = Omit<Required<OpenAiTranscriptionOptions>, 'apiKey' | 'baseUrl'>;

/** Utterances of one call that are transcribed at a time; their words come in order all the same. */
const MOST_POSTS = 2;
/** Utterances that wait for a post: so many means that the server is slower than the caller speaks. */
const MOST_WAITING = 6;
const MAX_UNREAD_EVENTS = 1000;
const DEFAULT_ENDPOINTING_MS = 300;
/** Part of the answer's time, by the utterance's own length. */
const TIME_PER_AUDIO = 0.25;

/** One recogniser for the whole service. It holds nothing that outlives its streams. */
export function createOpenAiTranscription(options: OpenAiTranscriptionOptions): SpeechToText {
  const { apiKey, baseUrl, ...rest } = options;
  const client = new OpenAI({ apiKey: apiKey ?? 'none', baseURL: `${baseUrl}/v1`, maxRetries: 0 });
  const settings: Settings = { answerTimeoutMs: 3000, ...rest };
  const streams = new Set<TranscribedStream>();
  return {
    provider: PROVIDER,
    open(stream: SttOptions): SttStream {
      const opened = new TranscribedStream(client, settings, stream, () => streams.delete(opened));
      streams.add(opened);
      return opened;
    },
    async close() {
      for (const stream of [...streams]) stream.close();
    },
  };
}

class TranscribedStream implements SttStream {
  readonly #client: OpenAI;
  readonly #settings: Settings;
  readonly #options: SttOptions;
  readonly #onClosed: () => void;
  readonly #events = new EventQueue<SttEvent>({
    capacity: MAX_UNREAD_EVENTS,
    onAbandoned: () => this.close(),
  });
  readonly #utterances: Utterances;
  readonly #posts = new AbortController();
  readonly #onAbort = () => this.close();
  #waiting: Utterance[] = [];
  #posting = 0;
  /** Words come in the order of their utterances. */
  #told: Promise<void> = Promise.resolve();
  #muted = false;
  #closed = false;
  /** Whether the server tells times: until it has refused to. */
  #asksTimes: boolean;

  constructor(client: OpenAI, settings: Settings, options: SttOptions, onClosed: () => void) {
    this.#client = client;
    this.#settings = settings;
    this.#options = options;
    this.#onClosed = onClosed;
    // OpenAI's own later models answer with the text alone.
    this.#asksTimes = !this.#model.startsWith('gpt-');
    this.#utterances = new Utterances({
      voiceActivity: settings.voiceActivity,
      endpointingMs: options.endpointingMs ?? DEFAULT_ENDPOINTING_MS,
      onStarted: (atMs) => this.#push({ type: 'speech-started', atMs }),
      onEnded: (utterance) => this.#transcribe(utterance),
    });
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.close();
    // There is no connection that could fail, so it listens from here on.
    else options.onSign?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<SttEvent, undefined> {
    return this.#events[Symbol.asyncIterator]();
  }

  write(audio: Uint8Array): void {
    if (this.#closed) return;
    if (this.#muted) this.#utterances.conceal(audio);
    else this.#utterances.write(audio);
    // The server is asked only now and then, and has its own time for each answer.
    this.#options.onSign?.();
  }

  finalize(): void {
    if (!this.#closed) this.#utterances.cut();
  }

  mute(muted: boolean): void {
    this.#muted = muted;
  }

  close(): void {
    if (this.#closed) return;
    this.#release();
    this.#events.end();
  }

  get #model(): string {
    return this.#options.model ?? this.#settings.model;
  }

  #transcribe(utterance: Utterance): void {
    if (this.#closed) return;
    if (this.#waiting.length >= MOST_WAITING)
      return this.#fail('stt-overflow', 'it is slower than the caller speaks', true);
    this.#waiting.push(utterance);
    this.#postNext();
  }

  #postNext(): void {
    if (this.#closed || this.#posting >= MOST_POSTS) return;
    const utterance = this.#waiting.shift();
    if (utterance === undefined) return;
    this.#posting++;
    const answer = this.#post(utterance);
    // Rejections are met in their turn, and until then by nobody.
    answer.catch(() => {});
    const before = this.#told;
    this.#told = before.then(async () => {
      try {
        this.#tell(utterance, await answer);
      } catch (error) {
        this.#failWith(toSttError(error));
      } finally {
        this.#posting--;
        this.#postNext();
      }
    });
  }

  async #post(utterance: Utterance): Promise<unknown> {
    const { answerTimeoutMs } = this.#settings;
    const lengthMs = utterance.audio.length / 8;
    const signal = AbortSignal.any([
      this.#posts.signal,
      AbortSignal.timeout(answerTimeoutMs + lengthMs * TIME_PER_AUDIO),
    ]);
    const file = await toFile(wavOf(utterance.audio), 'utterance.wav', { type: 'audio/wav' });
    const { language, keyterms = [] } = this.#options;
    const request = {
      file,
      model: this.#model,
      language: language.split('-')[0]?.toLowerCase() ?? language,
      // The models go on in the style of it, and so spell what is in it in the same way.
      ...(keyterms.length === 0 ? {} : { prompt: `${keyterms.join(', ')}.` }),
    };
    if (this.#asksTimes) {
      try {
        return await this.#client.audio.transcriptions.create(
          { ...request, response_format: 'verbose_json', timestamp_granularities: ['word'] },
          { signal },
        );
      } catch (error) {
        if (!(error instanceof APIError) || error.status !== 400) throw error;
        this.#asksTimes = false;
      }
    }
    return await this.#client.audio.transcriptions.create(
      { ...request, response_format: 'json' },
      { signal },
    );
  }

  #tell(utterance: Utterance, answer: unknown): void {
    if (this.#closed) return;
    let transcript: ReturnType<typeof readTranscript>;
    try {
      transcript = readTranscript(answer, utterance);
    } catch {
      return this.#fail('stt-bad-message', 'an answer that is no transcript', true);
    }
    this.#options.onSign?.();
    const { text, words, confidence } = transcript;
    if (text === '') return;
    this.#push({ type: 'final', text, words, confidence });
    // The caller may have gone on meanwhile: the end of that is the end of the turn.
    const goesOn = this.#utterances.isSpeaking || this.#waiting.length > 0 || this.#posting > 1;
    if (!goesOn) this.#push({ type: 'turn-ended', speechEndMs: utterance.speechEndMs });
  }

  #push(event: SttEvent): void {
    if (!this.#events.push(event)) this.#fail('stt-overflow', 'nobody reads what was recognised', false);
  }

  #fail(code: SttError['code'], message: string, retryable: boolean): void {
    this.#failWith(new SttError(code, PROVIDER, message, { retryable }));
  }

  #failWith(error: SttError): void {
    if (this.#closed) return;
    this.#release();
    this.#events.fail(error);
  }

  #release(): void {
    this.#closed = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#utterances.close();
    this.#waiting = [];
    this.#posts.abort();
    this.#onClosed();
  }
}

function toSttError(error: unknown): SttError {
  const make = (code: SttError['code'], message: string, retryable: boolean): SttError =>
    new SttError(code, PROVIDER, message, { retryable, cause: error });
  if (error instanceof APIUserAbortError || isTimeout(error))
    return make('stt-timeout', 'no answer in time', true);
  if (error instanceof APIConnectionError) return make('stt-unreachable', 'no connection', true);
  if (error instanceof APIError && error.status !== undefined) {
    const status = Number(error.status);
    const refused = `refused with ${status}`;
    if (status === 401 || status === 403) return make('stt-unauthorised', refused, false);
    if (status >= 500) return make('stt-unreachable', refused, true);
    return refusedError(PROVIDER, refused, status, error.headers?.get('retry-after'), error);
  }
  if (error instanceof SyntaxError) return make('stt-bad-message', 'an answer that is not JSON', true);
  return make('stt-disconnected', 'the connection was lost', true);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}
