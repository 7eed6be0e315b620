/** The shipped main menu, which needs no model. */
import { describe, expect, it } from 'vitest';
import type { Programme } from './programme.ts';

export function mainMenuTests(on: Programme): void {
  describe('the main menu', () => {
    const soon = { agentSpokeMs: 300 };
    const byKeys = on.call({
      to: 'mainMenu',
      steps: [
        { press: '2', when: soon },
        { press: '2125550142#', when: soon },
        { press: '1', when: soon },
        { press: '2', when: soon },
      ],
    });
    const byWords = on.call({
      to: 'mainMenu',
      steps: [
        { say: 'When are you open?', when: soon },
        { say: 'Goodbye.', when: { agentSpokeMs: 1500 } },
      ],
    });

    it('is gone through by keys alone', async () => {
      const { record } = await byKeys();
      expect(record).toMatchObject({
        outcome: 'completed',
        result: 'callback',
        slots: { callback: '+12125550142', day_part: 'afternoon' },
      });
      const caller = record.turns.filter(({ role }) => role === 'caller');
      expect(caller.map(({ keys, text }) => keys ?? text)).toEqual(['2', '2125550142', '1', '2']);
    });

    it('is gone through by words alone', async () => {
      const { record } = await byWords();
      expect(record).toMatchObject({ outcome: 'completed', result: 'informed' });
      expect(record.path).toEqual(['welcome', 'main-menu', 'hours', 'anything-else', 'goodbye']);
    });

    it('makes no request to the model', async () => {
      const calls = await Promise.all([byKeys(), byWords()]);
      for (const { record } of calls) expect(record.usage.modelInputTokens).toBe(0);
      const { sandbox } = await on.stage;
      const response = await fetch(`${sandbox.baseUrl}/sandbox/state`);
      expect(await response.json()).toMatchObject({ vendors: { anthropic: { requests: 0 } } });
    });
  });
}
