import { once } from 'node:events';
import { createServer } from 'node:http';
import { pino } from 'pino';
import twilio from 'twilio';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { attachMediaStream } from './media-stream.ts';
import {
  AUTH_TOKEN,
  type Bench,
  type BenchOptions,
  createSession,
  openBench,
  PUBLIC_URL,
} from './test-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const open = async (options?: BenchOptions) => {
  bench = await openBench(options);
};

describe('the upgrade', () => {
  const request = (path: string, signature: string | undefined, headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${bench.port}${path}`, {
      headers: { ...headers, ...(signature === undefined ? {} : { 'x-twilio-signature': signature }) },
    });
    return new Promise<number>((resolve) => {
      socket.on('error', () => {});
      socket.on('upgrade', (res) => resolve(res.statusCode ?? 0));
      socket.on('unexpected-response', (_, res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      });
    }).finally(() => socket.terminate());
  };
  const sign = (url: string) => twilio.getExpectedTwilioSignature(AUTH_TOKEN, url, {});

  it.each([
    'wss://voice.example.com/agent/twilio/media',
    'wss://voice.example.com/agent/twilio/media/',
    'wss://voice.example.com:443/agent/twilio/media',
    'wss://voice.example.com:443/agent/twilio/media/',
  ])('is accepted when signed as %s', async (url) => {
    await open();
    expect(await request('/twilio/media', sign(url), { 'x-forwarded-host': 'elsewhere.example.com' })).toBe(
      101,
    );
  });

  it('is accepted with a trailing slash and a query, verbatim', async () => {
    await open();
    expect(await request('/twilio/media/', sign('wss://voice.example.com/agent/twilio/media'))).toBe(101);
    expect(
      await request('/twilio/media?b=%7e&a=', sign('wss://voice.example.com/agent/twilio/media?b=%7e&a=')),
    ).toBe(101);
  });

  it('is accepted on plain http and on ports of its own', async () => {
    await open({ publicUrl: 'http://127.0.0.1:3000' });
    expect(await request('/twilio/media', sign('ws://127.0.0.1:3000/twilio/media'))).toBe(101);
    await bench.close();
    await open({ publicUrl: 'https://voice.example.com:8443/' });
    expect(await request('/twilio/media', sign('wss://voice.example.com:8443/twilio/media'))).toBe(101);
    expect(await request('/twilio/media', sign('wss://voice.example.com/twilio/media'))).toBe(101);
  });

  it('is refused with 403 before it is accepted when not signed, or signed for another address', async () => {
    await open();
    expect(await request('/twilio/media', undefined)).toBe(403);
    expect(await request('/twilio/media', 'bm90IGEgc2lnbmF0dXJl')).toBe(403);
    expect(await request('/twilio/media', sign(`ws://127.0.0.1:${bench.port}/twilio/media`))).toBe(403);
    expect(await request('/twilio/media', sign('wss://voice.example.com/agent/twilio/media?more=1'))).toBe(
      403,
    );
    expect(bench.counters.counts).toEqual({
      'telephony_refused_total{upgrade,missing-signature}': 1,
      'telephony_refused_total{upgrade,bad-signature}': 3,
    });
    expect(bench.streams.open).toBe(0);
  });

  it('is refused with 404 on any other path, even signed', async () => {
    await open();
    expect(await request('/twilio/other', sign('wss://voice.example.com/agent/twilio/other'))).toBe(404);
    expect(await request('/twilio/media/more', sign('wss://voice.example.com/agent/twilio/media/more'))).toBe(
      404,
    );
  });

  it('takes no compression, even when offered', async () => {
    await open();
    const phone = await bench.dial();
    expect(phone.socket.extensions).toBe('');
  });
});

it('leaves an error of the HTTP server to whoever owns it', async () => {
  await open();
  const second = createServer();
  const { desk, tokens, counters } = bench;
  const logger = pino({ level: 'silent' });
  const sessions = { load: async () => undefined, create: async () => createSession() };
  attachMediaStream(second, {
    publicUrl: PUBLIC_URL,
    authToken: AUTH_TOKEN,
    desk,
    tokens,
    sessions,
    logger,
    counters,
  });
  second.listen(bench.port, '127.0.0.1');
  const [error] = await once(second, 'error');
  expect(error).toMatchObject({ code: 'EADDRINUSE' });
});
