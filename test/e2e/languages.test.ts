/** A caller who would rather speak another language. */
import { describe, expect, it } from 'vitest';
import { Programme, perform } from './programme.ts';

const on = new Programme();
perform(on);

describe('a flow in two languages', () => {
  const ended = on.call({ to: 'bilingual', steps: [{ say: 'Spanish, please.' }, { say: 'Sí.' }] });

  it('goes on in the language the caller asks for', async () => {
    const { record } = await ended();
    expect(record).toMatchObject({ outcome: 'completed', result: 'noted', slots: { visits: true } });
    const agent = record.turns.filter(({ role }) => role === 'agent').map(({ text }) => text);
    // The first question may be cut short by its answer.
    expect(agent.slice(1)).toEqual(['¿Quiere una visita?', 'Gracias. Adiós.']);
  });

  it('is listened to in that language', async () => {
    const { stage } = await ended();
    const opened = stage.sandbox.wire.events.filter(({ type }) => type === 'stt-opened');
    expect(opened.map(({ text }) => text.slice(0, 2))).toEqual(['en', 'es']);
  });
});
