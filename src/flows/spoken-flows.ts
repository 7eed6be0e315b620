/** The ways in which a flow is spoken besides its own: in its other languages, and by the voices of single nodes. */
import { type Flow, inLanguage, withSubflows } from './flow.ts';
import type { SpokenAs, SpokenFlow, VoiceSettings } from './index.ts';
import { fixedPrompts, withOfflinePrompts } from './prompts.ts';

export class SpokenFlows {
  readonly #flow: Flow;
  /** By what they differ in. */
  readonly #known = new Map<string, SpokenFlow>();

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** Undefined where it is the flow's own way. */
  get({ language, voice = {} }: SpokenAs): SpokenFlow | undefined {
    if (language === this.#flow.file.language && Object.keys(voice).length === 0) return undefined;
    const key = JSON.stringify([language, voice.id, voice.model, voice.speed]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = spokenFlow(this.#flow, language, voice);
    this.#known.set(key, made);
    return made;
  }

  /** All that calls may need. */
  all(): SpokenFlow[] {
    const languages = [this.#flow.file.language, ...this.#flow.languages.keys()];
    const nodes = withSubflows(this.#flow).flatMap((flow) => [...flow.nodes.values()]);
    const voices = nodes.flatMap((node) => ('voice' in node && node.voice !== undefined ? [node.voice] : []));
    const ways = languages.flatMap((language) =>
      [{}, ...voices].flatMap((voice) => this.get({ language, voice: definedVoice(voice) }) ?? []),
    );
    return [...new Set(ways)];
  }
}

function spokenFlow(flow: Flow, language: string, voice: VoiceSettings): SpokenFlow {
  const { settings } = inLanguage(flow, language);
  const hasVoice = settings.voice !== undefined || Object.keys(voice).length > 0;
  let prompts: string[] | undefined;
  return {
    settings: {
      ...settings,
      language,
      ...withOfflinePrompts(flow, language),
      ...(hasVoice ? { voice: { ...settings.voice, ...voice } } : {}),
    },
    prompts: () => {
      prompts ??= fixedPrompts(flow, language);
      return prompts;
    },
  };
}

/** Without keys that are there and undefined. */
export function definedVoice({
  id,
  model,
  speed,
}: { [Key in keyof VoiceSettings]: VoiceSettings[Key] | undefined }): VoiceSettings {
  return {
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    ...(speed === undefined ? {} : { speed }),
  };
}
