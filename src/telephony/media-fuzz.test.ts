import { afterEach, expect, it } from 'vitest';
import { type Bench, openBench, type Phone, seededRandom } from './test-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

it('survives two thousand mutilated messages, while another call goes on', async () => {
  bench = await openBench();
  const good = await bench.dial(1);
  good.send(good.start());
  const heard = await bench.desk.line();

  const random = seededRandom(20_261_120);
  let n = 1;
  let sent = 0;
  while (sent < 2_000) {
    n += 1;
    const phone = await bench.dial(n);
    if (random() < 0.8) phone.send(phone.start());
    for (let i = 0; i < 100; i++, sent++) {
      const data = mutilate(random, pickMessage(random, phone));
      phone.socket.send(data, { binary: random() < 0.05 });
    }
    good.send(good.media(n));
    if (random() < 0.5) phone.send(phone.stop());
    phone.socket.close();
    await phone.closed;
  }

  good.send(good.stop());
  await heard.until('closed');
  expect(heard.events.filter((event) => event.type === 'frame')).toHaveLength(n - 1);
  expect(heard.events.at(-1)).toEqual({ type: 'closed', reason: 'stopped' });
  for (const other of bench.desk.carried) {
    expect(other.events.filter((event) => event.type === 'closed')).toHaveLength(1);
  }
  expect(bench.streams.open).toBe(0);
  for (const fault of [
    'malformed-json',
    'binary-message',
    'invalid-message',
    'unknown-event',
    'out-of-order',
  ]) {
    expect(bench.counters.fault(fault), fault).toBeGreaterThan(0);
  }
  expect(bench.counters.fault('listener-failed')).toBe(0);
});

function pickMessage(random: () => number, phone: Phone): string {
  const value = Math.floor(random() * 200);
  const kinds = [
    () => phone.media(value),
    () => phone.media(value, { payload: Buffer.alloc(value).toString('base64') }),
    () => phone.key(String(value % 10)),
    () => phone.mark(`mark ${value}`),
    () => phone.connected(),
    () => phone.start({ customParameters: { token: 'x', __proto__: null, toString: 'y' } }),
    () => ({
      event: ['media', 'mark', 'dtmf', 'start', 'stop', 'connected', 'clear', 7, null, {}][value % 10],
    }),
  ];
  return JSON.stringify(kinds[Math.floor(random() * kinds.length)]?.() ?? null);
}

/** Leaves it, cuts it, changes characters, doubles a stretch, or replaces a value. */
function mutilate(random: () => number, message: string): string {
  const at = Math.floor(random() * message.length);
  const values = ['null', '-1', '1e999', '""', '[]', '{}', 'true', '"\\u0000"', '99999999999999999999'];
  const value = values[Math.floor(random() * values.length)] ?? 'null';
  switch (Math.floor(random() * 6)) {
    case 0:
      return message.slice(0, at);
    case 1:
      return (
        message.slice(0, at) + String.fromCharCode(Math.floor(random() * 0xd7ff)) + message.slice(at + 1)
      );
    case 2:
      return message.slice(0, at) + message.slice(Math.floor(at / 2));
    case 3:
      return message.replace(/:("[^"]*"|\d+)/, `:${value}`);
    case 4:
      return message.replace(/("[^"]*"|\d+)(?=[}\]]*$)/, value);
    default:
      return message;
  }
}
