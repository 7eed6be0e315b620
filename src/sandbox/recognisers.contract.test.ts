/** Every recogniser of the service against its stand-in, alone and one after another. Real time. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VoiceActivity } from '../audio/vad/index.ts';
import { createVoiceActivity } from '../audio/vad/silero-voice-activity.ts';
import { ProviderHealth } from '../provider-health.ts';
import { type Bench, type Conformity, conforms, hear, isSaid, saidIn, silence } from '../stt/conformance.ts';
import { createDeepgram } from '../stt/deepgram.ts';
import { createElevenLabs } from '../stt/elevenlabs.ts';
import { createRecogniserChain } from '../stt/fallback.ts';
import type { SpeechToText, SttEvent } from '../stt/index.ts';
import { createOpenAiTranscription } from '../stt/openai.ts';
import type { Vendor } from './faults.ts';
import { type Sandbox, startSandbox } from './server.ts';

const logger = pino({ level: 'silent' });

let voiceActivity: VoiceActivity;
beforeAll(async () => {
  voiceActivity = await createVoiceActivity();
});
afterAll(async () => {
  await voiceActivity.close();
});

interface Kind extends Omit<Conformity, 'bench'> {
  vendor: Vendor;
}

const kinds: Kind[] = [
  {
    name: 'Deepgram Nova',
    vendor: 'deepgram',
    model: 'nova-3',
    at: (baseUrl) => createDeepgram({ apiKey: 'key', baseUrl, logger, model: 'nova-3' }),
    asks: {
      language: /language=de-DE/,
      keyterm: /keyterm=Callwright/,
      audio: /encoding=mulaw&sample_rate=8000/,
    },
    finalizes: true,
    tellsInterims: true,
  },
  {
    name: 'Deepgram Flux',
    vendor: 'deepgram',
    model: 'flux',
    at: (baseUrl) => createDeepgram({ apiKey: 'key', baseUrl, logger, model: 'flux' }),
    asks: {
      language: /language_hint=de/,
      keyterm: /keyterm=Callwright/,
      audio: /encoding=mulaw&sample_rate=8000/,
    },
    finalizes: false,
    tellsInterims: true,
  },
  {
    name: 'ElevenLabs',
    vendor: 'elevenlabs-stt',
    at: (baseUrl) => createElevenLabs({ apiKey: 'key', baseUrl, logger }),
    asks: { language: /language_code=de/, keyterm: /keyterms=Callwright/, audio: /audio_format=ulaw_8000/ },
    finalizes: true,
    tellsInterims: true,
  },
  {
    name: 'a transcription server',
    vendor: 'openai-stt',
    at: (baseUrl) =>
      createOpenAiTranscription({ apiKey: undefined, baseUrl, model: 'whisper-1', voiceActivity }),
    asks: {
      language: /name="language"\s+de/,
      keyterm: /name="prompt"\s+Callwright/,
      // `@`: the low byte of 8000, where the header has the sample rate.
      audio: /RIFF[\s\S]{4}WAVEfmt [\s\S]{8}@/,
    },
    finalizes: true,
    tellsInterims: false,
  },
];

async function benchOf(sandbox: Sandbox, kind: Kind, recogniser: SpeechToText): Promise<Bench> {
  return {
    recogniser,
    speech: async (text) => {
      const spoken = await sandbox.voice.speak(text, 'rms');
      sandbox.knownSpeech.register(spoken);
      return spoken;
    },
    fails: (fault) => sandbox.faults.add({ vendor: kind.vendor, ...fault } as never),
    openSockets: () => sandbox.openSockets(kind.vendor),
    [Symbol.asyncDispose]: async () => {
      await recogniser.close();
      await sandbox.close();
    },
  };
}

for (const kind of kinds) {
  conforms({
    ...kind,
    bench: async () => {
      const sandbox = await startSandbox({ logger });
      return benchOf(sandbox, kind, kind.at(sandbox.baseUrl));
    },
  });
}

const SENTENCE = 'I would like to book a table for four people on Friday evening at seven, please.';
const pairs = kinds.flatMap((first) =>
  kinds.filter(({ vendor }) => vendor !== first.vendor).map((second) => [first, second] as const),
);

/** A chain of two, and a caller who speaks to it. `strikes`: the first one fails, told after so much audio. */
async function speakTo(
  [first, second]: readonly [Kind, Kind],
  strike: (sandbox: Sandbox) => void,
  atMs: number,
): Promise<{ events: SttEvent[]; struckAt: number; switchedAt: number }> {
  const sandbox = await startSandbox({ logger });
  const chain = createRecogniserChain({
    recognisers: [first.at(sandbox.baseUrl), second.at(sandbox.baseUrl)],
    health: new ProviderHealth(),
    logger,
  });
  await using bench = await benchOf(sandbox, first, chain);
  const { audio } = await bench.speech(SENTENCE);
  const stream = chain.open({ language: 'en-US', signal: new AbortController().signal });
  let struckAt = 0;
  let switchedAt = 0;
  const { events } = await hear(
    stream,
    Buffer.concat([silence(300), audio]),
    (event, events) => {
      if (event.type === 'provider-switched') switchedAt ||= performance.now();
      return switchedAt > 0 && isSaid(SENTENCE)(event, events);
    },
    (now) => {
      if (struckAt > 0 || now < atMs) return;
      struckAt = performance.now();
      strike(sandbox);
    },
  );
  return { events, struckAt, switchedAt };
}

describe.concurrent('of two recognisers', { timeout: 25_000 }, () => {
  it.each(pairs.map(([a, b]) => ({ pair: [a, b] as const, a: a.name, b: b.name })))(
    'when $a dies in mid-utterance, $b goes on: no word is lost or doubled',
    async ({ pair }) => {
      const { events, struckAt, switchedAt } = await speakTo(
        pair,
        (sandbox) => {
          const { vendor } = pair[0];
          sandbox.faults.add({ vendor, kind: 'disconnect' });
          sandbox.faults.add({ vendor, kind: 'refuse', times: 100 });
        },
        2000,
      );
      expect(saidIn(events)).toBe(SENTENCE);
      const isAsked = pair[0].vendor === 'openai-stt';
      // A server that takes recordings is asked at the end of one.
      if (!isAsked) expect(switchedAt - struckAt).toBeLessThan(2000);
    },
  );

  it.each(
    pairs
      .filter(([a]) => a.vendor !== 'openai-stt')
      .map(([a, b]) => ({ pair: [a, b] as const, a: a.name, b: b.name })),
  )('when $a stalls, $b goes on: no word is lost or doubled', async ({ pair }) => {
    const { events } = await speakTo(
      pair,
      (sandbox) => sandbox.faults.add({ vendor: pair[0].vendor, kind: 'stall', times: 100 }),
      0,
    );
    expect(saidIn(events)).toBe(SENTENCE);
    expect(events).toContainEqual(expect.objectContaining({ type: 'provider-failed', code: 'stt-stalled' }));
  });
});
