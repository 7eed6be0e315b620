import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rms } from '../../audio/mulaw.ts';
import { Conferences } from './conference.ts';
import type { Phone, SandboxCall, TwilioSandbox } from './index.ts';
import { ACCOUNT_SID, AUTH_TOKEN, FROM, startSandbox, TestService, TO } from './test-service.ts';

const ROOM = 'room-1';
const DESK = '+15550199000';

let service: TestService;
let sandbox: TwilioSandbox;
let server: Server;
let client: twilio.Twilio;

beforeEach(async () => {
  service = await TestService.start();
  sandbox = startSandbox(service);
  server = createServer(express().use(sandbox.restApi));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // TCP server: never a string
  client = twilio(ACCOUNT_SID, AUTH_TOKEN);
  client.api.baseUrl = `http://127.0.0.1:${port}`;
  service.twiml(
    '/voice',
    `<Dial action="/after"><Conference waitUrl="/wait" startConferenceOnEnter="false" endConferenceOnExit="true" beep="false">${ROOM}</Conference></Dial>`,
  );
  service.twiml('/wait', '<Play loop="0">/tone.wav</Play>');
  // A space is a loud sample in μ-law.
  service.answer('/tone.wav', () => ({ type: 'audio/basic', body: ' '.repeat(800) }));
  service.twiml('/after', '<Hangup/>');
});

afterEach(async () => {
  await sandbox.close();
  await service.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const wait = (dial = {}): SandboxCall =>
  sandbox.placeInboundCall({ from: FROM, to: TO, caller: { quietMs: 100, steps: [] }, dial });

const dialIn = () =>
  client.conferences(ROOM).participants.create({
    from: TO,
    to: DESK,
    timeout: 20,
    beep: 'false',
    earlyMedia: false,
    startConferenceOnEnter: true,
    endConferenceOnExit: true,
    statusCallback: `${service.baseUrl}/leg`,
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });

const answering: Phone = { answer: { steps: [{ say: 'Hello.', when: { afterMs: 300 } }] }, ringMs: 150 };

describe('whoever waits in a conference', () => {
  it('hears what the waitUrl plays, without a gap, for as long as nobody else comes', async () => {
    const call = wait();
    await call.timeline.first('heard-agent-start');
    await call.timeline.first('webhook', ({ purpose }) => purpose === 'play');
    await heardMs(call, 600);
    call.hangUp();
    await call.ended;
    const { agent } = call.recording;
    const first = agent.findIndex((byte) => byte !== 0xff);
    expect(agent.subarray(first, first + 8 * 400).includes(0xff)).toBe(false);
    expect(service.parametersOf('/wait')).toMatchObject([{ CallSid: call.sid, CallStatus: 'in-progress' }]);
    expect(service.parametersOf('/tone.wav')).toEqual([{}]);
    expect(service.parametersOf('/after')).toEqual([]);
    expect(service.refused).toEqual([]);
  });

  it('hears it again when it is over', async () => {
    service.twiml('/wait', '<Pause length="0"/><Play>/tone.wav</Play><Redirect>/more</Redirect>');
    service.twiml('/more', '<Play loop="0">/tone.wav</Play>');
    const call = wait();
    await call.timeline.first('webhook', ({ url }) => url.endsWith('/more'));
    expect(service.parametersOf('/wait')).toHaveLength(1);
  });

  it('waits in silence where the waitUrl says something else', async () => {
    service.twiml('/wait', '<Hangup/>');
    const call = wait();
    expect((await call.timeline.first('error')).code).toBe(12200);
    expect(call.endedAt).toBeUndefined();
  });
});

describe('a participant created by the official client', () => {
  it('is called, answers, and is heard instead of the music; when they leave, the conference ends', async () => {
    sandbox.registerPhone(DESK, answering);
    const call = wait();
    await call.timeline.first('conference-joined');
    const created = await dialIn();
    expect(created).toMatchObject({
      status: 'queued',
      startConferenceOnEnter: true,
      endConferenceOnExit: true,
      muted: false,
    });
    expect(created.conferenceSid).toMatch(/^CF[0-9a-f]{32}$/);
    const leg = sandbox.calls.get(created.callSid);
    await leg?.timeline.first('said');
    const started = await call.timeline.first('conference-started');
    await call.timeline.first('heard-agent-start', ({ atMs }) => atMs > started.atMs);
    expect(leg?.recording.caller.length).toBeGreaterThan(0);
    leg?.hangUp();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'hangup-verb' });
    expect(await leg?.ended).toEqual({ status: 'completed', reason: 'caller-hung-up' });
    expect(service.parametersOf('/after')).toMatchObject([{ CallSid: call.sid, DialCallStatus: 'answered' }]);
    expect(legStatuses()).toEqual(['completed', 'in-progress', 'initiated', 'ringing']);
    expect(service.refused).toEqual([]);
  });

  it('hears the caller', async () => {
    sandbox.registerPhone(DESK, answering);
    const call = sandbox.placeInboundCall({
      from: FROM,
      to: TO,
      caller: { steps: [{ say: 'Is anybody there?', when: { afterMs: 700 } }] },
    });
    const leg = sandbox.calls.get((await dialIn()).callSid);
    await leg?.timeline.first('heard-agent-start');
    call.hangUp();
    expect(await leg?.ended).toMatchObject({ status: 'completed', reason: 'twiml-finished' });
    expect(rms(leg?.recording.agent ?? new Uint8Array())).toBeGreaterThan(0);
  });

  it.each(['busy', 'no-answer', 'failed'] as const)('may be %s: the caller waits on', async (answer) => {
    sandbox.registerPhone(DESK, { answer, ringMs: 20 });
    const call = wait();
    const { callSid } = await dialIn();
    expect(await sandbox.calls.get(callSid)?.ended).toEqual({ status: answer, reason: 'not-answered' });
    expect(service.parametersOf('/leg').map(({ CallStatus }) => CallStatus)).toContain(answer);
    expect(call.endedAt).toBeUndefined();
    expect(call.timeline.ofType('conference-left')).toEqual([]);
  });

  it('rings until it is cancelled', async () => {
    sandbox.registerPhone(DESK, { ...answering, ringMs: 60_000 });
    const { callSid } = await dialIn();
    await client.calls(callSid).update({ status: 'completed' });
    expect(await sandbox.calls.get(callSid)?.ended).toEqual({ status: 'canceled', reason: 'ended-by-api' });
  });

  it.each([
    ['busy', 'busy'],
    ['completed', 'completed'],
  ] as const)(
    'at a number nobody registered is %s as the waiting call’s dial says',
    async (result, status) => {
      const { callSid } = await dialIn();
      wait({ result, afterMs: 10 });
      expect(await sandbox.calls.get(callSid)?.ended).toMatchObject({ status });
    },
  );

  it('is refused where it cannot be called', async () => {
    const participants = client.conferences(ROOM).participants;
    await expect(participants.create({ from: TO, to: '911' })).rejects.toMatchObject({ code: 21211 });
    await expect(participants.create({ from: 'us', to: DESK })).rejects.toMatchObject({ code: 21212 });
    await expect(participants.create({ from: TO, to: DESK, timeout: 1 })).rejects.toMatchObject({
      status: 400,
    });
  });
});

it('a call that is redirected leaves its conference', async () => {
  service.twiml('/elsewhere', '<Hangup/>');
  const call = wait();
  await call.timeline.first('heard-agent-start');
  await client.calls(call.sid).update({ url: `${service.baseUrl}/elsewhere` });
  expect(await call.ended).toEqual({ status: 'completed', reason: 'hangup-verb' });
  expect(call.timeline.ofType('conference-left')).toHaveLength(1);
  expect(service.parametersOf('/after')).toEqual([]);
});

it('three in a conference each hear the other two, and nobody themselves', () => {
  const conferences = new Conferences();
  const noun = { name: ROOM, waitUrl: undefined, startOnEnter: true, endOnExit: false };
  const join = () => conferences.named(ROOM).join(noun, { result: 'completed', afterMs: 0 });
  const [one, two, three] = [join(), join(), join()];
  const loud = { audio: new Uint8Array(160).fill(0x20), payload: '' };
  one.speak(loud);
  two.speak(loud);
  const loudness = [one, two, three].map((member) => rms(member.pull().audio));
  expect(loudness[0]).toBe(rms(loud.audio));
  expect(loudness[1]).toBe(loudness[0]);
  expect(loudness[2]).toBeGreaterThan(1.9 * rms(loud.audio));
  expect(one.pull().playing).toBe(false);
  one.leave();
  expect(two.over.aborted).toBe(false);
  for (const member of [two, three]) member.leave();
  expect(join().noLongerWaits.aborted).toBe(false);
});

function legStatuses(): (string | undefined)[] {
  return service
    .parametersOf('/leg')
    .map(({ CallStatus }) => CallStatus)
    .toSorted();
}

/** So much was heard since the first sound. */
async function heardMs(call: SandboxCall, ms: number): Promise<void> {
  while (call.recording.agent.filter((byte) => byte !== 0xff).length < ms * 8) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
