/** The voice that speaks on calls, made the same for whoever needs it: the service, and what warms its prompts. */
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createCartesia } from './tts/cartesia.ts';
import type { TextToSpeech } from './tts/index.ts';
import type { VoiceSetup } from './tts/prompt-cache/index.ts';

/** Four times a slow answer, and early enough for another voice to be heard before the watchdog speaks. */
const FIRST_BYTE_TIMEOUT_MS = 2000;

export interface PreferredVoiceOptions {
  cartesia: Config['cartesia'];
  /** Origin of the stand-in, which speaks where there is no key or none is to be used. */
  sandboxUrl: string | undefined;
  logger: Logger;
}

/**
 * The caller closes the voice. `setup`: what decides how it sounds and stands in no request of its.
 *
 * @throws Error where neither a key nor a stand-in is there
 */
export function createPreferredVoice({ cartesia, sandboxUrl, logger }: PreferredVoiceOptions): {
  voice: TextToSpeech;
  setup: VoiceSetup;
} {
  const { source, model, voice } = cartesia;
  const defaults = { ...(model === undefined ? {} : { model }), ...(voice === undefined ? {} : { voice }) };
  const account = accountOf(cartesia, sandboxUrl);
  return {
    voice: createCartesia({ ...account, ...defaults, firstByteTimeoutMs: FIRST_BYTE_TIMEOUT_MS, logger }),
    setup: { origin: source === 'real' ? account.baseUrl : 'sandbox', ...defaults },
  };
}

function accountOf(
  cartesia: Config['cartesia'],
  sandboxUrl: string | undefined,
): { apiKey: string; baseUrl: string } {
  if (cartesia.source === 'real') return { apiKey: cartesia.apiKey, baseUrl: cartesia.baseUrl };
  if (sandboxUrl === undefined) throw new Error('a voice without a key needs the sandbox');
  return { apiKey: 'sandbox', baseUrl: sandboxUrl };
}
