import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ProviderHealth } from './provider-health.ts';

/** What a use that was told of leaves to be done. */
const settled = (): Promise<void> => pause(0);

async function fail(health: ProviderHealth, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    health.use('stt', 'deepgram')?.failed();
    await settled();
  }
}

test('a provider that fails three times in a row is left alone, others are not', async () => {
  const changes: unknown[] = [];
  const health = new ProviderHealth({ onChange: (change) => changes.push(change) });
  await fail(health, 2);
  expect(health.use('stt', 'deepgram')).toBeDefined();
  await fail(health, 1);
  expect(health.use('stt', 'deepgram')).toBeUndefined();
  expect(health.works('stt', 'deepgram')).toBe(false);
  expect(health.use('tts', 'deepgram')).toBeDefined();
  expect(changes).toEqual([{ stage: 'stt', provider: 'deepgram', works: false }]);
});

test('a success between failures begins the count anew', async () => {
  const health = new ProviderHealth();
  await fail(health, 2);
  health.use('stt', 'deepgram')?.succeeded();
  await settled();
  await fail(health, 2);
  expect(health.use('stt', 'deepgram')).toBeDefined();
});

test('after its rest one call tries it while the others go by, and its success ends the outage', async () => {
  const changes: boolean[] = [];
  const health = new ProviderHealth({ firstRestMs: 1, onChange: ({ works }) => changes.push(works) });
  await fail(health, 3);
  await expect.poll(() => health.use('stt', 'deepgram')?.failed() === undefined).toBe(true);
  let trial = health.use('stt', 'deepgram');
  await expect
    .poll(() => {
      trial ??= health.use('stt', 'deepgram');
      return trial;
    })
    .toBeDefined();
  expect(health.use('stt', 'deepgram')).toBeUndefined();
  trial?.succeeded();
  await expect.poll(() => health.use('stt', 'deepgram')).toBeDefined();
  expect(changes.at(-1)).toBe(true);
});

test('a provider that asks to be left alone is, by all and for so long, though it failed only once', async () => {
  const health = new ProviderHealth();
  health.use('stt', 'deepgram')?.failed(150);
  await settled();
  expect(health.use('stt', 'deepgram')).toBeUndefined();
  expect(health.use('stt', 'deepgram', { lastResort: true })).toBeUndefined();
  expect(health.use('stt', 'elevenlabs')).toBeDefined();
  await expect.poll(() => health.use('stt', 'deepgram') !== undefined).toBe(true);
});
