/** Faults of a sandbox on real connections: sockets that fall silent, the telephone's stream and API, tools. */
import { once } from 'node:events';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Faults } from './faults.ts';
import { TestService, type TestStream } from './twilio/test-service.ts';
import { startWholeSandbox, type WholeSandbox } from './whole.ts';

let service: TestService;
let sandbox: WholeSandbox;
let faults: Faults;
beforeAll(async () => {
  service = await TestService.start();
  sandbox = await startWholeSandbox({
    serviceUrl: service.baseUrl,
    authToken: 'test-token',
    logger: pino({ level: 'silent' }),
  });
  faults = sandbox.faults;
});
afterEach(() => faults.clear());
afterAll(async () => {
  await sandbox.close();
  await service.close();
});

/** Whether a ping is answered in this time. */
async function isAlive(socket: WebSocket): Promise<boolean> {
  const pong = once(socket, 'pong').then(() => true);
  socket.ping();
  return Promise.race([pong, new Promise<false>((resolve) => setTimeout(resolve, 150, false))]);
}

test('half-open: pings are not answered, and the socket stays open; a stall answers them', async () => {
  for (const kind of ['stall', 'half-open'] as const) {
    const socket = new WebSocket(
      `${sandbox.baseUrl}/v2/listen?model=flux-general-en&encoding=mulaw&sample_rate=8000`,
      {
        headers: { authorization: 'Token any' },
      },
    );
    await once(socket, 'message');
    faults.add({ vendor: 'deepgram', kind, at: 'greeting' });
    faults.moments.came('greeting');
    expect([kind, await isAlive(socket)]).toEqual([kind, kind === 'stall']);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  }
});

test('a tool is cut after its request came in, and what it did is done', async () => {
  faults.add({ vendor: 'booking', kind: 'disconnect', at: 'tool' });
  const body = JSON.stringify({ name: 'Anna', phone: '+15550123', date: '2027-06-01', time: '10:30' });
  const headers = { 'content-type': 'application/json' };
  await expect(
    fetch(`${sandbox.bookingUrl}/appointments`, { method: 'POST', headers, body }),
  ).rejects.toThrow();
  await expect.poll(() => sandbox.booking.appointments).toMatchObject([{ name: 'Anna' }]);
});

test('the API of the telephone is refused in its own words', async () => {
  faults.add({ vendor: 'twilio', kind: 'status', status: 429, retryAfterSec: 1 });
  const url = `${sandbox.baseUrl}/2010-04-01/Accounts/${sandbox.accountSid}/Calls.json`;
  const headers = { authorization: `Basic ${btoa(`${sandbox.accountSid}:${sandbox.authToken}`)}` };
  const refused = await fetch(url, { headers });
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
    429,
    '1',
    { code: 20429, status: 429 },
  ]);
  expect((await fetch(url, { headers })).status).toBe(200);
});

describe('the media stream of a call', () => {
  let stream: TestStream;
  beforeEach(async () => {
    service.twiml('/twilio/voice', service.connect(''));
    const opening = service.nextStream();
    sandbox.twilio.placeInboundCall({ from: '+15550123', to: '+15550100', caller: { steps: [] } });
    stream = await opening;
    await stream.nth('media', 3);
  });
  afterEach(() => stream.socket.terminate());

  test('doubles, swaps and cuts single messages', async () => {
    faults.add({ vendor: 'twilio', kind: 'duplicate' });
    faults.add({ vendor: 'twilio', kind: 'malformed' });
    await stream.nth('malformed');
    faults.add({ vendor: 'twilio', kind: 'wrong-audio-length' });
    const short = () =>
      stream.of('media').find(({ media }) => {
        const { payload } = media as { payload: string };
        return Buffer.from(payload, 'base64').length === 159;
      });
    while (short() === undefined) await stream.nth('media', stream.of('media').length + 1);
    const chunks = stream.of('media').map(({ media }) => (media as { chunk: string }).chunk);
    expect(chunks.length - new Set(chunks).size).toBe(1);
  });

  test('falls silent, and is cut', async () => {
    faults.add({ vendor: 'twilio', kind: 'stall', at: 'listening' });
    faults.moments.came('listening');
    const frames = stream.of('media').length;
    await new Promise((resolve) => setTimeout(resolve, 150));
    // One may have been on its way.
    expect(stream.of('media').length).toBeLessThanOrEqual(frames + 1);
    faults.add({ vendor: 'twilio', kind: 'disconnect', at: 'listening' });
    faults.moments.came('listening');
    await stream.closed();
  });
});
