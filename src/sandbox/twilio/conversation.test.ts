/** Carrier, phone, real voice and known speech together, in real time, against a service that answers what it hears. */
import { expect, it } from 'vitest';
import { createVoice } from '../../tts/flite/index.ts';
import { KnownSpeech } from '../known-speech.ts';
import { FROM, startSandbox, TestService, type TestStream, TO, tone } from './test-service.ts';

/** Clears the line when the caller speaks or presses a key; answers once the caller has been quiet for 200 ms. */
function answerWhatIsHeard(stream: TestStream, knownSpeech: KnownSpeech, understood: Set<string>): void {
  let quietFrames = 0;
  let hearing = false;
  const clear = (): void => {
    if (!hearing) stream.clear();
    hearing = true;
    quietFrames = 0;
  };
  stream.socket.on('message', (data) => {
    const { event, media } = JSON.parse(String(data));
    if (event === 'dtmf') clear();
    if (event !== 'media') return;
    const found = knownSpeech.find(Buffer.from(media.payload, 'base64'));
    for (const { text } of found?.speech.words ?? []) understood.add(text);
    if (found !== undefined) return clear();
    if (!hearing || ++quietFrames < 10) return;
    hearing = false;
    stream.play(tone(600));
  });
}

it('a caller interrupts, answers, presses a key and hangs up', async () => {
  const service = await TestService.start();
  const voice = createVoice();
  const knownSpeech = new KnownSpeech();
  const sandbox = startSandbox(service, { voice, knownSpeech });
  const understood = new Set<string>();
  try {
    service.twiml('/voice', service.connect());
    const opening = service.nextStream();
    const call = sandbox.placeInboundCall({
      from: FROM,
      to: TO,
      caller: {
        quietMs: 300,
        stepTimeoutMs: 20_000,
        steps: [
          { say: 'Wait.', when: { agentSpokeMs: 300 } },
          { say: 'Tuesday, please.' },
          { press: '1', when: { agentSpokeMs: 200 } },
          { hangUp: true },
        ],
      },
    });
    const stream = await opening;
    await stream.nth('start');
    stream.play(tone(30_000));
    answerWhatIsHeard(stream, knownSpeech, understood);

    expect(await call.ended).toEqual({ status: 'completed', reason: 'caller-hung-up' });
    expect([...understood]).toEqual(['Wait.', 'Tuesday,', 'please.']);
    const steps = call.events.map(({ type }) => type).filter((type) => /^(saying|said|pressed)$/.test(type));
    expect(steps).toEqual(['saying', 'said', 'saying', 'said', 'pressed']);
    // The greeting and an answer to each step.
    expect(call.timeline.ofType('heard-agent-start').length).toBeGreaterThanOrEqual(4);
    // The greeting of half a minute was thrown away when the caller spoke over it.
    expect(call.timeline.ofType('clear-received')[0]?.clearedMs).toBeGreaterThan(20_000);
    const { caller, agent } = call.recording;
    expect(caller.length).toBe(agent.length);
  } finally {
    await sandbox.close();
    await service.close();
    await voice.close();
  }
}, 30_000);
