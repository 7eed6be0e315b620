import { afterEach, describe, expect, it } from 'vitest';
import type { Admission, NewCall, Reception } from './index.ts';
import { type Bench, type BenchOptions, createSession, openBench, PUBLIC_URL, sid } from './test-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const words = { say: 'We are in trouble.', goodbye: 'Call again.', language: 'en-GB' };
const transfer = { to: '+15550123', timeoutSec: 25 };

class FakeReception implements Reception {
  admission: Admission = { type: 'answer' };
  words: ReturnType<Reception['wordsFor']> = { ...words, transfer };
  isAlone = false;
  readonly asked: NewCall[] = [];
  admit(call: NewCall): Admission {
    this.asked.push(call);
    return this.admission;
  }
  wordsFor(): ReturnType<Reception['wordsFor']> {
    return this.words;
  }
}

async function open(options: BenchOptions = {}) {
  const reception = new FakeReception();
  bench = await openBench({ reception, ...options });
  return reception;
}

const form = {
  CallSid: sid('CA'),
  AccountSid: sid('AC'),
  From: '+15550001111',
  To: '+15552223333',
  Direction: 'inbound',
  CallStatus: 'ringing',
};
const post = async (path: string, more: Record<string, string> = {}): Promise<string> => {
  const response = await bench.post(path, { ...form, ...more });
  expect(response.status).toBe(200);
  return (await response.text()).replaceAll('&amp;', '&');
};
/** Where a document goes on. */
const redirect = (xml: string): string | undefined =>
  /<Redirect method="POST">([^<]*)<\/Redirect>/.exec(xml)?.[1]?.replace(PUBLIC_URL, '');

describe('a new call that is not taken now', () => {
  it('waits in line: hears the words now and then, and asks again with how long it has waited', async () => {
    const reception = await open();
    reception.admission = { type: 'wait', words, isSaid: true };
    const first = await post('/twilio/voice');
    expect(first).toContain('<Say language="en-GB">We are in trouble.</Say><Pause length="4"/>');
    const again = redirect(first) ?? '';
    expect(again).toMatch(/^\/twilio\/voice\?waitingSince=\d{13}&round=1$/);
    const waitingSinceMs = Number(new URLSearchParams(again.split('?')[1]).get('waitingSince'));

    reception.admission = { type: 'wait', words, isSaid: false };
    const second = await post(again);
    expect(second).not.toContain('<Say');
    expect(redirect(second)).toBe(`/twilio/voice?waitingSince=${waitingSinceMs}&round=2`);
    expect(reception.asked).toMatchObject([
      { callSid: sid('CA'), to: '+15552223333', round: 0, waitingSinceMs: undefined },
      { round: 1, waitingSinceMs },
    ]);
    expect(bench.desk.told).toEqual([]);

    reception.admission = { type: 'answer' };
    bench.desk.sessions.set(sid('CA'), createSession());
    expect(await post(again)).toContain('<Stream');
  });

  it('goes elsewhere, to somebody, or is told goodbye', async () => {
    const reception = await open();
    reception.admission = { type: 'elsewhere' };
    expect(await post('/twilio/voice')).toMatch(
      /<Response><Redirect method="POST">[^<]*\/twilio\/voice\?.*round=1</,
    );
    reception.admission = { type: 'transfer', words: { ...words, transfer } };
    expect(await post('/twilio/voice')).toMatch(
      /<Say language="en-GB">We are in trouble.<\/Say><Dial answerOnBridge="true" timeout="25" action="[^"]*\/twilio\/fallback\?after=dial" method="POST"><Number>\+15550123</,
    );
    reception.admission = { type: 'refuse', words };
    expect(await post('/twilio/voice')).toContain('<Say language="en-GB">Call again.</Say><Hangup/>');
    reception.admission = { type: 'fallback' };
    expect(redirect(await post('/twilio/voice'))).toBe('/twilio/fallback');
  });
});

describe('the fallback', () => {
  it('says the words of the flow and connects the caller, whatever else is broken', async () => {
    await open();
    bench.desk.failure = new Error('no store');
    const xml = await post('/twilio/fallback', { ErrorCode: '11200' });
    expect(xml).toContain('<Say language="en-GB">We are in trouble.</Say><Dial');
  });

  it('says goodbye where nobody is to be connected, or nobody answers', async () => {
    const reception = await open();
    expect(await post('/twilio/fallback?after=dial', { DialCallStatus: 'no-answer' })).toContain(
      '<Response><Say language="en-GB">Call again.</Say><Hangup/>',
    );
    expect(await post('/twilio/fallback?after=dial', { DialCallStatus: 'completed' })).toContain(
      '<Response><Hangup/>',
    );
    reception.words = words;
    expect(await post('/twilio/fallback')).toContain(
      '<Say language="en-GB">We are in trouble.</Say><Say language="en-GB">Call again.</Say><Hangup/>',
    );
    reception.words = undefined;
    expect(await post('/twilio/fallback')).toContain('something went wrong at our end');
  });

  it('goes on with a call that is known', async () => {
    await open();
    bench.desk.sessions.set(sid('CA'), createSession());
    expect(await post('/twilio/fallback', { ErrorCode: '11200' })).toContain('<Stream');
  });

  it('is what a caller hears whose call cannot be answered', async () => {
    await open();
    bench.desk.failure = new Error('no store');
    expect(await post('/twilio/voice')).toContain('We are in trouble.');
  });
});

describe('while the store that nodes share is away', () => {
  it('a call tells whichever node gets its media what it is', async () => {
    const reception = await open();
    reception.isAlone = true;
    bench.desk.sessions.set(sid('CA'), createSession());
    const xml = await post('/twilio/voice');
    const parameter = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(xml)?.[1] ?? '';
    expect(parameter('session').length).toBeLessThan(490);

    // The other node has never heard of it.
    bench.desk.sessions.clear();
    const phone = await bench.dial();
    bench.desk.sessions.clear();
    const customParameters = { token: parameter('token'), session: parameter('session') };
    phone.send(phone.start({ customParameters }));
    const { line } = await bench.desk.line(0);
    expect(line.callSid).toBe(sid('CA'));
    expect(line.parameters).toEqual({});
    expect(bench.desk.sessions.get(sid('CA'))).toMatchObject({
      callId: 'call-1',
      flowId: 'flow',
      streams: 0,
    });
  });

  it('a call that was tampered with is none', async () => {
    const reception = await open();
    reception.isAlone = true;
    const phone = await bench.dial();
    bench.desk.sessions.clear();
    const customParameters = { token: phone.token, session: 'e30.AAAA' };
    phone.send(phone.start({ customParameters }));
    expect(await phone.closed).toBe(1008);
    expect(bench.counters.fault('unknown-session')).toBe(1);
  });

  it('a call that only another node knows asks on until it gets there', async () => {
    const reception = await open();
    reception.isAlone = true;
    let xml = await post('/twilio/resume', { DialCallStatus: 'no-answer' });
    expect(redirect(xml)).toBe('/twilio/resume?DialCallStatus=no-answer&round=1');
    for (let tries = 1; redirect(xml) !== undefined; tries++) {
      expect(tries).toBeLessThan(20);
      xml = await post(redirect(xml) ?? '');
    }
    expect(xml).toContain('We are in trouble.');
  });
});
