import { expect, test } from 'vitest';
import { Concealed, lastFour, maskOf } from './concealed.ts';
import { Templates } from './templates.ts';

const CARD = '4111111111111234';

test.each([
  ['{{ slots.card }}', '•••• 1234'],
  ['{{ slots.card | last4 }}', '1234'],
  ['{{ slots.card | last4 | spoken_digits }}', '1 2 3 4'],
  ['{{ slots.card | masked }}', '•••• 1234'],
  ['{{ slots.card | slice: 0, 6 }}', '•••• 1'],
  ['{{ slots.card | append: "" }}', '•••• 1234'],
  ['{{ slots.card | json }}', '"•••• 1234"'],
  ['{{ slots | json }}', '{"card":"•••• 1234"}'],
  ['{% assign x = slots.card %}{{ x }}', '•••• 1234'],
  ['{% if slots.card %}there{% endif %}', 'there'],
  ['{% for part in slots %}{{ part[1] }}{% endfor %}', '•••• 1234'],
])('whatever a template does, it comes to the mask: %s', (source, text) => {
  const templates = new Templates({ language: 'en-US', timeZone: 'UTC' });
  expect(templates.render(source, { slots: { card: new Concealed(CARD) } }).text).toBe(text);
});

test('what is short, or no number, is not told at all', () => {
  expect([maskOf('1234'), maskOf('1980-06-05'), maskOf(true), maskOf('anna@example.com')]).toEqual(
    Array.from({ length: 4 }, () => '•••'),
  );
  expect([lastFour('1234567'), lastFour('12345678'), lastFour('+14155550123')]).toEqual(['', '5678', '0123']);
});
