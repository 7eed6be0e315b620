/** A node that is to be stopped: what it still takes, and where it sends the rest. */
import twilio from 'twilio';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { AUTH_TOKEN, type Bench, createSession, openBench, PUBLIC_URL, sid } from './test-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const call = {
  CallSid: sid('CA'),
  AccountSid: sid('AC'),
  From: '+15550001111',
  To: '+15552223333',
  CallStatus: 'ringing',
};

async function open(acceptance: { calls: boolean; streams: boolean }) {
  bench = await openBench({ acceptance });
  bench.desk.sessions.set(sid('CA'), createSession());
}
const post = async (path: string) => (await bench.post(path, call)).text();

it('a new call is sent on, each time a little later, and answered when nobody else does', async () => {
  await open({ calls: false, streams: true });
  expect(await post('/twilio/voice')).toContain(
    `<Response><Redirect method="POST">${PUBLIC_URL}/twilio/voice?attempt=1</Redirect></Response>`,
  );
  expect(await post('/twilio/voice?attempt=2')).toContain(
    `<Pause length="2"/><Redirect method="POST">${PUBLIC_URL}/twilio/voice?attempt=3</Redirect>`,
  );
  expect(bench.desk.told).toEqual([]);
  expect(await post('/twilio/voice?attempt=3')).toContain('<Stream');
});

it('a call that is on its way goes on', async () => {
  await open({ calls: false, streams: true });
  expect(await post('/twilio/resume')).toContain('<Stream');
});

it('once its calls leave, it takes no stream, and no call that nobody else takes', async () => {
  await open({ calls: false, streams: false });
  expect(await post('/twilio/voice?attempt=3')).toContain('<Say');
  expect(bench.desk.told).toEqual([]);
  const url = `ws://127.0.0.1:${bench.port}/twilio/media`;
  const signed = `${PUBLIC_URL.replace('http', 'ws')}/twilio/media`;
  const socket = new WebSocket(url, {
    headers: { 'x-twilio-signature': twilio.getExpectedTwilioSignature(AUTH_TOKEN, signed, {}) },
  });
  const status = await new Promise((resolve) =>
    socket.once('unexpected-response', (_request, response) => {
      response.destroy();
      resolve(response.statusCode);
    }),
  );
  expect(status).toBe(503);
});
