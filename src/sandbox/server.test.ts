import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createVoice } from '../tts/flite/index.ts';
import { createAnthropic } from './anthropic/index.ts';
import { defaultDelays } from './delays.ts';
import { Faults } from './faults.ts';
import { KnownSpeech } from './known-speech.ts';
import { type Sandbox, serve, startSandbox } from './server.ts';
import { Wire } from './wire.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ logger: pino({ level: 'silent' }), delays: { booking: { responseMs: 0 } } });
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${sandbox.baseUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
  };
}

test('faults are set, listed and removed over HTTP, and strike as often as they say', async () => {
  const fault = { vendor: 'booking', kind: 'status', status: 503, retryAfterSec: 2, times: 2 };
  const added = await send('POST', '/sandbox/faults', fault);
  expect(added).toMatchObject({ status: 201, body: fault });
  expect((await send('GET', '/sandbox/faults')).body).toEqual([added.body]);
  const refused = await send('GET', '/booking/slots?date=2026-11-24');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect((await send('GET', '/booking/slots?date=2026-11-24')).status).toBe(503);
  expect((await send('GET', '/booking/slots?date=2026-11-24')).status).toBe(200);
  expect((await send('DELETE', '/sandbox/faults/fault-99')).status).toBe(404);
  expect((await send('DELETE', '/sandbox/faults')).status).toBe(204);
});

test('a wrong fault or delay is refused by its field, and changes nothing', async () => {
  expect(await send('POST', '/sandbox/faults', { vendor: 'deepgram', kind: 'melt' })).toMatchObject({
    status: 400,
  });
  const delays = (await send('GET', '/sandbox/delays')).body;
  const wrong = await send('PUT', '/sandbox/delays', {
    deepgram: { interimMs: 100 },
    anthropic: { firstTokenMs: -1 },
  });
  expect(wrong).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('anthropic.firstTokenMs') },
  });
  expect((await send('PUT', '/sandbox/delays', 'no json')).status).toBe(400);
  expect((await send('GET', '/sandbox/delays')).body).toEqual(delays);
});

test('delays are changed over HTTP', async () => {
  await send('PUT', '/sandbox/delays', { cartesia: { firstByteMs: 120 } });
  expect(sandbox.delays.cartesia).toEqual({ firstByteMs: 120, realTimeFactor: 5 });
});

test('tells its state', async () => {
  expect((await send('GET', '/sandbox/state')).body).toMatchObject({
    vendors: { deepgram: { openSockets: 0 }, booking: { requests: expect.any(Number) } },
  });
});

test('books, refuses what is taken, moves and cancels', async () => {
  const { slots } = (await send('GET', '/booking/slots?date=2026-11-24')).body as { slots: string[] };
  expect(slots.length).toBeGreaterThan(8);
  const wanted = {
    name: 'Anna',
    phone: '+49 151 234 567',
    date: '2026-11-24',
    time: slots[1],
    reason: 'cleaning',
  };
  const key = { 'idempotency-key': 'turn-1' };
  const booked = await send('POST', '/booking/appointments', wanted, key);
  expect(booked).toMatchObject({
    status: 201,
    body: { message: `You are booked for Tuesday 24 November at ${slots[1]}.` },
  });
  expect(await send('POST', '/booking/appointments', wanted, key)).toMatchObject({
    status: 201,
    body: booked.body,
  });
  expect(sandbox.booking.appointments).toHaveLength(1);
  expect(await send('POST', '/booking/appointments', wanted)).toMatchObject({
    status: 409,
    body: { field: 'time', next: slots.slice(2, 5) },
  });
  expect((await send('GET', '/booking/appointments?phone=%2B49151234567')).body).toMatchObject({
    appointments: [{ name: 'Anna' }],
  });
  const { id } = booked.body as { id: string };
  expect(
    await send('PATCH', `/booking/appointments/${id}`, { date: '2026-11-24', time: slots[0] }),
  ).toMatchObject({ status: 200 });
  expect((await send('DELETE', `/booking/appointments/${id}`)).status).toBe(200);
  expect(await send('DELETE', `/booking/appointments/${id}`)).toMatchObject({
    status: 404,
    body: { field: 'id' },
  });
  expect(await send('GET', '/booking/requests')).toMatchObject({
    body: expect.arrayContaining([
      expect.objectContaining({ method: 'POST', idempotencyKey: 'turn-1', body: wanted }),
    ]),
  });
});

test.each([
  ['/booking/slots?date=tomorrow', undefined, 'date'],
  ['/booking/appointments', { name: '', phone: '1234567', date: '2026-11-24', time: '10:00' }, 'name'],
  ['/booking/appointments', { name: 'A', phone: 'none', date: '2026-11-24', time: '10:00' }, 'phone'],
  ['/booking/appointments', { name: 'A', phone: '1234567', date: '2026-11-24', time: '25:00' }, 'time'],
])('booking refuses %s %j for its %s', async (path, body, field) => {
  expect(await send(body === undefined ? 'GET' : 'POST', path, body)).toMatchObject({
    status: 400,
    body: { field },
  });
});

test('is closed on weekends', async () => {
  expect((await send('GET', '/booking/slots?date=2026-11-22')).body).toMatchObject({ slots: [] });
});

test('further routes may be added while it runs', async () => {
  sandbox.app.get('/more', (_request, response) => {
    response.json({ more: true });
  });
  expect((await send('GET', '/more')).body).toEqual({ more: true });
});

test('closes with a request under way, and closing twice does no harm', async () => {
  const other = await startSandbox({ logger: pino({ level: 'silent' }) });
  other.faults.add({ vendor: 'anthropic', kind: 'stall' });
  await Promise.all([other.close(), other.close()]);
  await expect(fetch(other.baseUrl)).rejects.toThrow();
});

test('one vendor can be served alone', async () => {
  const parts = {
    voice: createVoice(),
    knownSpeech: new KnownSpeech(),
    delays: defaultDelays(),
    faults: new Faults(),
    wire: new Wire(),
    logger: pino({ level: 'silent' }),
  };
  const server = serve(express(), [createAnthropic(parts)]).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect((await fetch(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST' })).status).toBe(401);
  expect((await fetch(`http://127.0.0.1:${port}/booking/requests`)).status).toBe(404);
  server.closeAllConnections();
  server.close();
});
