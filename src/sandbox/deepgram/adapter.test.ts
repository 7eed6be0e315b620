/** The service's own adapter at the stand-ins, in real time: what a call hears of a caller, whichever model listens. */
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { createDeepgram } from '../../stt/deepgram.ts';
import type { SpeechToText, SttEvent } from '../../stt/index.ts';
import { type Sandbox, startSandbox } from '../server.ts';
import { noise, silence } from './testing.ts';

const logger = pino({ level: 'silent' });
const FRAME = 160;

let sandbox: Sandbox;
let recogniser: SpeechToText;
beforeAll(async () => {
  sandbox = await startSandbox({ logger, delays: { deepgram: { endOfSpeechMs: 300 } } });
  recogniser = createDeepgram({ apiKey: 'key', baseUrl: sandbox.baseUrl, logger });
});
afterAll(async () => {
  await recogniser.close();
  await sandbox.close();
});

/** A caller's audio in real time, as far as the machine can keep it, until `enough`. */
async function hear(
  model: string,
  audio: Uint8Array,
  enough: (event: SttEvent) => boolean,
): Promise<SttEvent[]> {
  const done = new AbortController();
  const stream = recogniser.open({ model, language: 'en-US', signal: done.signal });
  const speaking = (async () => {
    const beganAt = performance.now();
    for (let at = 0; !done.signal.aborted; at += FRAME) {
      const frame = audio.subarray(at, at + FRAME);
      stream.write(frame.length === FRAME ? frame : silence(1));
      await pause(Math.max(0, beganAt + (at / FRAME + 1) * 20 - performance.now()));
    }
  })();
  const events: SttEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (enough(event)) done.abort();
  }
  await speaking;
  return events;
}

const speech = async (text: string) => {
  const spoken = await sandbox.voice.speak(text, 'rms');
  sandbox.knownSpeech.register(spoken);
  return spoken;
};

describe.concurrent.each(['nova-3', 'flux-general-en'])('%s', (model) => {
  test('hears speech start, words as they come, and the end of the turn', async ({ expect }) => {
    const { audio, words } = await speech('Could I have a cleaning on Monday?');
    const events = await hear(
      model,
      Buffer.concat([silence(10), audio]),
      ({ type }) => type === 'turn-ended',
    );
    const types = new Set(events.map(({ type }) => type));
    expect(types).toContain('speech-started');
    const interims = events.flatMap((event) => (event.type === 'interim' ? [event.text] : []));
    expect(interims.length).toBeGreaterThan(2);
    expect(interims.every((text) => 'Could I have a cleaning on Monday?'.startsWith(text))).toBe(true);
    const finals = events.flatMap((event) => (event.type === 'final' ? [event.text] : []));
    expect(finals.join(' ')).toBe('Could I have a cleaning on Monday?');
    const likely = events.flatMap((event) => (event.type === 'turn-likely' ? [event.text] : []));
    expect(likely.at(-1)).toBe(model === 'nova-3' ? undefined : 'Could I have a cleaning on Monday?');
    const spokenMs = 200 + (words.at(-1)?.endMs ?? 0);
    expect(events.at(-1)).toMatchObject({ type: 'turn-ended', speechEndMs: expect.closeTo(spokenMs, 0) });
  });

  test('hears words in a back-channel, none in a cough before it', async ({ expect }) => {
    const { audio } = await speech('Uh-huh.');
    const cough = { audio: (await sandbox.voice.speak('Ahem ahem.', 'rms')).audio, words: [] };
    sandbox.knownSpeech.register(cough);
    const heard = Buffer.concat([cough.audio, silence(40), noise(2), silence(10), audio]);
    const events = await hear(model, heard, ({ type }) => type === 'turn-ended');
    expect(events[0]?.type).toBe('speech-started');
    expect(events.flatMap((event) => (event.type === 'final' ? [event.text] : []))).toEqual(['Uh-huh.']);
    const [first] = events.flatMap((event) => (event.type === 'speech-started' ? [event.atMs] : []));
    expect(first).toBeGreaterThan((cough.audio.length / FRAME) * 20);
  });
});
