import { expect, it } from 'vitest';
import { createStreamTokens, type StreamTokenOptions } from './stream-token.ts';
import { sid } from './test-bench.ts';

const call = { callId: '0190f0a0-0000-7000-8000-000000000001', callSid: sid('CA') };

function open(change: Partial<StreamTokenOptions> = {}) {
  const used = new Map<string, number>();
  const sessions = {
    useOnce: async (id: string, ttlMs: number) => {
      const first = !used.has(id);
      used.set(id, ttlMs);
      return first;
    },
  };
  return { used, tokens: createStreamTokens({ authToken: 'an auth token', sessions, ...change }) };
}

it('opens its own call, once', async () => {
  const { tokens, used } = open();
  const token = tokens.issue(call);
  expect(await tokens.redeem(token, call.callSid)).toEqual({ callId: call.callId });
  expect(await tokens.redeem(token, call.callSid)).toEqual({ refused: 'already-used' });
  expect([...used.values()]).toEqual([120_000]);
});

it('is accepted by every node that has the same auth token, and by no other', async () => {
  const token = open().tokens.issue(call);
  expect(await open().tokens.redeem(token, call.callSid)).toEqual({ callId: call.callId });
  const stranger = open({ authToken: 'another' }).tokens;
  expect(await stranger.redeem(token, call.callSid)).toEqual({ refused: 'bad-signature' });
});

it('expires', async () => {
  let nowMs = 1_000_000;
  const { tokens } = open({ now: () => nowMs, ttlMs: 60_000 });
  const token = tokens.issue(call);
  nowMs += 59_999;
  expect(await tokens.redeem(token, sid('CA', 2))).toEqual({ refused: 'other-call' });
  nowMs += 1;
  expect(await tokens.redeem(token, call.callSid)).toEqual({ refused: 'expired' });
});

it('is not used up by whoever presents it for another call', async () => {
  const { tokens } = open();
  const token = tokens.issue(call);
  expect(await tokens.redeem(token, sid('CA', 2))).toEqual({ refused: 'other-call' });
  expect(await tokens.redeem(token, call.callSid)).toEqual({ callId: call.callId });
});

it('cannot be changed in any character', async () => {
  const { tokens } = open();
  const token = tokens.issue(call);
  // The last character of a base64url MAC holds two bits that are no part of it.
  for (let i = 0; i < token.length - 1; i++) {
    const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
    expect(await tokens.redeem(changed, call.callSid)).toHaveProperty('refused');
  }
  expect(await tokens.redeem(token, call.callSid)).toEqual({ callId: call.callId });
});

it.each([
  ['missing', undefined],
  ['missing', ''],
  ['malformed', 'abc'],
  ['malformed', '.abc'],
  ['malformed', 'abc.'],
  ['malformed', 'a.b.c'],
  ['bad-signature', 'a.b'],
])('is refused as %s: %o', async (refused, token) => {
  expect(await open().tokens.redeem(token, call.callSid)).toEqual({ refused });
});

it('fits into a parameter, and is fit for a URL', () => {
  const token = open().tokens.issue(call);
  expect(token.length).toBeLessThan(400);
  expect(token).toMatch(/^[\w.-]+$/);
});

it('says so when the store fails', async () => {
  const { tokens } = open({ sessions: { useOnce: () => Promise.reject(new Error('store is down')) } });
  await expect(tokens.redeem(tokens.issue(call), call.callSid)).rejects.toThrow('store is down');
});
