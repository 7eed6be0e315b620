/** Calls on which language models fail: another one goes on, and after the last the flow's own words and keys. */
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
const none = new Programme();
perform(cut, silent, none);

const inMidSentence = cut.call(
  struck({ vendor: 'anthropic', kind: 'disconnect', afterMessages: 8, times: 2 }),
);
const unheard = silent.call(struck({ vendor: 'anthropic', kind: 'stall', times: 2 }));
const offline = none.call({
  ...struck(
    { vendor: 'anthropic', kind: 'status', status: 529, times: 100 },
    { vendor: 'openai', kind: 'status', status: 503, times: 100 },
  ),
  to: 'practice',
  steps: [{ press: '1' }, { press: '0' }, { hangUp: true }],
});

it('a sentence that a model broke off is finished by another, and no word is said twice', async () => {
  const { record } = await inMidSentence();
  expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
  const switches = record.events.filter(({ type }) => type === 'switched');
  expect(switches.map(({ data }) => data['to'])).toEqual(['anthropic/claude-sonnet-5', 'openai']);
  const answer = record.turns.find(({ provider }) => provider === 'openai');
  const words = (answer?.generated ?? answer?.text ?? '').split(' ');
  expect(words.length).toBeGreaterThan(5);
  const inThrees = words.slice(2).map((_, at) => words.slice(at, at + 3).join(' '));
  expect(new Set(inThrees).size).toBe(inThrees.length);
});

it('a model that says nothing is followed by another in time', async () => {
  const { record } = await unheard();
  expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
  const answer = record.turns.find(({ provider }) => provider === 'openai');
  expect(answer?.latency?.voiceToVoiceMs).toBeLessThan(4500);
});

it('without any model the flow offers what it declares', async () => {
  const { record } = await offline();
  const said = record.turns.map(({ generated, text }) => generated ?? text).join(' ');
  expect(said).toContain("I'm having trouble understanding just now.");
  expect(record.path).toContain('front-desk');
});
