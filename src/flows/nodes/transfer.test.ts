import { expect, test } from 'vitest';
import { TestCall } from '../test-call.ts';

const flow = (hold: string): string => `
nodes:
  a: { type: transfer, to: "+15550199"${hold}, next: b }
  b: { type: hangup, say: Nobody answered. }
`;

test.each(['music', 'noise'])('a transfer with %s says so', (hold) => {
  const call = new TestCall(flow(`, hold: ${hold}`));
  call.start();
  expect(call.command('transfer')).toEqual({ type: 'transfer', to: '+15550199', timeoutSec: 20, hold });
  expect(call.event({ type: 'transfer-failed', status: 'busy' })).toContain('say: Nobody answered.');
});

test.each(['', ', hold: ringing'])('a transfer with the ringing in the ear is a plain one: "%s"', (hold) => {
  const call = new TestCall(flow(hold));
  call.start();
  expect(call.command('transfer')).toEqual({ type: 'transfer', to: '+15550199', timeoutSec: 20 });
});

test('a transfer with something else is refused in words', () => {
  expect(() => new TestCall(flow(', hold: jazz'))).toThrow('must be ringing, music or noise');
});
