import { expect, test } from 'vitest';
import type { JournalEntry } from '../sessions/index.ts';
import { entryOf, firstInput, MACHINE_ENTRY } from './resuming.ts';

const session: Parameters<typeof firstInput>[0] = {
  callId: 'c',
  callSid: 'CA1',
  direction: 'outbound',
  from: '+15550100',
  to: '+15550123',
  flowId: 'f',
  flowVersion: '1',
  createdAt: Date.now(),
  streams: 0,
  plan: { type: 'reconnect' },
  ended: false,
};
const machine: JournalEntry[] = [entryOf(session, MACHINE_ENTRY, {})];

test('a machine that was found before the stream came is what the call begins with', () => {
  expect(firstInput(session, false, machine)).toEqual({ type: 'machine-answered' });
  expect(firstInput(session, false, [])).toEqual({ type: 'call-started' });
  expect(firstInput(session, true, machine)).toMatchObject({ type: 'line-resumed' });
});
