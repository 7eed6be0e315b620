import { expect, test } from 'vitest';
import { withoutCardNumbers, withoutRestOfCard } from './card-numbers.ts';

test.each([
  ['4111111111111111', '•••• 1111'],
  ['my card is 4111 1111 1111 1111, it expires in May', 'my card is •••• 1111, it expires in May'],
  ['4111-1111-1111-1111.', '•••• 1111.'],
  ['it is 3782 822463 10005 okay', 'it is •••• 0005 okay'],
  ['four one one one, one one one one, one one one one, one one one one please', '•••• 1111 please'],
  ['four triple one um double one double one 1111 and 1111', '•••• 1111'],
  ['forty one eleven, eleven eleven, eleven eleven, eleven eleven', '•••• 1111'],
  ['5555555555554444 twelve twenty seven', '•••• 4444'],
])('%s', (said, kept) => {
  expect(withoutCardNumbers(said, 'en-US')).toBe(kept);
});

test('in other languages', () => {
  expect(withoutCardNumbers('meine Karte: vier eins eins eins 1111 1111 1111', 'de-DE')).toMatch(
    /: •••• 1111$/,
  );
  expect(withoutCardNumbers('cuatro uno uno uno 1111 1111 1111', 'es-US')).toBe('•••• 1111');
});

test.each([
  '',
  'one moment please',
  '4111 1111 1111 1112',
  '+49 151 2345 6789 01',
  'from one to ten, two of you and three of us',
  '2026-11-20T15:00:00.000Z',
  '0123456789012345',
  'a1b2c3d4-4111-4111-8111-111111111111',
  '1795280461000',
])('is no card number: %s', (text) => {
  expect(withoutCardNumbers(text, 'en-US')).toBe(text);
});

test.each([
  ['1111 1111', ['pay with 4111 1111'], '•••'],
  ['one one one one one one one one, thanks', ['Four one one one one one one one.'], '•••, thanks'],
  ['and then 1111 1111 please', ['it is 4111 1111'], 'and then ••• please'],
  ['1111', ['4111', '1111', '1111'], '•••'],
  ['1111', ['my card is 4111', '1111', '•••', '1111'], '•••'],
  // It goes on after the middle was taken for no part of it, or was taken down already.
  ['1111 1111', ['4111 1111', '•••'], '•••'],
])('%s, after %j', (said, before, kept) => {
  expect(withoutRestOfCard(said, before, 'en-US')).toBe(kept);
});

test('in German', () => {
  expect(withoutRestOfCard('eins eins eins eins 1111', ['vier eins eins eins 1111'], 'de-DE')).toBe('•••');
});

test.each([
  ['1111 1112', ['4111 1111']],
  ['two', ['a table tomorrow']],
  ['1111 1111', ['4111 1111 is the one, I think']],
  ['1111', ['1111', '1111']],
  ['no, 1111 1111', ['4111 1111']],
])('is no rest of one: %s, after %j', (said, before) => {
  expect(withoutRestOfCard(said, before, 'en-US')).toBe(said);
});
