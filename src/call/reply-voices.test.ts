import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Playout } from '../audio/playout.ts';
import { ProviderHealth } from '../provider-health.ts';
import type { FaultInput, Vendor } from '../sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { createAura } from '../tts/aura.ts';
import { createCartesia } from '../tts/cartesia.ts';
import { createElevenLabs } from '../tts/elevenlabs.ts';
import { createFliteSynthesiser } from '../tts/flite/synthesiser.ts';
import { createInProcessVoice } from '../tts/in-process.ts';
import type { TextToSpeech, TtsStream } from '../tts/index.ts';
import { createOpenAiSpeech } from '../tts/openai-speech.ts';
import { logger } from '../tts/testing.ts';
import { Voices } from '../tts/voice-links.ts';
import { CallVoices } from './call-voices.ts';
import { SpokenText } from './spoken.ts';
import { ReplyVoice } from './voice.ts';

const TEXT =
  'Your appointment with Doctor Miller is on Tuesday morning. Please bring your insurance card and come ten minutes early.';

const VENDORS: Readonly<Record<string, Vendor>> = {
  cartesia: 'cartesia',
  deepgram: 'deepgram-tts',
  elevenlabs: 'elevenlabs-tts',
  openai: 'openai-tts',
};
/** What a voice was given to say, whoever it is. */
class Noted implements TextToSpeech {
  readonly said: string[] = [];
  readonly #voice: TextToSpeech;
  constructor(voice: TextToSpeech) {
    this.#voice = voice;
  }
  get provider(): string {
    return this.#voice.provider;
  }
  open(options: Parameters<TextToSpeech['open']>[0]): TtsStream {
    const stream = this.#voice.open(options);
    return {
      say: (text) => {
        this.said.push(text);
        stream.say(text);
      },
      end: () => stream.end(),
      cancel: () => stream.cancel(),
      [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    };
  }
  warm = async (): Promise<void> => {};
  close = (): Promise<void> => this.#voice.close();
}

describe('a reply', () => {
  let sandbox: Sandbox;
  let voices: Readonly<Record<string, Noted>>;
  let inProcess: Noted;

  beforeAll(async () => {
    const delays = { firstByteMs: 20, realTimeFactor: 20 };
    sandbox = await startSandbox({ logger, delays: { cartesia: delays, otherVoices: delays } });
    const { baseUrl } = sandbox;
    const made = [
      createCartesia({ apiKey: 'KEY', baseUrl, logger }),
      createAura({ apiKey: 'KEY', baseUrl, logger }),
      createElevenLabs({ apiKey: 'KEY', baseUrl, logger }),
      createOpenAiSpeech({ apiKey: undefined, baseUrl, model: 'kokoro', voice: 'af_sky' }),
    ].map((voice) => new Noted(voice));
    // Speaking takes the sandbox time, the first time most of all.
    for (const name of ['slt', 'rms', 'awb', 'kal16']) await sandbox.voice.speak(TEXT, name);
    voices = Object.fromEntries(made.map((voice) => [voice.provider, voice]));
    inProcess = new Noted(
      createInProcessVoice(
        createFliteSynthesiser({ speak: (text) => sandbox.voice.speak(text), close: async () => {} }),
      ),
    );
  });
  afterEach(() => {
    sandbox.faults.clear();
    for (const voice of [...Object.values(voices), inProcess]) voice.said.length = 0;
  });
  afterAll(async () => {
    for (const voice of Object.values(voices)) await voice.close();
    await sandbox.close();
  });

  /** Speaks the text to its end with a new call's voices, unless `calls` are given. */
  async function speak(names: readonly string[], text = TEXT, calls = callOf(names)) {
    const troubles: string[] = [];
    const switches: { from: string; to: string }[] = [];
    const spoken = new SpokenText();
    const playout = new Playout(
      { play: () => true, clear: () => {} },
      { audible: () => {}, sounds: () => {}, idle: () => {} },
    );
    const delivered = Promise.withResolvers<void>();
    const abort = new AbortController();
    const startedAt = performance.now();
    let firstByteMs: number | undefined;
    const reply = new ReplyVoice({
      voices: calls,
      soundOf: () => ({ language: 'en-US', providers: {} }),
      ready: () => undefined,
      onFixedSpoken: () => {},
      playout,
      spoken,
      signal: abort.signal,
      onFirstByte: () => {
        firstByteMs ??= performance.now() - startedAt;
      },
      onCharacters: () => {},
      onTrouble: (code) => troubles.push(code),
      onSwitched: (change) => switches.push(change),
      onDelivered: () => delivered.resolve(),
    });
    reply.say('part', text, { interruptible: true, fixed: false });
    reply.pauseText();
    await delivered.promise;
    playout.cancel();
    abort.abort();
    const audioMs = playout.appendedBytes / 8;
    const { unspoken } = reply;
    const spokenHere = spoken.parts(audioMs).map(({ heard }) => heard);
    reply.leaveToCarrier();
    return {
      unspoken,
      spokenHere,
      troubles,
      switches,
      heard: reply.heard,
      parts: spoken.parts(audioMs),
      audioMs,
      firstByteMs,
    };
  }

  function callOf(names: readonly string[], health = new ProviderHealth()): CallVoices {
    return new CallVoices({
      voices: new Voices({
        vendors: names.flatMap((name) => voices[name] ?? []),
        inProcess: [inProcess],
        health,
      }),
      nowMs: () => performance.now(),
    });
  }

  const fails = (
    name: string,
    fault: { kind: FaultInput['kind']; status?: number; afterMessages?: number; times?: number },
  ) => sandbox.faults.add({ vendor: VENDORS[name] ?? 'cartesia', ...fault } as FaultInput);

  const pairs = Object.keys(VENDORS).flatMap((a) =>
    [...Object.keys(VENDORS), 'in-process'].filter((b) => b !== a).map((b) => [a, b] as const),
  );
  it.each(pairs)(
    'that %s leaves in mid-sentence is finished by %s: no word lost, none doubled',
    async (a, b) => {
      fails(a, { kind: 'disconnect', afterMessages: 20 });
      // The second try at the same vendor fails, too.
      fails(a, { kind: 'refuse' });
      const { parts, switches, heard } = await speak([a, b]);
      const [part] = parts;
      expect(part).toMatchObject({ said: TEXT, heard: TEXT, complete: true });
      expect(switches.map(({ from, to }) => `${from} ${to}`)).toEqual([`${a} ${b}`]);
      expect(heard).toEqual([a, b]);
      const rest = (b === 'in-process' ? inProcess : voices[b])?.said.join('').trim() ?? '';
      expect(TEXT.endsWith(rest)).toBe(true);
      expect(rest.length).toBeGreaterThan(0);
      expect(rest.length).toBeLessThan(TEXT.length);
    },
  );

  it('whose voice falls silent in mid-sentence is finished by the next before the caller hears the silence', async () => {
    fails('cartesia', { kind: 'stall', afterMessages: 20 });
    const { parts, troubles, switches } = await speak(['cartesia', 'elevenlabs']);
    expect(parts[0]).toMatchObject({ heard: TEXT, complete: true });
    expect(troubles).toEqual(['tts-stalled']);
    expect(switches).toMatchObject([{ from: 'cartesia', to: 'elevenlabs', code: 'tts-stalled' }]);
  });

  it('is heard from a third voice where two say nothing at all', async () => {
    fails('cartesia', { kind: 'stall' });
    fails('deepgram', { kind: 'stall' });
    const { parts, firstByteMs, heard } = await speak(['cartesia', 'deepgram', 'elevenlabs']);
    expect(parts[0]).toMatchObject({ heard: TEXT, complete: true });
    expect(heard).toEqual(['elevenlabs']);
    // Two times the patience; the rest is what a busy machine takes for one voice.
    expect(firstByteMs).toBeLessThan(4000);
  });

  it('leaves to the carrier what no voice speaks, from the first word that was not heard', async () => {
    const vendors = ['elevenlabs'].flatMap((name) => voices[name] ?? []);
    const calls = new CallVoices({ voices: new Voices({ vendors }), nowMs: () => performance.now() });
    fails('elevenlabs', { kind: 'disconnect', afterMessages: 20 });
    fails('elevenlabs', { kind: 'refuse' });
    const { unspoken, spokenHere, parts, heard } = await speak([], TEXT, calls);
    const [{ text: rest, language } = { text: '', language: '' }] = unspoken;
    expect(unspoken).toHaveLength(1);
    expect(language).toBe('en-US');
    expect(rest.length).toBeGreaterThan(0);
    expect(`${spokenHere.join('')} ${rest}`).toBe(TEXT);
    // Once the carrier says it.
    expect(parts).toMatchObject([{ said: TEXT, heard: TEXT, complete: true }]);
    expect(heard).toEqual(['elevenlabs', 'carrier']);
  });

  it('leaves everything to the carrier where no voice has the language', async () => {
    const calls = new CallVoices({ voices: new Voices({ vendors: [] }), nowMs: () => 0 });
    const { unspoken, audioMs, heard } = await speak([], TEXT, calls);
    expect(unspoken).toEqual([{ text: TEXT, language: 'en-US' }]);
    expect([audioMs, heard]).toEqual([0, ['carrier']]);
  });

  it('asks a vendor that is only unlucky once more, and keeps its voice', async () => {
    fails('elevenlabs', { kind: 'status', status: 503 });
    const { switches, heard, troubles } = await speak(['elevenlabs', 'deepgram']);
    expect([switches, heard, troubles]).toEqual([[], ['elevenlabs'], ['tts-unreachable']]);
  });

  it('asks a vendor that refuses the key no second time', async () => {
    fails('deepgram', { kind: 'status', status: 401, times: 5 });
    const { troubles, heard } = await speak(['deepgram', 'elevenlabs']);
    expect([troubles, heard]).toEqual([['tts-unauthorised'], ['elevenlabs']]);
    expect(sandbox.faults.list()).toMatchObject([{ times: 4 }]);
  });

  it('takes garbage for a failure and goes on elsewhere', async () => {
    fails('cartesia', { kind: 'malformed', afterMessages: 20 });
    const { parts, troubles, heard } = await speak(['cartesia', 'openai']);
    expect(parts[0]).toMatchObject({ heard: TEXT, complete: true });
    expect([troubles, heard]).toEqual([['tts-bad-message'], ['cartesia', 'openai']]);
  });

  it('stays with the voice that works for the rest of the call’s next replies', async () => {
    const calls = callOf(['elevenlabs', 'deepgram']);
    fails('elevenlabs', { kind: 'status', status: 401 });
    expect((await speak([], 'One moment.', calls)).heard).toEqual(['deepgram']);
    const next = await speak([], 'Here it is.', calls);
    expect([next.heard, next.switches, next.troubles]).toEqual([['deepgram'], [], []]);
  });

  it('does not wait for a vendor that is known to be down, and other calls know it too', async () => {
    const health = new ProviderHealth({ firstRestMs: 60_000 });
    fails('elevenlabs', { kind: 'status', status: 503, times: 4 });
    await speak([], 'One.', callOf(['elevenlabs', 'deepgram'], health));
    await speak([], 'Two.', callOf(['elevenlabs', 'deepgram'], health));
    const third = await speak([], 'Three.', callOf(['elevenlabs', 'deepgram'], health));
    expect([third.heard, third.troubles]).toEqual([['deepgram'], []]);
    expect(third.switches).toMatchObject([{ from: 'elevenlabs', to: 'deepgram', code: 'left-alone' }]);
  });

  it('returns to the preferred voice at the beginning of a reply, once that has rested', async () => {
    let now = 0;
    const calls = new CallVoices({
      voices: new Voices({ vendors: ['elevenlabs', 'deepgram'].flatMap((name) => voices[name] ?? []) }),
      nowMs: () => now,
    });
    fails('elevenlabs', { kind: 'status', status: 401 });
    await speak([], 'One.', calls);
    now = 11_000;
    const next = await speak([], 'Two.', calls);
    expect(next.heard).toEqual(['elevenlabs']);
    expect(next.switches).toMatchObject([{ from: 'deepgram', to: 'elevenlabs', code: 'works-again' }]);
  });
});
