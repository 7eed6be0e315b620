/** A tool that changes something, slow enough to be talked over. */
import { describe, expect, it } from 'vitest';
import type { EndedCall, Programme } from './programme.ts';

export const SLOW = { booking: { responseMs: 3000 }, anthropic: { firstTokenMs: 1000 } };

function requestsFrom({ stage, call }: EndedCall) {
  return stage.sandbox.booking.requests.filter(({ body }) => JSON.stringify(body).includes(call.plan.from));
}

export function effectTests(on: Programme): void {
  describe('a tool that changes something', () => {
    const talkedOver = on.call({
      to: 'table',
      from: '+15550131',
      steps: [
        { say: 'Please reserve my table.' },
        { say: 'How long does it take?', when: { agentSpokeMs: 700 } },
        { say: 'Goodbye.' },
      ],
    });
    const talkedOn = on.call({
      to: 'table',
      from: '+15550132',
      steps: [
        { say: 'Kindly reserve my table.' },
        // Long enough for the turn to be over, and before the model has answered.
        { say: 'No, wait, not yet, I have to ask my wife first.', when: { afterMs: 600 } },
        { hangUp: true, when: { afterMs: 0 } },
      ],
    });

    it('is done once when the caller talks over it, and its result is kept', async () => {
      const ended = await talkedOver();
      expect(ended.record.interruptions).toBeGreaterThan(0);
      expect(requestsFrom(ended)).toHaveLength(1);
      const { appointments } = ended.stage.sandbox.booking;
      expect(appointments.filter(({ phone }) => phone === '+15550131')).toHaveLength(1);
      expect(ended.record.tools).toMatchObject([
        { name: 'reserve_table', isError: false, result: expect.stringContaining('You are booked') },
      ]);
      // The caller is told of it, in the answer that follows.
      const afterwards = ended.record.turns.slice(
        ended.record.turns.findIndex(({ text }) => text === 'How long does it take?'),
      );
      expect(afterwards.some(({ role, text }) => role === 'agent' && text.includes('booked'))).toBe(true);
    });

    it('is not done when the caller goes on talking before it has begun', async () => {
      const ended = await talkedOn();
      const { sandbox } = ended.stage;
      const asked = sandbox.wire.events.filter(
        ({ type, text }) => type === 'llm-request-received' && text.startsWith('Kindly'),
      );
      expect(asked.length).toBeGreaterThan(0);
      expect(requestsFrom(ended)).toEqual([]);
      expect(ended.record.tools).toEqual([]);
    });
  });
}
