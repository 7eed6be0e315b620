import { afterEach, expect, test } from 'vitest';
import { describeSessions, someEntry, someSession } from './conformance.ts';
import type { Sessions } from './index.ts';
import { createMemorySessions } from './memory.ts';

let shared: Sessions | undefined;

afterEach(async () => {
  await shared?.close();
  shared = undefined;
});

describeSessions('sessions in memory', (options) => {
  // The store is the process's own memory: every "node" of a test is the same one.
  shared ??= createMemorySessions(options);
  return shared;
});

test('memory is given back once sessions, journals and tokens have expired', async () => {
  let now = 1_000_000;
  const sessions = createMemorySessions({ ttlMs: 1_000, now: () => now });
  const { callId, callSid } = await sessions.create(someSession({ createdAt: now }));
  await sessions.append(callId, [someEntry('hello')]);
  expect(await sessions.useOnce('token', 500)).toBe(true);
  now += 999;
  expect(await sessions.load(callId)).toBeDefined();
  await sessions.append(callId, [someEntry('still here')]);
  now += 999;
  expect(await sessions.findByCallSid(callSid)).toBeDefined();
  now += 2;
  expect(await sessions.load(callId)).toBeUndefined();
  expect(await sessions.journal(callId)).toEqual([]);
  now += 60_000;
  expect(await sessions.live(10)).toEqual([]);
  expect(await sessions.useOnce('token', 500)).toBe(true);
});
