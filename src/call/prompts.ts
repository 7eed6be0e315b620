/**
 * Audio that is ready before it is needed: a flow's fixed prompts, the beginnings its answers like to have, and what is
 * said when an answer is late. Texts are written for the ear here, once for whoever speaks them.
 */
import type { Logger } from 'pino';
import type { CallFlow, SpokenFlow } from '../flows/index.ts';
import type { TtsStream } from '../tts/index.ts';
import {
  type CachedPrompt,
  type PromptCache,
  type PromptRequest,
  replay,
} from '../tts/prompt-cache/index.ts';
import { createSpokenForm, type SpokenForm, type SpokenToken } from '../tts/spoken-form/index.ts';
import type { VoiceLink, Voices } from '../tts/voice-links.ts';
import { comparable } from './comparable.ts';

export interface PromptsOptions {
  cache: PromptCache;
  voices: Voices;
  logger: Logger;
}

/** What is known of one flow. */
interface FlowVoice {
  readonly form: SpokenForm;
  /** In order of preference; the first one's prompts are kept. */
  readonly voices: readonly VoiceLink[];
  /** Opening by its letters, however a model punctuates it. */
  readonly openings: ReadonlyMap<string, string>;
  /** All that may be kept of it. */
  readonly fixed: ReadonlySet<string>;
}

export class Prompts {
  readonly #cache: PromptCache;
  readonly #voices: Voices;
  readonly #logger: Logger;
  readonly #flows = new WeakMap<SpokenFlow, FlowVoice>();

  constructor({ cache, voices, logger }: PromptsOptions) {
    this.#cache = cache;
    this.#voices = voices;
    this.#logger = logger;
  }

  /** How the flow's voice speaks a text; `before`: what it has just said. */
  spokenForm(flow: SpokenFlow, text: string, before: string): readonly SpokenToken[] {
    return this.#of(flow).form.render(text, before);
  }

  /** The text's audio in the flow's voice, as a stream, where it is in memory. */
  ready(flow: SpokenFlow, text: string): TtsStream | undefined {
    const { openings, fixed, voices } = this.#of(flow);
    const said = openings.get(comparable(text)) ?? text;
    const [preferred] = voices;
    // Most of what is said is new: only what is the same on every call is worth looking for.
    const prompt = preferred && fixed.has(said) ? this.#peek(preferred, flow, said) : undefined;
    return prompt && replay(prompt);
  }

  /** A text that is the same on every call was spoken by the preferred voice: it is ready the next time. */
  keep(flow: SpokenFlow, text: string, prompt: CachedPrompt): void {
    const [preferred] = this.#of(flow).voices;
    if (preferred === undefined) return;
    void this.#cache.keep(preferred.voice.provider, this.#request(preferred, flow, text), prompt);
  }

  /** What is said when an answer is late, `count` (from 0) times before in the call; undefined while none is ready. */
  filler(flow: SpokenFlow, count: number): { text: string; prompt: CachedPrompt } | undefined {
    const { fillers } = flow.settings.turnTaking;
    const text = fillers[count % fillers.length];
    if (text === undefined) return undefined;
    for (const link of this.#of(flow).voices) {
      const prompt = this.#peek(link, flow, text);
      if (prompt !== undefined) return { text, prompt };
    }
    void this.#renderByAny(flow, text);
    return undefined;
  }

  /** Brings what is kept of the flow into memory, and renders what cannot wait for its first use. Never rejects. */
  async prepare(flow: CallFlow): Promise<void> {
    for (const each of flow.spokenForms()) await this.#prepareOne(each);
  }

  async #prepareOne(flow: SpokenFlow): Promise<void> {
    const [preferred] = this.#of(flow).voices;
    if (preferred === undefined) return;
    const { openings, turnTaking, offlinePrompts = [] } = flow.settings;
    const keys = flow
      .prompts()
      .map((text) => this.#cache.keyOf(preferred.voice.provider, this.#request(preferred, flow, text)));
    await Promise.all(keys.map((key) => this.#cache.load(key)));
    for (const text of turnTaking.fillers) await this.#renderByAny(flow, text);
    for (const text of [...openings, ...offlinePrompts])
      await this.#cache.render(preferred.voice, this.#request(preferred, flow, text));
  }

  /** Where the preferred voice cannot be had, the next one speaks it. */
  async #renderByAny(flow: SpokenFlow, text: string): Promise<void> {
    for (const link of this.#of(flow).voices)
      if ((await this.#cache.render(link.voice, this.#request(link, flow, text))) !== undefined) return;
    this.#logger.warn({ flow: flow.settings.id }, 'a filler could not be spoken by any voice');
  }

  #peek(link: VoiceLink, flow: SpokenFlow, text: string): CachedPrompt | undefined {
    return this.#cache.peek(this.#cache.keyOf(link.voice.provider, this.#request(link, flow, text)));
  }

  #request({ options }: VoiceLink, flow: SpokenFlow, text: string): PromptRequest {
    return { text: this.#of(flow).form.spokenText(text), options };
  }

  #of(flow: SpokenFlow): FlowVoice {
    const known = this.#flows.get(flow);
    if (known !== undefined) return known;
    const { language, pronunciation, openings } = flow.settings;
    const made: FlowVoice = {
      form: createSpokenForm({ language, pronunciations: pronunciation }),
      voices: this.#voices.of(flow.settings),
      openings: new Map(openings.map((opening) => [comparable(opening), opening])),
      fixed: new Set(flow.prompts()),
    };
    this.#flows.set(flow, made);
    return made;
  }
}
