import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResumePlan, Session, Sessions } from '../sessions/index.ts';
import { createMemorySessions } from '../sessions/memory.ts';
import type { CallControl, ConferenceLeg } from '../telephony/index.ts';
import { HeldTransfers } from './held-transfer.ts';

const CALLER = 'CA1';
const LEG = 'CA2';
const PLAN = { type: 'transfer', to: '+15550009999', timeoutSec: 20, hold: 'music' } as const;

/** A carrier that does as it is told, or fails as often as it is told. */
class ScriptedControl implements CallControl {
  readonly told: string[] = [];
  readonly legs: ConferenceLeg[] = [];
  /** How many requests are refused before one is taken. */
  failing: { times: number; retryable: boolean } = { times: 0, retryable: true };
  /** Resolves when ringing may be answered by the API. */
  ringing: Promise<void> = Promise.resolve();

  async hangUp(callSid: string): Promise<void> {
    this.#tell(`hang up ${callSid}`);
  }
  async redirectToResume(callSid: string): Promise<void> {
    this.#tell(`bring back ${callSid}`);
  }
  async dialIntoConference(leg: ConferenceLeg): Promise<string> {
    this.legs.push(leg);
    await this.ringing;
    this.#tell(`ring ${leg.to}`);
    return LEG;
  }
  async sendSms(): Promise<string> {
    throw new Error('no text messages here');
  }
  #tell(request: string): void {
    this.told.push(request);
    if (this.failing.times-- <= 0) return;
    throw Object.assign(new Error('refused'), { retryable: this.failing.retryable });
  }
}

let sessions: Sessions;
let control: ScriptedControl;
let transfers: HeldTransfers;

const newNode = (): HeldTransfers =>
  new HeldTransfers({ sessions, control, logger: pino({ level: 'silent' }) });

beforeEach(() => {
  vi.useFakeTimers();
  sessions = createMemorySessions();
  control = new ScriptedControl();
  transfers = newNode();
});

afterEach(async () => {
  await transfers.close();
  await sessions.close();
  vi.useRealTimers();
});

async function call(change: Partial<Session> = {}): Promise<Session> {
  return sessions.create({
    callId: 'call-1',
    callSid: CALLER,
    direction: 'inbound',
    from: '+15550001111',
    to: '+15552223333',
    flowId: 'flow',
    flowVersion: '1',
    createdAt: 0,
    streams: 1,
    plan: PLAN,
    ended: false,
    ...change,
  });
}

const plan = async (): Promise<ResumePlan | undefined> => (await sessions.load('call-1'))?.plan;

/** The other side is being rung, and the API has said so. */
async function rung(): Promise<string> {
  await transfers.begin(await call());
  await vi.waitFor(async () => expect(await plan()).toMatchObject({ leg: { callSid: LEG } }), {
    timeout: 10_000,
  });
  return control.legs[0]?.conference ?? '';
}

const report = (status: string, conference: string, on = transfers): Promise<void> =>
  on.legReported(CALLER, { callSid: LEG, conference, status });

describe('a summary', () => {
  const SUMMARY = { text: 'Anna wants a room.', language: 'en-US', to: 'person' } as const;
  const asks = (conference: string, hasHeard: boolean) =>
    transfers.briefing(CALLER, { callSid: LEG, conference, hasHeard });

  async function rungWarmly(to: 'person' | 'both' = 'person'): Promise<string> {
    await transfers.begin(await call({ plan: { ...PLAN, summary: { ...SUMMARY, to } } }));
    await vi.waitFor(async () => expect(await plan()).toMatchObject({ leg: { callSid: LEG } }), {
      timeout: 10_000,
    });
    expect(control.legs).toMatchObject([{ isBriefed: true }]);
    return control.legs[0]?.conference ?? '';
  }

  it('is heard by whoever answers, who then joins the caller', async () => {
    const conference = await rungWarmly();
    expect(await asks(conference, false)).toEqual({ type: 'say', text: SUMMARY.text, language: 'en-US' });
    expect(await asks(conference, true)).toEqual({ type: 'join' });
    await report('completed', conference);
    expect(await plan()).toEqual({ type: 'hang-up' });
    expect(control.told).toEqual(['ring +15550009999']);
  });

  it('for both is heard by the caller too, who is fetched for it once', async () => {
    const conference = await rungWarmly('both');
    await asks(conference, false);
    await vi.waitFor(() => expect(control.told).toEqual(['ring +15550009999', `bring back ${CALLER}`]), {
      timeout: 10_000,
    });
    expect(await plan()).toMatchObject({ type: 'transfer', leg: { briefed: true } });
    expect(await asks(conference, true)).toEqual({ type: 'join' });
    expect(control.told).toHaveLength(2);
  });

  it('on which they hang up: the transfer was not taken', async () => {
    const conference = await rungWarmly();
    await asks(conference, false);
    await report('in-progress', conference);
    await report('completed', conference);
    expect(await plan()).toEqual({ type: 'reconnect', transferFailed: 'no-answer' });
    await vi.waitFor(() => expect(control.told).toContain(`bring back ${CALLER}`), { timeout: 10_000 });
  });

  it('is not heard of a caller who has left', async () => {
    const conference = await rungWarmly();
    await sessions.markEnded('call-1');
    expect(await asks(conference, false)).toBeUndefined();
    expect(await asks('another', false)).toBeUndefined();
  });
});

describe('the other side', () => {
  it('is rung once, however often the carrier asks, on whatever node', async () => {
    const session = await call();
    const other = newNode();
    const begun = [transfers, other, transfers].map((node) => node.begin(session));
    // They take turns.
    await vi.advanceTimersByTimeAsync(2000);
    const plans = await Promise.all(begun);
    expect(control.told).toEqual(['ring +15550009999']);
    const conferences = plans.map((given) => (given?.type === 'transfer' ? given.leg?.conference : ''));
    expect(new Set(conferences)).toEqual(new Set([control.legs[0]?.conference]));
    await other.close();
  });

  it.each([
    ['inbound', undefined, '+15552223333'],
    ['outbound', undefined, '+15550001111'],
    ['inbound', '+15554445555', '+15554445555'],
  ] as const)('sees our number on an %s call, or the one given: %s', async (direction, callerId, from) => {
    await transfers.begin(await call({ direction, plan: { ...PLAN, ...(callerId && { callerId }) } }));
    expect(control.legs).toMatchObject([{ callSid: CALLER, to: PLAN.to, from, timeoutSec: 20 }]);
  });

  it('who cannot be rung has not taken the transfer', async () => {
    control.failing = { times: 1, retryable: true };
    await transfers.begin(await call());
    await vi.waitFor(() => expect(control.told).toEqual(['ring +15550009999', `bring back ${CALLER}`]), {
      timeout: 10_000,
    });
    expect(await plan()).toEqual({ type: 'reconnect', transferFailed: 'failed' });
  });

  it.each(['busy', 'no-answer', 'failed', 'canceled'])(
    'is %s: the caller is brought back once',
    async (status) => {
      const conference = await rung();
      await report('initiated', conference);
      await report(status, conference);
      await report(status, conference);
      await report('ringing', conference, newNode());
      expect(await plan()).toEqual({ type: 'reconnect', transferFailed: status });
      expect(control.told.filter((request) => request.startsWith('bring'))).toEqual([`bring back ${CALLER}`]);
    },
  );

  it('is busy before the API has answered', async () => {
    const answered = Promise.withResolvers<void>();
    control.ringing = answered.promise;
    await transfers.begin(await call());
    await report('busy', control.legs[0]?.conference ?? '');
    answered.resolve();
    await vi.waitFor(() => expect(control.told).toContain(`hang up ${LEG}`), { timeout: 10_000 });
    expect(await plan()).toEqual({ type: 'reconnect', transferFailed: 'busy' });
  });

  it('answers, talks and leaves: nothing is to be done but to end the call', async () => {
    const conference = await rung();
    await report('completed', conference);
    await report('in-progress', conference);
    expect(await plan()).toEqual({ type: 'hang-up' });
    expect(control.told.filter((request) => request.startsWith('bring'))).toEqual([]);
  });

  it('is of an earlier attempt: what is said of it does not touch this one', async () => {
    const conference = await rung();
    await report('busy', 'an earlier one');
    expect(await plan()).toMatchObject({ type: 'transfer', leg: { conference } });
  });
});

describe('a caller who hangs up', () => {
  it('stops the ringing', async () => {
    await rung();
    await sessions.markEnded('call-1');
    await transfers.callerLeft(await call());
    expect(control.told).toEqual(['ring +15550009999', `hang up ${LEG}`]);
  });

  it('before the API has answered, stops it as well', async () => {
    const answered = Promise.withResolvers<void>();
    control.ringing = answered.promise;
    const session = await call();
    await transfers.begin(session);
    await sessions.markEnded('call-1');
    await transfers.callerLeft(session);
    answered.resolve();
    await vi.waitFor(() => expect(control.told).toContain(`hang up ${LEG}`), { timeout: 10_000 });
  });

  it('and whose call was lost to us, stops it when the carrier tells of it', async () => {
    const conference = await rung();
    await sessions.markEnded('call-1');
    const other = newNode();
    await report('ringing', conference, other);
    expect(control.told).toContain(`hang up ${LEG}`);
    await report('busy', conference, other);
    expect(control.told.filter((request) => request.startsWith('bring'))).toEqual([]);
    await other.close();
  });
});

describe('when nothing is heard of the other side', () => {
  it('the sound runs out soon after it must be decided, and the caller is brought back', async () => {
    await rung();
    const againMs = await transfers.waiting(CALLER);
    expect(againMs).toBeGreaterThanOrEqual(30_000);
    expect(control.told).toEqual(['ring +15550009999']);
    vi.setSystemTime(Date.now() + againMs + 1);
    await transfers.waiting(CALLER);
    expect(await plan()).toEqual({ type: 'reconnect', transferFailed: 'no-answer' });
    expect(control.told.slice(1).toSorted()).toEqual([`bring back ${CALLER}`, `hang up ${LEG}`]);
  });

  it('because the process died before it rang, the next to be asked sees to it', async () => {
    await call({ plan: { ...PLAN, leg: { conference: 'room', placedAt: Date.now() - 60_000 } } });
    expect(await transfers.begin(await call())).toEqual({ type: 'reconnect', transferFailed: 'no-answer' });
    expect(control.legs).toEqual([]);
  });

  it('because the process died before it told the carrier, the next to be asked does', async () => {
    await call({ plan: { type: 'reconnect', transferFailed: 'busy' } });
    await transfers.waiting(CALLER);
    expect(control.told).toEqual([`bring back ${CALLER}`]);
  });

  it('but they have answered, nobody is brought back', async () => {
    const conference = await rung();
    await report('in-progress', conference);
    vi.setSystemTime(Date.now() + 600_000);
    expect(await transfers.waiting(CALLER)).toBe(0);
    expect(await transfers.begin(await call())).toMatchObject({ type: 'transfer' });
    expect(control.told).toEqual(['ring +15550009999']);
  });
});

it('after a restart that forgot the call, those who talk are left alone, and who waits is brought back', async () => {
  await report('in-progress', 'room');
  expect(control.told).toEqual([]);
  expect(await transfers.waiting(CALLER)).toBe(0);
  expect(control.told).toEqual([`bring back ${CALLER}`]);
});

it('a caller whose call goes on is not brought back by a late request', async () => {
  await call({ plan: { type: 'reconnect' } });
  expect(await transfers.waiting(CALLER)).toBe(0);
  expect(control.told).toEqual([]);
});

it('a request that the carrier did not take is made again, and not for ever', async () => {
  await call({ plan: { type: 'hang-up' } });
  control.failing = { times: 2, retryable: true };
  await transfers.waiting(CALLER);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(control.told).toEqual(Array(3).fill(`bring back ${CALLER}`));
  control.failing = { times: 9, retryable: false };
  await transfers.waiting(CALLER);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(control.told).toHaveLength(4);
});

it('closed, it repeats nothing more', async () => {
  await call({ plan: { type: 'hang-up' } });
  control.failing = { times: 9, retryable: true };
  await transfers.waiting(CALLER);
  await transfers.close();
  expect(control.told).toHaveLength(1);
});
