/**
 * What goes wrong on demand. A fault is declared, waits for its moment, is armed, strikes and is used up. What can go
 * wrong is listed in `fault-kinds.ts`.
 */
import {
  befallsConnection,
  type Fault,
  type FaultInput,
  faultSchema,
  isOpening,
  isStoreFault,
  type OpeningFault,
  type SendingFault,
  type Store,
  type StoreFault,
  type Vendor,
} from './fault-kinds.ts';
import { Moments } from './moments.ts';
import type { FaultSource, OpenOutlet } from './outlet.ts';

export type { FaultInput, Vendor } from './fault-kinds.ts';
export { Outlet, type Payload } from './outlet.ts';

/** A fault that still has hits left; `times` counts down. `waiting`: its moment has not come. */
export type ArmedFault = Fault & { id: string; state: 'waiting' | 'armed' };

/** A fault has hit something. */
export interface Strike {
  fault: string;
  vendor: Fault['vendor'];
  kind: Fault['kind'];
  /** `performance.now()` of the sandbox's process. */
  atMs: number;
}

/** What stands before a store and can make it fail. */
export interface StoreTarget {
  /** Rejects where it cannot be done; then the fault is not set. */
  begin(fault: StoreFault): Promise<void> | void;
  end(fault: StoreFault): Promise<void> | void;
}

/** A store's fault was declared, and nothing of this sandbox's stands before that store. */
export class NoProxyError extends Error {
  override readonly name = 'NoProxyError';
  readonly code = 'no-proxy';
}

interface Entry {
  readonly fault: Fault;
  readonly id: string;
  /** Undefined: as often as it can. */
  times: number | undefined;
  /** How often the moment must still come. */
  toCome: number;
  armed: boolean;
  timer: NodeJS.Timeout | undefined;
  begun: Promise<void>;
}

/** How long a store that is restarted refuses connections. */
const RESTART_MS = 500;
const MAX_STRIKES = 200;

/** All faults of a sandbox. */
export class Faults implements FaultSource {
  readonly moments = new Moments();
  readonly #entries: Entry[] = [];
  readonly #outlets = new Set<OpenOutlet>();
  readonly #stores = new Map<Store, StoreTarget>();
  readonly #strikes: Strike[] = [];
  readonly #ending = new Set<Promise<void>>();
  #nextId = 1;

  constructor() {
    this.moments.follow((moment) => {
      for (const entry of [...this.#entries]) {
        if (entry.fault.at !== moment || entry.toCome === 0) continue;
        entry.toCome--;
        if (entry.toCome === 0) this.#wake(entry);
      }
    });
  }

  /** Throws a `ZodError` that names the wrong field, and {@link NoProxyError}. */
  add(input: FaultInput): ArmedFault {
    const fault = faultSchema.parse(input);
    if (isStoreFault(fault) && !this.#stores.has(fault.vendor))
      throw new NoProxyError(
        `no proxy of this sandbox stands before ${fault.vendor}: start one with "callwright sandbox proxy ${fault.vendor}"`,
      );
    const entry: Entry = {
      fault,
      id: `fault-${this.#nextId++}`,
      times: timesOf(fault),
      toCome: fault.at === undefined ? 0 : fault.nth,
      armed: false,
      timer: undefined,
      begun: Promise.resolve(),
    };
    this.#entries.push(entry);
    if (fault.at === undefined) this.#wake(entry);
    return shown(entry);
  }

  /** What has not struck often enough yet, in the order it was added. */
  list(): readonly ArmedFault[] {
    return this.#entries.map(shown);
  }

  /** What has struck, oldest first; the latest 200. */
  get strikes(): readonly Strike[] {
    return this.#strikes;
  }

  /** Settles when the store is in the state that the fault is for; rejects with why that cannot be. */
  async begun(id: string): Promise<void> {
    await this.#entries.find((entry) => entry.id === id)?.begun;
  }

  /** False where there is none of this id. */
  remove(id: string): boolean {
    const entry = this.#entries.find((one) => one.id === id);
    if (entry !== undefined) this.#drop(entry);
    return entry !== undefined;
  }

  clear(): void {
    for (const entry of [...this.#entries]) this.#drop(entry);
  }

  /** Resolves when all stores are as they were, those faults left out that are still set. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** From now on the store's faults go there; returns what ends that. */
  attach(store: Store, target: StoreTarget): () => void {
    this.#stores.set(store, target);
    return () => {
      for (const entry of [...this.#entries]) if (entry.fault.vendor === store) this.#drop(entry);
      if (this.#stores.get(store) === target) this.#stores.delete(store);
    };
  }

  /** Faults that befall connections find it here while it is open. */
  opened(outlet: OpenOutlet): void {
    this.#outlets.add(outlet);
  }

  closed(outlet: OpenOutlet): void {
    this.#outlets.delete(outlet);
  }

  /** The fault that meets a request or an upgrade, if any; it is used up by one. */
  takeOpening(vendor: Vendor): OpeningFault | undefined {
    return this.#take(vendor, (fault) => (isOpening(fault) ? fault : undefined));
  }

  /** The fault that meets the next message of a connection or request, if any; it is used up by one. */
  takeSending(
    vendor: Vendor,
    exchange: { ageMs: number; messages: number; hasAudio: boolean },
  ): SendingFault | undefined {
    return this.#take(vendor, (fault) =>
      !isOpening(fault) &&
      (fault.at !== undefined || exchange.ageMs >= fault.afterMs) &&
      exchange.messages >= fault.afterMessages &&
      (exchange.hasAudio || fault.kind !== 'wrong-audio-length')
        ? fault
        : undefined,
    );
  }

  #take<F extends Fault>(
    vendor: Vendor,
    match: (fault: Exclude<Fault, StoreFault>) => F | undefined,
  ): F | undefined {
    for (const entry of this.#entries) {
      if (!entry.armed || entry.fault.vendor !== vendor || isStoreFault(entry.fault)) continue;
      const fault = match(entry.fault);
      if (fault === undefined) continue;
      this.#struck(entry);
      return fault;
    }
    return undefined;
  }

  /** Its moment has come: arms it, once its time after the moment has passed. */
  #wake(entry: Entry): void {
    const { fault } = entry;
    const isTimed = fault.at !== undefined || isStoreFault(fault) || isOpening(fault);
    if (!isTimed || fault.afterMs === 0) return this.#arm(entry);
    entry.timer = setTimeout(() => this.#arm(entry), fault.afterMs);
  }

  #arm(entry: Entry): void {
    const { fault } = entry;
    entry.armed = true;
    const forMs = fault.forMs ?? (fault.kind === 'restart' ? RESTART_MS : undefined);
    if (forMs !== undefined) entry.timer = setTimeout(() => this.#drop(entry), forMs);
    if (isStoreFault(fault)) this.#begin(entry, fault);
    else if (fault.kind === 'outage') {
      for (const outlet of this.#outletsOf(fault.vendor)) outlet.befall({ kind: 'disconnect' });
      this.#note(entry);
    } else if (fault.at !== undefined && !isOpening(fault) && befallsConnection(fault)) {
      // What strikes as often as it can strikes all that is open; else as many as it has hits, the latest first.
      for (const outlet of this.#outletsOf(fault.vendor).slice(0, entry.times)) {
        this.#struck(entry);
        outlet.befall(fault);
      }
    }
  }

  #begin(entry: Entry, fault: StoreFault): void {
    const begin = async (): Promise<void> => await this.#stores.get(fault.vendor)?.begin(fault);
    entry.begun = begin();
    entry.begun.then(
      () => this.#note(entry),
      () => this.#forget(entry),
    );
  }

  /** Those that are open, the one that was used last before the others. */
  #outletsOf(vendor: Vendor): OpenOutlet[] {
    return [...this.#outlets]
      .filter((outlet) => outlet.vendor === vendor)
      .sort((a, b) => b.usedAtMs - a.usedAtMs);
  }

  #struck(entry: Entry): void {
    this.#note(entry);
    if (entry.times === undefined) return;
    entry.times--;
    if (entry.times === 0) this.#forget(entry);
  }

  #note({ id, fault }: Entry): void {
    this.#strikes.push({ fault: id, vendor: fault.vendor, kind: fault.kind, atMs: performance.now() });
    if (this.#strikes.length > MAX_STRIKES) this.#strikes.shift();
  }

  #drop(entry: Entry): void {
    this.#forget(entry);
    const { fault } = entry;
    if (!entry.armed || !isStoreFault(fault)) return;
    const target = this.#stores.get(fault.vendor);
    // A state that never began has no end, and one that cannot be ended is told by the target.
    const ending = entry.begun.then(() => target?.end(fault)).catch(() => undefined);
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }

  #forget(entry: Entry): void {
    clearTimeout(entry.timer);
    const at = this.#entries.indexOf(entry);
    if (at !== -1) this.#entries.splice(at, 1);
  }
}

function timesOf(fault: Fault): number | undefined {
  if (isStoreFault(fault) || fault.kind === 'outage') return undefined;
  return fault.times ?? (fault.forMs === undefined ? 1 : undefined);
}

function shown({ fault, id, times, armed }: Entry): ArmedFault {
  const left = times === undefined ? {} : { times };
  return { ...fault, ...left, id, state: armed ? 'armed' : 'waiting' };
}
