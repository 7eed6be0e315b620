import { expect, it } from 'vitest';
import { readPublicUrl } from './public-url.ts';

it.each([
  [
    'https://voice.example.com',
    'https://voice.example.com/twilio/voice',
    'wss://voice.example.com/twilio/voice',
  ],
  [
    'https://voice.example.com/',
    'https://voice.example.com/twilio/voice',
    'wss://voice.example.com/twilio/voice',
  ],
  ['https://h.example/agent/', 'https://h.example/agent/twilio/voice', 'wss://h.example/agent/twilio/voice'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/twilio/voice', 'ws://127.0.0.1:3000/twilio/voice'],
  [
    'https://Voice.Example.com:8443',
    'https://Voice.Example.com:8443/twilio/voice',
    'wss://Voice.Example.com:8443/twilio/voice',
  ],
])('%s gives %s and %s', (value, web, socket) => {
  const url = readPublicUrl(value);
  expect(url.web('/twilio/voice')).toBe(web);
  expect(url.socket('/twilio/voice')).toBe(socket);
});

it.each(['', 'voice.example.com', 'ftp://example.com', 'wss://example.com'])('refuses %o', (value) => {
  expect(() => readPublicUrl(value)).toThrow(/absolute http or https URL/);
});

it.each(['https://h/?a=1', 'https://h/#rc=2', 'https://me:secret@h/'])('refuses %o', (value) => {
  expect(() => readPublicUrl(value)).toThrow(/must hold no/);
});
