import { expect, test } from 'vitest';
import { Lateness, measureLoopDelay } from './loop-delay.ts';

test('a process is late after three bad seconds on end, and well after three good ones', () => {
  const lateness = new Lateness(100);
  const after = (...delays: number[]): boolean => {
    for (const delay of delays) lateness.second(delay);
    return lateness.isLate;
  };
  expect(after(500, 500, 20, 500, 500)).toBe(false);
  expect(after(101)).toBe(true);
  expect(after(20, 20, 500, 20, 20)).toBe(true);
  expect(after(100)).toBe(false);
});

test('what holds the loop up is measured', async () => {
  const second = Promise.withResolvers<number>();
  const measured = measureLoopDelay({ limitMs: 100, onSecond: (delayMs) => second.resolve(delayMs) });
  // After a sample has been taken, so that the next one has something to be late by.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const until = performance.now() + 300;
  while (performance.now() < until);
  expect(await second.promise).toBeGreaterThan(200);
  measured.close();
});
