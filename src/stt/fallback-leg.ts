/** One recogniser's stream within a chain: what it hears counts from where the chain's audio stood when it began. */
import type { ProviderUse } from '../provider-health.ts';
import type { Link } from './fallback-links.ts';
import { SttError, type SttEvent, type SttOptions, type SttStream, type SttWord } from './index.ts';

/** Why a stream is open. `doubt`: beside one that may have stalled. `return`: beside one that is less preferred. */
export type Role = 'active' | 'doubt' | 'return';

export interface LegOptions {
  link: Link;
  use: ProviderUse;
  role: Role;
  /** Of the chain's audio, where this stream begins. */
  beganMs: number;
  openedAtMs: number;
  options: SttOptions;
  /** In the chain's time. */
  onEvent(leg: Leg, event: SttEvent): void;
  onSign(leg: Leg): void;
  /** Told once, unless it was closed. */
  onEnd(leg: Leg, error: SttError): void;
}

export class Leg {
  readonly link: Link;
  readonly use: ProviderUse;
  readonly beganMs: number;
  readonly openedAtMs: number;
  role: Role;
  /** It has shown that it is there. */
  signed = false;
  /** It has understood words. */
  proven = false;
  /** It has told words that are not final. */
  pending = false;
  /** Words before this were told by others. */
  takesOverAtMs = 0;
  readonly #stream: SttStream;
  #closed = false;

  constructor(options: LegOptions) {
    this.link = options.link;
    this.use = options.use;
    this.role = options.role;
    this.beganMs = options.beganMs;
    this.openedAtMs = options.openedAtMs;
    const { recogniser, model } = options.link;
    const { model: _, providers: __, ...rest } = options.options;
    this.#stream = recogniser.open({
      ...rest,
      ...(model === undefined ? {} : { model }),
      onSign: () => {
        // Later than the constructor, should the adapter tell at once.
        if (!this.#closed) queueMicrotask(() => this.#closed || options.onSign(this));
      },
    });
    void this.#follow(options);
  }

  get provider(): string {
    return this.link.recogniser.provider;
  }

  write(audio: Uint8Array): void {
    this.#stream.write(audio);
  }

  finalize(): void {
    this.#stream.finalize();
  }

  mute(muted: boolean): void {
    this.#stream.mute(muted);
  }

  /** Idempotent; nothing is told after it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
  }

  async #follow({ onEvent, onEnd }: LegOptions): Promise<void> {
    let error = new SttError('stt-disconnected', this.provider, 'the stream ended', { retryable: true });
    try {
      for await (const event of this.#stream) {
        if (this.#closed) return;
        onEvent(this, shifted(event, this.beganMs));
      }
    } catch (cause) {
      error =
        cause instanceof SttError
          ? cause
          : new SttError('stt-disconnected', this.provider, String(cause), { retryable: true, cause });
    }
    if (this.#closed) return;
    this.close();
    onEnd(this, error);
  }
}

/** The event in the time of a stream that began so much earlier. */
function shifted(event: SttEvent, byMs: number): SttEvent {
  switch (event.type) {
    case 'speech-started':
      return { ...event, atMs: event.atMs + byMs };
    case 'interim':
    case 'final':
      return { ...event, words: event.words.map((word) => shiftedWord(word, byMs)) };
    case 'turn-ended':
      return event.speechEndMs === undefined ? event : { ...event, speechEndMs: event.speechEndMs + byMs };
    default:
      return event;
  }
}

function shiftedWord(word: SttWord, byMs: number): SttWord {
  return { ...word, startMs: word.startMs + byMs, endMs: word.endMs + byMs };
}

/** What is left of an event without what others have told before; undefined: nothing. */
export function withoutKnown(event: SttEvent, untilMs: number): SttEvent | undefined {
  switch (event.type) {
    case 'speech-started':
      return event.atMs < untilMs ? undefined : event;
    case 'interim':
    case 'final': {
      const words = event.words.filter(({ startMs, endMs }) => (startMs + endMs) / 2 >= untilMs);
      if (words.length === event.words.length) return event;
      if (words.length === 0) return undefined;
      return { ...event, words, text: words.map(({ text }) => text).join(' ') };
    }
    default:
      return event;
  }
}

/** The words of an interim that ended by then, as a final; undefined: there are none. */
export function toldBefore(
  interim: Extract<SttEvent, { type: 'interim' }> | undefined,
  untilMs: number,
): SttEvent | undefined {
  const words = interim?.words.filter(({ endMs }) => endMs <= untilMs) ?? [];
  const [first] = words;
  if (first === undefined) return undefined;
  return {
    type: 'final',
    text: words.map(({ text }) => text).join(' '),
    words,
    confidence: first.confidence,
  };
}
