import { expect, it } from 'vitest';
import { Continuation } from './continuation.ts';

/** What is passed on when the first model says `first` and dies, and the next says `second`, both in these pieces. */
function goOn(first: string[], second: string[]): string {
  const answer = new Continuation();
  const passed = first.map((piece) => answer.take(piece));
  answer.interrupt();
  passed.push(...second.map((piece) => answer.take(piece)), answer.end());
  expect(answer.said).toBe(passed.join(''));
  return answer.said;
}

const pieces = (text: string): string[] => text.match(/.{1,3}/gs) ?? [];

it('passes on what one model says as it is', () => {
  const answer = new Continuation();
  const text = 'On Monday, we have nine o’clock. Or ten? 東京です';
  const passed = pieces(text).map((piece) => answer.take(piece));
  expect(passed.join('') + answer.end()).toBe(text);
});

it('holds no more than a word back', () => {
  const answer = new Continuation();
  expect(answer.take('On Mon')).toBe('On ');
  expect(answer.take('day, we')).toBe('Monday, ');
});

it.each([
  ['goes on', 'We have nine, ', 'ten or three.', 'We have nine, ten or three.'],
  ['goes on without a blank', 'We have nine,', 'ten or three.', 'We have nine, ten or three.'],
  ['begins again', 'We have nine, ten', 'We have nine, ten or three.', 'We have nine, ten or three.'],
  [
    'begins its sentence again',
    'Of course. We have nine ',
    'We have nine or ten.',
    'Of course. We have nine or ten.',
  ],
  ['says the last word again', 'We have nine ', 'nine or ten.', 'We have nine or ten.'],
  ['says it in other letters', 'We have NINE, ', 'we have nine or ten.', 'We have NINE, or ten.'],
  ['says it all again', 'We have nine or ten. ', 'We have nine or ten.', 'We have nine or ten. '],
  ['says something else', 'We have nine ', 'Would ten do?', 'We have nine Would ten do?'],
  ['begins like it', 'We have nine. ', 'We also have ten.', 'We have nine. We also have ten.'],
  ['says nothing', 'We have nine. ', '', 'We have nine. '],
])('a model that %s', (_, first, second, whole) => {
  expect(goOn([first, 'wha'], [second])).toBe(whole);
  expect(goOn(pieces(`${first}wha`), pieces(second))).toBe(whole);
});

it('a word that was cut in the middle comes once', () => {
  expect(goOn(['Your appoint'], ['appointment is booked.'])).toBe('Your appointment is booked.');
});

it('goes on after a second death', () => {
  const answer = new Continuation();
  answer.take('We have nine, ');
  answer.interrupt();
  answer.take('We have nine, ten ');
  answer.interrupt();
  answer.take('We have nine, ten or three.');
  answer.end();
  expect(answer.said).toBe('We have nine, ten or three.');
});
