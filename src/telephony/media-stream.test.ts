import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import twilio from 'twilio';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  AUTH_TOKEN,
  type Bench,
  type BenchOptions,
  createSession,
  frame,
  openBench,
  sid,
} from './test-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const open = async (options?: BenchOptions) => {
  bench = await openBench(options);
};

describe('a stream', () => {
  it('brings frames, keys and marks in order, and one closed at its stop', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    phone.send(phone.media(1));
    phone.send(phone.key('5'));
    phone.send(phone.media(2));
    phone.send(phone.mark('greeting'));
    phone.send(phone.stop());
    await heard.until('closed');
    expect(await phone.closed).toBe(1000);
    expect(heard.events).toEqual([
      frame(1),
      { type: 'key', digit: '5' },
      frame(2),
      { type: 'played', mark: 'greeting' },
      { type: 'closed', reason: 'stopped' },
    ]);
    expect(bench.streams.open).toBe(0);
  });

  it('is carried with its ids and its parameters, but not its token', async () => {
    await open();
    const { heard, phone } = await bench.startCall();
    expect(bench.desk.told).toEqual([`carry:${sid('CA')}:call-1`]);
    expect(heard.line.streamId).toBe(phone.streamSid);
    expect(heard.line.callSid).toBe(phone.callSid);
    expect(heard.line.parameters).toEqual({ colour: 'blue' });
  });

  it('takes audio, marks and clear', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    const audio = Uint8Array.from({ length: 400 }, (_, i) => i & 0xff);
    expect(heard.line.play(audio.subarray(100, 260), 'a "mark"')).toBe(true);
    heard.line.clear();
    expect(heard.line.play(new Uint8Array(0), 'mark alone')).toBe(true);
    await phone.message(3);
    const streamSid = phone.streamSid;
    expect(phone.received).toEqual([
      {
        event: 'media',
        streamSid,
        media: { payload: Buffer.from(audio.subarray(100, 260)).toString('base64') },
      },
      { event: 'mark', streamSid, mark: { name: 'a "mark"' } },
      { event: 'clear', streamSid },
      { event: 'mark', streamSid, mark: { name: 'mark alone' } },
    ]);
  });

  it('closes from this side once, and is deaf and dumb afterwards', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    heard.line.close();
    heard.line.close();
    phone.send(phone.media(1));
    expect(await phone.closed).toBe(1000);
    expect(heard.line.play(new Uint8Array(160), 'late')).toBe(false);
    heard.line.clear();
    expect(heard.events).toEqual([{ type: 'closed', reason: 'closed-here' }]);
    expect(phone.received).toEqual([]);
  });

  it('is disconnected when its socket goes without a stop', async () => {
    await open();
    const { phone, heard } = await bench.startCall();
    phone.socket.terminate();
    expect(await heard.until('closed')).toEqual({ type: 'closed', reason: 'disconnected' });
  });

  it('never calls its listener re-entrantly', async () => {
    await open();
    bench.desk.listens = false;
    const { phone, heard } = await bench.startCall();
    let inside = false;
    heard.listen(() => {
      expect(inside).toBe(false);
      inside = true;
      heard.line.close();
      inside = false;
    });
    phone.send(phone.media(1));
    await heard.until('closed');
    expect(heard.events).toEqual([frame(1), { type: 'closed', reason: 'closed-here' }]);
    expect(bench.counters.fault('listener-failed')).toBe(0);
  });

  it('goes on when its listener throws', async () => {
    await open();
    bench.desk.listens = false;
    const { phone, heard } = await bench.startCall();
    heard.listen((event) => {
      if (event.type === 'key') throw new Error('a mistake');
    });
    phone.send(phone.key('1'));
    phone.send(phone.media(1));
    await heard.until('frame');
    expect(bench.counters.fault('listener-failed')).toBe(1);
  });

  it('is closed when the desk cannot take it', async () => {
    await open();
    bench.desk.failure = new Error('a mistake');
    const phone = await bench.dial();
    phone.send(phone.start());
    expect(await phone.closed).toBe(1000);
    expect(bench.counters.fault('listener-failed')).toBe(1);
  });
});

describe('nothing is lost', () => {
  /** One masked text frame, as a client sends it (RFC 6455, 5.2). */
  const maskedFrame = (text: string): Buffer => {
    const body = Buffer.from(text);
    const head = Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 0xff, 0, 0, 0, 0]);
    return Buffer.concat([head, body]); // A mask of zeros changes nothing.
  };

  it('of what comes in the same TCP segment as the upgrade', async () => {
    await open();
    const phone = await bench.dial();
    phone.socket.terminate();
    const signature = twilio.getExpectedTwilioSignature(
      AUTH_TOKEN,
      'wss://voice.example.com/agent/twilio/media',
      {},
    );
    const upgrade = [
      'GET /twilio/media HTTP/1.1',
      'Host: internal:80',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      `X-Twilio-Signature: ${signature}`,
      '\r\n',
    ].join('\r\n');
    const messages = [phone.connected(), phone.start(), phone.media(1), phone.key('7'), phone.media(2)];
    const frames = messages.map((message) => maskedFrame(JSON.stringify(message)));
    const socket = connect(bench.port, '127.0.0.1');
    socket.write(Buffer.concat([Buffer.from(upgrade), ...frames]));
    const heard = await bench.desk.line();
    await expect.poll(() => heard.events).toEqual([frame(1), { type: 'key', digit: '7' }, frame(2)]);
    socket.destroy();
    await heard.until('closed');
  });

  it('while the token is being checked', async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: found, resolve: find } = Promise.withResolvers<void>();
    await open({
      sessions: {
        load: async () => {
          ask();
          await found;
          return createSession();
        },
      },
    });
    const phone = await bench.dial();
    phone.send(phone.start());
    for (let i = 1; i <= 50; i++) phone.send(phone.media(i));
    await asked;
    phone.socket.ping();
    await once(phone.socket, 'pong'); // By now the server has read all that came before.
    find();
    const heard = await bench.desk.line();
    await expect.poll(() => heard.events.length).toBe(50);
    expect(heard.events).toEqual(Array.from({ length: 50 }, (_, i) => frame(i + 1)));
  });

  it('before the listener is set, as far as the bound; then the oldest go first', async () => {
    await open({ limits: { maxKeptBytes: 3 * 160 } });
    bench.desk.listens = false;
    const { phone, heard } = await bench.startCall();
    for (let i = 1; i <= 5; i++) phone.send(phone.media(i));
    await expect.poll(() => bench.counters.fault('kept-too-much')).toBe(2);
    heard.listen();
    expect(heard.events).toEqual([frame(3), frame(4), frame(5)]);
    phone.send(phone.media(6));
    await expect.poll(() => heard.events.at(-1)).toEqual(frame(6));
  });

  it('of the end, for a listener set after it', async () => {
    await open();
    bench.desk.listens = false;
    const { phone, heard } = await bench.startCall();
    phone.send(phone.media(1));
    phone.send(phone.stop());
    await phone.closed;
    expect(heard.listen().events).toEqual([frame(1), { type: 'closed', reason: 'stopped' }]);
  });
});

describe('time', () => {
  it('closes a socket that does not start', async () => {
    await open({ limits: { startTimeoutMs: 40 }, checkEveryMs: 10 });
    const phone = await bench.dial();
    phone.send(phone.connected());
    expect(await phone.closed).toBe(1008);
    expect(bench.counters.fault('no-start')).toBe(1);
  });

  it('closes a socket whose token takes too long to check, and does not carry it afterwards', async () => {
    const { promise: found, resolve: find } = Promise.withResolvers<void>();
    const load = () => found.then(() => createSession());
    await open({ limits: { startTimeoutMs: 40 }, checkEveryMs: 10, sessions: { load } });
    const phone = await bench.dial();
    phone.send(phone.start());
    expect(await phone.closed).toBe(1008);
    find();
    await turn();
    expect(bench.desk.told).toEqual([]);
  });

  it('disconnects a stream from which nothing comes', async () => {
    await open({ limits: { idleTimeoutMs: 40 }, checkEveryMs: 10 });
    const { heard, phone } = await bench.startCall();
    expect(await heard.until('closed')).toEqual({ type: 'closed', reason: 'disconnected' });
    expect(await phone.closed).toBe(1006);
    expect(bench.counters.fault('silent')).toBe(1);
  });
});

describe('other calls go on', () => {
  it('while one misbehaves in every way', async () => {
    await open();
    const good = await bench.startCall(1);
    const bad = await bench.startCall(2);
    for (let i = 1; i <= 60; i++) {
      bad.phone.send(i % 2 ? '{' : { event: 'sneeze' });
      good.phone.send(good.phone.media(i));
    }
    expect(await bad.heard.until('closed')).toEqual({ type: 'closed', reason: 'protocol-error' });
    good.phone.send(good.phone.stop());
    await good.heard.until('closed');
    expect(good.heard.events).toEqual([
      ...Array.from({ length: 60 }, (_, i) => frame(i + 1)),
      { type: 'closed', reason: 'stopped' },
    ]);
  });

  it('while one does not read: it is cut off with overflow', async () => {
    await open({ limits: { maxBufferedBytes: 64 * 1024 } });
    const slow = await bench.startCall(1);
    const good = await bench.startCall(2);
    slow.phone.socket.pause();
    const second = new Uint8Array(8_000);
    let played = 0;
    // Loopback buffers take a few megabytes; sixty are far more than enough.
    while (played < 5_000 && slow.heard.line.play(second)) {
      played += 1;
      if (played % 20 === 0) await turn();
    }
    expect(await slow.heard.until('closed')).toEqual({ type: 'closed', reason: 'overflow' });
    expect(slow.heard.events).toHaveLength(1);
    expect(bench.counters.fault('too-slow-to-read')).toBe(1);
    expect(good.heard.line.play(second, 'm')).toBe(true);
    expect(await good.phone.message(1)).toMatchObject({ event: 'mark' });
    expect(bench.streams.open).toBe(1);
  });

  it('with one timer for all, which goes with the last of them', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await open();
      const calls = [await bench.startCall(1), await bench.startCall(2)];
      expect(vi.getTimerCount()).toBe(1);
      for (const { phone, heard } of calls) {
        phone.send(phone.stop());
        await heard.until('closed');
      }
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('until the service closes: every stream once, and none comes after', async () => {
    await open();
    const calls = [await bench.startCall(1), await bench.startCall(2)];
    bench.streams.close();
    bench.streams.close();
    for (const { heard } of calls) expect(heard.events).toEqual([{ type: 'closed', reason: 'closed-here' }]);
    for (const { phone } of calls) expect(await phone.closed).toBe(1000);
    expect(bench.streams.open).toBe(0);
    await expect(bench.dial(3)).rejects.toThrow();
  });
});
