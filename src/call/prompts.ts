/**
 * Audio that is ready before it is needed: a flow's fixed prompts, the beginnings its answers like to have, and what is
 * said when an answer is late. Texts are written for the ear here, once for whoever speaks them.
 */
import type { Logger } from 'pino';
import type { CallFlow, SpokenFlow } from '../flows/index.ts';
import type { TextToSpeech, TtsOptions, TtsStream } from '../tts/index.ts';
import {
  type CachedPrompt,
  type PromptCache,
  type PromptRequest,
  replay,
} from '../tts/prompt-cache/index.ts';
import { createSpokenForm, type SpokenForm, type SpokenToken } from '../tts/spoken-form/index.ts';
import { comparable } from './comparable.ts';

export interface PromptsOptions {
  cache: PromptCache;
  /** In order of preference. */
  voices: readonly TextToSpeech[];
  logger: Logger;
}

/** What is known of one flow. */
interface FlowVoice {
  readonly form: SpokenForm;
  readonly voice: Omit<TtsOptions, 'signal'>;
  /** Opening by its letters, however a model punctuates it. */
  readonly openings: ReadonlyMap<string, string>;
  /** All that may be kept of it. */
  readonly fixed: ReadonlySet<string>;
}

export class Prompts {
  readonly #cache: PromptCache;
  readonly #voices: readonly TextToSpeech[];
  readonly #logger: Logger;
  readonly #flows = new WeakMap<SpokenFlow, FlowVoice>();

  constructor({ cache, voices, logger }: PromptsOptions) {
    this.#cache = cache;
    this.#voices = [...new Map(voices.map((voice) => [voice.provider, voice])).values()];
    this.#logger = logger;
  }

  /** How the flow's voice speaks a text; `before`: what it has just said. */
  spokenForm(flow: SpokenFlow, text: string, before: string): readonly SpokenToken[] {
    return this.#of(flow).form.render(text, before);
  }

  /** The text's audio in the flow's voice, as a stream, where it is in memory. */
  ready(flow: SpokenFlow, text: string): TtsStream | undefined {
    const { openings, fixed } = this.#of(flow);
    const said = openings.get(comparable(text)) ?? text;
    const [preferred] = this.#voices;
    // Most of what is said is new: only what is the same on every call is worth looking for.
    const prompt = preferred && fixed.has(said) ? this.#peek(preferred, flow, said) : undefined;
    return prompt && replay(prompt);
  }

  /** A text that is the same on every call was spoken by the preferred voice: it is ready the next time. */
  keep(flow: SpokenFlow, text: string, prompt: CachedPrompt): void {
    const [preferred] = this.#voices;
    if (preferred !== undefined) void this.#cache.keep(preferred.provider, this.#request(flow, text), prompt);
  }

  /** What is said when an answer is late, `count` (from 0) times before in the call; undefined while none is ready. */
  filler(flow: SpokenFlow, count: number): { text: string; prompt: CachedPrompt } | undefined {
    const { fillers } = flow.settings.turnTaking;
    const text = fillers[count % fillers.length];
    if (text === undefined) return undefined;
    for (const voice of this.#voices) {
      const prompt = this.#peek(voice, flow, text);
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
    const [preferred] = this.#voices;
    if (preferred === undefined) return;
    const { openings, turnTaking, offlinePrompts = [] } = flow.settings;
    const keys = flow
      .prompts()
      .map((text) => this.#cache.keyOf(preferred.provider, this.#request(flow, text)));
    await Promise.all(keys.map((key) => this.#cache.load(key)));
    for (const text of turnTaking.fillers) await this.#renderByAny(flow, text);
    for (const text of [...openings, ...offlinePrompts])
      await this.#cache.render(preferred, this.#request(flow, text));
  }

  /** Where the preferred voice cannot be had, the next one speaks it. */
  async #renderByAny(flow: SpokenFlow, text: string): Promise<void> {
    for (const voice of this.#voices)
      if ((await this.#cache.render(voice, this.#request(flow, text))) !== undefined) return;
    this.#logger.warn({ flow: flow.settings.id }, 'a filler could not be spoken by any voice');
  }

  #peek(voice: TextToSpeech, flow: SpokenFlow, text: string): CachedPrompt | undefined {
    return this.#cache.peek(this.#cache.keyOf(voice.provider, this.#request(flow, text)));
  }

  #request(flow: SpokenFlow, text: string): PromptRequest {
    const { form, voice } = this.#of(flow);
    return { text: form.spokenText(text), options: voice };
  }

  #of(flow: SpokenFlow): FlowVoice {
    const known = this.#flows.get(flow);
    if (known !== undefined) return known;
    const { language, pronunciation, openings } = flow.settings;
    const made: FlowVoice = {
      form: createSpokenForm({ language, pronunciations: pronunciation }),
      voice: voiceOptions(flow),
      openings: new Map(openings.map((opening) => [comparable(opening), opening])),
      fixed: new Set(flow.prompts()),
    };
    this.#flows.set(flow, made);
    return made;
  }
}

/** The voice a flow asks for. */
export function voiceOptions(flow: SpokenFlow): Omit<TtsOptions, 'signal'> {
  const { language, voice } = flow.settings;
  return {
    language,
    ...(voice?.id === undefined ? {} : { voice: voice.id }),
    ...(voice?.model === undefined ? {} : { model: voice.model }),
    ...(voice?.speed === undefined ? {} : { speed: voice.speed }),
  };
}
