/** What a carrier should not do, and what becomes of the call, with another call going on beside it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { Programme } from './programme.ts';
import { soundsOf } from './recording.ts';

const steps = [{ say: 'Three.' }, { say: 'Yes.' }];
const ordered = {
  outcome: 'completed',
  result: 'ordered',
  slots: { tickets: 3, pickup: true },
  path: ['order', 'thanks'],
};

/** The agent has begun to speak for the second time: the first slot is filled, the second is asked for. */
async function secondQuestion(call: SandboxCall): Promise<void> {
  const { atMs } = await call.timeline.first('said');
  await call.timeline.first('heard-agent-start', (event) => event.atMs > atMs);
}

export function lineTests(on: Programme): void {
  describe('a carrier that misbehaves', () => {
    const undisturbed = on.call({ to: 'form', steps });
    const nonsense = on.call({
      to: 'form',
      steps,
      faults: { mediaBeforeStart: true, secondStart: true, shuffledSequence: true, noStop: true },
      meanwhile: async (call) => {
        await call.timeline.first('saying');
        for (const mischief of ['malformed-json', 'unknown-event', 'binary-message', 'second-start'] as const)
          call.misbehave(mischief);
      },
    });
    const lateMarks = on.call({ to: 'form', steps, faults: { marks: { lateMs: 2500 } } });
    const noMarks = on.call({ to: 'form', steps, faults: { marks: 'never' } });
    const oversized = on.call({
      to: 'form',
      steps,
      meanwhile: (call) => secondQuestion(call).then(() => call.misbehave('oversized-frame')),
    });
    const wrongEncoding = on.call({
      to: 'form',
      steps: [{ hangUp: true, when: { afterMs: 3000 } }],
      faults: { encoding: 'audio/opus' },
    });

    it.each([
      ['sends nonsense', nonsense],
      ['returns marks late', lateMarks],
      ['never returns a mark', noMarks],
      ['sends a frame that is too large', oversized],
    ])('and %s: the call goes on to its end', async (_, planned) => {
      const { record, end } = await planned();
      expect(end.reason).toBe('hangup-verb');
      expect(record).toMatchObject(ordered);
    });

    it('and announces another encoding: no media is taken', async () => {
      const { call, record } = await wrongEncoding();
      expect(record).toMatchObject({ outcome: 'no-media', turns: [], hasAudio: false });
      expect(call.timeline.ofType('media-received')).toEqual([]);
    });

    it('does not disturb the call beside it', async () => {
      await Promise.all([nonsense(), lateMarks(), noMarks(), oversized(), wrongEncoding()]);
      const { call, record } = await undisturbed();
      expect(record).toMatchObject(ordered);
      expect(call.timeline.ofType('stream-opened')).toHaveLength(1);
      expect(call.timeline.ofType('error')).toEqual([]);
    });

    it('is counted, fault by fault', async () => {
      const { stage } = await nonsense();
      await Promise.all([oversized(), wrongEncoding()]);
      const metrics = await (await stage.api('/metrics')).text();
      for (const fault of [
        ...['malformed-json', 'unknown-event', 'binary-message', 'second-start', 'before-start'],
        ...['out-of-order', 'oversized-message', 'wrong-media-format'],
      ])
        expect(metrics).toMatch(new RegExp(`telephony_stream_faults_total\\{fault="${fault}"\\} [1-9]`));
    });
  });

  describe('a line that is torn', () => {
    const torn = on.call({
      to: 'form',
      steps,
      meanwhile: (call) => secondQuestion(call).then(() => call.misbehave('destroy-socket')),
    });

    it('is opened again: the same call goes on in the same node with the same slots', async () => {
      const { call, record } = await torn();
      expect(call.timeline.ofType('stream-opened')).toHaveLength(2);
      expect(record).toMatchObject(ordered);
      const asked = record.turns.filter(({ generated, text }) => (generated ?? text).startsWith('Will you'));
      expect(asked.length).toBeGreaterThanOrEqual(2);
    });

    it('has one record and one recording, with both streams in it', async () => {
      const { call, record, stage } = await torn();
      const response = await stage.api('/api/v1/calls?limit=200');
      const { calls } = (await response.json()) as { calls: { callSid: string }[] }; // the API's own schema is tested with it
      expect(calls.filter(({ callSid }) => callSid === call.sid)).toHaveLength(1);
      const files = await readdir(join(stage.folder, 'audio'));
      expect(files.filter((name) => name.startsWith(record.id))).toEqual([`${record.id}.wav`]);
      const { caller, agent } = await stage.recording(call.sid);
      // "Three." on the first stream, "Yes." on the second.
      expect(soundsOf(caller)).toHaveLength(2);
      expect(soundsOf(agent).at(-1)?.startMs).toBeGreaterThan(soundsOf(caller).at(-1)?.startMs ?? 0);
    });
  });
}
