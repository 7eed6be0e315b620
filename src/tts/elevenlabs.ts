/**
 * ElevenLabs as a voice (docs: `WSS /v1/text-to-speech/{voice}/stream-input`): text goes in as it is written, audio comes
 * with the time of every letter. A reply has a connection of its own.
 *
 * Over a plain `ws`: the official package has no client for this socket (2.73.0), only for the one that recognises
 * speech, and its HTTP streams want the whole text at once.
 */
import type { Logger } from 'pino';
import { ElevenLabsStream } from './elevenlabs-stream.ts';
import { type TextToSpeech, TtsError, type TtsOptions, type TtsStream } from './index.ts';
import { patienceOf } from './stream-output.ts';

const PROVIDER = 'elevenlabs';
/** The one for conversations (docs: "Models"). */
const DEFAULT_MODEL = 'eleven_flash_v2_5';
/** Sarah: one of the voices that every account has. */
const DEFAULT_VOICE = 'EXAVITQu4vr4xnSDxMaL';
/** Models that are told the language; others find it out, and refuse to be told. */
const TAKES_LANGUAGE = /_v2_5$/;
/** What the vendor takes as `speed`. */
const SPEED = { min: 0.7, max: 1.2 };
/** How long the vendor keeps a connection without text: longer than any reply waits for a tool; 180 is the most. */
const INACTIVITY_SEC = 120;
const DEFAULT_FIRST_BYTE_TIMEOUT_MS = 3000;
const CONNECT_TIMEOUT_MS = 3000;

export interface ElevenLabsOptions {
  apiKey: string;
  /** An `http(s)` origin, such as `https://api.elevenlabs.io`. */
  baseUrl: string;
  /** The vendor's voice id. */
  voice?: string | undefined;
  logger: Logger;
  /** From text to its audio, where the reply does not say. @defaultValue 3000 */
  firstByteTimeoutMs?: number;
}

/** One voice for the whole service. Throws TypeError where `baseUrl` is not a URL. */
export function createElevenLabs(options: ElevenLabsOptions): TextToSpeech {
  new URL(options.baseUrl);
  return new ElevenLabsVoice(options);
}

class ElevenLabsVoice implements TextToSpeech {
  readonly provider = PROVIDER;
  readonly #options: ElevenLabsOptions;
  readonly #streams = new Set<ElevenLabsStream>();
  #closed = false;

  constructor(options: ElevenLabsOptions) {
    this.#options = options;
  }

  open(options: TtsOptions): TtsStream {
    const { apiKey, logger, firstByteTimeoutMs = DEFAULT_FIRST_BYTE_TIMEOUT_MS } = this.#options;
    const { speed, signal } = options;
    const stream = new ElevenLabsStream({
      provider: PROVIDER,
      url: this.#urlFor(options),
      apiKey,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      ...(speed === undefined ? {} : { speed: Math.min(Math.max(speed, SPEED.min), SPEED.max) }),
      logger,
      signal,
      patienceMs: patienceOf(options, firstByteTimeoutMs),
    });
    if (this.#closed) stream.fail(closedError());
    else stream.connect();
    this.#streams.add(stream);
    void stream.gone.then(() => this.#streams.delete(stream));
    return stream;
  }

  /** Connections are a reply's own. */
  async warm(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
    const streams = [...this.#streams];
    for (const stream of streams) stream.fail(closedError());
    await Promise.all(streams.map((stream) => stream.gone));
  }

  #urlFor({ language, voice, model = DEFAULT_MODEL }: TtsOptions): URL {
    const id = encodeURIComponent(voice ?? this.#options.voice ?? DEFAULT_VOICE);
    const url = new URL(`/v1/text-to-speech/${id}/stream-input`, this.#options.baseUrl);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.search = new URLSearchParams({
      model_id: model,
      output_format: 'ulaw_8000',
      // Text comes in clauses already; the vendor's own waiting for more would only add to the silence.
      auto_mode: 'true',
      inactivity_timeout: String(INACTIVITY_SEC),
      ...(TAKES_LANGUAGE.test(model) ? { language_code: language.replace(/-.*/, '').toLowerCase() } : {}),
    }).toString();
    return url;
  }
}

function closedError(): TtsError {
  return new TtsError('tts-unreachable', PROVIDER, 'the voice has been closed', { retryable: false });
}
