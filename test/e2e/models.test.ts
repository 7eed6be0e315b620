/** Calls on which a language model fails: another one goes on. */
import { expect, it } from 'vitest';
import type { FaultInput } from '../../src/sandbox/faults.ts';
import { Programme, perform } from './programme.ts';

const question = { say: 'When do you open?' };
const goodbye = { say: 'Goodbye.' };

/** Faults that meet the model from the caller's first words on. */
const struck = (
  ...faults: FaultInput[]
): Programme['call'] extends (plan: infer Plan) => unknown ? Plan : never => ({
  to: 'talk',
  steps: [question, goodbye],
  meanwhile: async (call, { sandbox }) => {
    await call.timeline.first('saying');
    for (const fault of faults) sandbox.faults.add(fault);
  },
});

const cut = new Programme();
const silent = new Programme();
perform(cut, silent);

const inMidSentence = cut.call(
  struck({ vendor: 'anthropic', kind: 'disconnect', afterMessages: 8, times: 2 }),
);
const unheard = silent.call(struck({ vendor: 'anthropic', kind: 'stall' }));
it('a sentence that a model broke off is finished by another, and no word is said twice', async () => {
  const { record } = await inMidSentence();
  expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
  const question = record.turns.find(({ role }) => role === 'caller');
  const switches = record.events.filter(({ type }) => type === 'provider-switched');
  expect(switches.map(({ data }) => data['to'])).toEqual(['anthropic/claude-sonnet-5', 'anthropic']);
  const answer = record.turns.find(
    ({ role, startMs }) => role === 'agent' && startMs > (question?.endMs ?? 0),
  );
  const words = (answer?.generated ?? answer?.text ?? '').split(' ');
  expect(words.length).toBeGreaterThan(2);
  const inThrees = words.slice(2).map((_, at) => words.slice(at, at + 3).join(' '));
  expect(new Set(inThrees).size).toBe(inThrees.length);
});

it('a model that says nothing is followed by another in time', async () => {
  const { record } = await unheard();
  expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
  const answer = record.turns.find(({ model }) => model === 'claude-sonnet-5');
  expect(answer?.latency?.voiceToVoiceMs).toBeLessThan(4500);
});
