import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { parseTwiml } from './twiml.ts';

const DOCUMENT_URL = 'https://agent.example/twilio/voice?x=1';

describe('TwiML', () => {
  it('that the official package writes is understood', () => {
    const response = new twilio.twiml.VoiceResponse();
    const connect = response.connect({ action: '/twilio/resume?a=1&b=2' });
    const stream = connect.stream({
      url: 'wss://agent.example/media',
      name: 'talk',
      statusCallback: 'https://agent.example/s',
    });
    stream.parameter({ name: 'token', value: `<"quoted" & 'so'>` });
    response.say('Fish & chips – “really”');
    response.dial({ timeout: 12, action: 'done', method: 'GET' }, '+15550199');
    response.gather({ numDigits: 1, input: ['dtmf'] }).play('hold.wav');
    response.pause({ length: 3 });
    response.reject({ reason: 'busy' });
    response.redirect({ method: 'POST' }, 'resume');
    response.hangup();

    expect(parseTwiml(response.toString(), DOCUMENT_URL)).toEqual([
      {
        type: 'connect',
        action: { url: 'https://agent.example/twilio/resume?a=1&b=2', method: 'POST' },
        stream: {
          url: 'wss://agent.example/media',
          name: 'talk',
          parameters: { token: `<"quoted" & 'so'>` },
          statusCallback: { url: 'https://agent.example/s', method: 'POST' },
        },
      },
      { type: 'say', text: 'Fish & chips – “really”' },
      {
        type: 'dial',
        to: '+15550199',
        timeoutSec: 12,
        action: { url: 'https://agent.example/twilio/done', method: 'GET' },
      },
      {
        type: 'gather',
        action: { url: DOCUMENT_URL, method: 'POST' },
        numDigits: 1,
        finishOnKey: '#',
        timeoutSec: 5,
        actionOnEmptyResult: false,
        prompts: [{ type: 'play', url: 'https://agent.example/twilio/hold.wav', loop: 1 }],
      },
      { type: 'pause', seconds: 3 },
      { type: 'reject', reason: 'busy' },
      { type: 'redirect', target: { url: 'https://agent.example/twilio/resume', method: 'POST' } },
      { type: 'hangup' },
    ]);
  });

  it.each([
    ['', 12100, 'line 1, column 1'],
    ['<Response>', 12100, 'never closed'],
    ['<Response><Say>a</Response>', 12100, '<Say> is closed by </Response>'],
    ['<Response/><Response/>', 12100, 'something after the root'],
    ['<!DOCTYPE x><Response/>', 12100, 'a name was expected'],
    ['<Response><Say a="1" a="2"/></Response>', 12100, 'given twice'],
    ['<Response><Say a=1/></Response>', 12100, 'not in quotes'],
    ['<Response><Redirect>/a?b=1&c=2</Redirect></Response>', 12100, 'write a bare & as &amp;'],
    [`${'<a>'.repeat(30)}`, 12100, 'nested'],
    ['<Answer/>', 12100, 'not <Response>'],
    ['<Response><Sing/></Response>', 12200, '<Sing>'],
    ['<Response><Connect/></Response>', 12200, 'exactly one <Stream>'],
    ['<Response><Connect><Stream/></Connect></Response>', 12200, 'no url'],
    ['<Response><Connect><Stream url="https://a/b"/></Connect></Response>', 12200, 'wss://'],
    ['<Response><Connect><Stream url="wss://a/b?token=1"/></Connect></Response>', 31920, 'query'],
    [
      '<Response><Connect><Stream url="wss://a/b" track="both_tracks"/></Connect></Response>',
      31941,
      'both_tracks',
    ],
    ['<Response><Pause length="soon"/></Response>', 12200, 'length="soon"'],
    ['<Response><Redirect method="PUT">/a</Redirect></Response>', 12200, 'POST and GET'],
    ['<Response><Dial/></Response>', 12200, 'whom to dial'],
    ['<Response><Gather><Dial>1</Dial></Gather></Response>', 12200, '<Dial>'],
    [`<Response><Say>${'a'.repeat(70_000)}</Say></Response>`, 11750, 'characters'],
  ])('like %s is an error', (source, code, message) => {
    expect(() => parseTwiml(source, DOCUMENT_URL)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('holds parameters of less than 500 characters', () => {
    const of = (length: number): string =>
      `<Response><Connect><Stream url="wss://a/b"><Parameter name="token" value="${'x'.repeat(length - 5)}"/></Stream></Connect></Response>`;
    expect(parseTwiml(of(499), DOCUMENT_URL)).toHaveLength(1);
    expect(() => parseTwiml(of(500), DOCUMENT_URL)).toThrow('500 characters');
  });

  it('may have a declaration, comments, CDATA and character references', () => {
    const source = `<?xml version='1.0' encoding="UTF-8"?>
      <!-- greeting --><Response><!-- in it --><Say>&#72;&#x65;y <![CDATA[<you> & me]]></Say></Response> <!-- end -->`;
    expect(parseTwiml(source, DOCUMENT_URL)).toEqual([{ type: 'say', text: 'Hey <you> & me' }]);
  });
});
