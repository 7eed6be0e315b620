/** The voices of vendors that speak on calls, made the same for whoever needs them: the service, and what warms its prompts. */
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { ProviderHealth, ProviderLink } from './provider-health.ts';
import { createAura } from './tts/aura.ts';
import { createCartesia } from './tts/cartesia.ts';
import { createElevenLabs } from './tts/elevenlabs.ts';
import { createEspeak, ESPEAK, HOW_TO_INSTALL, isEspeakInstalled } from './tts/espeak/index.ts';
import { createFliteSynthesiser } from './tts/flite/synthesiser.ts';
import { createInProcessVoice } from './tts/in-process.ts';
import type { TextToSpeech, TtsStream } from './tts/index.ts';
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

/** All that speaks on calls. Closing it closes every voice. */
export interface Speech {
  /** The vendors' voices, and eSpeak's where a chain names it; then the one that is always in the process. */
  voices: Voices;
  setups: Readonly<Record<string, VoiceSetup>>;
  /** All vendors as one voice, which fails when the last of them has failed. */
  vendors: TextToSpeech;
  /** Speaks without any vendor. */
  inProcess: TextToSpeech;
  /** Told when no vendor is left to speak, and when one is again. */
  onChange(listener: (isDown: boolean) => void): void;
  /**
   * For a chain that a flow names: loads what only the chains that name it need, and tells the log, once, where that is
   * not installed.
   */
  prepare(chain: readonly ProviderLink[] | undefined): void;
  warm(): Promise<unknown>;
  close(): Promise<unknown>;
}

export function createSpeech({
  config,
  health,
  ...options
}: VendorVoicesOptions & { config: Pick<Config, 'providers'>; health: ProviderHealth }): Speech {
  const made = createVendorVoices({ config, ...options });
  const vendors = made.map(({ voice }) => voice);
  const inProcess = createInProcessVoice(createFliteSynthesiser());
  const espeak = new OptionalVoice(options.logger);
  const all = [...vendors, inProcess, ...espeak.voices];
  const order = config.providers.tts;
  return {
    voices: new Voices({ vendors, named: espeak.voices, inProcess: [inProcess], order, health }),
    setups: Object.fromEntries(made.map(({ voice, setup }) => [voice.provider, setup])),
    vendors: firstThatSpeaks(vendors, health),
    inProcess,
    onChange: (listener) =>
      health.follow('tts', () => listener(vendors.every(({ provider }) => !health.works('tts', provider)))),
    prepare: (chain) => espeak.prepare(chain),
    warm: () => {
      espeak.prepare(order);
      return Promise.all([...vendors, inProcess].map((voice) => voice.warm()));
    },
    close: () => Promise.all(all.map((voice) => voice.close())),
  };
}

/** eSpeak NG, which a user may have installed. Nothing of it is loaded before a chain names it. */
class OptionalVoice {
  readonly voices: readonly TextToSpeech[] = isEspeakInstalled()
    ? [createInProcessVoice(createEspeak())]
    : [];
  readonly #logger: Logger;
  #isTold = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  prepare(chain: readonly ProviderLink[] | undefined): void {
    if (chain?.some(({ provider }) => provider === ESPEAK) !== true) return;
    for (const voice of this.voices) void voice.warm();
    if (this.voices.length > 0 || this.#isTold) return;
    this.#isTold = true;
    this.#logger.warn(
      `the voice ${ESPEAK} is named, and passed over since it is not installed: ${HOW_TO_INSTALL}`,
    );
  }
}

/** One voice made of several, for whoever asks whether any of them speaks. What they say of health is told. */
function firstThatSpeaks(voices: readonly TextToSpeech[], health: ProviderHealth): TextToSpeech {
  return {
    provider: 'vendors',
    warm: async () => {},
    close: async () => {},
    open: (options) => {
      const texts: string[] = [];
      let current: TtsStream | undefined;
      return {
        say: (text) => void texts.push(text),
        end: () => {},
        cancel: () => current?.cancel(),
        async *[Symbol.asyncIterator]() {
          for (const [index, voice] of voices.entries()) {
            const use = health.use('tts', voice.provider);
            current = voice.open(options);
            for (const text of texts) current.say(text);
            current.end();
            try {
              for await (const event of current) {
                if (event.type === 'audio') use?.succeeded();
                yield event;
              }
              return;
            } catch (error) {
              use?.failed();
              if (index === voices.length - 1) throw error;
            }
          }
        },
      };
    },
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
