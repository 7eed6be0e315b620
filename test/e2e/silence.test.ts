/** Two providers of one stage say nothing, one after the other: what the caller hears meanwhile. */
import { expect, it } from 'vitest';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { WholeSandbox } from '../../src/sandbox/whole.ts';
import { Programme, perform } from './programme.ts';

/** Every kind of vendor is set up. */
const stage = new Programme(async () => ({
  environment: ({ baseUrl }: WholeSandbox) => ({
    SPEECH_FALLBACK: 'none',
    ELEVENLABS_API_KEY: 'elevenlabs-key',
    ELEVENLABS_BASE_URL: baseUrl,
  }),
}));
perform(stage);

const question = { say: 'When do you open?' };
const stalled = stage.call({
  to: 'talk',
  // Fillers pass: the caller waits for the answer.
  steps: [question, { ...question, when: { afterMs: 6000 } }, { say: 'Goodbye.', when: { afterMs: 7000 } }],
  meanwhile: async (call, { sandbox }) => {
    await call.timeline.first('saying');
    sandbox.faults.add({ vendor: 'cartesia', kind: 'stall' });
    sandbox.faults.add({ vendor: 'deepgram-tts', kind: 'stall' });
    let said = 0;
    await call.timeline.first('saying', () => ++said === 2);
    sandbox.faults.add({ vendor: 'anthropic', kind: 'stall', times: 2 });
  },
});

it('two voices, then two models: the caller hears something in time, and then the answer', async () => {
  const { record, call, stage } = await stalled();
  expect(stage.sandbox.faults.list()).toEqual([]);
  expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
  const { turns } = record;
  const answers = turns.filter((_, index) => turns[index - 1]?.role === 'caller');
  expect(answers).toHaveLength(3);
  for (const { text, generated } of answers.slice(0, 2)) {
    expect(text).toMatch(/^One moment\. ./);
    // All of it was heard.
    expect(generated).toBeUndefined();
  }
  // Two seconds are the promise; the rest is what a busy machine adds.
  for (const waitMs of waits(call)) expect(waitMs).toBeLessThan(2600);
});
stage.testLog();

/** How long the caller waited after each question, by what was really heard. */
function waits({ timeline }: SandboxCall): number[] {
  const heard = timeline.ofType('heard-agent-start').map(({ atMs }) => atMs);
  return timeline
    .ofType('said')
    .map(({ atMs }) => (heard.find((next) => next > atMs) ?? Number.POSITIVE_INFINITY) - atMs);
}
