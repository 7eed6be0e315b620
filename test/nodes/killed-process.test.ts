/** `kill -9` of the process that carries a call, at every moment of it: the call goes on in another process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { Cluster } from './cluster.ts';
import { silenceMsAfter } from './silence.ts';

/** The longest silence that a caller may hear for a killed process. */
const MOST_SILENCE_MS = 3000;
const THREE = { say: 'Three.' };
const YES = { say: 'Yes.' };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({
    nodes: 3,
    delays: {
      anthropic: { firstTokenMs: 600 },
      cartesia: { firstByteMs: 60 },
      booking: { responseMs: 1500 },
    },
  });
  await cluster.rehearse('Three.', 'Yes.', 'When do you open on Sundays?', 'Goodbye.');
}, 180_000);
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
}, 60_000);

/** The process is gone as soon as this moment comes, and comes back when the call is over. */
async function killAt(call: SandboxCall, moment: Promise<unknown>, afterMs: number) {
  await moment;
  await sleep(afterMs);
  const killed = cluster.carrying;
  const killedAtMs = performance.now();
  killed.kill('SIGKILL');
  const end = await call.ended;
  const silenceMs = silenceMsAfter(call, killedAtMs);
  const record = await cluster.record(call.sid);
  await killed.ended();
  await killed.start();
  return { end, silenceMs, record, killed };
}

const agentStarts = (call: SandboxCall, afterMs = 0): Promise<{ atMs: number }> =>
  call.timeline.first('heard-agent-start', ({ atMs }) => atMs > afterMs);

const requestsFrom = (from: string) =>
  cluster.sandbox.booking.requests.filter(({ body }) => JSON.stringify(body).includes(from));
const bookingsOf = (from: string) =>
  cluster.sandbox.booking.appointments.filter(({ phone }) => phone === from);

const ordered = { outcome: 'completed', result: 'ordered', slots: { tickets: 3, pickup: true } };

/** All that the agent said and the caller heard, in one text. */
function heard(record: Awaited<ReturnType<Cluster['record']>>): string {
  return record.turns.flatMap(({ role, text }) => (role === 'agent' ? [text] : [])).join(' ');
}

describe('a process that is killed', { timeout: 120_000 }, () => {
  it('in the greeting: the greeting goes on from the first word not heard', async () => {
    const call = cluster.call('order', '+15550307', [THREE, YES]);
    const { end, silenceMs, record } = await killAt(call, agentStarts(call), 1500);
    expect(end.reason).toBe('hangup-verb');
    expect(record).toMatchObject(ordered);
    expect(silenceMs).toBeLessThanOrEqual(MOST_SILENCE_MS);
    expect(heard(record)).toContain(
      'Welcome to the little theatre behind the old station, how many tickets would you like?',
    );
    expect(bookingsOf('+15550307')).toHaveLength(1);
  });

  it('while the caller is listened to: what they say after it is understood, or they are asked again', async () => {
    const call = cluster.call('order', '+15550317', [THREE, THREE, YES, YES]);
    const asked = call.timeline.first('heard-agent-end');
    const { end, silenceMs, record } = await killAt(call, asked, 0);
    expect(end.reason).toBe('hangup-verb');
    expect(record).toMatchObject(ordered);
    expect(silenceMs).toBeLessThanOrEqual(MOST_SILENCE_MS);
  });

  it('while it thinks: the question is answered without being asked again', async () => {
    const call = cluster.call('talk', '+15550314', [
      { say: 'When do you open on Sundays?' },
      { say: 'Goodbye.' },
    ]);
    const { end, silenceMs, record } = await killAt(call, call.timeline.first('said'), 700);
    expect(end.reason).toBe('hangup-verb');
    expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
    expect(silenceMs).toBeLessThanOrEqual(MOST_SILENCE_MS);
    expect(record.turns.filter(({ role }) => role === 'caller').map(({ text }) => text)).toEqual([
      'When do you open on Sundays?',
      'Goodbye.',
    ]);
    expect(record.turns[0]).toMatchObject({ role: 'agent', text: 'How can I help?' });
  });

  it('while it speaks: no word is lost or said twice', async () => {
    const call = cluster.call('order', '+15550309', [THREE, YES]);
    const second = call.timeline.first('said').then(({ atMs }) => agentStarts(call, atMs));
    const { end, silenceMs, record } = await killAt(call, second, 1300);
    expect(end.reason).toBe('hangup-verb');
    expect(record).toMatchObject(ordered);
    expect(silenceMs).toBeLessThanOrEqual(MOST_SILENCE_MS);
    expect(heard(record)).toContain(
      'Very well, and will you pick them up yourself before seven in the evening?',
    );
  });

  it('in a tool that may be asked again: it is, as the same call, and it is done once', async () => {
    const call = cluster.call('order', '+15550310', [THREE, YES]);
    const { end, silenceMs, record } = await killAt(call, requested('+15550310'), 300);
    expect(end.reason).toBe('hangup-verb');
    expect(record).toMatchObject(ordered);
    expect(silenceMs).toBeLessThanOrEqual(MOST_SILENCE_MS);
    const requests = requestsFrom('+15550310');
    expect(requests.length).toBe(2);
    expect(new Set(requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(bookingsOf('+15550310')).toHaveLength(1);
    expect(record.tools).toMatchObject([{ name: 'reserve', isError: false }]);
  });

  it('in a tool that may not: the caller is told that it is uncertain', async () => {
    const call = cluster.call('once', '+15550311', [THREE, YES]);
    const { end, silenceMs, record } = await killAt(call, requested('+15550311'), 300);
    expect(end.reason).toBe('hangup-verb');
    expect(record).toMatchObject({ ...ordered, result: 'unsure' });
    expect(silenceMs).toBeLessThanOrEqual(MOST_SILENCE_MS);
    expect(requestsFrom('+15550311')).toHaveLength(1);
    expect(heard(record)).toContain('I cannot tell whether that went through');
  });
});

/** The booking API has a request of this caller's. */
async function requested(from: string): Promise<void> {
  while (requestsFrom(from).length === 0) await sleep(20);
}
