/** A caller who books: presses a key, asks, interrupts, gives a name and says goodbye. */
import { expect, it } from 'vitest';
import type { TurnLatency } from '../../src/records/index.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { JournalEntry } from '../../src/sessions/index.ts';
import type { Stage } from './harness.ts';
import type { Programme } from './programme.ts';
import { audibleShare, soundsOf } from './recording.ts';

/** Slow enough that what is journalled before a request can be told from what follows its answer. */
export const BOOKING_DELAYS = { booking: { responseMs: 300 } };

/** In the order in which a turn's stages must happen. */
const STAGES = [
  'speechEndMs',
  'turnEndMs',
  'modelRequestMs',
  'modelFirstTokenMs',
  'firstClauseMs',
  'voiceFirstByteMs',
  'firstFrameMs',
] as const satisfies (keyof TurnLatency)[];

/** The recording goes by the carrier's clock, the record by the service's; between them lies a busy machine. */
const CLOCK_MS = 700;
/** μ-law at 8 kHz. */
const BYTES_PER_MS = 8;

/** The appointments there were when each entry came to be known. */
type Watched = { entry: JournalEntry; appointments: number }[];

export function bookingTests(
  on: Programme,
  watchStore?: (call: SandboxCall, stage: Stage) => Promise<unknown>,
): void {
  const watched: Watched = [];
  const booking = on.call({
    to: 'practice',
    steps: [
      { press: '1', when: { agentSpokeMs: 600 } },
      { say: 'Please book next Tuesday.' },
      // Over the list of times.
      { say: 'The first one. My name is Alex Morgan.', when: { agentSpokeMs: 1800 } },
      { say: 'No, goodbye.', when: { agentSpokeMs: 3200 } },
    ],
    meanwhile: (call, stage) => Promise.all([watchJournal(call, stage, watched), watchStore?.(call, stage)]),
  });

  it('the appointment is made once, and the flow has hung up', async () => {
    const { end, record, stage } = await booking();
    expect(end).toEqual({ status: 'completed', reason: 'hangup-verb' });
    expect(record).toMatchObject({
      outcome: 'completed',
      result: 'arranged',
      carrierStatus: 'completed',
      path: ['welcome', 'reception', 'goodbye'],
    });
    expect(stage.sandbox.booking.appointments).toMatchObject([{ name: 'Alex Morgan', phone: '+15550123' }]);
    const posts = stage.sandbox.booking.requests.filter(({ method }) => method === 'POST');
    expect(posts).toMatchObject([{ idempotencyKey: expect.stringMatching(/\S/) }]);
  });

  it('the record holds the turns, the key, the interruption with the words really heard, and the tools', async () => {
    const { record } = await booking();
    const caller = record.turns.filter(({ role }) => role === 'caller');
    expect(caller.map(({ text, keys }) => keys ?? text)).toEqual([
      '1',
      'Please book next Tuesday.',
      'The first one. My name is Alex Morgan.',
      'No, goodbye.',
    ]);
    expect(record.interruptions).toBeGreaterThanOrEqual(2);
    const interrupted = record.turns.find(({ text }) => text.startsWith('On Tuesday'));
    expect(interrupted).toMatchObject({ role: 'agent', interrupted: true });
    expect(interrupted?.generated).toContain('What time would suit you?');
    expect(interrupted?.generated?.startsWith(interrupted.text)).toBe(true);
    expect(record.tools).toMatchObject([
      { name: 'find_slots', effect: 'reads', isError: false, node: 'reception' },
      { name: 'book_appointment', effect: 'writes', isError: false, input: { name: 'Alex Morgan' } },
    ]);
    expect(record.tools[1]?.result).toContain('You are booked for');
  });

  it('each answer has the latencies of its stages, in their order', async () => {
    const { record } = await booking();
    const answers = record.turns.filter(({ latency }) => latency?.modelRequestMs !== undefined);
    expect(answers).toHaveLength(3);
    for (const { latency = {} } of answers) {
      expect(STAGES.map((stage) => latency[stage])).not.toContain(undefined);
      // A draft is made while the turn's end is awaited; of everything else, one follows from the other.
      for (const order of [
        STAGES.filter((stage) => stage !== 'turnEndMs'),
        ['turnEndMs', 'firstFrameMs'],
      ] as const) {
        const times = order.map((stage) => latency[stage]);
        expect(times).toEqual(times.toSorted((a = 0, b = 0) => a - b));
      }
      expect(latency.voiceToVoiceMs).toBeCloseTo((latency.firstSoundMs ?? 0) - (latency.speechEndMs ?? 0), 0);
    }
  });

  it('the intent of the booking is in the journal before it is sent, its result after', async () => {
    await booking();
    const of = (type: string) =>
      watched.filter(
        ({ entry }) =>
          entry.type === type && JSON.stringify(entry.data).includes('apt-1') === (type === 'tool-finished'),
      );
    const started = of('tool-started').find(({ entry }) => entry.data['name'] === 'book_appointment');
    expect(started?.appointments).toBe(0);
    expect(of('tool-finished')).toMatchObject([{ appointments: 1 }]);
  });

  it('the recording has the caller on the left and the agent on the right, when they spoke', async () => {
    const { call, record, stage } = await booking();
    const { caller, agent, lengthMs } = await stage.recording(call.sid);
    expect(Math.abs(lengthMs - call.recording.caller.length / BYTES_PER_MS)).toBeLessThan(CLOCK_MS);
    for (const { role, text, keys, startMs, endMs } of record.turns) {
      const [speaker, listener] = role === 'caller' ? [caller, agent] : [agent, caller];
      const begins = soundsOf(speaker).some(
        (sound) => sound.startMs < startMs + CLOCK_MS && sound.endMs > startMs,
      );
      if (keys === undefined) expect(begins, text).toBe(true);
      // The middle of a turn is the speaker's alone, where it is far enough from both ends.
      const fifthMs = (endMs - startMs) / 5;
      if (2 * fifthMs < CLOCK_MS) continue;
      const middle = [startMs + 2 * fifthMs, startMs + 3 * fifthMs] as const;
      expect(audibleShare(speaker, ...middle), text).toBeGreaterThan(0);
      expect(audibleShare(listener, ...middle), text).toBe(0);
    }
  });
}

async function watchJournal(call: SandboxCall, stage: Stage, watched: Watched): Promise<void> {
  const { sessions } = stage.service;
  await call.timeline.first('stream-opened');
  const session = await sessions.findByCallSid(call.sid);
  if (session === undefined) throw new Error('the service does not know the call');
  const over = new AbortController();
  void call.ended.then(() => over.abort());
  for await (const entry of sessions.follow(session.callId, over.signal)) {
    watched.push({ entry, appointments: stage.sandbox.booking.appointments.length });
  }
}
