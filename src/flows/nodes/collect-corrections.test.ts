import { describe, expect, test } from 'vitest';
import { TestCall } from '../test-call.ts';

const HEAD = 'model: none\ntime_zone: America/New_York\nphrases: { corrected: Changed. }\nnodes:\n';
const TAIL = '  y: { type: hangup, result: collected }\n  z: { type: hangup, result: failed }\n';
const DONE = ['hang-up: flow collected'];

const DAY = '{ name: day, type: date, ask: Which day? }';
const TIME = '{ name: at, type: time, ask: What time? }';
const PEOPLE = '{ name: people, type: number, ask: How many? }';
const NAME = '{ name: who, type: name, ask: What name? }';
const BACK = '{ name: back, type: date, ask: And back? }';
const CONFIRMED_DAY = '{ name: day, type: date, ask: Which day?, confirm: "{{ slots.day }}?" }';

/** Collect nodes, one after the other, with these slots each. */
function collecting(...nodes: string[][]): TestCall {
  return collectingIn('en-US', ...nodes);
}

function collectingIn(language: string, ...nodes: string[][]): TestCall {
  const names = ['a', 'b', 'c'];
  const body = nodes.map(
    (slots, index) =>
      `  ${names[index]}:\n    type: collect\n    slots: [${slots.join(', ')}]\n    next: { done: ${index + 1 < nodes.length ? names[index + 1] : 'y'}, failed: z }\n`,
  );
  const call = new TestCall(`language: ${language}\n${HEAD}${body.join('')}${TAIL}`);
  call.start();
  return call;
}

/** What follows the second of two answers, and what the slots then hold. */
function answered(
  nodeSlots: string[],
  first: string,
  second: string,
): { lines: string[]; slots: Record<string, unknown> } {
  const call = collecting(nodeSlots);
  call.says(first);
  return { lines: call.says(second), slots: call.slots };
}

describe('a correction of an earlier slot', () => {
  test.each([
    ['no, I meant Thursday', '2026-11-26'],
    ['sorry, I meant Thursday', '2026-11-26'],
    ['actually make it Thursday', '2026-11-26'],
    ['no, Thursday', '2026-11-26'],
    ['wait, not Tuesday, Thursday', '2026-11-26'],
    ['change the day to Thursday please', '2026-11-26'],
  ])('%s', (said, day) => {
    const call = collecting([DAY, TIME]);
    call.says('Tuesday');
    expect(call.says(said)).toEqual(['say: Changed.', 'say: What time?', 'listen: time']);
    expect(call.notes).toContainEqual({ type: 'slot-filled', slot: 'day', value: day, path: 'parser' });
    expect(call.says('at three')).toEqual(DONE);
    expect(call.slots).toEqual({ day, at: '15:00' });
  });

  test('of a number, by what it counts or by nothing else fitting', () => {
    const call = collecting([PEOPLE, DAY, NAME]);
    call.says('four people');
    expect(call.says('actually make it five people')).toEqual([
      'say: Changed.',
      'say: Which day?',
      'listen: date',
    ]);
    call.says('Tuesday');
    expect(call.says('oh sorry, make it six')).toEqual(['say: Changed.', 'say: What name?', 'listen: name']);
    expect(call.says('Anna')).toEqual(DONE);
    expect(call.slots).toEqual({ people: 6, day: '2026-11-24', who: 'Anna' });
  });

  test('may answer the question in the same breath', () => {
    const call = collecting([DAY, TIME]);
    call.says('Tuesday');
    expect(call.says('no, I meant Thursday, at half past three')).toEqual(['say: Changed.', ...DONE]);
    expect(call.slots).toEqual({ day: '2026-11-26', at: '15:30' });
  });

  test('may be of several slots', () => {
    const call = collecting([DAY, TIME, NAME]);
    call.says('Tuesday at three');
    expect(call.says('sorry, I meant Thursday at half past four')).toEqual([
      'say: Changed.',
      'say: What name?',
      'listen: name',
    ]);
    expect(call.slots).toEqual({ day: '2026-11-26', at: '16:30' });
  });

  test('is read back where its slot is, and the question comes again', () => {
    const call = collecting([CONFIRMED_DAY, TIME]);
    call.says('Tuesday');
    call.says('yes');
    expect(call.says('no, I meant Thursday')).toEqual(['say: 2026-11-26?', 'listen: yes-no']);
    expect(call.slots).toEqual({ day: '2026-11-24' });
    expect(call.says('yes')).toEqual(['say: What time?', 'listen: time']);
    expect(call.slots).toEqual({ day: '2026-11-26' });
  });

  test('may be corrected once more, and asked for anew', () => {
    const call = collecting([CONFIRMED_DAY, TIME]);
    call.says('Tuesday');
    call.says('yes');
    call.says('no, I meant Thursday');
    expect(call.says('no, Saturday')).toEqual(['say: 2026-11-21?', 'listen: yes-no']);
    expect(call.says('no')).toEqual(['say: Which day?', 'listen: date']);
    expect(call.says('Wednesday')).toEqual(['say: 2026-11-25?', 'listen: yes-no']);
    expect(call.says('yes')).toEqual(['say: What time?', 'listen: time']);
    expect(call.says('three')).toEqual(DONE);
    expect(call.slots).toEqual({ day: '2026-11-25', at: '15:00' });
  });

  test('works in a later collect node', () => {
    const call = collecting([CONFIRMED_DAY], [PEOPLE]);
    call.says('Tuesday');
    call.says('yes');
    expect(call.says('hang on, actually Thursday')).toEqual(['say: 2026-11-26?', 'listen: yes-no']);
    expect(call.silent(1)).toEqual(['say: Are you still there?', 'say: 2026-11-26?', 'listen: yes-no']);
    expect(call.says('yes')).toEqual(['say: How many?', 'listen: number']);
    expect(call.says('four')).toEqual(DONE);
    expect(call.slots).toEqual({ day: '2026-11-26', people: 4 });
  });

  test('works in the midst of a read-back, which is then taken up again', () => {
    const at = '{ name: at, type: time, ask: What time?, confirm: "At {{ slots.at }}?" }';
    const call = collecting([DAY, at]);
    call.says('Tuesday at nine in the morning');
    expect(call.says('no, I meant Thursday')).toEqual(['say: Changed.', 'say: At 09:00?', 'listen: yes-no']);
    expect(call.says('yes')).toEqual(DONE);
    expect(call.slots).toEqual({ day: '2026-11-26', at: '09:00' });
    const both = collecting([CONFIRMED_DAY, at]);
    both.says('Tuesday');
    both.says('yes');
    both.says('nine in the morning');
    expect(both.says('actually Thursday')).toEqual(['say: 2026-11-26?', 'listen: yes-no']);
    expect(both.says('yes')).toEqual(['say: At 09:00?', 'listen: yes-no']);
    expect(both.says('yes')).toEqual(DONE);
  });

  test('of a name is told by its name', () => {
    const { lines, slots } = answered([NAME, DAY], 'Anna Miller', 'sorry, the name is Anne Miller');
    expect(lines).toEqual(['say: Changed.', 'say: Which day?', 'listen: date']);
    expect(slots).toEqual({ who: 'Anne Miller' });
  });

  test.each([
    ['de-DE', 'Dienstag', 'nein, ich meinte Donnerstag'],
    ['fr-FR', 'mardi', 'non, je voulais dire jeudi'],
    ['es-ES', 'martes', 'no, quise decir jueves'],
    ['it-IT', 'martedì', 'no, volevo dire giovedì'],
    ['pt-PT', 'terça-feira', 'não, quis dizer quinta-feira'],
    ['nl-NL', 'dinsdag', 'nee, ik bedoelde donderdag'],
  ])('in %s: %s, %s', (language, first, said) => {
    const call = collectingIn(language, [DAY, PEOPLE]);
    call.says(first);
    expect(call.says(said)).toEqual(['say: Changed.', 'say: How many?', 'listen: number']);
    expect(call.slots).toEqual({ day: '2026-11-26' });
  });
});

describe('a correction in place of yes or no', () => {
  const SURE = '{ name: sure, type: yes_no, ask: Is that right? }';
  const FOOD =
    '{ name: food, type: choice, ask: Which meal?, choices: { meat: { words: [meat] }, fish: { words: [fish] } } }';

  test.each([
    ['no, make it three', { count: 3 }],
    ['no, three', { count: 3 }],
    ['no, three tickets', { count: 3 }],
    ['no, on Sunday', { day: '2026-11-22' }],
    ['no, I meant Sunday', { day: '2026-11-22' }],
    ['no, I want fish', { food: 'fish' }],
  ])('%s', (said, changed) => {
    const call = collecting([DAY, PEOPLE.replace('people', 'count'), FOOD], [SURE]);
    for (const answer of ['tomorrow', 'two', 'meat']) call.says(answer);
    expect(call.says(said)).toEqual(['say: Changed.', 'say: Is that right?', 'listen: yes-no']);
    expect(call.slots).toEqual({ day: '2026-11-21', count: 2, food: 'meat', ...changed });
    expect(call.says('yes')).toEqual(DONE);
  });

  test.each(['no', 'no, thank you', 'no, I only need one of them', 'no, not at all', 'no, three on Sunday'])(
    '%s is a no',
    (said) => {
      const call = collecting([DAY, PEOPLE], [SURE]);
      for (const answer of ['tomorrow', 'two']) call.says(answer);
      expect(call.says(said)).toEqual(DONE);
      expect(call.slots).toMatchObject({ day: '2026-11-21', people: 2, sure: false });
    },
  );

  test('in German', () => {
    const call = collectingIn('de-DE', [DAY, SURE]);
    call.says('morgen');
    expect(call.says('nein, am Sonntag')).toEqual(['say: Changed.', 'say: Is that right?', 'listen: yes-no']);
    expect(call.slots).toEqual({ day: '2026-11-22' });
  });
});

describe('no correction of an earlier slot', () => {
  test('an answer to the question just asked, corrected or not', () => {
    const { lines, slots } = answered([DAY, BACK], 'Tuesday', 'Wednesday, no, Thursday');
    expect(lines).toEqual(DONE);
    expect(slots).toEqual({ day: '2026-11-24', back: '2026-11-26' });
  });

  test('the same value again', () => {
    const { lines, slots } = answered([DAY, PEOPLE], 'Tuesday', 'no, I said Tuesday');
    expect(lines).toEqual(['say: Sorry, could you say that again?', 'say: How many?', 'listen: number']);
    expect(slots).toEqual({ day: '2026-11-24' });
  });

  test('a time where a time was asked for', () => {
    const { lines, slots } = answered([PEOPLE, TIME], 'four', 'actually five');
    expect(lines).toEqual(DONE);
    expect(slots).toEqual({ people: 4, at: '17:00' });
  });

  test('a plain no', () => {
    const mail = '{ name: mail, type: yes_no, ask: A reminder? }';
    const { lines, slots } = answered([DAY, mail], 'Tuesday', 'no thanks');
    expect(lines).toEqual(DONE);
    expect(slots).toEqual({ day: '2026-11-24', mail: false });
  });

  test('what the rules of its slot refuse', () => {
    const call = collecting(['{ name: day, type: date, ask: Which day?, max: "2026-11-25" }', PEOPLE]);
    call.says('Tuesday');
    expect(call.says('no, I meant Thursday')).toEqual([
      'say: It cannot be after Wednesday, November 25.',
      'say: How many?',
      'listen: number',
    ]);
    expect(call.slots).toEqual({ day: '2026-11-24' });
    expect(call.notes).toContainEqual({ type: 'slot-refused', slot: 'day', reason: 'after 2026-11-25' });
  });
});

test('"I meant" is about what was said before, also where the question is of the same kind', () => {
  const { lines, slots } = answered([DAY, BACK], 'Tuesday', 'no, I meant Thursday');
  expect(lines).toEqual(['say: Changed.', 'say: And back?', 'listen: date']);
  expect(slots).toEqual({ day: '2026-11-26' });
});
