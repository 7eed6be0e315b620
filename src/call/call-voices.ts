/**
 * Which voice speaks on one call. The preferred one does; when it fails, the next one that works takes over, and stays
 * for a while: a caller should hear few voices. The preferred one is tried again at the beginning of a reply.
 */
import type { ProviderUse } from '../provider-health.ts';
import { TtsError } from '../tts/index.ts';
import type { Sound, VoiceLink, Voices } from '../tts/voice-links.ts';

export interface CallVoicesOptions {
  voices: Voices;
  /** Milliseconds since the call's media started. */
  nowMs(): number;
}

/** One text, or what is left of it, given to one voice. */
export interface VoiceAttempt {
  readonly chain: readonly VoiceLink[];
  readonly link: VoiceLink;
  /** The same voice was asked for it before. */
  readonly isRetry: boolean;
  readonly use: ProviderUse | undefined;
  /** Who spoke before and why no longer, where it is another. */
  readonly switched: { from: string; to: string; code: string } | undefined;
}

/** After a voice has failed, so long it is not tried again on this call; twice as long each time. */
const FIRST_REST_MS = 10_000;
const LONGEST_REST_MS = 120_000;
/** Before the same vendor is tried a second time; the caller hears silence meanwhile. Jittered: others failed with it. */
const RETRY_MS = { least: 60, most: 180 };
/** What may be gone a moment later. Garbage comes again, and a stall has used up the time there was. */
const WORTH_A_RETRY: ReadonlySet<string> = new Set([
  'tts-disconnected',
  'tts-unreachable',
  'tts-rate-limited',
] satisfies TtsError['code'][]);

export class CallVoices {
  readonly #options: CallVoicesOptions;
  /** Voices that failed on this call, by the vendor's name. */
  readonly #failed = new Map<string, { untilMs: number; restMs: number; code: string }>();
  /** Those of them that are not tried in the present reply. */
  #resting: ReadonlySet<string> = new Set();
  /** Whoever spoke last. */
  #speaker: string | undefined;

  constructor(options: CallVoicesOptions) {
    this.#options = options;
  }

  /** A new reply begins: voices that have rested may be tried again. */
  beginReply(): void {
    const now = this.#options.nowMs();
    this.#resting = new Set([...this.#failed].flatMap(([key, { untilMs }]) => (untilMs > now ? [key] : [])));
  }

  /** The voice for a new text; undefined: none is left to speak it. One that only this call had trouble with is tried. */
  begin(sound: Sound): VoiceAttempt | undefined {
    const { voices } = this.#options;
    const chain = voices.of(sound);
    const untried = chain.find(({ healthKey = '' }) => voices.health.works('tts', healthKey));
    return this.#firstThatWorks(chain, 0) ?? this.#attempt(chain, untried, undefined);
  }

  /** The voice that says what is left, and after how long; undefined: there is none. */
  after(failed: VoiceAttempt, error: unknown): { attempt: VoiceAttempt; waitMs: number } | undefined {
    const { chain, link, isRetry } = failed;
    if (!isRetry && isWorthRetry(error) && link.healthKey !== undefined) {
      const use = this.#options.voices.health.use('tts', link.healthKey);
      const attempt = use && this.#attempt(chain, link, use, true);
      const waitMs = RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least);
      if (attempt !== undefined) return { attempt, waitMs };
    }
    this.#leave(link, error instanceof TtsError ? error.code : 'tts-failed');
    const attempt = this.#firstThatWorks(chain, chain.indexOf(link) + 1);
    return attempt && { attempt, waitMs: 0 };
  }

  #leave({ healthKey }: VoiceLink, code: string): void {
    if (healthKey === undefined) return;
    const restMs = Math.min((this.#failed.get(healthKey)?.restMs ?? FIRST_REST_MS / 2) * 2, LONGEST_REST_MS);
    this.#failed.set(healthKey, { untilMs: this.#options.nowMs() + restMs, restMs, code });
    this.#resting = new Set([...this.#resting, healthKey]);
  }

  #firstThatWorks(chain: readonly VoiceLink[], from: number): VoiceAttempt | undefined {
    for (const link of chain.slice(from)) {
      if (link.healthKey === undefined) return this.#attempt(chain, link, undefined);
      if (this.#resting.has(link.healthKey)) continue;
      const use = this.#options.voices.health.use('tts', link.healthKey);
      if (use !== undefined) return this.#attempt(chain, link, use);
    }
    return undefined;
  }

  #attempt(
    chain: readonly VoiceLink[],
    link: VoiceLink | undefined,
    use: ProviderUse | undefined,
    isRetry = false,
  ): VoiceAttempt | undefined {
    if (link === undefined) return undefined;
    const to = link.voice.provider;
    const from = this.#speaker ?? chain[0]?.voice.provider ?? to;
    this.#speaker = to;
    return {
      chain,
      link,
      isRetry,
      use,
      switched: from === to ? undefined : { from, to, code: this.#why(from) },
    };
  }

  /** Why a voice is left: what failed on this call, else what is known from others, else that a better one works again. */
  #why(from: string): string {
    const failed = this.#failed.get(from);
    if (failed !== undefined && this.#resting.has(from)) return failed.code;
    return this.#options.voices.health.works('tts', from) ? 'works-again' : 'left-alone';
  }
}

function isWorthRetry(error: unknown): boolean {
  return error instanceof TtsError && error.retryable && WORTH_A_RETRY.has(error.code);
}
