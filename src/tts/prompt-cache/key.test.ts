import { expect, test } from 'vitest';
import { promptKey } from './key.ts';

const options = { language: 'en-US' };

test('a key stays the same for good: prompts that were kept are found again', () => {
  const key = promptKey(
    { text: 'Hello.', options: { language: 'en-US', voice: 'v1', model: 'sonic-3', speed: 1.1 } },
    'cartesia',
    { origin: 'https://api.cartesia.ai' },
  );
  expect(key).toBe('91432014473c4af488e646be5a178aec3d01d1fe215d40f5182b112cc539f191');
});

test.each([
  ['text', { text: 'Hello!', options }],
  ['language', { text: 'Hello.', options: { language: 'en-GB' } }],
  ['voice', { text: 'Hello.', options: { ...options, voice: 'v2' } }],
  ['model', { text: 'Hello.', options: { ...options, model: 'm2' } }],
  ['speed', { text: 'Hello.', options: { ...options, speed: 1.2 } }],
])('another %s is another prompt', (_, other) => {
  expect(promptKey(other, 'fake')).not.toBe(promptKey({ text: 'Hello.', options }, 'fake'));
});

test('another vendor, or a stand-in for it, is another prompt', () => {
  const request = { text: 'Hello.', options };
  const keys = [
    promptKey(request, 'one', { origin: 'https://one.example' }),
    promptKey(request, 'two', { origin: 'https://one.example' }),
    promptKey(request, 'one', { origin: 'sandbox' }),
    promptKey(request, 'one'),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

test('what is not said is what the voice is set up with', () => {
  const setup = { origin: 'https://one.example', voice: 'v1', model: 'm1' };
  const unsaid = promptKey({ text: 'Hello.', options }, 'one', setup);
  const said = { text: 'Hello.', options: { ...options, voice: 'v1', model: 'm1', speed: 1 } };
  expect(unsaid).toBe(promptKey(said, 'one', setup));
  expect(unsaid).not.toBe(promptKey({ text: 'Hello.', options }, 'one', { ...setup, voice: 'v2' }));
});

test('what cannot be heard makes no difference', () => {
  const key = promptKey({ text: 'Un café.', options: { language: 'fr-FR' } }, 'fake');
  expect(promptKey({ text: ' Un cafe\u0301.\n', options: { language: 'fr-fr' } }, 'fake')).toBe(key);
});

test('nothing runs into its neighbour', () => {
  const a = promptKey({ text: 'Hi', options: { language: 'en', voice: 'a","b' } }, 'fake');
  const b = promptKey({ text: 'Hi', options: { language: 'en', voice: 'a', model: 'b' } }, 'fake');
  expect(a).not.toBe(b);
});
