import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Bench,
  type BenchOptions,
  createSession,
  frame,
  openBench,
  type Phone,
  sid,
} from './test-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const open = async (options?: BenchOptions) => {
  bench = await openBench(options);
};

describe('a faulty message is counted and ignored:', () => {
  const cases: [string, string, (phone: Phone) => unknown][] = [
    ['malformed JSON', 'malformed-json', () => '{"event":'],
    ['no object', 'invalid-message', () => '[1]'],
    ['null', 'invalid-message', () => 'null'],
    ['an unknown event', 'unknown-event', () => ({ event: 'sneeze' })],
    ['no event', 'unknown-event', () => ({})],
    ['an unknown protocol', 'invalid-message', () => ({ event: 'connected', protocol: 'Fax' })],
    ['a second start', 'second-start', (phone) => phone.start()],
    ['media without media', 'invalid-message', (p) => ({ event: 'media', streamSid: p.streamSid })],
    ['media of the other track', 'wrong-track', (phone) => phone.media(2, { track: 'outbound' })],
    ['an empty payload', 'bad-payload', (phone) => phone.media(2, { payload: '' })],
    ['a payload that is not base64', 'bad-payload', (phone) => phone.media(2, { payload: 'äöü!' })],
    ['a payload that is too long', 'bad-payload', (phone) => phone.media(2, { payload: 'A'.repeat(30_000) })],
    ['a payload that is no text', 'invalid-message', (phone) => phone.media(2, { payload: 7 })],
    ['a timestamp that is no time', 'invalid-message', (phone) => phone.media(2, { timestamp: 'noon' })],
    ['another stream', 'wrong-stream', (phone) => ({ ...phone.media(2), streamSid: sid('MZ', 99) })],
    ['another stream’s stop', 'wrong-stream', (phone) => ({ ...phone.stop(), streamSid: sid('MZ', 99) })],
    ['a key that is none', 'invalid-message', (phone) => phone.key('12')],
    ['a mark without a name', 'invalid-message', (phone) => ({ ...phone.mark('x'), mark: {} })],
    [
      'a message like the one before',
      'repeated-message',
      (phone) => ({ ...phone.media(1), sequenceNumber: '2' }),
    ],
  ];

  it.each(cases)('%s (%s)', async (_, fault, message) => {
    await open();
    const { phone, heard } = await bench.startCall();
    phone.send(phone.media(1));
    phone.send(message(phone));
    phone.send(phone.media(3));
    phone.send(phone.stop());
    await heard.until('closed');
    expect(heard.events).toEqual([frame(1), frame(3), { type: 'closed', reason: 'stopped' }]);
    expect(bench.counters.fault(fault)).toBe(1);
  });

  it('a binary message', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    phone.socket.send(Buffer.from(JSON.stringify(phone.media(1))));
    phone.send(phone.media(2));
    expect(await heard.next()).toEqual(frame(2));
    expect(bench.counters.fault('binary-message')).toBe(1);
  });

  it('anything before the start', async () => {
    await open();
    const phone = await bench.dial();
    for (const early of [phone.media(1), phone.key('1'), phone.mark('m'), phone.stop()]) phone.send(early);
    phone.send(phone.start());
    phone.send(phone.media(2));
    const heard = await bench.desk.line();
    expect(await heard.next()).toEqual(frame(2));
    expect(bench.counters.fault('before-start')).toBe(4);
  });

  it('a key that is repeated, once', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    const key = phone.key('3');
    for (const message of [key, key, phone.key('3'), phone.media(1)]) phone.send(message);
    await heard.until('frame');
    expect(heard.events.filter((event) => event.type === 'key')).toHaveLength(2);
    expect(bench.counters.fault('repeated-message')).toBe(1);
  });

  it('and fifty of them close the stream', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    for (let i = 0; i < 50; i++) phone.send('nonsense');
    expect(await phone.closed).toBe(1008);
    expect(await heard.until('closed')).toEqual({ type: 'closed', reason: 'protocol-error' });
    expect(bench.counters.fault('malformed-json')).toBe(50);
    expect(bench.counters.fault('too-many-faults')).toBe(1);
  });

  it('and logged a few times a minute, without what was said', async () => {
    const lines: string[] = [];
    await open({ logger: pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }) });
    const { phone, heard } = await bench.startCall();
    for (let i = 0; i < 40; i++) phone.send(phone.key('secret'));
    phone.send(phone.media(1));
    await heard.until('frame');
    expect(lines).toHaveLength(5);
    expect(lines.join()).not.toContain('secret');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ fault: 'invalid-message', callSid: phone.callSid });
    expect(lines.join()).not.toContain(phone.token);
  });
});

describe('sequence numbers', () => {
  it('out of order are counted, and the audio is used in the order it came', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    const numbers: [number, string | undefined][] = [
      [1, '2'],
      [2, '9'], // A gap.
      [3, '4'], // Behind, though later in time.
      [4, undefined],
      [5, 'ten'],
      [6, '10'],
    ];
    for (const [value, sequenceNumber] of numbers) phone.send({ ...phone.media(value), sequenceNumber });
    phone.send({ ...phone.stop(), sequenceNumber: '11' });
    await heard.until('closed');
    expect(heard.events.slice(0, -1)).toEqual([1, 2, 3, 4, 5, 6].map(frame));
    expect(bench.counters.fault('out-of-order')).toBe(4);
    expect(bench.counters.fault('repeated-message')).toBe(0);
  });

  it('and times that run backwards never reach the call', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    phone.send({ ...phone.media(10), sequenceNumber: '3' });
    phone.send({ ...phone.media(9), sequenceNumber: '2' }); // Overtaken: old by number and time.
    phone.send({ ...phone.media(5), sequenceNumber: '4' }); // New by number only.
    phone.send({ ...phone.media(11), sequenceNumber: '5' });
    phone.send(phone.stop());
    await heard.until('closed');
    expect(heard.events.slice(0, -1)).toEqual([frame(10), { ...frame(5), atMs: 200 }, frame(11)]);
    expect(bench.counters.fault('repeated-message')).toBe(1);
  });
});

describe('a stream is refused', () => {
  const refusedBy = async (fault: string, start: (phone: Phone) => unknown) => {
    const phone = await bench.dial();
    phone.send(start(phone));
    phone.send(phone.media(1));
    expect(await phone.closed).toBe(1008);
    expect(bench.counters.fault(fault)).toBe(1);
    expect(bench.desk.told).toEqual([]);
    expect(bench.streams.open).toBe(0);
  };
  const format = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };

  it.each([
    { ...format, encoding: 'audio/l16' },
    { ...format, sampleRate: 16_000 },
    { ...format, channels: 2 },
    undefined,
  ])('for the wrong format: %o', async (mediaFormat) => {
    await open();
    await refusedBy('wrong-media-format', (phone) => phone.start({ mediaFormat }));
  });

  it('for another account', async () => {
    await open({ accountSid: sid('AC', 2) });
    await refusedBy('wrong-account', (phone) => phone.start());
  });

  it.each([
    ['missing', () => undefined],
    ['missing', () => ''],
    ['malformed', () => 'token'],
    ['bad-signature', (phone: Phone) => `${phone.token.slice(0, -5)}AAAAA`],
    ['bad-signature', (phone: Phone) => `x${phone.token}`],
    ['other-call', () => bench.tokens.issue({ callId: 'call-2', callSid: sid('CA', 2) })],
  ])('for a token that is %s', async (refusal, token) => {
    await open();
    await refusedBy(`token-${refusal}`, (phone) =>
      phone.start({ customParameters: { token: token(phone) } }),
    );
  });

  it('for a token used before', async () => {
    await open();
    const { phone } = await bench.startCall();
    const again = await bench.dial();
    again.send(again.start({ customParameters: { token: phone.token } }));
    expect(await again.closed).toBe(1008);
    expect(bench.counters.fault('token-already-used')).toBe(1);
    expect(bench.desk.carried).toHaveLength(1);
  });

  it('for a call nobody knows, or that is not the one of the token', async () => {
    await open();
    await refusedBy('unknown-session', (phone) => {
      bench.desk.sessions.set(phone.callSid, createSession({ callSid: sid('CA', 2) }));
      return phone.start();
    });
    bench.desk.sessions.clear();
    const second = await bench.dial(2);
    bench.desk.sessions.clear();
    second.send(second.start());
    expect(await second.closed).toBe(1008);
    expect(bench.counters.fault('unknown-session')).toBe(2);
  });

  it('when the session store fails', async () => {
    await open({ sessions: { load: () => Promise.reject(new Error('store is down')) } });
    await refusedBy('store-failed', (phone) => phone.start());
  });

  it('for a start that is incomplete, though a good one may follow', async () => {
    await open();
    const phone = await bench.dial();
    phone.send(phone.start({ callSid: 'CAshort' }));
    phone.send(phone.start());
    await bench.desk.line();
    expect(bench.counters.fault('invalid-message')).toBe(1);
  });

  it('for a message that is too long', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    phone.send('x'.repeat(70_000));
    expect(await phone.closed).toBe(1009);
    expect(await heard.until('closed')).toEqual({ type: 'closed', reason: 'protocol-error' });
    expect(bench.counters.fault('oversized-message')).toBe(1);
  });

  it('for a broken WebSocket frame', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    const raw = Reflect.get(phone.socket, '_socket'); // The only way to write what no client would.
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(await heard.until('closed')).toEqual({ type: 'closed', reason: 'protocol-error' });
    expect(bench.counters.fault('bad-websocket-frame')).toBe(1);
  });
});
