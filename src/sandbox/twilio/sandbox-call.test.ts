import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboundCall, SandboxCall, TwilioSandbox } from './index.ts';
import { ACCOUNT_SID, FROM, startSandbox, TestService, TO, tone } from './test-service.ts';

let service: TestService;
let sandbox: TwilioSandbox;

beforeEach(async () => {
  service = await TestService.start();
  sandbox = startSandbox(service, {
    fallbackUrl: `${service.baseUrl}/fallback`,
    statusCallbackUrl: `${service.baseUrl}/status`,
  });
});

afterEach(async () => {
  await sandbox.close();
  await service.close();
});

const place = (options: Partial<InboundCall> = {}): SandboxCall =>
  sandbox.placeInboundCall({ from: FROM, to: TO, caller: { steps: [] }, ...options });

const verbsOf = (call: SandboxCall): string[] => call.timeline.ofType('verb').map(({ verb }) => verb);

describe('an inbound call', () => {
  it("is announced with Twilio's parameters", async () => {
    service.twiml('/voice', '<Hangup/>');
    const call = place();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'hangup-verb' });

    expect(call.sid).toMatch(/^CA[0-9a-f]{32}$/);
    expect(service.parametersOf('/voice')).toEqual([
      {
        AccountSid: ACCOUNT_SID,
        ApiVersion: '2010-04-01',
        CallSid: call.sid,
        CallStatus: 'ringing',
        Direction: 'inbound',
        From: FROM,
        Caller: FROM,
        To: TO,
        Called: TO,
        FromCity: 'SPRINGFIELD',
        FromState: 'IL',
        FromZip: '',
        FromCountry: 'US',
        CallerCity: 'SPRINGFIELD',
        CallerState: 'IL',
        CallerZip: '',
        CallerCountry: 'US',
        ToCity: '',
        ToState: 'CA',
        ToZip: '94105',
        ToCountry: 'US',
        CalledCity: '',
        CalledState: 'CA',
        CalledZip: '94105',
        CalledCountry: 'US',
        StirVerstat: 'TN-Validation-Passed-A',
      },
    ]);
  });

  it('reports its progress, and at the end how long it was', async () => {
    service.twiml('/voice', '<Say>Hi</Say>');
    expect(await place().ended).toEqual({ status: 'completed', reason: 'twiml-finished' });

    const reports = service
      .parametersOf('/status')
      .toSorted((a, b) => Number(a['SequenceNumber']) - Number(b['SequenceNumber']));
    expect(reports.map((report) => [report['SequenceNumber'], report['CallStatus']])).toEqual([
      ['0', 'initiated'],
      ['1', 'ringing'],
      ['2', 'in-progress'],
      ['3', 'completed'],
    ]);
    expect(reports[3]).toMatchObject({
      CallbackSource: 'call-progress-events',
      CallDuration: '0',
      Duration: '0',
    });
    expect(reports[2]).not.toHaveProperty('CallDuration');
  });

  it('lets the caller hear Say, Play and Pause, in real time', async () => {
    service.answer('/sound', () => ({ type: 'audio/basic', body: 'x'.repeat(800) }));
    service.twiml('/voice', '<Pause length="0"/><Say>Hello</Say><Play loop="2">/sound</Play>');
    const call = place();
    await call.ended;
    expect(verbsOf(call)).toEqual(['pause', 'say', 'play']);
    expect(call.recording.agent.filter((byte) => byte !== 0xff)).toHaveLength(5 * 160 + 2 * 800);
  });

  it.each([
    ['<Reject/>', 'failed'],
    ['<Reject reason="busy"/>', 'busy'],
  ])('that is answered with %s ends as %s without having been picked up', async (twiml, status) => {
    service.twiml('/voice', twiml);
    const call = place();
    expect(await call.ended).toEqual({ status, reason: 'rejected' });
    expect(call.answeredAt).toBeUndefined();
    expect(call.recording.caller).toHaveLength(0);
  });

  it('ends when the caller hangs up, and nothing more is asked of the service', async () => {
    service.twiml(
      '/voice',
      '<Say>A very long announcement that nobody wants to hear to its end</Say><Redirect>/next</Redirect>',
    );
    const call = place();
    await call.timeline.first('verb');
    call.hangUp();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'caller-hung-up' });
    expect(service.parametersOf('/next')).toEqual([]);
  });

  it('reaches a public address by way of another; what is signed is the public one', async () => {
    service.publicHost = 'agent.example:8443';
    service.twiml('/voice', service.connect());
    const proxied = startSandbox(service, {
      voiceUrl: 'https://agent.example:8443/voice#rc=2',
      connectTo: { 'https://agent.example:8443': service.baseUrl },
    });
    const opening = service.nextStream();
    const call = proxied.placeInboundCall({ from: FROM, to: TO, caller: { steps: [] } });
    await (await opening).nth('start');
    call.hangUp();
    await call.ended;
    expect(service.refused).toEqual([]);
  });
});

describe('a media stream', () => {
  it('that the service closes is followed by the action, which may connect again', async () => {
    service.twiml('/voice', service.connect('action="/resume"'));
    service.twiml('/resume', () =>
      service.parametersOf('/resume').length === 1 ? service.connect() : '<Hangup/>',
    );
    let opening = service.nextStream();
    const call = place();
    const first = await opening;
    await first.nth('media');
    opening = service.nextStream();
    first.socket.close(1000);
    const second = await opening;
    expect((await second.nth('start'))['sequenceNumber']).toBe('1');
    expect(second.streamSid).not.toBe(first.streamSid);
    second.socket.close();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'twiml-finished' });
    expect(service.parametersOf('/resume')).toMatchObject([{ CallSid: call.sid, CallStatus: 'in-progress' }]);
  });

  it('that is lost is followed by the next verb where there is no action, and the loss is reported', async () => {
    const reporting = `<Connect><Stream url="${service.mediaUrl}" name="talk" statusCallback="/stream"/></Connect>`;
    service.twiml('/voice', `${reporting}<Redirect>/resume</Redirect>`);
    service.twiml('/resume', '<Hangup/>');
    const opening = service.nextStream();
    const call = place();
    const stream = await opening;
    const { streamSid } = await stream.nth('start');
    stream.socket.terminate();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'hangup-verb' });
    expect(service.parametersOf('/resume')).toHaveLength(1);
    const reports = service.parametersOf('/stream');
    expect(reports.map((report) => report['StreamEvent']).toSorted()).toEqual([
      'stream-error',
      'stream-started',
    ]);
    expect(reports[0]).toMatchObject({ StreamSid: streamSid, StreamName: 'talk', CallSid: call.sid });
    expect(call.timeline.ofType('error').map(({ code }) => code)).toEqual([31903]);
  });

  it('drops what was not yet played when it ends', async () => {
    service.twiml('/voice', `${service.connect()}<Pause length="1"/>`);
    const opening = service.nextStream();
    const call = place();
    const stream = await opening;
    await stream.nth('start');
    stream.play(tone(5000));
    await call.timeline.first('media-received');
    stream.socket.close();
    await call.ended;
    expect(call.recording.agent.filter((byte) => byte !== 0xff).length).toBeLessThan(2500 * 8);
  });
});

describe('Dial and Gather', () => {
  it.each(['completed', 'busy', 'no-answer'] as const)(
    'Dial tells its action that it was %s',
    async (result) => {
      service.twiml('/voice', '<Dial timeout="20" action="/dialled"><Number>+15550199</Number></Dial>');
      service.twiml('/dialled', '<Hangup/>');
      const call = place({ dial: { result, afterMs: 10 } });
      await call.ended;
      expect(call.timeline.ofType('dialled')).toMatchObject([{ to: '+15550199', result }]);
      const bridged = String(result === 'completed');
      expect(service.parametersOf('/dialled')).toMatchObject([
        { DialCallStatus: result, DialBridged: bridged },
      ]);
    },
  );

  it('Gather takes keys, also during its prompt, until the finishing one', async () => {
    service.twiml(
      '/voice',
      '<Gather numDigits="3" action="/digits"><Say>A long prompt that a key cuts short</Say></Gather>',
    );
    service.twiml('/digits', '<Hangup/>');
    await place({ caller: { steps: [{ press: '12#3', when: { afterMs: 100 } }] } }).ended;
    expect(service.parametersOf('/digits')).toMatchObject([{ Digits: '12' }]);
  });

  it('Gather without a key goes on with the next verb', async () => {
    service.twiml('/voice', '<Gather timeout="0" action="/digits"/><Hangup/>');
    const call = place();
    await call.ended;
    expect(verbsOf(call)).toEqual(['gather', 'hangup']);
    expect(service.parametersOf('/digits')).toEqual([]);
  });
});

describe('a service that fails', () => {
  const broken: [string, number, () => void][] = [
    ['answers 500', 11200, () => service.answer('/voice', () => ({ status: 500, body: 'oops' }))],
    [
      'sends no XML',
      12100,
      () => service.answer('/voice', () => ({ body: '<Response><Say>never closed</Response>' })),
    ],
    ['sends JSON', 12300, () => service.answer('/voice', () => ({ type: 'application/json', body: '{}' }))],
    ['uses an unknown verb', 12200, () => service.twiml('/voice', '<Sing>la la</Sing>')],
  ];

  it.each(broken)(
    'and %s is rescued by the fallback, which is told error %i',
    async (_name, code, arrange) => {
      arrange();
      service.twiml('/fallback', '<Hangup/>');
      const call = place();
      expect(await call.ended).toEqual({ status: 'completed', reason: 'hangup-verb' });
      expect(call.timeline.ofType('error').map((error) => error.code)).toEqual([code]);
      expect(service.parametersOf('/fallback')).toMatchObject([
        { ErrorCode: String(code), ErrorUrl: `${service.baseUrl}/voice`, CallSid: call.sid },
      ]);
    },
  );

  it('by going round in circles is stopped', async () => {
    service.twiml('/voice', '<Redirect>/voice</Redirect>');
    expect((await place().ended).reason).toBe('application-error');
    expect(service.parametersOf('/voice')).toHaveLength(200);
  });

  it('in its fallback too makes Twilio apologise and hang up', async () => {
    service.answer('/voice', () => ({ status: 503, body: '' }));
    service.answer('/fallback', () => ({ status: 503, body: '' }));
    const call = place();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'application-error' });
    expect(call.recording.agent.some((byte) => byte !== 0xff)).toBe(true);
  });

  it('to listen at all is a connection failure', async () => {
    await service.close();
    const call = place();
    expect((await call.ended).reason).toBe('application-error');
    expect(call.timeline.ofType('error')[0]?.code).toBe(11205);
  });
});

it('closing the sandbox ends its calls', async () => {
  service.twiml('/voice', service.connect());
  const opening = service.nextStream();
  const call = place();
  const stream = await opening;
  await stream.nth('start');
  await sandbox.close();
  await stream.closed();
  expect(await call.ended).toEqual({ status: 'failed', reason: 'sandbox-closed' });
  expect(stream.of('stop')).toHaveLength(1);
});
