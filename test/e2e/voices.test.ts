/** Calls on which no vendor speaks, where the carrier's relay is not to be had either. */
import { expect, it } from 'vitest';
import { Programme, perform } from './programme.ts';

const withoutRelay = { SPEECH_FALLBACK: 'none' };
/** Nobody else is set up. */
const optional = new Programme(async () => ({
  environment: { ...withoutRelay, TTS_PROVIDERS: 'cartesia,espeak' },
}));
perform(optional);

const plain = optional.call({
  to: 'auskunft',
  after: async ({ sandbox }) => sandbox.faults.add({ vendor: 'cartesia', kind: 'refuse', times: 1000 }),
  steps: [{ press: '1' }],
});

it('the optional voice in the process speaks the language of the flow', async () => {
  const { record, call } = await plain();
  expect(record).toMatchObject({ outcome: 'completed', result: 'informiert' });
  const said = record.turns.filter(({ role }) => role === 'agent');
  expect(said.map(({ text }) => text)).toEqual([
    'Guten Tag. Wir haben von neun bis siebzehn Uhr geöffnet. Drücken Sie bitte die Eins.',
    'Vielen Dank für Ihren Anruf. Auf Wiederhören.',
  ]);
  for (const { voices } of said) expect(voices).toEqual(['espeak']);
  expect(record.events.filter(({ type }) => type === 'provider-switched')[0]?.data).toMatchObject({
    stage: 'tts',
    from: 'cartesia',
    to: 'espeak',
  });
  expect(call.timeline.ofType('stream-opened')).toHaveLength(1);
});
optional.testLog();
