/** Who hears and speaks on a relay, wired: the carrier, in the place of every vendor. */
import type { Logger } from 'pino';
import type { VoiceActivity } from './audio/vad/index.ts';
import { Prompts } from './call/prompts.ts';
import type { RelayAdapter } from './call/relayed.ts';
import { openRelay } from './relay/index.ts';
import { Voices } from './tts/voice-links.ts';

/** Nothing of it outlives its relay. */
export function relayServices(logger: Logger): RelayAdapter {
  const voiceActivity: VoiceActivity = {
    available: false,
    unavailableReason: 'a relay carries no audio',
    open: () => ({ write: () => {}, configure: () => {}, close: () => {} }),
    close: async () => {},
  };
  return (relay) => {
    const { line, recogniser, voice, prompts: cache } = openRelay(relay);
    const voices = new Voices({ vendors: [], inProcess: [voice] });
    return { line, recogniser, voices, voiceActivity, prompts: new Prompts({ cache, voices, logger }) };
  };
}
