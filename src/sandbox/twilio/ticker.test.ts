import { expect, it } from 'vitest';
import { Ticker } from './ticker.ts';

const blockFor = (durationMs: number): void => {
  for (const until = performance.now() + durationMs; performance.now() < until; );
};

it('ticks every 20 ms on average, makes up for a stall and stops when told to', async () => {
  const ticker = new Ticker();
  const ticks: number[] = [];
  const enough = Promise.withResolvers<void>();
  const stop = ticker.add((atMs) => {
    ticks.push(atMs);
    if (ticks.length === 5) blockFor(150);
    if (ticks.length === 30) enough.resolve();
  });
  await enough.promise;
  stop();
  const elapsedMs = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0);
  // Were the stall not made up for, 29 periods would take at least 700 ms; a late end only adds to them.
  expect(elapsedMs).toBeGreaterThan(29 * 20 - 150);
  expect(ticks.filter((atMs) => atMs - (ticks[5] ?? 0) < 5).length).toBeGreaterThan(4);
  stop();
  const count = ticks.length;
  const other = Promise.withResolvers<void>();
  const stopOther = ticker.add(() => other.resolve());
  await other.promise;
  stopOther();
  expect(ticks).toHaveLength(count);
});

it('goes on for the others when a member leaves within its tick', async () => {
  const ticker = new Ticker();
  let leaverTicks = 0;
  const leave = ticker.add(() => {
    leaverTicks++;
    leave();
  });
  const done = Promise.withResolvers<void>();
  let stayerTicks = 0;
  const stop = ticker.add(() => {
    if (++stayerTicks === 5) done.resolve();
  });
  await done.promise;
  stop();
  expect(leaverTicks).toBe(1);
});
