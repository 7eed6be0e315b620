/**
 * Deepgram Flux (docs: `/v2/listen`): a recogniser that judges for itself, from sound and words, when a turn is over.
 * `endpointingMs` and `utteranceEndMs` mean nothing to it; {@link FluxSettings} are what it takes instead.
 *
 * There is no `Finalize`: what is pending cannot be asked for (`ForceEndTurn` needs enabling by the vendor, and ends
 * the stream where it is not). `finalize()` only hurries along the audio that waits for its chunk to fill.
 */
import type { DeepgramClient } from '@deepgram/sdk';
import { BYTES_PER_MS } from './audio-clock.ts';
import type { Outgoing } from './backlog.ts';
import { readFluxMessage } from './deepgram-flux-messages.ts';
import { FluxTurns } from './deepgram-flux-turns.ts';
import {
  type Connection,
  type ConnectOptions,
  type Dialect,
  type DialectContext,
  PROVIDER,
} from './deepgram-stream.ts';
import { SttError, type SttEvent, type SttOptions } from './index.ts';

/** Audio a message: what the vendor strongly recommends (docs: "Getting Started with Flux"). Four frames. */
const CHUNK_MS = 80;
/** Positive zero in μ-law. */
const MULAW_SILENCE = 0xff;
/** What `flux-general-multi` understands (docs: "Flux Multilingual & Language Prompting"). */
const HINTS: ReadonlySet<string> = new Set(['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl']);

/** When Flux holds a turn to be over. Out of range is refused by the vendor. */
export interface FluxSettings {
  /** Confidence that ends a turn, 0.5 to 1. @defaultValue 0.7 */
  eotThreshold: number;
  /**
   * Confidence from which a turn is likely over, so that a reply is drafted, 0.3 to 0.9; lower is earlier and wastes
   * more drafts. Never above `eotThreshold`, which the vendor refuses. @defaultValue 0.5
   */
  eagerEotThreshold: number;
  /** Silence that ends a turn, however unfinished it sounds, 500 to 60000. @defaultValue 5000 */
  eotTimeoutMs: number;
}

/** The vendor's own, with eager ends of turn, which it leaves off, at the middle of their range. */
export const FLUX_DEFAULTS = {
  eotThreshold: 0.7,
  eagerEotThreshold: 0.5,
  eotTimeoutMs: 5000,
} as const satisfies FluxSettings;

/** Whether this model is heard over `/v2/listen`. */
export function isFlux(model: string): boolean {
  return model.startsWith('flux');
}

/** `flux` alone stands for the Flux of the caller's language; a full name is the vendor's. */
function fluxModel(model: string, language: string): string {
  if (model !== 'flux') return model;
  return languageOf(language) === 'en' ? 'flux-general-en' : 'flux-general-multi';
}

/** `en` of `en-US`. */
function languageOf(tag: string): string {
  return (tag.split('-')[0] ?? '').toLowerCase();
}

type FluxConnection = Awaited<ReturnType<DeepgramClient['listen']['v2']['connect']>>;

export class FluxDialect implements Dialect {
  readonly #model: string;
  readonly #settings: FluxSettings;
  readonly #options: SttOptions;
  readonly #context: DialectContext;
  readonly #turns: FluxTurns;
  #connection: FluxConnection | undefined;
  /** Frames on their way to a whole chunk. */
  #chunk: Uint8Array[] = [];
  #chunkMs = 0;

  constructor(model: string, settings: FluxSettings, options: SttOptions, context: DialectContext) {
    this.#model = fluxModel(model, options.language);
    this.#settings = settings;
    this.#options = options;
    this.#context = context;
    this.#turns = new FluxTurns(context.clock);
  }

  async prepare(client: DeepgramClient, options: ConnectOptions): Promise<Connection> {
    this.#connection = await client.listen.v2.connect({ ...this.#query(), ...options });
    return this.#connection;
  }

  /**
   * Silence: Flux's clock is the audio it gets, so without any an open turn would stay open for ever, and a connection
   * without audio is hung up on after some 20 s.
   */
  inPlaceOf(frame: Uint8Array): Outgoing {
    const silence = new Uint8Array(frame.byteLength).fill(MULAW_SILENCE);
    return { type: 'audio', frame: silence, durationMs: frame.byteLength / BYTES_PER_MS };
  }

  send(item: Outgoing): void {
    if (item.type === 'finalize') this.#sendChunk();
    if (item.type !== 'audio') return;
    this.#chunk.push(item.frame);
    this.#chunkMs += item.durationMs;
    if (this.#chunkMs >= CHUNK_MS) this.#sendChunk();
  }

  /** A ping: Flux has no KeepAlive message, and its maintainers point to this instead (deepgram-python-sdk, 649). */
  keepAlive(): void {
    this.#sendChunk();
    this.#context.ping();
  }

  read(message: unknown): SttEvent[] {
    const known = readFluxMessage(message);
    switch (known.type) {
      case 'TurnInfo':
        return this.#turns.read(known);
      case 'Error':
        // Fatal: the vendor closes the connection next.
        throw new SttError('stt-disconnected', PROVIDER, `the vendor gave up: ${known.code}`, {
          retryable: true,
        });
      case 'other':
        this.#context.ignored(known.vendorType);
        return [];
    }
  }

  #sendChunk(): void {
    if (this.#chunk.length === 0) return;
    this.#connection?.sendMedia(Buffer.concat(this.#chunk));
    this.#chunk = [];
    this.#chunkMs = 0;
  }

  #query() {
    const { language, keyterms } = this.#options;
    const { eotThreshold, eagerEotThreshold, eotTimeoutMs } = this.#settings;
    const hint = languageOf(language);
    // Other models refuse a hint, and this one refuses a language it does not know: then it finds out by itself.
    const takesHint = this.#model === 'flux-general-multi' && HINTS.has(hint);
    return {
      model: this.#model,
      encoding: 'mulaw',
      sample_rate: 8000,
      eot_threshold: eotThreshold,
      eager_eot_threshold: Math.min(eagerEotThreshold, eotThreshold),
      eot_timeout_ms: eotTimeoutMs,
      ...(takesHint ? { language_hint: hint } : {}),
      ...(keyterms === undefined ? {} : { keyterm: [...keyterms] }),
    } as const;
  }
}
