/** How calls end, or go on, without the caller's doing. */
import { describe, expect, it } from 'vitest';
import type { Programme } from './programme.ts';

export function endingTests(on: Programme): void {
  describe('calls that end by themselves', () => {
    const silent = on.call({ to: 'quiet', steps: [] });
    const endless = on.call({ to: 'brief', steps: [] });
    const busy = on.call({
      to: 'switchboard',
      dial: { result: 'busy' },
      // The first words are those before the transfer.
      steps: [{ say: 'Call me tomorrow.', when: { agentSpokeMs: 3300 } }],
    });
    const connected = on.call({ to: 'switchboard', steps: [] });

    it('a silent caller is asked twice and hears a goodbye', async () => {
      const { record, end } = await silent();
      expect(end.reason).toBe('hangup-verb');
      expect(record.outcome).toBe('silent');
      expect(record.turns.map(({ role, text }) => `${role}: ${text}`)).toEqual([
        'agent: Yes or no?',
        'agent: Hello? Yes or no?',
        'agent: Anybody there? Yes or no?',
        'agent: Nobody is there. Goodbye.',
      ]);
    });

    it('the longest call ends with a goodbye', async () => {
      const { record, end } = await endless();
      expect(end.reason).toBe('hangup-verb');
      expect(record.outcome).toBe('too-long');
      expect(record.turns.at(-1)?.text).toBe('Our time is up. Goodbye.');
      expect(record.turns.at(-1)?.startMs).toBeGreaterThanOrEqual(10_000);
    });

    it('a transfer that nobody takes comes back to the next node, on the same call', async () => {
      const { call, record } = await busy();
      expect(call.timeline.ofType('dialled')).toMatchObject([{ to: '+15550198', result: 'busy' }]);
      expect(record).toMatchObject({
        outcome: 'completed',
        result: 'message',
        path: ['office', 'nobody', 'bye'],
        slots: { message: 'Call me tomorrow.' },
      });
    });

    it('a transfer that is taken ends the call for the agent', async () => {
      const { call, record } = await connected();
      expect(call.timeline.ofType('dialled')).toMatchObject([{ result: 'completed' }]);
      expect(record).toMatchObject({ outcome: 'transferred', path: ['office'], carrierStatus: 'completed' });
    });
  });
}
