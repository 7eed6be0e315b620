import { createAura } from './aura.ts';
import { createCartesia } from './cartesia.ts';
import { conformsAsVoice } from './conformance.ts';
import { createElevenLabs } from './elevenlabs.ts';
import { createEspeak } from './espeak/index.ts';
import { createFliteSynthesiser } from './flite/synthesiser.ts';
import { createInProcessVoice } from './in-process.ts';
import { createOpenAiSpeech } from './openai-speech.ts';
import { logger } from './testing.ts';

conformsAsVoice('Cartesia', {
  vendor: 'cartesia',
  create: ({ baseUrl }) => createCartesia({ apiKey: 'KEY', baseUrl, logger }),
  sharesConnection: true,
});
conformsAsVoice('Deepgram Aura', {
  vendor: 'deepgram-tts',
  create: ({ baseUrl }) => createAura({ apiKey: 'KEY', baseUrl, logger }),
  bareAudio: true,
});
conformsAsVoice('ElevenLabs', {
  vendor: 'elevenlabs-tts',
  create: ({ baseUrl }) => createElevenLabs({ apiKey: 'KEY', baseUrl, logger }),
});
conformsAsVoice('a server with the protocol of OpenAI', {
  vendor: 'openai-tts',
  create: ({ baseUrl }) =>
    createOpenAiSpeech({ apiKey: undefined, baseUrl, model: 'kokoro', voice: 'af_sky' }),
  bareAudio: true,
});
conformsAsVoice('eSpeak NG in the process', { create: () => createInProcessVoice(createEspeak()) });
conformsAsVoice('Flite in the process', { create: () => createInProcessVoice(createFliteSynthesiser()) });
