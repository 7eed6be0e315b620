/** Deepgram Nova (docs: `/v1/listen`, streaming): results by the segment, and two opinions on when speech is over. */
import type { DeepgramClient } from '@deepgram/sdk';
import { BYTES_PER_MS } from './audio-clock.ts';
import type { Outgoing } from './backlog.ts';
import { readNovaMessage } from './deepgram-messages.ts';
import type { Connection, ConnectOptions, Dialect, DialectContext } from './deepgram-stream.ts';
import { DeepgramTurns } from './deepgram-turns.ts';
import type { SttEvent, SttOptions } from './index.ts';

/** Long enough for a breath between words, short enough for a conversation. */
const DEFAULT_ENDPOINTING_MS = 300;
/** Deepgram judges by its interims, of which there is one a second: less would not work (docs: "Utterance End"). */
const MIN_UTTERANCE_END_MS = 1000;

type NovaConnection = Awaited<ReturnType<DeepgramClient['listen']['v1']['connect']>>;

export class NovaDialect implements Dialect {
  readonly #model: string;
  readonly #options: SttOptions;
  readonly #context: DialectContext;
  readonly #turns: DeepgramTurns;
  #connection: NovaConnection | undefined;

  constructor(model: string, options: SttOptions, context: DialectContext) {
    this.#model = model;
    this.#options = options;
    this.#context = context;
    this.#turns = new DeepgramTurns(context.clock, () => context.request({ type: 'finalize' }));
  }

  async prepare(client: DeepgramClient, options: ConnectOptions): Promise<Connection> {
    this.#connection = await client.listen.v1.connect({ ...this.#query(), ...options });
    return this.#connection;
  }

  /** Nothing at all: Nova's times count the audio it was sent, and {@link DialectContext.clock} makes up for it. */
  inPlaceOf(frame: Uint8Array): Outgoing {
    return { type: 'gap', durationMs: frame.byteLength / BYTES_PER_MS };
  }

  send(item: Outgoing): void {
    if (item.type === 'audio') this.#connection?.sendMedia(item.frame);
    else if (item.type === 'finalize') this.#connection?.sendFinalize({ type: 'Finalize' });
  }

  keepAlive(): void {
    this.#connection?.sendKeepAlive({ type: 'KeepAlive' });
  }

  read(message: unknown): SttEvent[] {
    const known = readNovaMessage(message);
    if (known.type !== 'other') return this.#turns.read(known);
    this.#context.ignored(known.vendorType);
    return [];
  }

  #query() {
    const { language, keyterms, endpointingMs, utteranceEndMs } = this.#options;
    return {
      model: this.#model,
      language,
      encoding: 'mulaw',
      sample_rate: 8000,
      channels: 1,
      interim_results: 'true',
      smart_format: 'true',
      punctuate: 'true',
      vad_events: 'true',
      endpointing: endpointingMs ?? DEFAULT_ENDPOINTING_MS,
      utterance_end_ms: Math.max(utteranceEndMs ?? 0, MIN_UTTERANCE_END_MS),
      ...(keyterms === undefined ? {} : { keyterm: [...keyterms] }),
    } as const;
  }
}
