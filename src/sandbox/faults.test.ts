import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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
  const out = new Outlet('cartesia', all, {
    write: (text) => sent.push(text),
    cut: () => sent.push('cut'),
    goSilent: () => sent.push('silent'),
  });
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

describe('a fault that waits for a moment', () => {
  test('strikes an open connection in it, without waiting for a message', () => {
    const { sent, all, send } = outlet({ vendor: 'cartesia', kind: 'disconnect', at: 'speaking', nth: 2 });
    send('a');
    all.moments.came('speaking');
    all.moments.came('listening');
    expect(all.list()).toMatchObject([{ state: 'waiting' }]);
    all.moments.came('speaking');
    expect(sent).toEqual(['a', 'cut']);
    expect(all.list()).toEqual([]);
    expect(all.strikes).toMatchObject([{ vendor: 'cartesia', kind: 'disconnect' }]);
  });

  test('strikes so long after it, and of several connections the one that was used last', () => {
    const { sent, all, send } = outlet({ vendor: 'cartesia', kind: 'stall', at: 'listening', afterMs: 300 });
    vi.advanceTimersByTime(10);
    const other: string[] = [];
    const later = new Outlet('cartesia', all, { write: (text) => other.push(text), cut: () => undefined });
    later.send({ text: 'x' });
    all.moments.came('listening');
    vi.advanceTimersByTime(299);
    later.send({ text: 'y' });
    vi.advanceTimersByTime(1);
    later.send({ text: 'z' });
    send('a');
    expect({ sent, other }).toEqual({ sent: ['a'], other: ['x', 'y'] });
  });

  test('meets the next message or request where nothing is open, and single messages anyway', () => {
    const { sent, all, send } = outlet(
      { vendor: 'cartesia', kind: 'duplicate', at: 'thinking' },
      { vendor: 'anthropic', kind: 'disconnect', at: 'thinking' },
      { vendor: 'anthropic', kind: 'status', status: 429, at: 'thinking' },
    );
    expect(all.takeOpening('anthropic')).toBeUndefined();
    all.moments.came('thinking');
    send('a', 'b');
    expect(sent).toEqual(['a', 'a', 'b']);
    expect(all.takeOpening('anthropic')).toMatchObject({ kind: 'status', status: 429 });
    const exchange = { ageMs: 0, messages: 0, hasAudio: false };
    expect(all.takeSending('anthropic', exchange)).toMatchObject({ kind: 'disconnect' });
  });

  test('is taken back before it strikes, and leaves no timer', () => {
    const { sent, all, send } = outlet({ vendor: 'cartesia', kind: 'stall', at: 'tool', afterMs: 300 });
    all.moments.came('tool');
    all.clear();
    send('a');
    expect(vi.getTimerCount()).toBe(0);
    expect(sent).toEqual(['a']);
  });
});

test('half-open: the connection falls silent both ways, and is not cut', () => {
  const { sent, out, send } = outlet({ vendor: 'cartesia', kind: 'half-open', afterMessages: 1 });
  send('a', 'b', 'c');
  out.afterSent(() => sent.push('end'));
  expect(sent).toEqual(['a', 'silent']);
});

test('an outage cuts what is open and refuses what is new, for as long as it says', () => {
  const { sent, all } = outlet({ vendor: 'cartesia', kind: 'outage', at: 'listening', forMs: 1000 });
  all.moments.came('listening');
  expect(sent).toEqual(['cut']);
  for (let i = 0; i < 3; i++) expect(all.takeOpening('cartesia')).toMatchObject({ kind: 'outage' });
  expect(all.takeOpening('deepgram')).toBeUndefined();
  vi.advanceTimersByTime(1000);
  expect(all.takeOpening('cartesia')).toBeUndefined();
});

test('a fault with an end strikes as often as it can until then', () => {
  const { all } = outlet({ vendor: 'cartesia', kind: 'status', status: 503, forMs: 1000 });
  for (let i = 0; i < 3; i++) expect(all.takeOpening('cartesia')).toBeDefined();
  vi.advanceTimersByTime(1000);
  expect(all.takeOpening('cartesia')).toBeUndefined();
});

describe('faults of stores', () => {
  test('begin and end at their target, at their moment and for their time', async () => {
    const told: string[] = [];
    const all = new Faults();
    const target = {
      begin: ({ kind }: { kind: string }) => void told.push(`begin ${kind}`),
      end: ({ kind }: { kind: string }) => void told.push(`end ${kind}`),
    };
    expect(() => all.add({ vendor: 'redis', kind: 'stop' })).toThrow('no proxy');
    const detach = all.attach('redis', target);
    all.add({ vendor: 'redis', kind: 'pause', at: 'speaking', forMs: 500 });
    expect(told).toEqual([]);
    all.moments.came('speaking');
    await vi.advanceTimersByTimeAsync(499);
    expect(told).toEqual(['begin pause']);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['begin pause', 'end pause']);
    all.add({ vendor: 'redis', kind: 'stop' });
    detach();
    await vi.advanceTimersByTimeAsync(0);
    expect(told.slice(2)).toEqual(['begin stop', 'end stop']);
    expect(all.list()).toEqual([]);
  });

  test('that cannot begin are not set, and say why', async () => {
    const all = new Faults();
    const begin = () => Promise.reject(new Error('no right to do that'));
    all.attach('postgres', { begin, end: () => undefined });
    const { id } = all.add({ vendor: 'postgres', kind: 'fill-up' });
    await expect(all.begun(id)).rejects.toThrow('no right');
    expect(all.list()).toEqual([]);
  });

  test.each([
    [{ vendor: 'redis', kind: 'malformed' }, 'kind'],
    [{ vendor: 'deepgram', kind: 'fill-up' }, 'kind'],
    [{ vendor: 'deepgramm', kind: 'stall' }, 'must be one of deepgram'],
    [{ vendor: 'deepgram', kind: 'stall', at: 'lunch' }, 'at'],
  ])('are told from those of vendors: %j is refused', (fault, message) => {
    expect(() => new Faults().add(fault as FaultInput)).toThrow(message);
  });
});
