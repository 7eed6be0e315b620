import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createMemorySessions } from '../sessions/memory.ts';
import { Journal } from './journal.ts';

test('a journal that never ends keeps its newest entries', async () => {
  const journal = new Journal({
    sessions: createMemorySessions(),
    callId: 'a-call',
    logger: pino({ level: 'silent' }),
    now: () => 0,
  });
  for (let characters = 0; characters < 30_000; characters++) journal.add('spoken', { characters });
  expect(journal.entries.length).toBeGreaterThanOrEqual(20_000);
  expect(journal.entries.length).toBeLessThanOrEqual(20_200);
  expect(journal.entries.at(-1)?.data).toEqual({ characters: 29_999 });
  await journal.flush();
});
