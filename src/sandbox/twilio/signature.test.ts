import twilio from 'twilio';
import { expect, it } from 'vitest';
import { signatureHeaders } from './signature.ts';

it("signs Twilio's own example as its documentation does", () => {
  const parameters = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675310',
    Digits: '1234',
    From: '+14158675310',
    To: '+18005551212',
  };
  expect(signatureHeaders('right', '12345', 'https://example.com/myapp.php?foo=1&bar=2', parameters)).toEqual(
    {
      'x-twilio-signature': 'L/OH5YylLD5NRKLltdqwSvS0BnU=',
    },
  );
});

it.each([
  ['https://user:pw@agent.example:8443/voice?a=b#rc=2', 'https://agent.example/voice?a=b'],
  ['http://127.0.0.1:3000/voice', 'http://127.0.0.1:3000/voice'],
  ['wss://agent.example/media', 'wss://agent.example/media'],
])('signs %s in the form the official package expects', (url, expected) => {
  const parameters = { Zip: '', City: 'São Paulo' };
  const signature = signatureHeaders('right', 'token', url, parameters)['x-twilio-signature'] ?? '';
  expect(twilio.validateRequest('token', signature, expected, parameters)).toBe(true);
  const wrong = signatureHeaders('wrong', 'token', url, parameters)['x-twilio-signature'] ?? '';
  expect(twilio.validateRequest('token', wrong, expected, parameters)).toBe(false);
  expect(signatureHeaders('missing', 'token', url, parameters)).toEqual({});
});
