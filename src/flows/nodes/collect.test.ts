import { describe, expect, test } from 'vitest';
import { TestCall } from '../test-call.ts';
import { COLLECTED, collecting } from './testing.ts';

describe('collect', () => {
  test('asks for one slot after the other and notes what settled it', () => {
    const call = collecting(
      '- { name: who, type: name, ask: Who? }\n- { name: pin, type: digits, length: 4, ask: Your PIN? }',
    );
    expect(call.says('my name is anna miller')).toEqual(['say: Your PIN?', 'listen: digits']);
    expect(call.notes).toEqual([{ type: 'slot-filled', slot: 'who', value: 'Anna Miller', path: 'parser' }]);
    expect(call.command('listen').expect.keys).toEqual({ max: 4, terminator: '#', betweenMs: 3000 });
    expect(call.presses('0123')).toEqual(COLLECTED);
    expect(call.notes).toContainEqual({ type: 'slot-filled', slot: 'pin', value: '0123', path: 'keys' });
    expect(call.slots).toEqual({ who: 'Anna Miller', pin: '0123' });
  });

  test('asks again in other words and fails after the attempts allowed', () => {
    const call = collecting(
      '- { name: day, type: date, ask: Which day?, reask: ["Say a day, such as Monday."] }',
    );
    expect(call.says('bananas')).toEqual(['say: Say a day, such as Monday.', 'listen: date']);
    expect(call.says('bananas')).toEqual([
      'say: I am sorry, I still did not get that.',
      'say: Which day?',
      'listen: date',
    ]);
    expect(call.says('bananas')).toEqual(['hang-up: flow failed']);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'a', outcome: 'failed', path: 'limit' });
  });

  test('says what will do where only yes or no does', () => {
    const call = collecting('- { name: sure, type: yes_no, ask: Sure? }');
    expect(call.says('bananas')).toEqual([
      'say: Sorry, could you say that again?',
      'say: Sure?',
      'listen: yes-no',
    ]);
    expect(call.says('bananas')).toEqual([
      'say: I am sorry, I still did not get that.',
      'say: Please say yes or no.',
      'say: Sure?',
      'listen: yes-no',
    ]);
  });

  test('says why a value was refused', () => {
    const call = collecting('- { name: pin, type: digits, length: 4, ask: Your PIN? }');
    expect(call.presses('12')).toContain('say: Your PIN?');
    expect(call.notes).toEqual([{ type: 'slot-refused', slot: 'pin', reason: '2 digits are too few' }]);
  });

  test('takes several answers at once', () => {
    const call = collecting(
      '- { name: day, type: date, ask: Which day? }\n- { name: at, type: time, ask: What time? }',
    );
    expect(call.says('next Tuesday at three')).toEqual(COLLECTED);
    expect(call.slots).toEqual({ day: '2026-11-24', at: '15:00' });
  });

  test('reads an answer given ahead back when its turn comes', () => {
    const call = collecting(
      '- { name: day, type: date, ask: Which day? }\n- { name: at, type: time, ask: What time?, confirm: "At {{ slots.at | spoken_time }}?" }',
    );
    expect(call.says('tomorrow at half past nine')).toEqual(['say: At 9:30 AM?', 'listen: yes-no']);
    expect(call.says('no')).toEqual(['say: What time?', 'listen: time']);
    expect(call.says('ten')).toEqual(['say: At 10 AM?', 'listen: yes-no']);
    expect(call.says('yes please')).toEqual(COLLECTED);
    expect(call.slots['at']).toBe('10:00');
  });

  test.each([
    ['A table for two tomorrow at eight in the evening', { people: 2, day: '2026-11-21', at: '20:00' }],
    ['four people next Tuesday at three', { people: 4, day: '2026-11-24', at: '15:00' }],
  ])('takes what follows a number: %s', (said, slots) => {
    const call = collecting(
      '- { name: people, type: number, max: 8, ask: How many? }\n- { name: day, type: date, ask: Which day? }\n- { name: at, type: time, ask: What time? }',
    );
    expect(call.says(said)).toEqual(COLLECTED);
    expect(call.slots).toEqual(slots);
  });

  test('takes a number said ahead', () => {
    const call = collecting(
      '- { name: day, type: date, ask: Which day? }\n- { name: at, type: time, ask: What time? }\n- { name: people, type: number, ask: How many? }',
    );
    expect(call.says('Tuesday at three for four people')).toEqual(COLLECTED);
    expect(call.slots).toEqual({ day: '2026-11-24', at: '15:00', people: 4 });
  });

  test('keeps the half of the day that was spoken of before', () => {
    const call = collecting(
      '- { name: day, type: date, ask: Which day? }\n- { name: at, type: time, ask: What time? }',
    );
    call.says('tonight');
    expect(call.says('seven')).toEqual(COLLECTED);
    expect(call.slots).toEqual({ day: '2026-11-20', at: '19:00' });
  });

  test('keys mean nothing to a name', () => {
    const call = collecting('- { name: who, type: name, ask: Who? }');
    expect(call.presses('5')).toEqual(['say: That is not one of the choices.', 'say: Who?', 'listen: name']);
  });

  test('asks its slots again when it is entered again', () => {
    const call = new TestCall(`
model: none
nodes:
  a:
    type: collect
    slots: [{ name: size, type: number, ask: How many? }]
    next: { done: b, failed: c }
  b:
    type: menu
    say: Again?
    options: { again: {}, enough: {} }
    next: { again: a, enough: c, none: c }
  c: { type: hangup }
`);
    call.start();
    call.says('five');
    expect(call.slots).toEqual({ size: 5 });
    expect(call.says('again')).toEqual(['say: How many?', 'listen: number']);
    expect(call.slots).toEqual({});
  });
});

describe('confirmation', () => {
  const phone =
    '- { name: tel, type: phone, ask: Your number?, confirm: "{{ slots.tel | spoken_digits }}. Right?" }';
  const readBack = ['say: plus 1, 4 1 5, 5 5 5, 0 1 2 2. Right?', 'listen: yes-no'];

  test.each([['Yes.'], ["That's right"], ['yeah, correct']])('%s', (yes) => {
    const call = collecting(phone);
    expect(call.says('four one five five five five oh one double two')).toEqual(readBack);
    expect(call.slots).toEqual({});
    expect(call.says(yes)).toEqual(COLLECTED);
    expect(call.slots).toEqual({ tel: '+14155550122' });
  });

  test('by key: 1 is yes, 2 is no', () => {
    const call = collecting(phone);
    expect(call.presses('4155550122')).toEqual(readBack);
    expect(call.presses('2')).toEqual(['say: Your number?', 'listen: phone']);
    call.presses('4155550123');
    expect(call.presses('1')).toEqual(COLLECTED);
    expect(call.notes).toContainEqual({
      type: 'slot-filled',
      slot: 'tel',
      value: '+14155550123',
      path: 'keys',
    });
  });

  test('"no, it\'s …" corrects', () => {
    const call = collecting(phone);
    call.says('415 555 0199');
    expect(call.says("No, it's 415 555 0122")).toEqual(readBack);
    expect(call.says('yes')).toEqual(COLLECTED);
  });

  test('"yes, but …" is no yes', () => {
    const call = collecting(phone);
    call.says('415 555 0199');
    expect(call.says('Yes, but make it 415 555 0122')).toEqual(readBack);
  });

  test('"yes" with another value is no yes', () => {
    const call = collecting(phone);
    call.says('415 555 0199');
    expect(call.says('Yes, 415 555 0122')).toEqual(readBack);
  });

  test.each([
    ['not Tuesday, Thursday', ['say: 2026-11-26?', 'listen: yes-no']],
    ['no Thursday', ['say: 2026-11-26?', 'listen: yes-no']],
    ['No, Thursday is fine', ['say: 2026-11-26?', 'listen: yes-no']],
    ['not Tuesday', ['say: Which day?', 'listen: date']],
    ["I don't know", ['say: 2026-11-24?', 'listen: yes-no']],
  ])('"%s" to a day read back', (said, commands) => {
    const call = collecting('- { name: day, type: date, ask: Which day?, confirm: "{{ slots.day }}?" }');
    call.says('Tuesday');
    expect(call.says(said)).toEqual(commands);
  });

  test('a corrected time stays in its half of the day', () => {
    const call = collecting(
      '- { name: at, type: time, ask: What time?, confirm: "At {{ slots.at | spoken_time }}?" }',
    );
    expect(call.says('eight in the evening')).toEqual(['say: At 8 PM?', 'listen: yes-no']);
    expect(call.says('no, at nine')).toEqual(['say: At 9 PM?', 'listen: yes-no']);
    expect(call.says("that's the one, yes")).toEqual(COLLECTED);
    expect(call.slots).toEqual({ at: '21:00' });
  });

  test('the right value instead of yes or no corrects too', () => {
    const call = collecting(phone);
    call.says('415 555 0199');
    expect(call.says('415 555 0122')).toEqual(readBack);
  });

  test('anything else is read back again, then fails', () => {
    const call = collecting(phone);
    call.says('415 555 0122');
    expect(call.says('bananas')).toEqual(readBack);
    expect(call.silent(1)).toEqual(['say: Are you still there?', ...readBack]);
    expect(call.says('bananas')).toEqual(['say: Please say yes or no.', ...readBack]);
    expect(call.says('bananas')).toEqual(['hang-up: flow failed']);
  });

  test('"this number" is the one that was called, on a call that was placed', () => {
    const call = collecting('- { name: tel, type: phone, ask: Your number? }');
    const facts = {
      callId: 'c',
      from: '+15550100',
      to: '+14155550188',
      startedAt: '2026-11-20T15:00:00.000Z',
    };
    call.event({ type: 'call-started', call: { ...facts, direction: 'outbound' } });
    expect(call.says('this number')).toEqual(COLLECTED);
    expect(call.slots).toEqual({ tel: '+14155550188' });
  });

  test('"this number" is the caller\'s own', () => {
    const call = collecting('- { name: tel, type: phone, ask: Your number? }');
    expect(call.says("the number I'm calling from")).toEqual(COLLECTED);
    expect(call.slots).toEqual({ tel: '+14155550123' });
  });
});

describe('with a model', () => {
  const slots =
    '- { name: day, type: date, ask: Which day? }\n- { name: kind, type: choice, ask: What kind?, choices: { short: {}, long: {} } }';

  test('asks it, silently, only for what the parsers cannot settle', () => {
    const call = collecting(slots, '');
    expect(call.says('the day before Thanksgiving, and make it a long one')).toEqual(['ask-model silently']);
    const { request } = call.command('ask-model');
    expect(request.tools.map(({ name }) => name)).toEqual(['record_answer']);
    expect(request.messages.at(-1)).toEqual({
      role: 'user',
      text: 'the day before Thanksgiving, and make it a long one',
    });
    expect(call.model('', ['record_answer', { day: '2026-11-25', kind: 'long' }])).toEqual(COLLECTED);
    expect(call.notes).toContainEqual({
      type: 'slot-filled',
      slot: 'day',
      value: '2026-11-25',
      path: 'model',
    });
    expect(call.slots).toEqual({ day: '2026-11-25', kind: 'long' });
  });

  describe('a read-back that no parser understands is put to it', () => {
    const readBack = (): TestCall => {
      const call = collecting(
        '- { name: day, type: date, ask: Which day?, confirm: "{{ slots.day }}?" }',
        '',
      );
      call.says('tomorrow');
      expect(call.says('that will do nicely')).toEqual(['ask-model silently']);
      return call;
    };

    test('right: the slot is filled, and the journal says by whom', () => {
      const call = readBack();
      expect(call.model('', ['record_answer', { READ_BACK_IS_RIGHT: 'yes' }])).toEqual(COLLECTED);
      expect(call.notes).toContainEqual({
        type: 'slot-filled',
        slot: 'day',
        value: '2026-11-21',
        path: 'model',
      });
    });

    test('wrong: it is asked for again', () => {
      const call = readBack();
      expect(call.model('', ['record_answer', { READ_BACK_IS_RIGHT: 'no' }])).toEqual([
        'say: Which day?',
        'listen: date',
      ]);
    });

    test('corrected: the other value is read back', () => {
      const call = readBack();
      expect(call.model('', ['record_answer', { day: '2026-11-23', READ_BACK_IS_RIGHT: 'no' }])).toEqual([
        'say: 2026-11-23?',
        'listen: yes-no',
      ]);
    });

    test('the same value again is no yes', () => {
      const call = readBack();
      expect(call.model('', ['record_answer', { day: '2026-11-21' }])).toEqual([
        'say: 2026-11-21?',
        'listen: yes-no',
      ]);
    });

    test('nothing, or no answer: it is read back again', () => {
      expect(readBack().model('I do not know.')).toEqual(['say: 2026-11-21?', 'listen: yes-no']);
      expect(readBack().modelFails()).toEqual(['say: 2026-11-21?', 'listen: yes-no']);
    });
  });

  test.each([
    ['type: yes_no', 'yeah go ahead'],
    ['type: choice, choices: { short: {}, long: {} }', 'the second one'],
    ['type: number', 'there will be four of us'],
    ['type: date', 'the twenty third'],
    ['type: time', 'half past nine'],
    ['type: phone', 'four one five five five five oh one double two'],
    ['type: digits, length: 4', 'one two double four'],
    ['type: name', 'my name is Anna Miller'],
  ])('is not asked where a parser knows: { %s } "%s"', (slot, said) => {
    const call = collecting(`- { name: it, ask: What?, ${slot} }`, '');
    expect(call.says(said)).toEqual(COLLECTED);
    expect(call.notes).toContainEqual(
      expect.objectContaining({ type: 'slot-filled', slot: 'it', path: 'parser' }),
    );
  });

  test('its values are checked like any other', () => {
    const call = collecting('- { name: pin, type: digits, length: 4, ask: Your PIN? }', '');
    call.says('the usual one');
    expect(call.model('', ['record_answer', { pin: '12345' }])).toContain('say: Your PIN?');
    expect(call.notes).toEqual([{ type: 'slot-refused', slot: 'pin', reason: '5 digits are too many' }]);
    expect(call.slots).toEqual({});
  });

  test('what it cannot settle, or cannot be asked, is asked again', () => {
    const call = collecting(slots, '');
    call.says('whenever');
    expect(call.model('I do not know.')).toEqual([
      'say: Sorry, could you say that again?',
      'say: Which day?',
      'listen: date',
    ]);
    call.says('whenever');
    expect(call.modelFails()).toContain('say: Which day?');
    call.says('whenever');
    expect(call.model('', ['something_else', {}])).toEqual(['hang-up: flow failed']);
  });

  test('an answer that comes after the caller went on is not used', () => {
    const call = collecting(slots, '');
    call.says('whenever');
    const { requestId } = call.command('ask-model');
    call.says('tomorrow');
    const late = { type: 'model-replied', requestId, text: '', stopReason: 'tool-calls' } as const;
    expect(
      call.event({ ...late, toolCalls: [{ id: 'x', name: 'record_answer', input: { day: '2026-12-24' } }] }),
    ).toEqual([]);
    expect(call.slots).toEqual({ day: '2026-11-21' });
  });
});
