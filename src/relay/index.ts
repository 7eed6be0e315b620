/** A relay as a call knows its media: a line, an ear and a voice, with text where audio would be. */
import type { SpeechToText } from '../stt/index.ts';
import { LANGUAGE_PARAMETER, type Line, type RelayLine } from '../telephony/index.ts';
import type { TextToSpeech } from '../tts/index.ts';
import type { PromptCache } from '../tts/prompt-cache/index.ts';
import { RelayEar } from './ear.ts';
import { RelayAudioLine } from './line.ts';
import { RelayScript } from './script.ts';
import { createRelayVoice } from './voice.ts';

export interface RelayMedia {
  line: Line;
  recogniser: SpeechToText;
  voice: TextToSpeech;
  /** Everything is ready, as nothing has to be synthesised. */
  prompts: PromptCache;
}

/** Nothing of it outlives the relay. */
export function openRelay(relay: RelayLine): RelayMedia {
  const script = new RelayScript();
  const ear = new RelayEar(relay.parameters[LANGUAGE_PARAMETER] ?? '', (wanted) => relay.understand(wanted));
  return {
    line: new RelayAudioLine(relay, script, ear),
    recogniser: ear,
    voice: createRelayVoice(script),
    prompts: readyPrompts(script),
  };
}

/** A prompt's name is what is said and in which language, so that it can be written down when it is asked for. */
function readyPrompts(script: RelayScript): PromptCache {
  const peek: PromptCache['peek'] = (key) => {
    const [language, ...text] = key.split('\n');
    const speech = script.write(text.join('\n'), language ?? '');
    if (speech === undefined) return undefined;
    script.finish(speech.passage);
    return speech;
  };
  return {
    keyOf: (_provider, { text, options }) => `${options.language}\n${text}`,
    peek,
    load: async (key) => peek(key),
    render: async () => undefined,
    keep: async () => {},
    close: async () => {},
  };
}
