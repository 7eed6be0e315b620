import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TwilioSandbox } from './index.ts';
import { ACCOUNT_SID, AUTH_TOKEN, FROM, startSandbox, TestService, TO } from './test-service.ts';

let service: TestService;
let sandbox: TwilioSandbox;
let server: Server;
let client: twilio.Twilio;

function clientOf(authToken: string): twilio.Twilio {
  const { port } = server.address() as AddressInfo; // TCP server: never a string
  const official = twilio(ACCOUNT_SID, authToken);
  official.api.baseUrl = `http://127.0.0.1:${port}`;
  return official;
}

beforeEach(async () => {
  service = await TestService.start();
  sandbox = startSandbox(service);
  server = createServer(express().use(sandbox.restApi));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = clientOf(AUTH_TOKEN);
});

afterEach(async () => {
  await sandbox.close();
  await service.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the official client', () => {
  it('creates a call, which rings, is answered and reports what it was asked to', async () => {
    service.twiml('/outbound', '<Say>Hello</Say><Hangup/>');
    sandbox.registerPhone(TO, { answer: { steps: [] }, ringMs: 20 });
    const created = await client.calls.create({
      to: TO,
      from: FROM,
      url: `${service.baseUrl}/outbound?attempt=7`,
      statusCallback: `${service.baseUrl}/status`,
      statusCallbackEvent: ['ringing', 'answered', 'completed'],
    });
    expect(created).toMatchObject({
      status: 'queued',
      direction: 'outbound-api',
      to: TO,
      from: FROM,
      duration: null,
    });

    const call = sandbox.calls.get(created.sid);
    expect(await call?.ended).toEqual({ status: 'completed', reason: 'hangup-verb' });
    expect(service.parametersOf('/outbound')).toMatchObject([
      { CallStatus: 'in-progress', Direction: 'outbound-api' },
    ]);
    const statuses = service.parametersOf('/status').map((report) => report['CallStatus']);
    expect(statuses.toSorted()).toEqual(['completed', 'in-progress', 'ringing']);
    expect(await client.calls(created.sid).fetch()).toMatchObject({
      status: 'completed',
      startTime: expect.any(Date),
    });
  });

  it.each(['busy', 'no-answer', 'failed'] as const)('learns that a call was %s', async (answer) => {
    sandbox.registerPhone(TO, { answer, ringMs: 10 });
    const statusCallback = `${service.baseUrl}/status`;
    const { sid } = await client.calls.create({ to: TO, from: FROM, twiml: '<Response/>', statusCallback });
    expect(await sandbox.calls.get(sid)?.ended).toEqual({ status: answer, reason: 'not-answered' });
    expect(service.parametersOf('/status')).toMatchObject([
      { CallSid: sid, CallStatus: answer, CallDuration: '0' },
    ]);
  });

  it('lists calls by number, page by page, newest first', async () => {
    service.twiml('/voice', '<Hangup/>');
    const others = ['+15550001111', '+15550002222', '+15550003333'];
    const placed = others.map((from) => sandbox.placeInboundCall({ from, to: TO, caller: { steps: [] } }));
    const all = await client.calls.list({ to: TO, pageSize: 2 });
    expect(all.map(({ from }) => from)).toEqual(others.toReversed());
    const found = await client.calls.list({ to: TO, from: '+15550002222', limit: 5 });
    expect(found.map(({ sid }) => sid)).toEqual([placed[1]?.sid]);
    expect(await client.calls.list({ to: '+15550009999' })).toEqual([]);
  });

  it('sends a live call elsewhere: the stream is stopped and the new TwiML runs', async () => {
    service.twiml('/voice', `${service.connect('action="/resume"')}`);
    service.twiml('/elsewhere', '<Hangup/>');
    const opening = service.nextStream();
    const call = sandbox.placeInboundCall({ from: FROM, to: TO, caller: { steps: [] } });
    const stream = await opening;
    await stream.nth('media');
    const updated = await client.calls(call.sid).update({ url: `${service.baseUrl}/elsewhere` });
    expect(updated).toMatchObject({ sid: call.sid, status: 'in-progress' });
    await stream.nth('stop');
    await stream.closed();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'hangup-verb' });
    expect(service.parametersOf('/resume')).toEqual([]);
  });

  it('gives a live call TwiML, and ends one', async () => {
    service.twiml('/voice', '<Pause length="60"/><Say>late</Say>');
    service.twiml('/voice', '<Say/><Pause length="60"/>');
    const call = sandbox.placeInboundCall({ from: FROM, to: TO, caller: { steps: [] } });
    await call.timeline.first('verb', ({ verb }) => verb === 'pause');
    await client
      .calls(call.sid)
      .update({ twiml: '<Response><Dial>+15550199</Dial><Pause length="60"/></Response>' });
    await call.timeline.first('dialled');
    await client.calls(call.sid).update({ status: 'completed' });
    expect(await call.ended).toEqual({ status: 'completed', reason: 'ended-by-api' });
  });

  it('cancels a call that rings', async () => {
    sandbox.registerPhone(TO, { answer: { steps: [] }, ringMs: 60_000 });
    const { sid } = await client.calls.create({ to: TO, from: FROM, twiml: '<Response/>' });
    await client.calls(sid).update({ status: 'canceled' });
    expect(await sandbox.calls.get(sid)?.ended).toEqual({ status: 'canceled', reason: 'ended-by-api' });
  });

  it("gets Twilio's own errors", async () => {
    await expect(clientOf('wrong').calls.list()).rejects.toMatchObject({ status: 401, code: 20003 });
    await expect(client.calls('CA0').fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
    const twiml = '<Response/>';
    await expect(client.calls.create({ to: '911', from: FROM, twiml })).rejects.toMatchObject({
      status: 400,
      code: 21211,
    });
    await expect(client.calls.create({ to: TO, from: FROM })).rejects.toMatchObject({
      status: 400,
      code: 21205,
    });
    await expect(client.calls.create({ to: TO, from: FROM, url: 'nowhere' })).rejects.toMatchObject({
      code: 21205,
    });

    service.twiml('/voice', '<Hangup/>');
    const call = sandbox.placeInboundCall({ from: FROM, to: TO, caller: { steps: [] } });
    await call.ended;
    await expect(client.calls(call.sid).update({ twiml })).rejects.toMatchObject({
      status: 400,
      code: 21220,
    });

    sandbox.refuseNextRequest({ status: 429, code: 20429, message: 'Too Many Requests' });
    await expect(client.calls.list()).rejects.toMatchObject({
      status: 429,
      code: 20429,
      message: 'Too Many Requests',
    });
    expect(await client.calls.list()).toHaveLength(1);
  });
});
