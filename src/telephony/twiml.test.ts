import { expect, it } from 'vitest';
import { createTwiml } from './twiml.ts';

const twiml = createTwiml('https://voice.example.com/agent/');
const wrap = (verbs: string) => `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;

it('connects the stream and then goes to resume', () => {
  expect(twiml.connect('the.token')).toBe(
    wrap(
      '<Connect action="https://voice.example.com/agent/twilio/resume" method="POST">' +
        '<Stream url="wss://voice.example.com/agent/twilio/media"' +
        ' statusCallback="https://voice.example.com/agent/twilio/status?kind=stream" statusCallbackMethod="POST">' +
        '<Parameter name="token" value="the.token"/></Stream></Connect>' +
        '<Redirect method="POST">https://voice.example.com/agent/twilio/resume</Redirect>',
    ),
  );
});

it('transfers to a number, with the caller hearing it ring', () => {
  const plan = { type: 'transfer', to: '+15550009999', timeoutSec: 25, callerId: '+15552223333' } as const;
  expect(twiml.transfer(plan)).toBe(
    wrap(
      '<Dial answerOnBridge="true" timeout="25" action="https://voice.example.com/agent/twilio/resume?after=dial"' +
        ' method="POST" callerId="+15552223333"><Number>+15550009999</Number></Dial>',
    ),
  );
});

it('transfers to a SIP address', () => {
  const xml = twiml.transfer({ type: 'transfer', to: 'sip:desk@example.com?a=1&b=2', timeoutSec: 25 });
  expect(xml).toContain('<Sip>sip:desk@example.com?a=1&amp;b=2</Sip>');
  expect(xml).not.toContain('callerId');
});

it('lets the caller wait in a conference with music', () => {
  expect(twiml.wait({ conference: 'room-1', hold: 'music', callSid: 'CA1' })).toBe(
    wrap(
      '<Dial action="https://voice.example.com/agent/twilio/resume?after=dial" method="POST">' +
        '<Conference startConferenceOnEnter="false" endConferenceOnExit="true" beep="false"' +
        ' waitUrl="https://voice.example.com/agent/twilio/hold?kind=music&amp;call=CA1" waitMethod="POST">' +
        'room-1</Conference></Dial>',
    ),
  );
});

it('tells whoever answers a warm transfer what it is about, and takes them to the caller', () => {
  const summary = { text: 'Anna & Tom want a room.', language: 'en-GB' };
  expect(twiml.brief(summary, { conference: 'room-1', callSid: 'CA1' })).toBe(
    wrap(
      '<Say language="en-GB">Anna &amp; Tom want a room.</Say>' +
        '<Redirect method="POST">https://voice.example.com/agent/twilio/briefing?call=CA1&amp;conference=room-1&amp;heard=true</Redirect>',
    ),
  );
  expect(twiml.join('room-1')).toBe(
    wrap(
      '<Dial><Conference startConferenceOnEnter="true" endConferenceOnExit="true" beep="false" waitUrl="">room-1</Conference></Dial>',
    ),
  );
  expect(twiml.wait({ conference: 'room-1', hold: 'music', callSid: 'CA1', summary })).toContain(
    '<Response><Say language="en-GB">Anna &amp; Tom want a room.</Say><Dial',
  );
});

it('plays for the caller who waits, and then asks again', () => {
  expect(twiml.hold({ hold: 'noise', callSid: 'CA1', times: 2 })).toBe(
    wrap(
      '<Play loop="2">https://voice.example.com/agent/twilio/hold/noise.wav</Play>' +
        '<Redirect method="POST">https://voice.example.com/agent/twilio/hold?kind=noise&amp;call=CA1</Redirect>',
    ),
  );
});

it('hangs up, with or without words', () => {
  expect(twiml.hangUp()).toBe(wrap('<Hangup/>'));
  expect(twiml.apologise()).toMatch(/<Response><Say>Sorry, .+<\/Say><Hangup\/><\/Response>$/);
  expect(twiml.notInService()).toMatch(/<Response><Say>.*not in service.*<\/Say><Hangup\/><\/Response>$/);
});
