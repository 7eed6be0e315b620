import { expect, it } from 'vitest';
import { createLogBudget } from './log-budget.ts';

it('lets a few lines through a minute and says how many it held back', () => {
  let nowMs = 0;
  const budget = createLogBudget(2, () => nowMs);
  expect([budget(), budget(), budget(), budget()]).toEqual([
    { heldBack: 0 },
    { heldBack: 0 },
    undefined,
    undefined,
  ]);
  nowMs = 60_000;
  expect([budget(), budget(), budget()]).toEqual([{ heldBack: 2 }, { heldBack: 0 }, undefined]);
});
