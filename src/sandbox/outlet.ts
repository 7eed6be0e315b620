/** The messages of one connection or request on their way out, with what befalls them. */
import type { SendingFault, Vendor } from './fault-kinds.ts';

/** What goes over a wire: text, or bytes. */
export type Payload = string | Uint8Array;

/** One message on its way out. */
export interface Outgoing<P extends Payload = string> {
  text: P;
  /** The same message with the last byte of its audio missing; only for messages that carry audio. */
  textWithShortAudio?: () => P;
}

/** Where an {@link Outlet}'s messages go. */
export interface OutletTarget<P extends Payload = string> {
  write(text: P): void;
  /** Cuts the connection without a farewell. */
  cut(): void;
  /** Reads and answers nothing any more, pings included, and leaves the connection open. */
  goSilent?(): void;
}

/** An {@link Outlet} as faults see it, whatever its messages are made of. */
export type OpenOutlet = Pick<Outlet, 'vendor' | 'usedAtMs' | 'befall'>;

/** Where the faults come from. */
export interface FaultSource {
  /** The fault that meets the next message, if any. */
  takeSending(
    vendor: Vendor,
    exchange: { ageMs: number; messages: number; hasAudio: boolean },
  ): SendingFault | undefined;
  /** Between these two, faults that befall connections find the outlet. */
  opened(outlet: OpenOutlet): void;
  closed(outlet: OpenOutlet): void;
}

/** What can befall a connection as a whole. */
type Misfortune = { kind: 'disconnect' | 'stall' | 'half-open' } | { kind: 'slow'; delayMs: number };

/** Sends the messages of one connection or request, with the vendor's faults. */
export class Outlet<P extends Payload = string> {
  readonly vendor: Vendor;
  readonly #faults: FaultSource;
  readonly #target: OutletTarget<P>;
  readonly #openedAtMs = performance.now();
  readonly #timers = new Set<NodeJS.Timeout>();
  #usedAtMs = performance.now();
  #messages = 0;
  /** What has befallen the whole exchange; `delayMs` is endless for a stall. */
  #struck: { delayMs: number } | undefined;
  #held: P | undefined;
  #closed = false;

  /** To be closed with its connection or request. */
  constructor(vendor: Vendor, faults: FaultSource, target: OutletTarget<P>) {
    this.vendor = vendor;
    this.#faults = faults;
    this.#target = target;
    faults.opened(this);
  }

  /** When a message was last sent, or it was opened. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  /** Never throws. After `close` it does nothing. */
  send(message: Outgoing<P>): void {
    if (this.#closed) return;
    this.#usedAtMs = performance.now();
    if (this.#struck === undefined) {
      const fault = this.#faults.takeSending(this.vendor, {
        ageMs: this.#usedAtMs - this.#openedAtMs,
        messages: this.#messages,
        hasAudio: message.textWithShortAudio !== undefined,
      });
      this.#messages++;
      if (fault !== undefined) {
        this.#strike(fault, message);
        return;
      }
    }
    this.#write(message.text);
  }

  /** Strikes the exchange now, without waiting for a message. */
  befall(misfortune: Misfortune): void {
    if (this.#closed) return;
    switch (misfortune.kind) {
      case 'disconnect':
        this.close();
        this.#target.cut();
        return;
      case 'half-open':
        this.#struck = { delayMs: Number.POSITIVE_INFINITY };
        this.#target.goSilent?.();
        return;
      case 'stall':
        this.#struck = { delayMs: Number.POSITIVE_INFINITY };
        return;
      case 'slow':
        this.#struck = { delayMs: misfortune.delayMs };
        return;
    }
  }

  /** Runs it after all that was sent so far, also where that is delayed; never where the exchange stalls or is cut. */
  afterSent(run: () => void): void {
    const struck = this.#struck;
    if (this.#closed) return;
    if (struck === undefined) run();
    else this.#later(struck.delayMs, run);
  }

  /** Drops what is still delayed. Idempotent. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#closed = true;
    this.#faults.closed(this);
  }

  #strike(fault: SendingFault, message: Outgoing<P>): void {
    switch (fault.kind) {
      case 'disconnect':
      case 'stall':
      case 'half-open':
        return this.befall(fault);
      case 'slow':
        this.befall(fault);
        return this.#write(message.text);
      case 'malformed':
        // Half a text is a text, and half the bytes are bytes.
        return this.#write(message.text.slice(0, Math.floor(message.text.length / 2)) as P);
      case 'duplicate':
        this.#write(message.text);
        return this.#write(message.text);
      case 'reorder':
        this.#held = message.text;
        return;
      case 'wrong-audio-length':
        return this.#write(message.textWithShortAudio?.() ?? message.text);
    }
  }

  #write(text: P): void {
    const struck = this.#struck;
    if (struck === undefined) this.#target.write(text);
    else this.#later(struck.delayMs, () => this.#target.write(text));
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#write(held);
  }

  #later(delayMs: number, run: () => void): void {
    if (!Number.isFinite(delayMs)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }
}
