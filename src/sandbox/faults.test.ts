import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type FaultInput, Faults, Outlet } from './faults.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function outlet(...faults: FaultInput[]) {
  const sent: string[] = [];
  const all = new Faults();
  for (const fault of faults) all.add(fault);
  const out = new Outlet('cartesia', all, { write: (text) => sent.push(text), cut: () => sent.push('cut') });
  const send = (...texts: string[]) => {
    for (const text of texts) out.send({ text });
  };
  return { sent, all, out, send };
}

test('slow: everything comes late and in order, the end included', () => {
  const { sent, out, send } = outlet({ vendor: 'cartesia', kind: 'slow', delayMs: 100, afterMessages: 1 });
  send('a', 'b');
  vi.advanceTimersByTime(50);
  send('c');
  out.afterSent(() => sent.push('end'));
  expect(sent).toEqual(['a']);
  vi.advanceTimersByTime(50);
  expect(sent).toEqual(['a', 'b']);
  vi.advanceTimersByTime(50);
  expect(sent).toEqual(['a', 'b', 'c', 'end']);
});

test('a fault waits for its moment, strikes only its vendor, and only as often as it says', () => {
  const { sent, all, send } = outlet(
    { vendor: 'deepgram', kind: 'duplicate' },
    { vendor: 'cartesia', kind: 'duplicate', afterMs: 1000, times: 2 },
  );
  send('a');
  vi.advanceTimersByTime(1000);
  send('b', 'c', 'd');
  expect(sent).toEqual(['a', 'b', 'b', 'c', 'c', 'd']);
  expect(all.list().map(({ vendor }) => vendor)).toEqual(['deepgram']);
});

test('after a cut, a stall or the close nothing is sent, and no timer is left', () => {
  for (const kind of ['disconnect', 'stall'] as const) {
    const { sent, out, send } = outlet({ vendor: 'cartesia', kind });
    send('a', 'b');
    out.afterSent(() => sent.push('end'));
    expect(sent).toEqual(kind === 'disconnect' ? ['cut'] : []);
  }
  const { sent, out, send } = outlet({ vendor: 'cartesia', kind: 'slow', delayMs: 100 });
  send('a');
  out.close();
  send('b');
  expect(vi.getTimerCount()).toBe(0);
  expect(sent).toEqual([]);
});

test('a message held back by "reorder" follows the next one', () => {
  const { sent, send } = outlet({ vendor: 'cartesia', kind: 'reorder', afterMessages: 1 });
  send('a', 'b', 'c', 'd');
  expect(sent).toEqual(['a', 'c', 'b', 'd']);
});
