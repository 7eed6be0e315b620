/** A deploy: every node is told to stop and started anew, one after the other, with calls on all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

const CALLS = 10;
/** Between the restarts of two nodes. */
const SETTLE_MS = 1500;
/** What a caller says who has all the time in the world. */
const steps = [
  { say: 'Three.', when: { afterMs: 14_000 } },
  { say: 'Yes.', when: { afterMs: 14_000 } },
];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 3, environment: { DRAIN_TIMEOUT_S: '1' } });
  await cluster.rehearse('Three.', 'Yes.');
}, 180_000);
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
}, 60_000);

describe('a rolling restart of three nodes', () => {
  it('drops no call of ten, says nothing twice, and takes no new call where it drains', {
    timeout: 180_000,
  }, async () => {
    const callers = Array.from({ length: CALLS }, (_, i) => `+155504${String(i).padStart(2, '0')}08`);
    const calls = callers.map((from) => cluster.call('steady', from, steps));
    await Promise.all(calls.map((call) => call.timeline.first('heard-agent-start')));
    expect(new Set(cluster.front.streams).size).toBe(3);
    for (const node of cluster.nodes) {
      node.kill('SIGTERM');
      await expect
        .poll(() => fetch(`http://127.0.0.1:${node.port}/readyz`).then(({ status }) => status))
        .toBe(503);
      expect(await node.ended()).toBe(0);
      await node.start();
      await sleep(SETTLE_MS);
    }
    const ends = await Promise.all(calls.map((call) => call.ended));
    expect(ends.map(({ reason }) => reason)).toEqual(calls.map(() => 'hangup-verb'));
    const moved = calls.filter((call) => call.timeline.ofType('stream-opened').length > 1);
    expect(moved.length).toBeGreaterThan(0);
    for (const call of calls) {
      const record = await cluster.record(call.sid);
      expect(record).toMatchObject({ outcome: 'completed', result: 'ordered' });
      // Nothing is asked twice, nothing apologised for.
      const said = record.turns.flatMap(({ role, text }) => (role === 'agent' && text !== '' ? [text] : []));
      expect(said.join(' ')).toBe('How many tickets? Will you pick them up yourself? Thank you. Goodbye.');
    }
  });
});
