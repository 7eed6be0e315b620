/**
 * A chain of language models that answers as one: whoever fails, or says nothing in time, is followed by the next, in
 * the middle of a sentence if need be. Nothing is said twice, and no tool is called twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff } from 'cockatiel';
import type { ProviderHealth, ProviderUse } from '../provider-health.ts';
import { Continuation } from './continuation.ts';
import { llmError } from './errors.ts';
import {
  type AnsweredBy,
  type LanguageModel,
  LlmError,
  type LlmEvent,
  type ModelRequest,
  type SwitchCode,
  type Usage,
} from './index.ts';

export interface FallbackOptions {
  /** One adapter a provider; closed with the chain. */
  adapters: readonly [LanguageModel, ...LanguageModel[]];
  /** In order of preference, for requests that name none. Those without an adapter are passed over. */
  links: readonly AnsweredBy[];
  health: ProviderHealth;
  /**
   * How long the first one asked may take to its first piece of content while there is another to ask. Longer than a
   * model that is well ever takes; what the caller hears meanwhile is nothing. @defaultValue 1500
   */
  firstLinkMs?: number;
  /** The same for those after it; the last gets all that is left. @defaultValue 1000 */
  nextLinkMs?: number;
  /**
   * All of them together, retries included, from the request or the last word of one that died. Shorter than the silence
   * after which a call's watchdog speaks, so that what works without a model is heard instead. @defaultValue 3600
   */
  totalMs?: number;
}

const DEFAULTS = { firstLinkMs: 1500, nextLinkMs: 1000, totalMs: 3600 } as const;

/** With less time than this no model comes to its first word. */
const LEAST_ATTEMPT_MS = 150;
/** Models that say a few words each and die are no conversation. */
const MOST_ATTEMPTS = 8;
/** After all have failed those whose failures pass are asked again, after a pause of this length, then longer ones. */
const BACKOFF = { initialDelay: 150, maxDelay: 1000 };

/** Whoever creates it closes it, and the adapters with it. */
export function createFallback(options: FallbackOptions): LanguageModel {
  return new Fallback(options);
}

interface Link extends AnsweredBy {
  readonly adapter: LanguageModel;
}

class Fallback implements LanguageModel {
  readonly provider: string;
  readonly #options: Required<FallbackOptions>;
  readonly #adapters: ReadonlyMap<string, LanguageModel>;

  constructor(options: FallbackOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#adapters = new Map(options.adapters.map((adapter) => [adapter.provider, adapter]));
    this.provider = this.#linksFor({})[0]?.provider ?? options.adapters[0].provider;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<LlmEvent, void, undefined> {
    yield* new Answer(request, this.#linksFor(request), this.#options).stream(signal);
  }

  priceUsd(model: string | undefined, usage: Usage, provider = this.provider): number | undefined {
    return this.#adapters.get(provider)?.priceUsd(model, usage);
  }

  async warm(): Promise<void> {
    await Promise.all([...this.#adapters.values()].map((adapter) => adapter.warm()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#adapters.values()].map((adapter) => adapter.close()));
  }

  /** The request's own model is one of the first provider's; each pair comes once. */
  #linksFor({ providers, model: wanted }: Pick<ModelRequest, 'providers' | 'model'>): Link[] {
    const chosen = this.#withAdapters(providers ?? []);
    const all = chosen.length > 0 ? chosen : this.#withAdapters(this.#options.links);
    const named = all.map(({ provider, model, adapter }): Link => {
      const meant = model ?? (provider === all[0]?.provider ? wanted : undefined);
      return { provider, adapter, ...(meant === undefined ? {} : { model: meant }) };
    });
    return [...new Map(named.map((link) => [keyOf(link), link])).values()];
  }

  #withAdapters(links: readonly AnsweredBy[]): Link[] {
    return links.flatMap(({ provider, model }) => {
      const adapter = this.#adapters.get(provider);
      return adapter === undefined ? [] : [{ provider, model, adapter }];
    });
  }
}

/** One answer, whoever gives it. */
class Answer {
  readonly #request: ModelRequest;
  readonly #links: readonly Link[];
  readonly #options: Required<FallbackOptions>;
  readonly #text = new Continuation();
  /** Those whose failure does not pass by itself, and those that asked to be left alone until then. */
  readonly #notBeforeMs = new Map<Link, number>();
  #deadlineMs: number;
  #attempts = 0;
  #hasCalled = false;
  /** Who was asked last in vain, or passed over, and why. */
  #gone: { link: Link; code: SwitchCode } | undefined;
  #failure: LlmError | undefined;

  constructor(request: ModelRequest, links: readonly Link[], options: Required<FallbackOptions>) {
    this.#request = request;
    this.#links = links;
    this.#options = options;
    this.#deadlineMs = performance.now() + options.totalMs;
  }

  async *stream(signal: AbortSignal): AsyncGenerator<LlmEvent, void, undefined> {
    let backoff = new ExponentialBackoff(BACKOFF).next();
    for (let links = this.#links; links.length > 0 && !signal.aborted; links = this.#worthAnotherTry()) {
      if (links !== this.#links) {
        await sleep(this.#pauseMs(links, backoff.duration), undefined, { signal }).catch(() => undefined);
        backoff = backoff.next(undefined);
      }
      for (const [index, link] of links.entries()) {
        if (signal.aborted) return;
        const isLast = index === links.length - 1;
        if (this.#isOutOfTime || !this.#mayAsk(link)) continue;
        const use = this.#options.health.use('llm', keyOf(link));
        if (use === undefined) {
          this.#gone ??= { link, code: 'llm-resting' };
          continue;
        }
        if (yield* this.#ask(link, use, { isLast, signal })) return;
      }
    }
    if (signal.aborted) return;
    const [first] = this.#links;
    throw (
      this.#failure ?? llmError(first?.provider ?? 'llm', 'llm-unreachable', 'nobody is there to be asked')
    );
  }

  /** True where nobody else is to be asked: the answer is whole, or nobody waits for it. */
  async *#ask(
    link: Link,
    use: ProviderUse,
    { isLast, signal }: { isLast: boolean; signal: AbortSignal },
  ): AsyncGenerator<LlmEvent, boolean, undefined> {
    const by = whoIs(link);
    if (this.#gone !== undefined)
      yield { type: 'switched', from: whoIs(this.#gone.link), to: by, code: this.#gone.code };
    const request = this.#requestOf(link, isLast);
    this.#attempts++;
    let usage: Usage | undefined;
    try {
      for await (const event of link.adapter.stream(request, signal)) {
        if (event.type === 'started') usage = event.usage;
        if (event.type === 'done') use.succeeded();
        yield* this.#passOn(event, by);
        if (event.type === 'done') return true;
      }
      if (signal.aborted) return true;
      throw llmError(link.provider, 'llm-disconnected', 'the answer ended before it was whole');
    } catch (error) {
      if (signal.aborted) return true;
      this.#failed(link, use, error);
    } finally {
      use.abandoned();
    }
    if (!this.#hasCalled) return false;
    // What it called will be run, and must not be called again: the answer ends here.
    yield { type: 'done', stopReason: 'tool-calls', usage: usage ?? NOTHING, by };
    return true;
  }

  *#passOn(event: LlmEvent, by: AnsweredBy): Generator<LlmEvent> {
    if (event.type === 'text') {
      yield* textOf(this.#text.take(event.text));
      return;
    }
    if (event.type === 'started') {
      yield { ...event, by };
      return;
    }
    yield* textOf(this.#text.end());
    if (event.type === 'tool-call') this.#hasCalled = true;
    yield event.type === 'done' ? { ...event, by } : event;
  }

  #failed(link: Link, use: ProviderUse, error: unknown): void {
    const failure =
      error instanceof LlmError
        ? error
        : llmError(link.provider, 'llm-disconnected', 'the model failed', { cause: error });
    // What is wrong with a request tells nothing of the provider.
    if (failure.code !== 'llm-bad-request') use.failed();
    this.#failure = failure;
    this.#gone = { link, code: failure.code };
    const now = performance.now();
    const restMs = failure.retryable ? (failure.retryAfterMs ?? 0) : Number.POSITIVE_INFINITY;
    this.#notBeforeMs.set(link, now + restMs);
    const before = this.#text.said.length;
    this.#text.interrupt();
    // The caller hears what was said by now, so the next has its time anew.
    if (before > 0) this.#deadlineMs = now + this.#options.totalMs;
  }

  get #isOutOfTime(): boolean {
    return this.#attempts >= MOST_ATTEMPTS || this.#leftMs < LEAST_ATTEMPT_MS;
  }

  get #leftMs(): number {
    return this.#deadlineMs - performance.now();
  }

  #mayAsk(link: Link): boolean {
    return (this.#notBeforeMs.get(link) ?? 0) <= performance.now();
  }

  /** After all have failed: those that were asked, and may be asked again in time. */
  #worthAnotherTry(): Link[] {
    if (this.#isOutOfTime) return [];
    const latestMs = this.#deadlineMs - LEAST_ATTEMPT_MS;
    return this.#links.filter((link) => (this.#notBeforeMs.get(link) ?? Number.POSITIVE_INFINITY) < latestMs);
  }

  #pauseMs(links: readonly Link[], backoffMs: number): number {
    const soonestMs = Math.min(...links.map((link) => this.#notBeforeMs.get(link) ?? 0));
    return Math.max(backoffMs, soonestMs - performance.now());
  }

  #requestOf({ model: name }: Link, isLast: boolean): ModelRequest {
    const { model: _, providers: __, ...rest } = this.#request;
    const { firstLinkMs, nextLinkMs } = this.#options;
    const ownMs = this.#attempts === 0 ? firstLinkMs : nextLinkMs;
    const leftMs = Math.max(LEAST_ATTEMPT_MS, this.#leftMs);
    return {
      ...rest,
      ...(name === undefined ? {} : { model: name }),
      system: [...rest.system, ...goOnAfter(this.#text.said)],
      firstTokenTimeoutMs: isLast ? leftMs : Math.min(ownMs, leftMs),
    };
  }
}

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

function goOnAfter(said: string): ModelRequest['system'] {
  if (said.trim() === '') return [];
  const text = `Your answer to the caller's last words was cut off in the middle. The caller has already heard this much of it: "${said.trim()}" Go on from exactly there, in the middle of the sentence if need be. Never repeat or rephrase any of it, and do not begin anew.`;
  return [{ text, stable: false }];
}

function textOf(text: string): LlmEvent[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function keyOf({ provider, model }: AnsweredBy): string {
  return model === undefined ? provider : `${provider}/${model}`;
}

function whoIs({ provider, model }: Link): AnsweredBy {
  return { provider, ...(model === undefined ? {} : { model }) };
}
