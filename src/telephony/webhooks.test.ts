import twilio from 'twilio';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AUTH_TOKEN,
  type Bench,
  type BenchOptions,
  createSession,
  openBench,
  PUBLIC_URL,
  sid,
} from './test-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const open = async (options?: BenchOptions) => {
  bench = await openBench(options);
  bench.desk.sessions.set(sid('CA'), createSession());
};

const call = { CallSid: sid('CA'), AccountSid: sid('AC') };
const voice = {
  ...call,
  From: '+15550001111',
  To: '+15552223333',
  Direction: 'inbound',
  CallStatus: 'ringing',
};
const routes = ['voice', 'resume', 'status', 'amd', 'recording', 'fallback', 'hold', 'transfer', 'briefing'];

describe('the signature', () => {
  it('of the public URL counts, whatever host the request names', async () => {
    await open();
    const res = await bench.post('/twilio/voice', voice);
    expect(res.status).toBe(200);
    expect(res.headers.get('content-type')).toContain('text/xml');
  });

  it.each(routes)('when wrong or missing gets 403 from /twilio/%s, and no call is touched', async (route) => {
    await open();
    const path = `/twilio/${route}`;
    const answers = [
      await bench.post(path, voice, { signature: '' }),
      await bench.post(path, voice, { signature: 'bm90IGEgc2lnbmF0dXJl' }),
      await bench.post(path, voice, { signedUrl: bench.origin + path }),
      await bench.post(path, voice, { signedUrl: `https://elsewhere.example.com${path}` }),
      await fetch(bench.origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
    ];
    for (const res of answers) {
      expect(res.status).toBe(403);
      expect(res.headers.get('content-type')).toContain('text/plain');
      expect(await res.text()).toBe('Forbidden\n');
    }
    expect(bench.desk.told).toEqual([]);
    expect(bench.counters.counts).toEqual({
      'telephony_refused_total{webhook,missing-signature}': 2,
      'telephony_refused_total{webhook,bad-signature}': 3,
    });
  });

  it('covers every field of the form', async () => {
    await open();
    const signed = await bench.post('/twilio/voice', voice);
    expect(signed.status).toBe(200);
    const forVoice = twilio.getExpectedTwilioSignature(AUTH_TOKEN, `${PUBLIC_URL}/twilio/voice`, voice);
    const changed = await bench.post(
      '/twilio/voice',
      { ...voice, To: '+15554445555' },
      { signature: forVoice },
    );
    expect(changed.status).toBe(403);
  });

  it('is checked with query and trailing slash as they were requested', async () => {
    await open();
    expect(
      (await bench.post('/twilio/status?kind=stream&x=a%20b', { ...call, CallStatus: 'ringing' })).status,
    ).toBe(204);
    expect((await bench.post('/twilio/voice/', voice)).status).toBe(200);
    const other = { signedUrl: `${PUBLIC_URL}/twilio/voice?x=1` };
    expect((await bench.post('/twilio/voice', voice, other)).status).toBe(403);
  });

  it('of another account of ours is not enough', async () => {
    await open({ accountSid: sid('AC', 2) });
    expect((await bench.post('/twilio/voice', voice)).status).toBe(403);
    expect((await bench.post('/twilio/voice', { ...voice, AccountSid: sid('AC', 2) })).status).toBe(200);
    expect(bench.counters.counts['telephony_refused_total{webhook,wrong-account}']).toBe(1);
    expect(bench.desk.told).toHaveLength(1);
  });

  it('of a form that is too long is not even looked at', async () => {
    await open();
    const res = await bench.post('/twilio/voice', { ...voice, Extra: 'x'.repeat(70_000) });
    expect(res.status).toBe(413);
    expect(bench.desk.told).toEqual([]);
    expect(bench.counters.counts).toEqual({ 'telephony_refused_total{webhook,unreadable-body}': 1 });
  });
});

describe('a form', () => {
  it.each([
    ['voice', { ...voice, CallSid: 'CA123' }, 'CallSid: must be CA followed by 32 hexadecimal digits'],
    ['voice', { AccountSid: sid('AC') }, 'CallSid: '],
    ['voice', { ...call, From: '+15550001111' }, 'To: '],
    ['resume', { CallSid: sid('RE') }, 'CallSid: '],
    ['fallback', {}, 'CallSid: '],
    ['status', call, 'CallStatus: '],
    ['status', { ...call, StreamEvent: 'stream-stopped', StreamSid: 'MZ1' }, 'StreamSid: '],
    ['amd', call, 'AnsweredBy: '],
    ['recording', { ...call, RecordingStatus: 'completed' }, 'RecordingSid: '],
    ['hold?kind=rock&call=CA1', call, 'call: '],
    [`hold?kind=rock&call=${sid('CA')}`, call, 'kind: '],
    [`transfer?call=${sid('CA')}`, { ...call, CallStatus: 'busy' }, 'conference: '],
  ])('of /twilio/%s that lacks something is refused by name: %o', async (route, form, problem) => {
    await open();
    const res = await bench.post(`/twilio/${route}`, form);
    expect(res.status).toBe(400);
    expect(await res.text()).toContain(problem);
    expect(bench.desk.told).toEqual([]);
    expect(bench.counters.counts[`telephony_webhooks_total{${route.split('?')[0]},bad-request}`]).toBe(1);
  });
});

describe('/twilio/voice', () => {
  it('connects a call to its stream with a token for it', async () => {
    await open();
    const xml = await (await bench.post('/twilio/voice', voice)).text();
    expect(bench.desk.told).toEqual([`answer:${sid('CA')}:+15550001111:+15552223333:inbound`]);
    expect(xml).toContain(`<Stream url="wss://voice.example.com/agent/twilio/media"`);
    expect(await bench.tokens.redeem(tokenIn(xml), sid('CA'))).toEqual({ callId: 'call-1' });
  });

  it('repeated by Twilio gives the same call and another good token', async () => {
    await open();
    const first = tokenIn(await (await bench.post('/twilio/voice', voice)).text());
    const second = tokenIn(await (await bench.post('/twilio/voice', voice)).text());
    expect(await bench.tokens.redeem(second, sid('CA'))).toEqual({ callId: 'call-1' });
    expect(await bench.tokens.redeem(first, sid('CA'))).toEqual({ callId: 'call-1' });
  });

  it('tells calls we placed from those we got, and takes withheld numbers', async () => {
    await open();
    await bench.post('/twilio/voice', { ...voice, Direction: 'outbound-api' });
    const { From: _, ...withheld } = voice;
    await bench.post('/twilio/voice', withheld);
    expect(bench.desk.told).toEqual([
      `answer:${sid('CA')}:+15550001111:+15552223333:outbound`,
      `answer:${sid('CA')}::+15552223333:inbound`,
    ]);
  });

  it('says that a number without a flow is not in service', async () => {
    await open();
    bench.desk.sessions.clear();
    expect(await (await bench.post('/twilio/voice', voice)).text()).toMatch(
      /<Say>.*not in service.*<Hangup\/>/,
    );
  });
});

describe('/twilio/resume', () => {
  it.each([
    [{ type: 'reconnect' } as const, '<Stream url='],
    [{ type: 'hang-up' } as const, '<Response><Hangup/></Response>'],
    [{ type: 'transfer', to: '+15550009999', timeoutSec: 20 } as const, '<Number>+15550009999</Number>'],
  ])('acts on the plan %o', async (plan, verbs) => {
    await open();
    bench.desk.plan = plan;
    const res = await bench.post('/twilio/resume', { ...call, CallStatus: 'in-progress' });
    expect(await res.text()).toContain(verbs);
    expect(bench.desk.told).toEqual([`resume:${sid('CA')}:-`]);
  });

  it('says what no voice could, and asks again how to go on', async () => {
    await open();
    const words = [
      { text: 'Tag & Nacht.', language: 'de-DE' },
      { text: 'Bye.', language: 'en-GB' },
    ];
    bench.desk.plan = { type: 'say', words, next: { type: 'reconnect' } };
    const res = await bench.post('/twilio/resume', call);
    expect(await res.text()).toMatch(
      /<Say language="de-DE">Tag &amp; Nacht.<\/Say><Say language="en-GB">Bye.<\/Say><Redirect method="POST">.*\/twilio\/resume\?after=say<\/Redirect><\/Response>$/,
    );
    await bench.post('/twilio/resume?after=say', call);
    expect(bench.desk.told).toEqual([`resume:${sid('CA')}:-`, `resume:${sid('CA')}:said`]);
  });

  it('tells how a transfer’s dialling ended', async () => {
    await open();
    await bench.post('/twilio/resume?after=dial', {
      ...call,
      DialCallStatus: 'busy',
      CallStatus: 'in-progress',
    });
    expect(bench.desk.told).toEqual([`resume:${sid('CA')}:busy`]);
  });

  it('ends a call whose caller has hung up', async () => {
    await open();
    const res = await bench.post('/twilio/resume', { ...call, CallStatus: 'completed' });
    expect(await res.text()).toContain('<Response><Hangup/></Response>');
    expect(bench.desk.told).toEqual([`callEnded:${sid('CA')}:completed`]);
  });

  it('apologises for a call nobody knows', async () => {
    await open();
    const res = await bench.post('/twilio/resume', { ...call, CallSid: sid('CA', 2) });
    expect(await res.text()).toMatch(/<Say>Sorry.*<Hangup\/>/);
  });
});

describe('a caller who waits for a transfer', () => {
  const leg = { conference: 'room-1', placedAt: 0 };
  const transfer = { type: 'transfer', to: '+15550009999', timeoutSec: 20 } as const;

  it('is put into the conference into which the other side is rung', async () => {
    await open();
    bench.desk.plan = { ...transfer, hold: 'music', leg };
    const xml = await (await bench.post('/twilio/resume', { ...call, CallStatus: 'in-progress' })).text();
    expect(xml).toContain(`hold?kind=music&amp;call=${sid('CA')}"`);
    expect(xml).toContain('>room-1</Conference>');
    expect(xml).not.toContain('<Number>');
  });

  it('hears it ring where the other side could not be rung by us', async () => {
    await open();
    bench.desk.plan = { ...transfer, hold: 'music' };
    const xml = await (await bench.post('/twilio/resume', { ...call, CallStatus: 'in-progress' })).text();
    expect(xml).toContain('<Number>+15550009999</Number>');
  });

  it.each([
    [0, 1],
    [24_000, 1],
    [35_000, 2],
  ])('hears music until the desk wants to be asked again, in %i ms', async (askAgainMs, times) => {
    await open();
    bench.desk.askAgainMs = askAgainMs;
    const xml = await (await bench.post(`/twilio/hold?kind=music&call=${sid('CA')}`, call)).text();
    expect(xml).toContain(`<Play loop="${times}">${PUBLIC_URL}/twilio/hold/music.wav</Play><Redirect`);
    expect(bench.desk.told).toEqual([`waiting:${sid('CA')}`]);
  });

  it('hears music also when the desk fails', async () => {
    await open();
    bench.desk.failure = new Error('the store is down');
    const xml = await (await bench.post(`/twilio/hold?kind=noise&call=${sid('CA')}`, call)).text();
    expect(xml).toContain(`<Play loop="1">${PUBLIC_URL}/twilio/hold/noise.wav</Play>`);
  });

  it('and whoever answers it are told what comes next', async () => {
    await open();
    const path = `/twilio/briefing?call=${sid('CA')}&conference=room-1`;
    const asked = async (heard: string): Promise<string> =>
      (await bench.post(`${path}${heard}`, { ...call, CallSid: sid('CA', 2) })).text();
    bench.desk.next = { type: 'say', text: 'Anna wants a room.', language: 'en-US' };
    expect(await asked('')).toContain('<Say language="en-US">Anna wants a room.</Say><Redirect');
    bench.desk.next = { type: 'join' };
    expect(await asked('&heard=true')).toContain('room-1</Conference>');
    bench.desk.next = undefined;
    expect(await asked('')).toContain('<Hangup/>');
    expect(bench.desk.told).toEqual(
      ['false', 'true', 'false'].map((heard) => `briefing:${sid('CA')}:${sid('CA', 2)}:room-1:${heard}`),
    );
  });

  it.each(['person', 'both'] as const)('a summary for %s', async (to) => {
    await open();
    const summary = { text: 'Anna wants a room.', language: 'en-US', to };
    const leg = { conference: 'room-1', placedAt: 0, briefed: true };
    bench.desk.plan = { ...transfer, hold: 'music', summary, leg };
    const xml = await (await bench.post('/twilio/resume', call)).text();
    expect(xml.includes('Anna wants a room.')).toBe(to === 'both');
  });

  it.each(['initiated', 'in-progress', 'busy', 'completed'])('the desk is told: %s', async (status) => {
    await open();
    const path = `/twilio/transfer?call=${sid('CA')}&conference=room-1`;
    const res = await bench.post(path, { ...call, CallSid: sid('CA', 2), CallStatus: status });
    expect(res.status).toBe(204);
    expect(bench.desk.told).toEqual([`legReported:${sid('CA')}:${sid('CA', 2)}:room-1:${status}`]);
  });
});

it.each(['music', 'noise'] as const)('the %s is there for anybody, as μ-law', async (kind) => {
  await open();
  const res = await fetch(`${bench.origin}/twilio/hold/${kind}.wav`);
  expect(res.headers.get('content-type')).toBe('audio/wav');
  expect(res.headers.get('cache-control')).toContain('max-age');
  expect(res.headers.get('etag')).not.toBeNull();
  const file = Buffer.from(await res.arrayBuffer());
  expect(file.toString('latin1', 0, 4)).toBe('RIFF');
  expect(file.readUInt16LE(20)).toBe(7);
});

describe('/twilio/fallback', () => {
  it('reconnects a known call and apologises to an unknown one', async () => {
    await open();
    const error = { ErrorCode: '11200', ErrorUrl: `${PUBLIC_URL}/twilio/voice` };
    expect(await (await bench.post('/twilio/fallback', { ...call, ...error })).text()).toContain(
      '<Stream url=',
    );
    const unknown = { ...call, ...error, CallSid: sid('CA', 2) };
    expect(await (await bench.post('/twilio/fallback', unknown)).text()).toMatch(/<Say>Sorry.*<Hangup\/>/);
  });
});

describe('/twilio/status', () => {
  it.each(['completed', 'busy', 'failed', 'no-answer', 'canceled'])(
    'ends a call that is %s',
    async (status) => {
      await open();
      const res = await bench.post('/twilio/status', { ...call, CallStatus: status, SequenceNumber: '3' });
      expect(res.status).toBe(204);
      expect(bench.desk.told).toEqual([`callEnded:${sid('CA')}:${status}`]);
    },
  );

  it.each(['queued', 'initiated', 'ringing', 'in-progress', 'something-new'])('notes %s', async (status) => {
    await open();
    expect((await bench.post('/twilio/status', { ...call, CallStatus: status })).status).toBe(204);
    expect(bench.desk.told).toEqual([]);
  });

  it.each([
    ['stream-started', undefined, []],
    ['stream-stopped', undefined, [`streamEnded:${sid('CA')}:${sid('MZ')}:-`]],
    [
      'stream-error',
      '31921 - Stream - WebSocket - Close Error',
      [`streamEnded:${sid('CA')}:${sid('MZ')}:31921 - Stream - WebSocket - Close Error`],
    ],
    ['stream-error', undefined, [`streamEnded:${sid('CA')}:${sid('MZ')}:unknown`]],
  ])('tells of the stream: %s', async (event, error, told) => {
    await open();
    const form = {
      ...call,
      StreamSid: sid('MZ'),
      StreamEvent: event,
      ...(error ? { StreamError: error } : {}),
    };
    expect((await bench.post('/twilio/status?kind=stream', form)).status).toBe(204);
    expect(bench.desk.told).toEqual(told);
  });
});

it('/twilio/amd and /twilio/recording are taken note of', async () => {
  await open();
  expect((await bench.post('/twilio/amd', { ...call, AnsweredBy: 'human' })).status).toBe(204);
  const recording = { ...call, RecordingSid: sid('RE'), RecordingStatus: 'completed' };
  expect((await bench.post('/twilio/recording', recording)).status).toBe(204);
  expect(bench.desk.told).toEqual([]);
});

it('/twilio/amd tells the desk of an answering machine', async () => {
  await open();
  expect((await bench.post('/twilio/amd', { ...call, AnsweredBy: 'machine_end_beep' })).status).toBe(204);
  expect(bench.desk.told).toEqual([`machineAnswered:${call.CallSid}`]);
});

describe('when the desk fails', () => {
  it.each(['voice', 'resume', 'fallback'])('/twilio/%s apologises to the caller', async (route) => {
    await open();
    bench.desk.failure = new Error('the store is down');
    const res = await bench.post(`/twilio/${route}`, { ...voice, CallStatus: 'in-progress' });
    expect(res.status).toBe(200);
    expect(await res.text()).toMatch(/<Say>Sorry.*<Hangup\/>/);
    expect(bench.counters.counts[`telephony_webhooks_total{${route},failed}`]).toBe(1);
  });

  it('/twilio/status answers 500, so that Twilio may come again', async () => {
    await open();
    bench.desk.failure = new Error('the store is down');
    const res = await bench.post('/twilio/status', { ...call, CallStatus: 'completed' });
    expect(res.status).toBe(500);
    expect(await res.text()).not.toContain('store');
  });

  it('to decide in time, the caller hears an apology', async () => {
    await open({ deskTimeoutMs: 20 });
    bench.desk.answer = () => new Promise(() => {});
    expect(await (await bench.post('/twilio/voice', voice)).text()).toMatch(/<Say>Sorry.*<Hangup\/>/);
  });
});

it('other paths and methods are not ours', async () => {
  await open();
  expect((await bench.post('/twilio/other', voice)).status).toBe(404);
  expect((await fetch(`${bench.origin}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${bench.origin}/twilio/voice`)).status).toBe(403);
});

function tokenIn(xml: string): string | undefined {
  return /<Parameter name="token" value="([^"]*)"/.exec(xml)?.[1];
}
