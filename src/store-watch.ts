/** Which of the stores can be used just now: asked every second, so that whoever needs to know at once need not ask. */

export interface StoreWatchOptions {
  /** Absent: live calls are in this process alone, and that is never away. */
  sessions?: { ping(): Promise<void>; readonly away: boolean } | undefined;
  /** Absent: the database is part of this process. */
  records?: { ping(): Promise<void>; readonly away: boolean } | undefined;
  /** @defaultValue 1000 */
  everyMs?: number;
}

export interface StoreWatch {
  readonly redis: 'up' | 'away' | 'memory';
  readonly postgres: 'up' | 'away' | 'embedded';
  /** Neither is left: a call could be answered and nothing of it kept. */
  readonly bothAway: boolean;
  /** Idempotent. */
  close(): void;
}

/** A store that takes longer to answer is as good as away for a caller. */
const PING_TIMEOUT_MS = 1_500;

/** Starts to ask at once. Close it when done. */
export function watchStores({ sessions, records, everyMs = 1_000 }: StoreWatchOptions): StoreWatch {
  const slow = new Set<object>();
  const asked = [sessions, records].filter((store) => store !== undefined);
  const ask = (): void => {
    for (const store of asked)
      void pingInTime(store).then((inTime) => (inTime ? slow.delete(store) : slow.add(store)));
  };
  ask();
  const timer = setInterval(ask, everyMs);
  timer.unref();
  const isAway = (store: { readonly away: boolean }): boolean => store.away || slow.has(store);
  return {
    get redis() {
      if (sessions === undefined) return 'memory';
      return isAway(sessions) ? 'away' : 'up';
    },
    get postgres() {
      if (records === undefined) return 'embedded';
      return isAway(records) ? 'away' : 'up';
    },
    get bothAway() {
      return this.redis === 'away' && this.postgres === 'away';
    },
    close: () => clearInterval(timer),
  };
}

/** What it answers is told by its own `away`: only silence is noticed here. */
async function pingInTime(store: { ping(): Promise<void> }): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), PING_TIMEOUT_MS);
  const answered = store.ping().then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([answered, late.promise]);
  clearTimeout(timer);
  return inTime;
}
