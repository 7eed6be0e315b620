/** What a flow does besides talking: a subflow, a message, a text to the caller, a warm transfer. */
import { describe, expect, it } from 'vitest';
import { Programme, perform } from './programme.ts';

/** Whom the flow connects its callers to. */
const OFFICE = '+15550196';

const on = new Programme();
perform(on);

describe('a caller with errands', () => {
  const connected = on.call({
    to: 'errands',
    steps: [{ say: 'Two.' }, { say: 'Please call me back tomorrow.' }],
    dial: { result: 'completed', afterMs: 60_000 },
    meanwhile: async (call, stage) => {
      // Whoever answers stays until the caller is there too.
      stage.sandbox.twilio.registerPhone(OFFICE, { answer: { steps: [] }, ringMs: 500 });
      await call.timeline.first('conference-started');
      call.hangUp();
      const leg = [...stage.sandbox.twilio.calls.values()].find(({ plan }) => plan.to === OFFICE);
      if (leg === undefined) throw new Error('the office was not rung');
      await leg.ended;
      const said = leg.timeline.ofType('twiml').map(({ document }) => document);
      expect(said[0]).toContain('A caller has 2 wishes.');
      expect(said.at(-1)).toContain('<Conference');
    },
  });

  it('goes through the other flow, and leaves a message', async () => {
    const { record } = await connected();
    expect(record).toMatchObject({ outcome: 'transferred', slots: { wishes: 2 } });
    expect(String(record.slots['message'])).toMatch(/call me back tomorrow/i);
    expect(record.path).toEqual([
      'who',
      'counting/ask',
      'counting/counted',
      'many',
      'message',
      'text',
      'office',
    ]);
  });

  it('gets a text message, once', async () => {
    const { stage, call } = await connected();
    const sent = stage.sandbox.twilio.messages.filter(({ to }) => to === call.plan.from);
    expect(sent).toMatchObject([{ from: call.plan.to, body: 'We have your 2 wishes.' }]);
  });

  it('hears the summary as the office does', async () => {
    const { call } = await connected();
    const documents = call.timeline.ofType('twiml').map(({ document }) => document);
    expect(documents.filter((document) => document.includes('A caller has 2 wishes.'))).toHaveLength(1);
  });
});
