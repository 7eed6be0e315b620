/** The recognisers that calls are heard by: those that are set up, as one chain. */
import type { Logger } from 'pino';
import type { VoiceActivity } from './audio/vad/index.ts';
import type { Config } from './config.ts';
import type { ProviderHealth } from './provider-health.ts';
import { createDeepgram } from './stt/deepgram.ts';
import { createElevenLabs } from './stt/elevenlabs.ts';
import { createRecogniserChain } from './stt/fallback.ts';
import type { SpeechToText } from './stt/index.ts';
import { createOpenAiTranscription } from './stt/openai.ts';

export interface RecognisersOptions {
  config: Pick<Config, 'mode' | 'deepgram' | 'elevenlabs' | 'openai' | 'providers'>;
  /** Origin of the stand-ins, which hear where there is no key or none is to be used. */
  sandboxUrl: string | undefined;
  voiceActivity: VoiceActivity;
  health: ProviderHealth;
  logger: Logger;
}

/** The caller closes it. Throws where neither a key of Deepgram's nor a stand-in is there. */
export function createRecognisers(options: RecognisersOptions): SpeechToText {
  const { config, health, logger } = options;
  const fallbacks = [elevenLabs(options), transcription(options)].filter((each) => each !== undefined);
  return createRecogniserChain({
    recognisers: [deepgram(options), ...fallbacks],
    providers: config.providers.stt,
    health,
    logger,
  });
}

function deepgram({ config: { deepgram }, sandboxUrl, logger }: RecognisersOptions): SpeechToText {
  if (deepgram.source === 'sandbox' && sandboxUrl === undefined)
    throw new Error('a recogniser without a key needs the sandbox');
  const account =
    deepgram.source === 'real'
      ? { apiKey: deepgram.apiKey, baseUrl: deepgram.baseUrl }
      : { apiKey: 'sandbox', baseUrl: sandboxUrl ?? '' };
  return createDeepgram({
    ...account,
    ...(deepgram.model === undefined ? {} : { model: deepgram.model }),
    logger,
  });
}

/** Where no vendor is real, the stand-ins of those that others fall back to are in the chain as well. */
function standInUrl({ config, sandboxUrl }: RecognisersOptions): string | undefined {
  return config.mode === 'sandbox' ? sandboxUrl : undefined;
}

function elevenLabs(options: RecognisersOptions): SpeechToText | undefined {
  const { config, logger } = options;
  const { elevenlabs } = config;
  if (elevenlabs.source === 'real')
    return createElevenLabs({ apiKey: elevenlabs.apiKey, baseUrl: elevenlabs.baseUrl, logger });
  const baseUrl = standInUrl(options);
  return baseUrl === undefined ? undefined : createElevenLabs({ apiKey: 'sandbox', baseUrl, logger });
}

function transcription(options: RecognisersOptions): SpeechToText | undefined {
  const { config, voiceActivity } = options;
  const { openai } = config;
  const { model } = openai.transcription;
  const account =
    openai.source === 'real'
      ? { apiKey: openai.apiKey, baseUrl: openai.transcription.baseUrl }
      : { apiKey: undefined, baseUrl: standInUrl(options) };
  const { apiKey, baseUrl } = account;
  return baseUrl === undefined
    ? undefined
    : createOpenAiTranscription({ apiKey, baseUrl, model, voiceActivity });
}
