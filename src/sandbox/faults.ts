/**
 * What goes wrong at a vendor, on demand. A fault is declared, waits for its moment and is used up after `times` hits.
 */
import { z } from 'zod';

export const VENDORS = [
  'deepgram',
  'elevenlabs-stt',
  'openai-stt',
  'cartesia',
  'anthropic',
  'openai',
  'twilio',
  'booking',
] as const;
export type Vendor = (typeof VENDORS)[number];

const openingKinds = [
  'refuse', // the connection is reset before any answer
  'status', // the request or the upgrade is answered with `status`
] as const;

const sendingKinds = [
  'stall', // accepted, then nothing more is sent
  'disconnect', // the connection is cut
  'malformed', // one message is cut in half
  'duplicate', // one message is sent twice
  'reorder', // one message is sent after the one that follows it
  'wrong-audio-length', // one message with audio lacks the audio's last byte
] as const;

const faultFields = {
  vendor: z.enum(VENDORS),
  /** How often it strikes: messages for the last four kinds, connections or requests for the others. */
  times: z.int().positive().default(1),
};

/** Both given: both must have passed. */
const moment = {
  /** Strikes once the connection or request is this old. */
  afterMs: z.number().nonnegative().default(0),
  /** Strikes after this many messages of the connection or request were sent. */
  afterMessages: z.int().nonnegative().default(0),
};

/** A fault as it is declared. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...faultFields, kind: z.literal('refuse') }),
  z.strictObject({
    ...faultFields,
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    /** Sent as a `retry-after` header. */
    retryAfterSec: z.number().nonnegative().optional(),
  }),
  z.strictObject({
    ...faultFields,
    ...moment,
    kind: z.literal('slow'),
    /** Everything from here on is sent this late, in order. */ delayMs: z.number().positive(),
  }),
  z.strictObject({ ...faultFields, ...moment, kind: z.enum(sendingKinds) }),
]);

export type FaultInput = z.input<typeof faultSchema>;
type Fault = z.output<typeof faultSchema>;
type OpeningFault = Extract<Fault, { kind: (typeof openingKinds)[number] }>;
type SendingFault = Exclude<Fault, OpeningFault>;

/** A fault that still has hits left; `times` counts down. */
export type ArmedFault = Fault & { id: string };

/** All faults of a sandbox. */
export class Faults {
  #armed: ArmedFault[] = [];
  #nextId = 1;

  /** Throws a `ZodError` that names the wrong field. */
  add(input: FaultInput): ArmedFault {
    const fault = { ...faultSchema.parse(input), id: `fault-${this.#nextId++}` };
    this.#armed.push(fault);
    return fault;
  }

  /** What has not struck often enough yet, in the order it was added. */
  list(): readonly ArmedFault[] {
    return this.#armed;
  }

  /** False where there is none of this id. */
  remove(id: string): boolean {
    const before = this.#armed.length;
    this.#armed = this.#armed.filter((fault) => fault.id !== id);
    return this.#armed.length < before;
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault that meets a request or an upgrade, if any; it is used up by one. */
  takeOpening(vendor: Vendor): OpeningFault | undefined {
    return this.#take(vendor, (fault): fault is ArmedFault & OpeningFault => isOpening(fault));
  }

  /** The fault that meets the next message of a connection or request, if any; it is used up by one. */
  takeSending(
    vendor: Vendor,
    exchange: { ageMs: number; messages: number; hasAudio: boolean },
  ): SendingFault | undefined {
    return this.#take(
      vendor,
      (fault): fault is ArmedFault & SendingFault =>
        !isOpening(fault) &&
        exchange.ageMs >= fault.afterMs &&
        exchange.messages >= fault.afterMessages &&
        (exchange.hasAudio || fault.kind !== 'wrong-audio-length'),
    );
  }

  #take<F extends ArmedFault>(vendor: Vendor, matches: (fault: ArmedFault) => fault is F): F | undefined {
    const fault = this.#armed.find((fault): fault is F => fault.vendor === vendor && matches(fault));
    if (fault === undefined) return undefined;
    fault.times--;
    if (fault.times === 0) this.remove(fault.id);
    return fault;
  }
}

function isOpening(fault: Fault): fault is OpeningFault {
  return fault.kind === 'refuse' || fault.kind === 'status';
}

/** One message on its way out. */
export interface Outgoing {
  text: string;
  /** The same message with the last byte of its audio missing; only for messages that carry audio. */
  textWithShortAudio?: () => string;
}

/** Where an {@link Outlet}'s messages go. */
export interface OutletTarget {
  write(text: string): void;
  /** Cuts the connection without a farewell. */
  cut(): void;
}

/** Sends the messages of one connection or request, with the vendor's faults. */
export class Outlet {
  readonly #vendor: Vendor;
  readonly #faults: Faults;
  readonly #target: OutletTarget;
  readonly #openedAtMs = performance.now();
  readonly #timers = new Set<NodeJS.Timeout>();
  #messages = 0;
  /** What has befallen the whole exchange; `delayMs` is endless for a stall. */
  #struck: { delayMs: number } | undefined;
  #held: string | undefined;
  #closed = false;

  constructor(vendor: Vendor, faults: Faults, target: OutletTarget) {
    this.#vendor = vendor;
    this.#faults = faults;
    this.#target = target;
  }

  /** Never throws. After `close` it does nothing. */
  send(message: Outgoing): void {
    if (this.#closed) return;
    if (this.#struck === undefined) {
      const fault = this.#faults.takeSending(this.#vendor, {
        ageMs: performance.now() - this.#openedAtMs,
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
  }

  #strike(fault: SendingFault, message: Outgoing): void {
    switch (fault.kind) {
      case 'disconnect':
        this.close();
        this.#target.cut();
        return;
      case 'stall':
        this.#struck = { delayMs: Number.POSITIVE_INFINITY };
        return;
      case 'slow':
        this.#struck = { delayMs: fault.delayMs };
        this.#write(message.text);
        return;
      case 'malformed':
        this.#write(message.text.slice(0, Math.floor(message.text.length / 2)));
        return;
      case 'duplicate':
        this.#write(message.text);
        this.#write(message.text);
        return;
      case 'reorder':
        this.#held = message.text;
        return;
      case 'wrong-audio-length':
        this.#write(message.textWithShortAudio?.() ?? message.text);
        return;
    }
  }

  #write(text: string): void {
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
