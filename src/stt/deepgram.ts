/**
 * Deepgram as a recogniser, through `@deepgram/sdk`. The name of the model says how it listens: `flux…` is Flux, which
 * tells turns apart by itself (`/v2/listen`); any other is of the Nova kind (`/v1/listen`).
 */
import type { Logger } from 'pino';
import { FLUX_DEFAULTS, FluxDialect, type FluxSettings, isFlux } from './deepgram-flux.ts';
import { NovaDialect } from './deepgram-nova.ts';
import { DeepgramStream, PROVIDER } from './deepgram-stream.ts';
import type { SpeechToText, SttOptions, SttStream } from './index.ts';

const DEFAULT_MODEL = 'nova-3';
/** Shorter than a caller's patience with silence, longer than any healthy handshake. */
const DEFAULT_CONNECT_TIMEOUT_MS = 5000;
/** Deepgram hangs up (NET-0001) after 10 s of nothing and asks for a sign of life every 3 to 5 s. */
const DEFAULT_KEEP_ALIVE_MS = 4000;
/** After CloseStream the server flushes and closes; one that does neither is cut off. */
const DEFAULT_CLOSE_TIMEOUT_MS = 2000;

export interface DeepgramOptions {
  apiKey: string;
  /** An `http(s)` origin, such as `https://api.deepgram.com`. */
  baseUrl: string;
  /**
   * For streams that name none: `nova-3`, `flux-general-en`, `flux-general-multi`, or `flux` for the Flux of the
   * stream's language. @defaultValue `nova-3`
   */
  model?: string;
  /** When Flux ends turns; of no meaning to other models. */
  flux?: Partial<FluxSettings>;
  logger: Logger;
  /** @defaultValue 5000 */
  connectTimeoutMs?: number;
  /** Silence towards the vendor after which it is shown that the stream lives. @defaultValue 4000 */
  keepAliveMs?: number;
  /** From CloseStream to cutting the connection. @defaultValue 2000 */
  closeTimeoutMs?: number;
}

type Settings = Required<Omit<DeepgramOptions, 'flux'>> & { flux: FluxSettings };

/** One recogniser for the whole service; each stream has a connection of its own. */
export function createDeepgram(options: DeepgramOptions): SpeechToText {
  return new Deepgram({
    model: DEFAULT_MODEL,
    connectTimeoutMs: DEFAULT_CONNECT_TIMEOUT_MS,
    keepAliveMs: DEFAULT_KEEP_ALIVE_MS,
    closeTimeoutMs: DEFAULT_CLOSE_TIMEOUT_MS,
    ...options,
    flux: { ...FLUX_DEFAULTS, ...options.flux },
  });
}

class Deepgram implements SpeechToText {
  readonly provider = PROVIDER;
  readonly #settings: Settings;
  readonly #streams = new Set<DeepgramStream>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  open(options: SttOptions): SttStream {
    const { flux } = this.#settings;
    const model = options.model ?? this.#settings.model;
    const stream = new DeepgramStream(this.#settings, options, (context) =>
      isFlux(model)
        ? new FluxDialect(model, flux, options, context)
        : new NovaDialect(model, options, context),
    );
    this.#streams.add(stream);
    void stream.gone.then(() => this.#streams.delete(stream));
    return stream;
  }

  async close(): Promise<void> {
    const streams = [...this.#streams];
    for (const stream of streams) stream.close();
    await Promise.all(streams.map((stream) => stream.gone));
  }
}
