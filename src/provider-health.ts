/**
 * How each provider of a stage is doing, by what calls of this process went through: one circuit breaker each. A
 * provider that failed again and again is passed over for a while, then tried by one call; every other call goes to the
 * next of its chain at once instead of waiting for a failure that is known already.
 */
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
} from 'cockatiel';

/** What a provider is asked for. */
export type Stage = 'stt' | 'llm' | 'tts';

/** One provider of a chain, and what it is asked for by name where that is not its adapter's default. */
export interface ProviderLink {
  provider: string;
  model?: string | undefined;
  /** Only for speech. */
  voice?: string | undefined;
}

/** One use of a provider: told once how it went; what is told later counts no more. */
export interface ProviderUse {
  /** It did what it was asked for, or at least began to in time. */
  succeeded(): void;
  /** `restMs`: it asks to be left alone for so long, by everybody. */
  failed(restMs?: number): void;
  /** Neither: the caller went on, so nothing is known. What failed before still counts. */
  abandoned(): void;
}

export interface ProviderHealthOptions {
  /** A provider was given up for now, or works again. */
  onChange?(change: { stage: Stage; provider: string; works: boolean }): void;
  /** How long a provider is left alone at first; longer each time, up to half a minute. @defaultValue 2000 */
  firstRestMs?: number;
}

/** One failure is an accident, and costs one call a moment; three in a row are an outage. */
const FAILURES_IN_A_ROW = 3;
const FIRST_REST_MS = 2000;
/** So soon after its outage a vendor is used again at the latest. */
const LONGEST_REST_MS = 30_000;
/** A vendor that asks for more than this is not believed: it would be forgotten for the day. */
const LONGEST_ASKED_REST_MS = 10 * 60_000;

/** Neither holds sockets nor timers, so nothing has to be closed. */
export class ProviderHealth {
  readonly #options: ProviderHealthOptions;
  readonly #breakers = new Map<string, CircuitBreakerPolicy>();
  /** By stage and key, where a provider asked not to be asked before; of `performance.now()`. */
  readonly #restUntilMs = new Map<string, number>();
  readonly #followers: { stage: Stage; listener: () => void }[] = [];

  constructor(options: ProviderHealthOptions = {}) {
    this.#options = options;
  }

  /**
   * Begins a use of the provider; undefined while it is to be left alone. `key`: the provider, with its model where
   * models fail apart. `lastResort`: there is nobody else, so nothing is lost by asking one that is to be left alone,
   * unless it asked for that itself.
   */
  use(stage: Stage, key: string, { lastResort = false } = {}): ProviderUse | undefined {
    if ((this.#restUntilMs.get(`${stage} ${key}`) ?? 0) > performance.now()) return undefined;
    const breaker = this.#breakerOf(stage, key);
    if (lastResort && breaker.state !== CircuitState.Closed) return unguarded(breaker);
    // Half open: another call tries it at this moment, and this one need not wait for how that ends.
    if (breaker.state === CircuitState.HalfOpen) return undefined;
    const isTrial = breaker.state === CircuitState.Open;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let begun = false;
    // Without a middle layer the work is begun at once or not at all, and an open circuit rejects instead.
    breaker
      .execute(() => {
        begun = true;
        return promise;
      })
      .catch(() => undefined);
    if (!begun) return undefined;
    return {
      succeeded: resolve,
      failed: (restMs = 0) => {
        this.#rest(`${stage} ${key}`, restMs);
        reject(new Error('failed'));
      },
      // A trial must end for the next to begin; any other use may be forgotten.
      abandoned: () => (isTrial ? resolve() : undefined),
    };
  }

  /** Told whenever a provider of the stage is given up or works again, for as long as this lives. */
  follow(stage: Stage, listener: () => void): void {
    this.#followers.push({ stage, listener });
  }

  /** False while the provider is left alone. A provider nobody has used yet works. */
  works(stage: Stage, key: string): boolean {
    return this.#breakers.get(`${stage} ${key}`)?.state !== CircuitState.Open;
  }

  /** One use that went on meanwhile may ask for less. */
  #rest(name: string, restMs: number): void {
    const untilMs = performance.now() + Math.min(restMs, LONGEST_ASKED_REST_MS);
    if (restMs > 0) this.#restUntilMs.set(name, Math.max(untilMs, this.#restUntilMs.get(name) ?? 0));
  }

  #breakerOf(stage: Stage, key: string): CircuitBreakerPolicy {
    const name = `${stage} ${key}`;
    const known = this.#breakers.get(name);
    if (known !== undefined) return known;
    const { firstRestMs = FIRST_REST_MS } = this.#options;
    const breaker = circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
      halfOpenAfter: new ExponentialBackoff({ initialDelay: firstRestMs, maxDelay: LONGEST_REST_MS }),
    });
    breaker.onBreak(() => this.#tell({ stage, provider: key, works: false }));
    breaker.onReset(() => this.#tell({ stage, provider: key, works: true }));
    this.#breakers.set(name, breaker);
    return breaker;
  }

  #tell(change: { stage: Stage; provider: string; works: boolean }): void {
    this.#options.onChange?.(change);
    for (const { stage, listener } of this.#followers) if (stage === change.stage) listener();
  }
}

/** Past the breaker, which learns of it only if it goes well. */
function unguarded(breaker: CircuitBreakerPolicy): ProviderUse {
  return {
    // Letting go of one that was held open by hand closes it.
    succeeded: () => (breaker.state === CircuitState.Closed ? undefined : breaker.isolate().dispose()),
    failed: () => undefined,
    abandoned: () => undefined,
  };
}
