import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxCall, TwilioSandbox } from './index.ts';
import { FROM, startSandbox, TestService, type TestStream, TO, tone } from './test-service.ts';

let service: TestService;
let sandbox: TwilioSandbox;

beforeEach(async () => {
  service = await TestService.start();
  sandbox = startSandbox(service);
});

afterEach(async () => {
  await sandbox.close();
  await service.close();
});

/** A call whose media stream has started. */
async function connectedCall(
  options: { parameters?: string } = {},
): Promise<{ call: SandboxCall; stream: TestStream }> {
  service.twiml('/voice', service.connect('', options.parameters));
  const opening = service.nextStream();
  const call = sandbox.placeInboundCall({ from: FROM, to: TO, caller: { steps: [] } });
  const stream = await opening;
  await stream.nth('start');
  return { call, stream };
}

const timeOf = (stream: TestStream, event: string): number =>
  stream.received.find(({ message }) => message['event'] === event)?.atMs ?? Number.NaN;

describe('what the service receives', () => {
  it('is connected, start and media, as Twilio sends them', async () => {
    const { call, stream } = await connectedCall({ parameters: '<Parameter name="token" value="a&amp;b"/>' });
    await stream.nth('media', 3);

    expect(stream.received[0]?.message).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    const { accountSid } = call.plan;
    expect(stream.received[1]?.message).toEqual({
      event: 'start',
      sequenceNumber: '1',
      start: {
        accountSid,
        streamSid: stream.streamSid,
        callSid: call.sid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token: 'a&b' },
      },
      streamSid: stream.streamSid,
    });
    const [first] = stream.of('media');
    expect(first).toMatchObject({
      sequenceNumber: '2',
      media: { track: 'inbound', chunk: '1', timestamp: '155' },
    });
    expect(stream.headers).toMatchObject({ 'user-agent': 'Twilio.TmeWs/1.0' });
    expect(stream.headers['sec-websocket-extensions']).toBeUndefined();
  });

  it('is one frame of 160 bytes for every 20 ms of real time, numbered without a gap', async () => {
    const { call, stream } = await connectedCall();
    await stream.nth('media', 50);

    const media = stream.of('media').slice(0, 50) as {
      sequenceNumber: string;
      media: Record<string, string>;
    }[];
    expect(media.map(({ media: { chunk } }) => Number(chunk))).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    expect(media.map(({ sequenceNumber }) => Number(sequenceNumber))).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 2),
    );
    expect(
      media.every(({ media: { payload } }) => Buffer.from(String(payload), 'base64').length === 160),
    ).toBe(true);
    // From the opening, not from the first frame: a busy machine may be late with that one and then catches up.
    const [opened] = call.timeline.ofType('stream-opened');
    expect((call.mediaSentAtMs[49] ?? 0) - (opened?.atMs ?? 0)).toBeGreaterThan(900);
  });

  it('has keys and a stop when the caller hangs up', async () => {
    const { call, stream } = await connectedCall();
    call.press('5');
    expect(await stream.nth('dtmf')).toMatchObject({ dtmf: { track: 'inbound_track', digit: '5' } });
    call.hangUp();
    expect(await stream.nth('stop')).toMatchObject({
      stop: { accountSid: call.plan.accountSid, callSid: call.sid },
    });
    await stream.closed();
    expect(await call.ended).toEqual({ status: 'completed', reason: 'caller-hung-up' });
  });
});

describe('what the service sends', () => {
  it('is played in real time: a mark comes back when the audio before it was heard, not sooner', async () => {
    const { call, stream } = await connectedCall();
    stream.play(tone(310));
    stream.mark('one');
    stream.play(tone(90));
    stream.mark('two');
    const sentAtMs = performance.now();
    await stream.nth('mark', 2);

    expect(stream.of('mark').map((message) => message['mark'])).toEqual([{ name: 'one' }, { name: 'two' }]);
    expect(timeOf(stream, 'mark') - sentAtMs).toBeGreaterThan(300);
    expect(performance.now() - sentAtMs).toBeGreaterThan(390);
    // Both pieces were of a size that no frame has; nothing of them is lost between the two.
    const { agent, caller } = call.recording;
    expect(agent.filter((byte) => byte !== 0xff)).toHaveLength(400 * 8);
    expect(agent.length).toBe(caller.length);
  });

  it('comes back at once for a mark with nothing before it', async () => {
    const { call, stream } = await connectedCall();
    stream.mark('empty');
    await stream.nth('mark');
    const [received, reached] = [
      call.timeline.ofType('mark-received')[0],
      call.timeline.ofType('mark-reached')[0],
    ];
    expect((reached?.atMs ?? Number.NaN) - (received?.atMs ?? Number.NaN)).toBeLessThan(10);
  });

  it('is thrown away by clear, which returns every outstanding mark at once', async () => {
    const { call, stream } = await connectedCall();
    stream.play(tone(60_000));
    stream.mark('end');
    stream.mark('really the end');
    await call.timeline.first('mark-received', ({ name }) => name === 'really the end');
    stream.clear();
    await stream.nth('mark', 2);

    expect(call.timeline.ofType('mark-reached')).toMatchObject([{ cleared: true }, { cleared: true }]);
    expect(call.timeline.ofType('clear-received')[0]?.clearedMs).toBeGreaterThan(50_000);
    stream.mark('after');
    await stream.nth('mark', 3);
    expect(call.timeline.ofType('mark-reached')[2]).toMatchObject({ name: 'after', cleared: false });
  });

  it('is error 31951 when it is no message of the three, and the stream goes on', async () => {
    const { call, stream } = await connectedCall();
    const bad = [
      '{"event":',
      '[]',
      JSON.stringify({ event: 'hello', streamSid: stream.streamSid }),
      JSON.stringify({ event: 'media', streamSid: stream.streamSid, media: { payload: 'not base64!' } }),
      JSON.stringify({ event: 'clear', streamSid: 'MZother' }),
      JSON.stringify({ event: 'mark', streamSid: stream.streamSid, mark: {} }),
    ];
    for (const message of bad) stream.socket.send(message);
    stream.socket.send(Buffer.from('binary'));
    stream.mark('still there');
    await stream.nth('mark');

    const errors = call.timeline.ofType('error');
    expect(errors.map(({ code }) => code)).toEqual(Array.from({ length: bad.length + 1 }, () => 31951));
    expect(call.timeline.ofType('media-received')).toHaveLength(0);
  });

  it('may be one message of any size', async () => {
    const { call, stream } = await connectedCall();
    stream.play(tone(120_000));
    const { bytes, queuedMs } = await call.timeline.first('media-received');
    expect({ bytes, queuedMs }).toEqual({ bytes: 960_000, queuedMs: 120_000 });
  });
});

describe('what goes wrong on purpose', () => {
  it.each([
    ['malformed-json', 'malformed'],
    ['unknown-event', 'surprise'],
    ['binary-message', 'binary'],
  ] as const)('%s reaches the service in the middle of a call', async (mischief, event) => {
    const { call, stream } = await connectedCall();
    call.misbehave(mischief);
    await stream.nth(event);
    await stream.nth('media', stream.of('media').length + 2);
  });

  it('a second start and an oversized frame', async () => {
    const { call, stream } = await connectedCall();
    call.misbehave('second-start');
    await stream.nth('start', 2);
    call.misbehave('oversized-frame');
    await call.timeline.first('sent', ({ name }) => name === 'oversized-frame');
    const isHuge = (message: Record<string, unknown>): boolean => JSON.stringify(message).length > 1_000_000;
    await expect.poll(() => stream.of('media').some(isHuge)).toBe(true);
  });

  it('a socket that is destroyed', async () => {
    const { call, stream } = await connectedCall();
    call.misbehave('destroy-socket');
    await stream.closed();
    expect(stream.of('stop')).toEqual([]);
    expect(await call.timeline.first('stream-ended')).toMatchObject({ by: 'failure', closeCode: 1006 });
  });

  it.each([
    ['wrong', 'right'],
    ['missing', 'right'],
    ['right', 'wrong'],
    ['right', 'missing'],
  ] as const)('signatures: webhook %s, stream %s', async (webhookSignature, streamSignature) => {
    service.twiml('/voice', `${service.connect()}<Hangup/>`);
    const faults = { webhookSignature, streamSignature };
    const call = sandbox.placeInboundCall({ from: FROM, to: TO, caller: { steps: [] }, faults });
    await call.ended;
    expect(service.refused).toEqual([webhookSignature === 'right' ? '/media' : '/voice']);
    expect(call.timeline.ofType('error')[0]?.code).toBe(webhookSignature === 'right' ? 31920 : 11200);
  });

  it('a start with another encoding and altered parameters, after media, twice, and an end without stop', async () => {
    service.twiml(
      '/voice',
      service.connect('', '<Parameter name="token" value="good"/><Parameter name="x" value="1"/>'),
    );
    const opening = service.nextStream();
    const call = sandbox.placeInboundCall({
      from: FROM,
      to: TO,
      caller: { steps: [] },
      faults: {
        parameters: ({ token, ...others }) => ({ ...others, token: `${token} but altered` }),
        encoding: 'audio/x-l16',
        mediaBeforeStart: true,
        secondStart: true,
        noStop: true,
      },
    });
    const stream = await opening;
    await stream.nth('start', 2);
    expect(stream.received.slice(0, 4).map(({ message }) => message['event'])).toEqual([
      'connected',
      'media',
      'start',
      'start',
    ]);
    expect(stream.of('start')[0]).toMatchObject({
      start: {
        mediaFormat: { encoding: 'audio/x-l16' },
        customParameters: { token: 'good but altered', x: '1' },
      },
    });
    call.hangUp();
    await stream.closed();
    expect(stream.of('stop')).toEqual([]);
  });

  it('sequence numbers out of order', async () => {
    service.twiml('/voice', service.connect());
    const opening = service.nextStream();
    sandbox.placeInboundCall({
      from: FROM,
      to: TO,
      caller: { steps: [] },
      faults: { shuffledSequence: true },
    });
    const stream = await opening;
    await stream.nth('media', 4);
    const numbers = stream.of('media').map(({ sequenceNumber }) => Number(sequenceNumber));
    expect(numbers.slice(0, 4)).toEqual([3, 2, 4, 5]);
  });

  it('marks that come late, or never', async () => {
    service.twiml('/voice', service.connect());
    const opening = service.nextStream();
    const late = sandbox.placeInboundCall({
      from: FROM,
      to: TO,
      caller: { steps: [] },
      faults: { marks: { lateMs: 200 } },
    });
    const stream = await opening;
    await stream.nth('start');
    stream.mark('late');
    const { atMs } = await late.timeline.first('mark-reached');
    expect(stream.of('mark')).toEqual([]);
    await stream.nth('mark');
    expect(performance.now() - atMs).toBeGreaterThanOrEqual(199);

    const openingNext = service.nextStream();
    const never = sandbox.placeInboundCall({
      from: FROM,
      to: TO,
      caller: { steps: [] },
      faults: { marks: 'never' },
    });
    const silent = await openingNext;
    await silent.nth('start');
    silent.mark('lost');
    await never.timeline.first('mark-reached');
    await silent.nth('media', silent.of('media').length + 3);
    expect(silent.of('mark')).toEqual([]);
  });
});
