/**
 * When what was heard and said on the sandbox's wires: the sandbox's own share of a call's waiting, for measuring.
 */

export type WireEventType =
  /** A recogniser stream was opened; the text is the language it was asked for. */
  | 'stt-opened'
  /** The last frame with speech energy of an utterance arrived. Recorded with the final that follows it. */
  | 'stt-speech-end'
  /** The `speech_final` result was sent. */
  | 'stt-final-sent'
  | 'llm-request-received'
  /** The first piece of text, or of a tool's input, was sent. */
  | 'llm-first-token-sent'
  /** One more of the first pieces of an answer's text was sent. Only those who follow are told. */
  | 'llm-text-sent'
  /** The first transcript of a context arrived. */
  | 'tts-first-text-received'
  | 'tts-first-byte-sent';

export interface WireEvent {
  type: WireEventType;
  /** `performance.now()` of this process. */
  atMs: number;
  /** The recogniser stream, the model request or the voice context it belongs to. */
  exchange: string;
  /** The transcript, the caller's last words or the first words to speak: tells concurrent calls apart. */
  text: string;
  /** `llm-text-sent`: the answer's text up to and with this piece. */
  sentText?: string;
}

/** About 30 calls of ten turns; older ones are forgotten. */
const MAX_EVENTS = 2000;

/** A bounded log of {@link WireEvent}s that can be followed. */
export class Wire {
  readonly #events: WireEvent[] = [];
  readonly #listeners = new Set<(event: WireEvent) => void>();

  /** The latest events, oldest first. */
  get events(): readonly WireEvent[] {
    return this.#events;
  }

  record(type: WireEventType, exchange: string, text: string, atMs: number = performance.now()): void {
    const event: WireEvent = { type, atMs, exchange, text };
    this.#events.push(event);
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    this.#tell(event);
  }

  /** Tells of text that was sent just now. It is not kept: there are many to an answer. */
  tellOfText(exchange: string, text: string, sentText: string): void {
    this.#tell({ type: 'llm-text-sent', atMs: performance.now(), exchange, text, sentText });
  }

  /** Returns what ends it. The listener must not throw. */
  follow(listener: (event: WireEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: WireEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
