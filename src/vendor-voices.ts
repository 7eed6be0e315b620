/** The voices of vendors that speak on calls, made the same for whoever needs them: the service, and what warms its prompts. */
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { ProviderHealth } from './provider-health.ts';
import { createAura } from './tts/aura.ts';
import { createCartesia } from './tts/cartesia.ts';
import { createElevenLabs } from './tts/elevenlabs.ts';
import { createVoice } from './tts/flite/index.ts';
import { createInProcessVoice } from './tts/in-process.ts';
import type { TextToSpeech } from './tts/index.ts';
import { createOpenAiSpeech } from './tts/openai-speech.ts';
import type { VoiceSetup } from './tts/prompt-cache/index.ts';
import { Voices } from './tts/voice-links.ts';

/** A rendered prompt is in no hurry; on calls the reply says how long it can wait. */
const FIRST_BYTE_TIMEOUT_MS = 4000;

export interface VendorVoicesOptions {
  config: Pick<Config, 'mode' | 'cartesia' | 'deepgram' | 'elevenlabs' | 'openai'>;
  /** Origin of the stand-ins; undefined: only real vendors speak. */
  sandboxUrl: string | undefined;
  logger: Logger;
}

/** One voice, and what decides how it sounds and stands in no request of its. */
export interface VendorVoice {
  voice: TextToSpeech;
  setup: VoiceSetup;
}

/**
 * In the order in which they speak where nobody says otherwise; the caller closes them. Stand-ins speak for Cartesia
 * where it has no key, and for all where no vendor has one.
 */
export function createVendorVoices({ config, sandboxUrl, logger }: VendorVoicesOptions): VendorVoice[] {
  const { mode, cartesia, deepgram, elevenlabs, openai } = config;
  const common = { logger, firstByteTimeoutMs: FIRST_BYTE_TIMEOUT_MS };
  const standIns = mode === 'sandbox' ? sandboxUrl : undefined;
  const voices: VendorVoice[] = [];

  const atCartesia = accountOf(cartesia, sandboxUrl);
  if (atCartesia !== undefined) {
    const defaults = defined({ model: cartesia.model, voice: cartesia.voice });
    const voice = createCartesia({ ...common, ...atCartesia.account, ...defaults });
    voices.push({ voice, setup: { origin: atCartesia.origin, ...defaults } });
  }
  const atDeepgram = accountOf(deepgram, standIns);
  if (atDeepgram !== undefined) {
    const voice = createAura({ ...common, ...atDeepgram.account });
    voices.push({ voice, setup: { origin: atDeepgram.origin } });
  }
  const atElevenLabs = accountOf(elevenlabs, standIns);
  if (atElevenLabs !== undefined) {
    const defaults = defined({ voice: elevenlabs.voice });
    const voice = createElevenLabs({ ...common, ...atElevenLabs.account, ...defaults });
    voices.push({ voice, setup: { origin: atElevenLabs.origin, ...defaults } });
  }
  const speechUrl = openai.source === 'real' ? openai.speech.baseUrl : standIns;
  if (speechUrl !== undefined) {
    const apiKey = openai.source === 'real' ? openai.apiKey : 'sandbox';
    const defaults = { model: openai.speech.model, voice: openai.speech.voice };
    const voice = createOpenAiSpeech({ apiKey, baseUrl: speechUrl, ...defaults, ...common });
    const origin = openai.source === 'real' ? speechUrl : 'sandbox';
    voices.push({ voice, setup: { origin, ...defaults } });
  }
  return voices;
}

/** All that speaks on calls: the vendors' voices, then the one in the process. Closing it closes them. */
export function createSpeech({
  config,
  health,
  ...options
}: VendorVoicesOptions & { config: Pick<Config, 'providers'>; health: ProviderHealth }): {
  voices: Voices;
  setups: Readonly<Record<string, VoiceSetup>>;
  warm(): Promise<unknown>;
  close(): Promise<unknown>;
} {
  const vendors = createVendorVoices({ config, ...options });
  const inProcess = createInProcessVoice(createVoice());
  const all = [...vendors.map(({ voice }) => voice), inProcess];
  return {
    voices: new Voices({
      vendors: all.slice(0, -1),
      inProcess: [inProcess],
      order: config.providers.tts,
      health,
    }),
    setups: Object.fromEntries(vendors.map(({ voice, setup }) => [voice.provider, setup])),
    warm: () => Promise.all(all.map((voice) => voice.warm())),
    close: () => Promise.all(all.map((voice) => voice.close())),
  };
}

type Account = { source: 'real'; baseUrl: string; apiKey: string } | { source: 'sandbox' };

/** `origin`: what a stand-in spoke must never be played for the vendor's own. */
function accountOf(
  vendor: Account,
  sandboxUrl: string | undefined,
): { account: { apiKey: string; baseUrl: string }; origin: string } | undefined {
  if (vendor.source === 'real')
    return { account: { apiKey: vendor.apiKey, baseUrl: vendor.baseUrl }, origin: vendor.baseUrl };
  if (sandboxUrl === undefined) return undefined;
  return { account: { apiKey: 'sandbox', baseUrl: sandboxUrl }, origin: 'sandbox' };
}

/** Without what is unset. */
function defined<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  }; // of the same keys
}
