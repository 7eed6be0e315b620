/**
 * Any server that speaks OpenAI's protocol for speech as a voice (`POST /v1/audio/speech`), OpenAI's own or one of your
 * own such as Kokoro, through the `openai` package. It gives linear sound at a rate of its own; word times are not told.
 */
import OpenAI from 'openai';
import { Agent } from 'undici';
import { type TextToSpeech, TtsError, type TtsOptions, type TtsStream } from './index.ts';
import { OpenAiSpeechStream } from './openai-speech-stream.ts';
import { patienceOf } from './stream-output.ts';
import { Pace } from './word-estimate.ts';

const PROVIDER = 'openai';
const DEFAULT_FIRST_BYTE_TIMEOUT_MS = 3000;
/** Longer than a caller's turn, so that the next reply pays for no handshake. */
const KEEP_ALIVE_MS = 60_000;
/** What the protocol takes as `speed`. */
const SPEED = { min: 0.25, max: 4 };

export interface OpenAiSpeechOptions {
  /** Undefined: a server that needs none. */
  apiKey: string | undefined;
  /** An `http(s)` origin, such as `https://api.openai.com`. */
  baseUrl: string;
  model: string;
  voice: string;
  /** From text to its audio, where the reply does not say. @defaultValue 3000 */
  firstByteTimeoutMs?: number;
}

/** One voice for the whole service. Throws TypeError where `baseUrl` is not a URL. */
export function createOpenAiSpeech(options: OpenAiSpeechOptions): TextToSpeech {
  new URL(options.baseUrl);
  return new OpenAiVoice(options);
}

class OpenAiVoice implements TextToSpeech {
  readonly provider = PROVIDER;
  readonly #options: OpenAiSpeechOptions;
  readonly #agent = new Agent({ keepAliveTimeout: KEEP_ALIVE_MS });
  readonly #client: OpenAI;
  readonly #streams = new Set<OpenAiSpeechStream>();
  readonly #paces = new Map<string, Pace>();
  #closed = false;

  constructor(options: OpenAiSpeechOptions) {
    this.#options = options;
    const { apiKey, baseUrl } = options;
    this.#client = new OpenAI({
      // The package insists on one; a server that needs none is sent none.
      apiKey: apiKey ?? 'none',
      ...(apiKey === undefined ? { defaultHeaders: { authorization: null } } : {}),
      baseURL: new URL('/v1', baseUrl).href,
      // What comes next when it fails is the caller's to say.
      maxRetries: 0,
      // Node's `fetch` takes it; the two copies of its types do not know each other.
      fetchOptions: { dispatcher: this.#agent as unknown as NonNullable<RequestInit['dispatcher']> },
      // The environment is nobody's business here: the package would read these from it.
      organization: null,
      project: null,
      webhookSecret: null,
    });
  }

  open(options: TtsOptions): TtsStream {
    const { firstByteTimeoutMs = DEFAULT_FIRST_BYTE_TIMEOUT_MS } = this.#options;
    const { speed, signal } = options;
    const model = options.model ?? this.#options.model;
    const voice = options.voice ?? this.#options.voice;
    const key = `${model} ${voice} ${speed ?? 1}`;
    const pace = this.#paces.get(key) ?? new Pace();
    this.#paces.set(key, pace);
    const stream = new OpenAiSpeechStream({
      provider: PROVIDER,
      request: (input, abort) =>
        this.#client.audio.speech.create(
          {
            model,
            voice,
            input,
            response_format: 'pcm',
            ...(speed === undefined ? {} : { speed: Math.min(Math.max(speed, SPEED.min), SPEED.max) }),
          },
          { signal: abort },
        ),
      pace,
      signal,
      patienceMs: patienceOf(options, firstByteTimeoutMs),
    });
    if (this.#closed) stream.fail(closedError());
    this.#streams.add(stream);
    void stream.gone.then(() => this.#streams.delete(stream));
    return stream;
  }

  /** The first request opens the connection; there is none that costs nothing. */
  async warm(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams) stream.fail(closedError());
    await this.#agent.destroy();
  }
}

function closedError(): TtsError {
  return new TtsError('tts-unreachable', PROVIDER, 'the voice has been closed', { retryable: false });
}
