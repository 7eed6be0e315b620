import { describe, expect, it } from 'vitest';
import type { JournalEntry, Session } from '../sessions/index.ts';
import { foldRecord } from './record.ts';

const session: Session = {
  callId: 'call-1',
  callSid: 'CA1',
  direction: 'inbound',
  from: '+15550123',
  to: '+15550100',
  flowId: 'dental',
  flowVersion: 'abc',
  createdAt: 1_000_000,
  streams: 1,
  plan: { type: 'reconnect' },
  ended: false,
};

const entry = (type: string, data: JournalEntry['data'], atMs = 0): JournalEntry => ({
  at: session.createdAt + atMs,
  atMs,
  type,
  data,
});
const started = entry('stream-started', { streamId: 'MZ1', startedAt: 1 });

describe('a record', () => {
  it('is made of the journal alone', () => {
    const record = foldRecord(
      session,
      [
        started,
        entry('node-entered', { node: 'welcome' }),
        entry('turn', {
          role: 'caller',
          text: 'Hi.',
          startMs: 1,
          endMs: 2,
          interrupted: false,
          node: 'welcome',
        }),
        entry(
          'tool-started',
          { callId: 't1', name: 'book', effect: 'writes', input: { a: 1 }, node: 'n', idempotencyKey: 'k' },
          500,
        ),
        entry('tool-finished', { callId: 't1', result: 'done', isError: false }, 900),
        entry('slots', { slots: { name: 'Ann' } }),
        entry('barge-in', { replyId: 1, heardMs: 10, by: 'words' }),
        entry('ended', { outcome: 'completed', result: 'booked' }, 2000),
        entry('carrier-status', { status: 'completed' }, 2100),
      ],
      true,
    );
    expect(record).toMatchObject({
      outcome: 'completed',
      result: 'booked',
      carrierStatus: 'completed',
      durationMs: 2000,
      interruptions: 1,
      path: ['welcome'],
      slots: { name: 'Ann' },
      hasAudio: true,
    });
    expect(record.turns).toHaveLength(1);
    expect(record.tools).toMatchObject([{ callId: 't1', result: 'done', startMs: 500, endMs: 900 }]);
  });

  it('keeps a tool whose result was never learned', () => {
    const intent = {
      callId: 't1',
      name: 'book',
      effect: 'writes',
      input: {},
      node: 'n',
      idempotencyKey: 'k',
    };
    const [tool] = foldRecord(session, [started, entry('tool-started', intent)], false).tools;
    expect(tool).toMatchObject({ name: 'book', isError: false });
    expect(tool).not.toHaveProperty('result');
  });

  it('of a call without media says so; one that had media and no end was left by its caller', () => {
    expect(foldRecord(session, [], false).outcome).toBe('no-media');
    expect(foldRecord(session, [started], false).outcome).toBe('caller-hung-up');
  });

  it('of a call that came back ends as its last part did', () => {
    const entries = [
      started,
      entry('ended', { outcome: 'caller-hung-up' }, 1000),
      entry('stream-started', { streamId: 'MZ2', startedAt: 2 }, 3000),
      entry('ended', { outcome: 'completed' }, 9000),
    ];
    expect(foldRecord(session, entries, false)).toMatchObject({ outcome: 'completed', durationMs: 9000 });
  });

  it('passes over what it does not know', () => {
    const entries = [started, entry('turn', { role: 'nobody' }), entry('something-new', {})];
    expect(foldRecord(session, entries, false).turns).toEqual([]);
  });
});
