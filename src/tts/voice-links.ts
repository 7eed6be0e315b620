/** Which voices speak, in which order, for a flow or for all. */
import { ProviderHealth, type ProviderLink } from '../provider-health.ts';
import type { TextToSpeech, TtsOptions } from './index.ts';

/** How a flow wants to sound. */
export interface Sound {
  /** BCP 47. */
  language: string;
  /** `id` and `model` are the first provider's. */
  voice?: { id?: string; model?: string; speed?: number };
  providers: { tts?: readonly ProviderLink[] | undefined };
}

/** One voice of a chain, and what it is asked for. */
export interface VoiceLink {
  readonly voice: TextToSpeech;
  readonly options: Omit<TtsOptions, 'signal'>;
  /** Its name where health is kept; undefined: it needs no vendor, so it is never given up. */
  readonly healthKey: string | undefined;
}

export interface VoicesOptions {
  /** Of vendors that are set up, in order of preference where nobody says otherwise. */
  vendors: readonly TextToSpeech[];
  /** They need no vendor, and speak only where a chain names them. */
  named?: readonly TextToSpeech[];
  /** They need no vendor and come last. */
  inProcess?: readonly TextToSpeech[];
  /** How vendors are doing, as all calls of the process know it. @defaultValue nothing is known yet */
  health?: ProviderHealth;
  /** As configured for all flows. */
  order?: readonly ProviderLink[] | undefined;
}

/** All voices of the service. Their owner closes them. */
export class Voices {
  readonly health: ProviderHealth;
  readonly #options: VoicesOptions;

  constructor(options: VoicesOptions) {
    this.#options = options;
    this.health = options.health ?? new ProviderHealth();
  }

  /** In order of preference: providers that are not set up, or have not the language, are passed over. */
  of({ language, voice, providers }: Sound): readonly VoiceLink[] {
    const { vendors, named: others = [], inProcess = [], order } = this.#options;
    const pace = voice?.speed === undefined ? {} : { speed: voice.speed };
    const chain: readonly ProviderLink[] =
      providers.tts ?? order ?? vendors.map(({ provider }) => ({ provider }));
    const links = chain.flatMap((link, index): VoiceLink[] => {
      const found = [...vendors, ...others].find(({ provider }) => provider === link.provider);
      if (found === undefined) return [];
      const key = link.model === undefined ? link.provider : `${link.provider}/${link.model}`;
      const { model = index === 0 ? voice?.model : undefined } = link;
      const { voice: id = index === 0 ? voice?.id : undefined } = link;
      return [
        {
          voice: found,
          healthKey: others.includes(found) ? undefined : key,
          options: {
            language,
            ...(id === undefined ? {} : { voice: id }),
            ...(model === undefined ? {} : { model }),
            ...pace,
          },
        },
      ];
    });
    const last = inProcess.map((voice) => ({ voice, healthKey: undefined, options: { language, ...pace } }));
    return [...links, ...last].filter((link) => link.voice.speaks?.(language) !== false);
  }
}
