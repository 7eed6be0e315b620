import { describe, expect, test } from 'vitest';
import { COLLECTED, collecting } from './testing.ts';

const AGAIN = 'say: Sorry, could you say that again?';
const STILL = 'say: I am sorry, I still did not get that.';

describe('types', () => {
  test.each([
    ['{ name: x, type: money, ask: How much? }', 'twelve fifty', 12.5],
    ['{ name: x, type: money, ask: How much?, currency: EUR }', 'twelve euros', 12],
    [
      '{ name: x, type: email, ask: Address? }',
      'anna dot smith at example dot com',
      'anna.smith@example.com',
    ],
    ['{ name: x, type: postcode, ask: Zip? }', 'nine oh two one oh', '90210'],
    ['{ name: x, type: postcode, country: GB, ask: Postcode? }', 'S W one A one A A', 'SW1A 1AA'],
    [
      '{ name: x, type: digits, min_length: 13, max_length: 19, checksum: luhn, ask: Card? }',
      'four one one one, one one one one, one one one one, one one one one',
      '4111111111111111',
    ],
  ])('%s', (slot, said, value) => {
    const call = collecting(`- ${slot}`);
    expect(call.says(said)).toEqual(COLLECTED);
    expect(call.slots).toEqual({ x: value });
  });

  test.each([
    [
      '{ name: x, type: money, ask: How much?, confirm: "{{ slots.x | money }}?" }',
      'twelve fifty',
      '$12.50?',
      'no, thirteen dollars',
      '$13?',
      13,
    ],
    [
      '{ name: x, type: email, ask: A?, confirm: "{{ slots.x }}?" }',
      'anna at example dot com',
      'anna@example.com?',
      "no, it's hannah at example dot com",
      'hannah@example.com?',
      'hannah@example.com',
    ],
    [
      '{ name: x, type: postcode, ask: Z?, confirm: "{{ slots.x }}?" }',
      '90210',
      '90210?',
      'no, 90211',
      '90211?',
      '90211',
    ],
    [
      '{ name: x, type: yes_no, ask: Y?, confirm: "{{ slots.x }}?" }',
      'yes',
      'true?',
      undefined,
      undefined,
      true,
    ],
    ['{ name: x, type: number, ask: N?, confirm: "{{ slots.x }}?" }', 'five', '5?', 'no, six', '6?', 6],
    [
      '{ name: x, type: name, ask: N?, confirm: "{{ slots.x }}?" }',
      'anna miller',
      'Anna Miller?',
      "no, it's Anne Miller",
      'Anne Miller?',
      'Anne Miller',
    ],
  ])('%s is read back', (slot, said, readBack, correction, readAgain, value) => {
    const call = collecting(`- ${slot}`);
    expect(call.says(said)).toEqual([`say: ${readBack}`, 'listen: yes-no']);
    if (correction !== undefined)
      expect(call.says(correction)).toEqual([`say: ${readAgain}`, 'listen: yes-no']);
    expect(call.says('yes')).toEqual(COLLECTED);
    expect(call.slots).toEqual({ x: value });
  });

  test('are keyed: * is the decimal point of an amount', () => {
    const call = collecting('- { name: x, type: money, ask: How much? }');
    expect(call.command('listen').expect.keys?.terminator).toBe('#');
    expect(call.presses('12*50')).toEqual(COLLECTED);
    expect(call.slots).toEqual({ x: 12.5 });
  });

  test('are taken ahead of their questions', () => {
    const call = collecting(
      '- { name: day, type: date, ask: When? }\n- { name: sum, type: money, ask: How much? }\n- { name: people, type: number, ask: How many? }\n- { name: mail, type: email, ask: Mail? }',
    );
    expect(call.says('on Tuesday, two hundred dollars for four people')).toEqual([
      'say: Mail?',
      'listen: name',
    ]);
    expect(call.slots).toEqual({ day: '2026-11-24', sum: 200, people: 4 });
  });
});

describe('bounds', () => {
  test.each([
    ['min: today, max: +30d', 'next Tuesday', 'found', ''],
    [
      'min: today, max: +30d',
      'the twenty-fifth of December',
      'after 2026-12-20',
      'after Sunday, December 20',
    ],
    ['min: "+1d"', 'today', 'before 2026-11-21', 'before Saturday, November 21'],
    ['max: "2026-11-30"', 'the first of December', 'after 2026-11-30', 'after Monday, November 30'],
    ['min: "{{ now }}"', 'today', 'found', ''],
    ['max: "-18y"', 'the fifth of June 2010', 'after 2008-11-20', 'after November 20, 2008'],
    ['max: "-18y"', 'June 5, 1980', 'found', ''],
  ])('of a day: %s, %s', (bounds, said, outcome, told) => {
    const call = collecting(`- { name: day, type: date, ask: When?, ${bounds} }`);
    const commands = call.says(said);
    if (outcome === 'found') return expect(commands).toEqual(COLLECTED);
    expect(commands).toEqual([`say: It cannot be ${told}.`, 'say: When?', 'listen: date']);
    expect(call.notes).toContainEqual({ type: 'slot-refused', slot: 'day', reason: outcome });
  });

  test('of a time', () => {
    const call = collecting('- { name: at, type: time, ask: When?, min: "09:00", max: "17:30" }');
    call.says('six in the evening');
    expect(call.notes).toContainEqual({ type: 'slot-refused', slot: 'at', reason: 'after 17:30' });
    expect(call.says('half past five')).toEqual(COLLECTED);
  });

  test.each([
    ['number, max: 14', 'twenty', 'It must be at most 14.'],
    ['number, min: 2', 'one', 'It must be at least 2.'],
    ['money, max: 500', 'nine hundred dollars', 'It must be at most $500.'],
    ['time, min: "09:00"', 'six in the morning', 'It cannot be before 9 AM.'],
  ])('of a %s are told: %s', (slot, said, told) => {
    const call = collecting(`- { name: value, ask: Hm?, type: ${slot} }`);
    expect(call.says(said).slice(0, 2)).toEqual([`say: ${told}`, 'say: Hm?']);
  });

  test('are told in the words of the flow', () => {
    const call = collecting(
      '- { name: value, ask: Hm?, type: number, max: 14 }',
      'model: none\nphrases: { at_most: "{{ bound }}!" }',
    );
    expect(call.says('twenty')).toEqual(['say: 14!', 'say: Hm?', 'listen: number']);
  });

  test('that come to nothing are noted, and bind nobody', () => {
    const call = collecting('- { name: day, type: date, ask: When?, min: "{{ call.from }}" }');
    expect(call.says('tomorrow')).toEqual(COLLECTED);
    expect(call.notes).toContainEqual({ type: 'problem', node: 'a', problem: '"{{ call.from }}" is no day' });
  });
});

describe('validation', () => {
  const people = `- name: people
  type: number
  ask: How many?
  validate:
    - { when: value > 8, say: We can seat eight at most. }
    - { when: value < 1 }`;

  test('refuses what a condition says, in its words', () => {
    const call = collecting(people);
    expect(call.says('twelve')).toEqual([
      'say: We can seat eight at most.',
      'say: How many?',
      'listen: number',
    ]);
    expect(call.notes).toContainEqual({ type: 'slot-refused', slot: 'people', reason: 'value > 8' });
    expect(call.says('none')).toEqual([STILL, 'say: How many?', 'listen: number']);
    expect(call.says('eight')).toEqual(COLLECTED);
  });

  test('holds for keys, for the model and for answers given ahead', () => {
    expect(collecting(people).presses('12')).toContain('say: We can seat eight at most.');
    const ahead = collecting(`- { name: day, type: date, ask: When? }\n${people}`);
    expect(ahead.says('tomorrow for twelve people')).toEqual(['say: How many?', 'listen: number']);
    const asked = collecting(people, '');
    asked.says('as many as last year');
    expect(asked.model('', ['record_answer', { people: 12 }])).toContain('say: We can seat eight at most.');
    expect(asked.slots).toEqual({});
  });

  test('sees the other slots', () => {
    const call = collecting(
      '- { name: from, type: date, ask: From? }\n- { name: to, type: date, ask: To?, validate: [{ when: value < slots.from, say: That is before the first day. }] }',
    );
    call.says('next Tuesday');
    expect(call.says('next Monday')).toContain('say: That is before the first day.');
    expect(call.says('next Thursday')).toEqual(COLLECTED);
  });

  test('holds for a corrected value too', () => {
    const call = collecting(
      people.replace('ask: How many?', 'ask: How many?\n  confirm: "{{ slots.people }}?"'),
    );
    call.says('five');
    expect(call.says('no, twelve')).toEqual([
      'say: We can seat eight at most.',
      'say: How many?',
      'listen: number',
    ]);
  });
});

describe('an optional slot', () => {
  const slots =
    '- { name: ref, type: digits, length: 4, ask: Reference?, optional: true }\n- { name: who, type: name, ask: Who? }';

  test.each(["I don't know", 'skip', "um, I don't have one, sorry", 'No idea.'])(
    'is left empty: %s',
    (said) => {
      const call = collecting(slots);
      expect(call.says(said)).toEqual(['say: Who?', 'listen: name']);
      expect(call.notes).toContainEqual({ type: 'slot-skipped', slot: 'ref' });
      call.says('Anna');
      expect(call.slots).toEqual({ who: 'Anna' });
    },
  );

  test('is left empty by the hash key, and when it cannot be understood', () => {
    expect(collecting(slots).presses('#')).toEqual(['say: Who?', 'listen: name']);
    const call = collecting(slots);
    call.says('bananas');
    call.says('bananas');
    expect(call.says('bananas')).toEqual(['say: Who?', 'listen: name']);
  });

  test('is filled like any other, and no other can be left out', () => {
    const call = collecting(slots);
    call.says('one two three four');
    expect(call.slots).toEqual({ ref: '1234' });
    const needed = collecting('- { name: ref, type: digits, length: 4, ask: Reference? }');
    expect(needed.says('skip')).toEqual([AGAIN, 'say: Reference?', 'listen: digits']);
  });
});

describe('a slot for keys only', () => {
  const slot = '- { name: pin, type: digits, length: 4, keys_only: true, ask: Please type your PIN. }';

  test('tells so, and takes no words', () => {
    const call = collecting(slot);
    expect(call.command('listen').expect).toMatchObject({ keysOnly: true });
    expect(call.command('listen').expect.private).toBeUndefined();
    expect(call.says('one two three four')).toEqual([
      'say: Please use the keys of your phone for that.',
      'say: Please type your PIN.',
      'listen: digits',
    ]);
    expect(call.presses('1234')).toEqual(COLLECTED);
  });
});
