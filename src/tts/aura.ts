/**
 * Deepgram Aura as a voice, through `@deepgram/sdk` (docs: `WSS /v1/speak`). A reply has a connection of its own: what is
 * said over it belongs to nobody else, and the vendor tells messages of two replies apart by nothing.
 *
 * The name of a model is the name of a voice and says its language (`aura-2-thalia-en`). Word times are not told.
 */
import type { Logger } from 'pino';
import { AuraStream } from './aura-stream.ts';
import { type TextToSpeech, TtsError, type TtsOptions, type TtsStream } from './index.ts';
import { patienceOf } from './stream-output.ts';
import { Pace } from './word-estimate.ts';

const PROVIDER = 'deepgram';
/** One voice for each language that Aura has (docs: "TTS models"). */
const VOICES: Readonly<Record<string, string>> = {
  en: 'aura-2-thalia-en',
  es: 'aura-2-celeste-es',
  de: 'aura-2-viktoria-de',
  fr: 'aura-2-agathe-fr',
  it: 'aura-2-livia-it',
  ja: 'aura-2-izanami-ja',
  nl: 'aura-2-beatrix-nl',
};
/** What the vendor takes as `speed`. */
const SPEED = { min: 0.7, max: 1.5 };
const DEFAULT_FIRST_BYTE_TIMEOUT_MS = 3000;
const CONNECT_TIMEOUT_MS = 3000;

export interface AuraOptions {
  apiKey: string;
  /** An `http(s)` origin, such as `https://api.deepgram.com`. */
  baseUrl: string;
  logger: Logger;
  /** From text to its audio, where the reply does not say. @defaultValue 3000 */
  firstByteTimeoutMs?: number;
}

/** One voice for the whole service. Throws TypeError where `baseUrl` is not a URL. */
export function createAura(options: AuraOptions): TextToSpeech {
  new URL(options.baseUrl);
  return new AuraVoice(options);
}

class AuraVoice implements TextToSpeech {
  readonly provider = PROVIDER;
  readonly #options: AuraOptions;
  readonly #streams = new Set<AuraStream>();
  readonly #paces = new Map<string, Pace>();
  #closed = false;

  constructor(options: AuraOptions) {
    this.#options = options;
  }

  speaks(language: string): boolean {
    return languageOf(language) in VOICES;
  }

  open(options: TtsOptions): TtsStream {
    const { apiKey, baseUrl, logger, firstByteTimeoutMs = DEFAULT_FIRST_BYTE_TIMEOUT_MS } = this.#options;
    const { language, voice, model, speed, signal } = options;
    const name = voice ?? model ?? VOICES[languageOf(language)];
    const pace = this.#paces.get(name ?? '') ?? new Pace();
    this.#paces.set(name ?? '', pace);
    const stream = new AuraStream({
      provider: PROVIDER,
      apiKey,
      baseUrl,
      logger,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      model: name ?? '',
      ...(speed === undefined ? {} : { speed: Math.min(Math.max(speed, SPEED.min), SPEED.max) }),
      pace,
      signal,
      patienceMs: patienceOf(options, firstByteTimeoutMs),
    });
    if (this.#closed) stream.fail(closedError());
    else if (name === undefined) stream.fail(languageError(language));
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
}

function languageOf(language: string): string {
  return language.replace(/-.*/, '').toLowerCase();
}

function closedError(): TtsError {
  return new TtsError('tts-unreachable', PROVIDER, 'the voice has been closed', { retryable: false });
}

function languageError(language: string): TtsError {
  return new TtsError('tts-refused', PROVIDER, `it has no voice for ${language}`, { retryable: false });
}
