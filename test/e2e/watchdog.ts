/** Vendors that fail: whatever they do, the caller hears something in time, and the call goes on or ends politely. */
import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/sandbox/faults.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { Stage } from './harness.ts';
import type { EndedCall, Programme } from './programme.ts';
import { soundsOf } from './recording.ts';

/** The flow's `watchdog_ms` is 3000; the rest is for a machine with other things to do. */
const HEARD_WITHIN_MS = 4500;

const goodbye = { say: 'Goodbye.' };
const question = { say: 'When do you open?' };
/** Longer than any model is waited for, and than it takes to say so. */
const givenUp = { afterMs: 6500 };

/** Arms a fault as soon as the caller has finished so many utterances. */
async function strike(call: SandboxCall, stage: Stage, utterance: number, fault: FaultInput): Promise<void> {
  let said = 0;
  await call.timeline.first('said', () => ++said === utterance);
  stage.sandbox.faults.add(fault);
}

/** How long the caller waited after each utterance, by what was really heard. */
function waits({ call }: EndedCall): number[] {
  const heard = call.timeline.ofType('heard-agent-start');
  return call.timeline.ofType('said').map(({ atMs }) => {
    const answer = heard.find((event) => event.atMs > atMs);
    return (answer?.atMs ?? Number.POSITIVE_INFINITY) - atMs;
  });
}

/** The same by the recording: from the end of each sound of the caller's to the next of the agent's. */
async function recordedWaits({ call, stage }: EndedCall): Promise<number[]> {
  const { caller, agent } = await stage.recording(call.sid);
  const answers = soundsOf(agent);
  return soundsOf(caller).map(({ endMs }) => {
    const answer = answers.find((sound) => sound.endMs > endMs);
    return Math.max(0, (answer?.startMs ?? Number.POSITIVE_INFINITY) - endMs);
  });
}

export function watchdogTests(on: { ears: Programme; voice: Programme }): void {
  const model = on.ears.call({
    to: 'talk',
    // Fillers pass: all models are waited for before they are given up.
    steps: [question, { ...question, when: givenUp }, { ...question, when: givenUp }],
    meanwhile: async (call, stage) => {
      stage.sandbox.faults.add({ vendor: 'openai', kind: 'status', status: 529, times: 100 });
      await strike(call, stage, 1, { vendor: 'anthropic', kind: 'stall', times: 3 });
      await strike(call, stage, 2, { vendor: 'anthropic', kind: 'status', status: 529, times: 100 });
    },
  });
  const recogniser = on.ears.call({
    to: 'talk',
    // The other call has its recogniser by then.
    after: async ({ sandbox }) => {
      const [other] = sandbox.twilio.calls.values();
      await other?.timeline.first('saying');
      sandbox.faults.add({ vendor: 'deepgram', kind: 'status', status: 401 });
    },
    steps: [question, { hangUp: true }],
  });
  const voice = on.voice.call({
    to: 'talk',
    steps: [question, question, goodbye],
    meanwhile: async (call, stage) => {
      await strike(call, stage, 1, { vendor: 'cartesia', kind: 'stall' });
      // The voice that stalled rests: the next one speaks by then.
      await strike(call, stage, 2, { vendor: 'deepgram-tts', kind: 'disconnect', afterMessages: 10 });
    },
  });

  describe.each([
    ['every model stalls, then is overloaded', model],
    ['the recogniser refuses', recogniser],
    ['the voice stalls, then is cut off in the middle of a reply', voice],
  ])('where %s', (_, planned) => {
    it('something is heard in time after everything the caller says', async () => {
      const ended = await planned();
      expect(waits(ended).length).toBeGreaterThan(0);
      for (const waitMs of waits(ended)) expect(waitMs).toBeLessThan(HEARD_WITHIN_MS);
      for (const waitMs of await recordedWaits(ended)) expect(waitMs).toBeLessThan(HEARD_WITHIN_MS);
    });
  });

  it('a model that fails again and again ends the call politely', async () => {
    const { record, end } = await model();
    expect(end.reason).toBe('hangup-verb');
    expect(record.outcome).toBe('failed');
    const words = record.turns.map(({ generated, text }) => generated ?? text);
    expect(words).toContainEqual(expect.stringMatching(/^(One moment\. )+Something went wrong\.$/));
    expect(words.at(-1)).toMatch(/I cannot go on\. Goodbye\.$/);
  });

  it('a caller who cannot be understood is told so', async () => {
    const { record } = await recogniser();
    expect(record.turns.map(({ text }) => text)).toContain('I am sorry, I cannot hear you just now.');
  });

  it('a voice that fails is taken over by another, and nothing is lost', async () => {
    const { stage, record } = await voice();
    expect(stage.sandbox.faults.list()).toEqual([]);
    expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
    const answers = record.turns.filter(({ role, text }) => role === 'agent' && text !== 'Goodbye.');
    expect(answers).toHaveLength(3);
    for (const { text, generated } of answers) expect(generated ?? text).toBe(text);
  });
}
