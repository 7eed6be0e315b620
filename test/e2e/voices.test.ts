/** Calls on which no vendor speaks, where the carrier's relay is not to be had either. */
import { describe, expect, it } from 'vitest';
import type { Stage } from './harness.ts';
import { Programme, perform } from './programme.ts';

const withoutRelay = { SPEECH_FALLBACK: 'none' };
/** The connection that is there breaks, and there will be no other. */
async function outage({ sandbox }: Stage): Promise<void> {
  sandbox.faults.add({ vendor: 'cartesia', kind: 'disconnect' });
  sandbox.faults.add({ vendor: 'cartesia', kind: 'refuse', times: 1000 });
}
/** Nobody else is set up. */
const optional = new Programme(async () => ({
  environment: { ...withoutRelay, TTS_PROVIDERS: 'cartesia,espeak' },
}));
const none = new Programme(async () => ({ environment: { ...withoutRelay, TTS_PROVIDERS: 'cartesia' } }));
perform(optional, none);

const plain = optional.call({
  to: 'auskunft',
  after: outage,
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

const mute = none.call({
  to: 'auskunft',
  after: outage,
  // The stream is back by then.
  steps: [{ silence: true }, { press: '1', when: { afterMs: 1000 } }],
});

describe('where no voice is left at all', () => {
  it('the carrier says what is to be said, and the call goes on in the same node', async () => {
    const { record, call, end } = await mute();
    expect(end).toEqual({ status: 'completed', reason: 'hangup-verb' });
    expect(record).toMatchObject({ outcome: 'completed', result: 'informiert', path: ['auskunft', 'ende'] });
    const documents = call.timeline.ofType('twiml').map(({ document }) => document);
    const said = documents.flatMap(
      (document) => /<Say language="de-DE">(.*)<\/Say>/.exec(document)?.[1] ?? [],
    );
    expect(said).toEqual([
      'Guten Tag. Wir haben von neun bis siebzehn Uhr geöffnet. Drücken Sie bitte die Eins.',
      'Vielen Dank für Ihren Anruf. Auf Wiederhören.',
    ]);
    expect(call.timeline.ofType('verb').map(({ verb }) => verb)).toEqual([
      ...['connect', 'say', 'redirect'],
      ...['connect', 'say', 'redirect', 'hangup'],
    ]);
  });

  it('what it said counts as heard, once, and the record tells who said it', async () => {
    const { record } = await mute();
    expect(
      record.turns.map(({ role, text, keys, voices }) => ({ role, said: keys ?? text, voices })),
    ).toEqual([
      {
        role: 'agent',
        said: 'Guten Tag. Wir haben von neun bis siebzehn Uhr geöffnet. Drücken Sie bitte die Eins.',
        voices: ['carrier'],
      },
      { role: 'caller', said: '1', voices: undefined },
      { role: 'agent', said: 'Vielen Dank für Ihren Anruf. Auf Wiederhören.', voices: ['carrier'] },
    ]);
    const moves = record.events.filter(({ type }) => type === 'speech-moved');
    expect(moves.map(({ data }) => data['to'])).toEqual(['carrier', 'carrier']);
  });

  it('it is heard within two seconds', async () => {
    const { call } = await mute();
    const opened = call.timeline.ofType('stream-opened')[0]?.atMs ?? 0;
    const heard = call.timeline.ofType('heard-agent-start')[0]?.atMs ?? Number.POSITIVE_INFINITY;
    expect(heard - opened).toBeLessThan(2000);
  });
});

for (const programme of [optional, none]) programme.testLog();
