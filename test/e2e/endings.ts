/** How calls end, or go on, without the caller's doing. */
import { describe, expect, it } from 'vitest';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { Stage } from './harness.ts';
import type { Programme } from './programme.ts';
import { audibleShare } from './recording.ts';

/** Whom the flow `waiting` connects its callers to. */
const OFFICE = '+15550197';

/** What the caller heard between two moments, as shares of the time, 0 to 1. */
function heardShare(call: SandboxCall, fromMs: number, toMs: number): number {
  const { startedAtMs = 0, agent } = call.recording;
  return audibleShare(agent, fromMs - startedAtMs, toMs - startedAtMs);
}

/** The call to the office, once the service has placed it for this caller. */
async function legOf(call: SandboxCall, stage: Stage): Promise<SandboxCall> {
  const { conference } = await call.timeline.first('conference-joined');
  const { promise, resolve } = Promise.withResolvers<SandboxCall>();
  const look = (candidate: SandboxCall): void => {
    void candidate.timeline
      .first('webhook', ({ url }) => url.includes(`conference=${conference}`))
      .then(() => resolve(candidate));
  };
  const stop = stage.sandbox.twilio.onCall(look);
  for (const candidate of stage.sandbox.twilio.calls.values())
    if (candidate.plan.to === OFFICE) look(candidate);
  return promise.finally(stop);
}

export function endingTests(on: Programme): void {
  holdTests(on);
  describe('calls that end by themselves', () => {
    const silent = on.call({ to: 'quiet', steps: [] });
    const endless = on.call({ to: 'brief', steps: [] });
    const busy = on.call({
      to: 'switchboard',
      dial: { result: 'busy' },
      // The first words are those before the transfer.
      steps: [{ say: 'Call me tomorrow.', when: { agentSpokeMs: 3300 } }],
    });
    const connected = on.call({ to: 'switchboard', steps: [] });

    it('a silent caller is asked twice and hears a goodbye', async () => {
      const { record, end } = await silent();
      expect(end.reason).toBe('hangup-verb');
      expect(record.outcome).toBe('silent');
      expect(record.turns.map(({ role, text }) => `${role}: ${text}`)).toEqual([
        'agent: Yes or no?',
        'agent: Hello? Yes or no?',
        'agent: Anybody there? Yes or no?',
        'agent: Nobody is there. Goodbye.',
      ]);
    });

    it('the longest call ends with a goodbye', async () => {
      const { record, end } = await endless();
      expect(end.reason).toBe('hangup-verb');
      expect(record.outcome).toBe('too-long');
      expect(record.turns.at(-1)?.text).toBe('Our time is up. Goodbye.');
      expect(record.turns.at(-1)?.startMs).toBeGreaterThanOrEqual(10_000);
    });

    it('a transfer that nobody takes comes back to the next node, on the same call', async () => {
      const { call, record } = await busy();
      expect(call.timeline.ofType('dialled')).toMatchObject([{ to: '+15550198', result: 'busy' }]);
      expect(record).toMatchObject({
        outcome: 'completed',
        result: 'message',
        path: ['office', 'nobody', 'bye'],
        slots: { message: 'Call me tomorrow.' },
      });
    });

    it('a transfer that is taken ends the call for the agent', async () => {
      const { call, record } = await connected();
      expect(call.timeline.ofType('dialled')).toMatchObject([{ result: 'completed' }]);
      expect(record).toMatchObject({ outcome: 'transferred', path: ['office'], carrierStatus: 'completed' });
    });
  });
}

function holdTests(on: Programme): void {
  describe('a caller who waits for a transfer with music', () => {
    const dial = (result: 'completed' | 'busy', afterMs: number) => ({ result, afterMs });
    const taken = on.call({
      to: 'waiting',
      dial: dial('completed', 2500),
      steps: [],
      meanwhile: async (call, stage) => {
        const leg = await legOf(call, stage);
        expect(leg.plan).toMatchObject({ from: call.plan.to, to: OFFICE });
        expect(await leg.ended).toMatchObject({ status: 'completed', reason: 'caller-hung-up' });
        const reports = leg.timeline.ofType('webhook').map(({ statusCode }) => statusCode);
        expect(reports).toEqual([204, 204, 204, 204]);
      },
    });
    const busy = on.call({
      to: 'waiting',
      dial: dial('busy', 2000),
      steps: [],
      // Keyed, not spoken: where the music ends and the question begins is hard to tell by ear.
      meanwhile: async (call) => {
        const left = await call.timeline.first('conference-left');
        await call.timeline.first('media-received', ({ atMs }) => atMs > left.atMs);
        call.press('1');
      },
    });
    const impatient = on.call({
      to: 'waiting',
      dial: dial('completed', 60_000),
      steps: [],
      meanwhile: async (call, stage) => {
        await call.timeline.first('webhook', ({ purpose }) => purpose === 'play');
        const leg = await legOf(call, stage);
        await leg.timeline.first('status', ({ status }) => status === 'ringing');
        call.hangUp();
        expect(await leg.ended).toEqual({ status: 'canceled', reason: 'ended-by-api' });
      },
    });

    it('hears it all the time until somebody answers; then the call is theirs', async () => {
      const { call, end, record } = await taken();
      const [playing, started] = await Promise.all([
        call.timeline.first('webhook', ({ purpose }) => purpose === 'play'),
        call.timeline.first('conference-started'),
      ]);
      expect(started.atMs - playing.atMs).toBeGreaterThan(1000);
      expect(heardShare(call, playing.atMs + 100, started.atMs - 100)).toBeGreaterThan(0.95);
      expect(call.timeline.ofType('dialled')).toEqual([]);
      expect(end.reason).toBe('hangup-verb');
      expect(record).toMatchObject({ outcome: 'transferred', path: ['office'], carrierStatus: 'completed' });
    });

    it('comes back to the flow when the line is busy', async () => {
      const { call, record } = await busy();
      expect(call.timeline.ofType('conference-left')).toHaveLength(1);
      expect(call.timeline.ofType('stream-opened')).toHaveLength(2);
      expect(record).toMatchObject({
        outcome: 'completed',
        result: 'call_back',
        path: ['office', 'nobody', 'bye'],
      });
    });

    it('hangs up: nobody is rung any more', async () => {
      const { record, end } = await impatient();
      expect(end.reason).toBe('caller-hung-up');
      expect(record).toMatchObject({ outcome: 'transferred', carrierStatus: 'completed' });
    });
  });
}
