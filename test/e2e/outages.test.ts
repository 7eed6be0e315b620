/** Calls during which Redis, Postgres or both are away, and calls beyond what the service takes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { Stage, type StageCall } from './harness.ts';

const KEYS: StageCall['steps'] = [{ press: '1' }, { press: '2' }, { press: '3' }];
const PATH = ['first', 'second', 'third', 'bye'];

/** What the carrier was told to do, verb by verb. */
const verbs = ({ timeline }: SandboxCall) => timeline.ofType('verb').map(({ verb }) => verb);
const documents = ({ timeline }: SandboxCall) =>
  timeline
    .ofType('twiml')
    .map(({ document }) => document)
    .join('\n');

async function readiness(stage: Stage) {
  const response = await fetch(`${stage.url}/readyz`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const until = (stage: Stage, expected: Record<string, unknown>) =>
  expect.poll(() => readiness(stage).then(({ body }) => body), { timeout: 20_000 }).toMatchObject(expected);

/** The whole call is in its record, whatever was away meanwhile. */
async function expectWhole(stage: Stage, { sid }: SandboxCall): Promise<void> {
  const { outcome, result, path, turns } = await stage.record(sid);
  expect({ outcome, result, path }).toEqual({ outcome: 'completed', result: 'asked', path: PATH });
  expect(turns.filter(({ role }) => role === 'caller').map(({ keys }) => keys)).toEqual(['1', '2', '3']);
  expect(turns.at(-1)?.text).toBe('That was all. Goodbye.');
}

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

describe('with Redis and Postgres', () => {
  let redis: RedisServer;
  let stage: Stage;
  let port: number;

  beforeAll(async () => {
    redis = await startRedis();
    port = Number(new URL(redis.url).port);
    stage = await Stage.start({ environment: { REDIS_URL: redis.url, DATABASE_URL: postgres.url } });
  });
  afterAll(async () => {
    redis?.thaw();
    await stage?.[Symbol.asyncDispose]();
    await redis?.stop();
  });

  /** A call that has heard its second question. */
  async function inProgress(): Promise<SandboxCall> {
    const steps: StageCall['steps'] = [
      { press: '1' },
      // Meanwhile something breaks.
      { press: '2', when: { afterMs: 4000 } },
      { press: '3' },
    ];
    const call = stage.call({ to: 'steadfast', steps });
    await call.timeline.first('pressed');
    return call;
  }

  it('a call goes on while Redis is killed, and again when it is back', { timeout: 90_000 }, async () => {
    const during = await inProgress();
    await redis.stop();
    expect(await during.ended).toMatchObject({ status: 'completed' });
    await expectWhole(stage, during);
    await until(stage, { status: 'ready', redis: 'away', postgres: 'up' });

    // A new call without Redis, in the midst of which it comes back.
    const begun = await inProgress();
    redis = await startRedis(port);
    expect(await begun.ended).toMatchObject({ status: 'completed' });
    await expectWhole(stage, begun);
    await until(stage, { redis: 'up' });
    expect(verbs(begun).filter((verb) => verb === 'say')).toEqual([]);
  });

  it('a call goes on while Redis hangs', { timeout: 90_000 }, async () => {
    const call = await inProgress();
    redis.freeze();
    expect(await call.ended).toMatchObject({ status: 'completed' });
    redis.thaw();
    await expectWhole(stage, call);
    await until(stage, { redis: 'up' });
  });

  it('calls are answered while Postgres is away, and their records come later', {
    timeout: 90_000,
  }, async () => {
    await postgres.crash();
    await until(stage, { status: 'ready', redis: 'up', postgres: 'away' });
    const call = stage.call({ to: 'steadfast', steps: KEYS });
    expect(await call.ended).toMatchObject({ status: 'completed' });
    await until(stage, { recordsWaiting: expect.toSatisfy((waiting: number) => waiting > 0) });
    const listed = await stage.api('/api/v1/calls');
    expect(listed.status).toBe(503);
    expect(await listed.json()).toMatchObject({ error: { code: 'records-unavailable' } });
    await postgres.restart();
    await until(stage, { recordsWaiting: 0, postgres: 'up' });
    await expectWhole(stage, call);
  });

  it('without both, callers hear the words of the flow and are connected', { timeout: 90_000 }, async () => {
    await postgres.crash();
    await redis.stop();
    await until(stage, { status: 'not-ready', redis: 'away', postgres: 'away' });
    expect((await readiness(stage)).status).toBe(503);
    const call = stage.call({ to: 'steadfast', steps: [] });
    await call.ended;
    expect(documents(call)).toContain('The ship is sinking.');
    expect(call.timeline.ofType('dialled')).toMatchObject([{ to: '+15550197', result: 'completed' }]);
    const missed = stage.call({ to: 'steadfast', steps: [], dial: { result: 'no-answer' } });
    await missed.ended;
    expect(documents(missed)).toContain('Try the next harbour.');

    redis = await startRedis(port);
    await until(stage, { status: 'ready', redis: 'up' });
    const answered = stage.call({ to: 'steadfast', steps: KEYS });
    expect(await answered.ended).toMatchObject({ status: 'completed' });
    expect(verbs(answered)).not.toContain('say');
    await postgres.restart();
  });
});

describe('with room for one call', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({ environment: { MOST_LIVE_CALLS: '1', DATABASE_URL: postgres.url } });
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  it('a second one waits, and is answered in its turn', { timeout: 90_000 }, async () => {
    const first = stage.call({
      to: 'steadfast',
      steps: [{ press: '1' }, { hangUp: true, when: { afterMs: 4000 } }],
    });
    await first.timeline.first('stream-opened');
    // Listens to the words for who waits first.
    const steps: StageCall['steps'] = [{ silence: true }, ...KEYS];
    const second = stage.call({ to: 'steadfast', from: '+15550124', steps });
    const said = await second.timeline.first('verb');
    expect(said.verb).toBe('say');
    expect(documents(second)).toContain('Everybody is on deck.');
    const opened = await second.timeline.first('stream-opened');
    expect(opened.atMs).toBeGreaterThan((await first.timeline.first('stream-ended')).atMs);
    await second.ended;
    await expectWhole(stage, second);
    const metrics = await (await fetch(`${stage.url}/metrics`)).text();
    expect(metrics).toContain('callwright_admissions_total{decision="answer"} 2');
    expect(metrics).toMatch(/callwright_admissions_total\{decision="wait"\} [1-9]/);
  });
});
