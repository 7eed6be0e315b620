import { describe, expect, test } from 'vitest';
import { Conversation, dentist, finishStep, string, tool } from './testing.ts';

describe('a dentist', () => {
  test('books: asks for what is missing, looks up times, books, says goodbye', () => {
    const call = new Conversation(dentist);
    expect(call.say('Hello.').text).toBe('How can I help you?');
    expect(call.say("I'd like to book an appointment for a cleaning next Tuesday.").call).toEqual({
      name: 'find_slots',
      input: { date: '2026-11-24' },
    });
    expect(
      call.result({ slots: ['09:00', '09:30', '15:30'], message: 'Free on Tuesday: 9:00, 9:30, 15:30.' })
        .text,
    ).toBe('Free on Tuesday: 9:00, 9:30, 15:30. What time would suit you?');
    expect(call.say('Half past three, please.').text).toBe('Could you tell me your full name?');
    expect(call.say('Anna Miller.').text).toBe('Could you tell me your phone number?');
    expect(call.say('Five five five, oh one three four.').call).toEqual({
      name: 'book_appointment',
      input: { name: 'Anna Miller', phone: '5550134', date: '2026-11-24', time: '15:30', reason: 'cleaning' },
    });
    expect(call.result({ id: 'apt-1', message: 'You are booked for Tuesday at 15:30.' }).text).toBe(
      'You are booked for Tuesday at 15:30. Is there anything else I can help you with?',
    );
    expect(call.say("No, that's all. Thank you.").call).toMatchObject({
      name: 'finish_step',
      input: { outcome: 'done' },
    });
  });

  test('asks again for the field that was refused, and does not offer the refused value again', () => {
    const call = new Conversation(dentist);
    call.say('Book me in for a checkup tomorrow at ten, my name is Bob Lee and my number is 555 0199 22.');
    expect(call.rule).toBe('do what is wanted');
    const refused = call.result(
      { error: 'taken', field: 'time', message: '10:00 is not free. Next free: 10:30.' },
      true,
    );
    expect(refused.text).toBe('10:00 is not free. Next free: 10:30. What time would suit you?');
    expect(call.say('Ten thirty then.').call?.input).toMatchObject({
      time: '10:30',
      name: 'Bob Lee',
      date: '2026-11-21',
    });
  });

  test('moves: finds the appointment first, takes its id from the result', () => {
    const call = new Conversation(dentist);
    expect(call.say('I need to reschedule my appointment.').text).toBe(
      'Could you tell me your phone number?',
    );
    expect(call.say('It is 555 0134.').call).toEqual({
      name: 'find_appointments',
      input: { phone: '5550134' },
    });
    const found = call.result({ appointments: [{ id: 'apt-7', date: '2026-11-24', time: '09:00' }] });
    expect(found.text).toContain('09:00');
    expect(found.text).toContain('Which day would suit you?');
    const slots = call.say('Wednesday the 25th at eleven.').call;
    const move = slots?.name === 'find_slots' ? call.result({ slots: ['11:00'] }).call : slots;
    expect(move).toEqual({
      name: 'move_appointment',
      input: { appointment_id: 'apt-7', date: '2026-11-25', time: '11:00' },
    });
  });

  test('takes another wish after the first is done, and keeps who the caller is', () => {
    const call = new Conversation(dentist);
    call.say('Please book an appointment tomorrow at ten for a cleaning, my name is Bob Lee, 555 0134.');
    call.result({ id: 'apt-1', message: 'Booked.' });
    expect(call.say('Yes, please cancel my appointment.').call).toEqual({
      name: 'find_appointments',
      input: { phone: '5550134' },
    });
    expect(call.result({ appointments: [{ id: 'apt-1' }] }).call).toEqual({
      name: 'cancel_appointment',
      input: { appointment_id: 'apt-1' },
    });
    expect(call.result({ message: 'Cancelled.' }).text).toContain('Cancelled. Is there anything else');
  });

  test('takes the way out that the caller asks for', () => {
    expect(new Conversation(dentist).say('Can I speak to a human, please?').call?.input).toMatchObject({
      outcome: 'person',
    });
    expect(new Conversation(dentist).say('This is an emergency!').call?.input).toMatchObject({
      outcome: 'emergency',
    });
  });

  test('never asks the same more than three times', () => {
    const call = new Conversation(dentist);
    const texts = ['I want to cancel my appointment.', 'What?', 'Hmm.', 'Blah.'].map((text) =>
      call.say(text),
    );
    expect(texts.slice(0, 3).every(({ text }) => text.includes('your phone number?'))).toBe(true);
    expect(texts[3]?.call?.input).toMatchObject({ outcome: 'person' });
  });

  test('answers a question from the instructions', () => {
    const call = new Conversation(
      dentist,
      'You are a receptionist. We are open from nine to five on weekdays. Parking is behind the house.',
    );
    expect(call.say('Where can I find parking near the house?').text).toContain(
      'Parking is behind the house.',
    );
  });
});

const restaurant = [
  tool('check_availability', 'Checks free tables for a party at a time.', {
    starts_at: string('Date and time, ISO 8601', { format: 'date-time' }),
    party_size: { type: 'integer', description: 'How many people?' },
  }),
  tool(
    'reserve_table',
    'Reserves a table. Confirm the details with the guest before calling this.',
    {
      starts_at: string('Date and time', { format: 'date-time' }),
      party_size: { type: 'integer', description: 'How many people?' },
      guest_name: string("The guest's name"),
      area: string('Inside or terrace?', { enum: ['inside', 'terrace'] }),
    },
    ['starts_at', 'party_size', 'guest_name', 'area'],
  ),
  finishStep({
    reserved: 'a table was reserved',
    nothing_free: 'there is no table',
    human: 'speak to the staff',
  }),
];

describe('a restaurant', () => {
  test('reserves a table, with a confirmation and an enumeration', () => {
    const call = new Conversation(restaurant);
    expect(
      call.say('I want to reserve a table for four tomorrow at half past seven in the evening.').text,
    ).toContain('your name?');
    expect(call.say('Maria.').text).toBe('Inside or terrace?');
    expect(call.say('On the terrace.').text).toBe(
      'I have Saturday 21 November at 19:30, 4, Maria, terrace. Shall I go ahead?',
    );
    expect(call.say('Yes, please.').call).toEqual({
      name: 'reserve_table',
      input: { starts_at: '2026-11-21T19:30:00', party_size: 4, guest_name: 'Maria', area: 'terrace' },
    });
    expect(call.result({ confirmed: true, table: 12 }).text).toBe(
      'Confirmed: true, table: 12. Is there anything else I can help you with?',
    );
    expect(call.say('No, goodbye.').call?.input).toMatchObject({ outcome: 'reserved' });
  });
});

const shop = [
  tool('get_order_status', 'Looks up where an order is.', {
    order_number: string('Order number, two letters and four digits', { pattern: '^[A-Z]{2}\\d{4}$' }),
  }),
  tool(
    'change_email',
    "Changes the customer's email address.",
    {
      email: string('New email address', { format: 'email' }),
      newsletter: { type: 'boolean', description: 'Newsletter wanted' },
    },
    ['email'],
  ),
  finishStep({
    answered: 'the question was answered',
    'give-up': 'the customer could not be helped',
    agent: 'a person is asked for',
  }),
];

describe('a shop', () => {
  test('tells the status of an order whose number is spelled', () => {
    const call = new Conversation(shop);
    expect(call.say('Where is my order?').text).toBe(
      'Could you tell me order number?'.replace('me order', 'me the order'),
    );
    expect(call.say("It's A B one two three four.").call).toEqual({
      name: 'get_order_status',
      input: { order_number: 'AB1234' },
    });
    expect(call.result({ status: 'shipped', arrives: 'tomorrow' }).text).toBe(
      'Status: shipped, arrives: tomorrow. Is there anything else I can help you with?',
    );
    expect(call.say('Yes, change my email to anna at example dot org.').call).toEqual({
      name: 'change_email',
      input: { email: 'anna@example.org' },
    });
    call.result({ message: 'Changed.' });
    expect(call.say("That's it, bye.").call?.input).toMatchObject({ outcome: 'answered' });
  });

  test('gives up after a second failure that nothing can be done about', () => {
    const call = new Conversation(shop);
    call.say('Track my order AB1234.');
    expect(call.result('HTTP 503', true).text).toContain('Shall I try again?');
    expect(call.say('Yes.').call?.name).toBe('get_order_status');
    expect(call.result('HTTP 503', true).call?.input).toMatchObject({
      outcome: expect.stringMatching(/agent|give-up/),
    });
  });
});

test('a tool that only records gets what was said, and nothing else', () => {
  const record = tool('record_values', 'Records what the caller said.', {
    party_size: { type: 'integer', description: 'Number of people' },
    date: string('Day of the visit', { format: 'date' }),
  });
  const call = new Conversation([record]);
  expect(call.say('There will be six people on Monday.').call).toEqual({
    name: 'record_values',
    input: { party_size: 6, date: '2026-11-23' },
  });
});

test('asks for another date where a look-up finds nothing', () => {
  const call = new Conversation(dentist);
  expect(call.say('Book an appointment on Sunday, please.').call?.input).toEqual({ date: '2026-11-22' });
  expect(call.result({ slots: [], message: 'Nothing is free on Sunday.' }).text).toBe(
    'Nothing is free on Sunday. Which day would suit you?',
  );
  expect(call.say('Monday then.').call).toEqual({ name: 'find_slots', input: { date: '2026-11-23' } });
});

test('uses what the system text says is known, and its clock', () => {
  const system =
    'Goal: book.\n\nWhat is known:\n- the call began: Friday, 2026-11-20 at 15:04 (Europe/Berlin)\n- name: Anna\n- phone: 5550134';
  const call = new Conversation(dentist, system);
  call.say('Book an appointment for a filling tomorrow at ten.');
  expect(call.rule).toBe('do what is wanted');
});

test('opens the conversation when nobody has said anything, and never reads out its instructions', () => {
  const system =
    'Speak briefly. Write numbers and times the way a person says them. Use a tool when you can.';
  const call = new Conversation(dentist, system);
  expect(call.say('(The call has begun.)').text).toBe('How can I help you?');
  expect(call.say('What numbers and times can a person write?').text).not.toContain('the way');
});

test('asks again for an input the service would not take', () => {
  const call = new Conversation(dentist);
  call.say('Book an appointment for a filling tomorrow at ten, my name is Bo Li, 555 0134.');
  const refused = call.result(
    'Not run: the input is not right. phone: is too short. Correct it, or ask the caller.',
    true,
  );
  expect(refused.text).toBe('Sorry, that did not work. Could you tell me your phone number?');
});

test('records the last words only, by the question they answer', () => {
  const answers = tool(
    'record_answer',
    "Writes down what the caller's last turn says.",
    {
      day: string('The answer to: Which day suits you? As YYYY-MM-DD.', { format: 'date' }),
      full_name: string('The answer to: What is your name?'),
      start: string('The answer to: When would you like to come? As HH:MM, 24 hours.'),
    },
    [],
  );
  const call = new Conversation([answers]);
  expect(call.say('On Monday, my name is Anna.').call?.input).toEqual({
    day: '2026-11-23',
    full_name: 'Anna',
  });
  expect(call.say('Around four maybe.').call?.input).toEqual({ start: '16:00' });
});

test('a caller with several appointments says which one is meant, agrees, and is not asked for a known number', () => {
  const tools = [
    tool('find_bookings', 'Finds bookings by phone number.', {
      phone: string('The number they were booked under. Try the number they are calling from first.'),
    }),
    tool('cancel_booking', 'Cancels a booking, once the caller has agreed.', {
      id: string("The booking's id, from find_bookings."),
    }),
    finishStep({
      done: 'all is arranged',
      nothing_arranged: 'the caller ends the call with nothing arranged',
    }),
  ];
  const call = new Conversation(
    tools,
    "- the call began: Friday, 2026-11-20 at 15:04\n- the caller's number: +15550123",
  );
  expect(call.say('Please cancel my booking.').call).toEqual({
    name: 'find_bookings',
    input: { phone: '+15550123' },
  });
  const found = call.result({
    bookings: [
      { id: 7, date: '2026-11-24', time: '09:00' },
      { id: 8, date: '2026-11-25', time: '14:00' },
    ],
    message: 'There are two bookings.',
  });
  expect(found.text).toBe('There are two bookings. Which one do you mean?');
  expect(call.say('The one on Wednesday.').text).toBe('Shall I go ahead?');
  expect(call.say('Yes, please.').call).toEqual({ name: 'cancel_booking', input: { id: 8 } });
  call.result({ message: 'Cancelled.' });
  expect(call.say('No, thank you.').call?.input).toMatchObject({ outcome: 'done' });
  expect(new Conversation(tools).say('Never mind, goodbye.').call?.input).toMatchObject({
    outcome: 'nothing_arranged',
  });
});

test('a correction in place of a yes is read back before it is done', () => {
  const call = new Conversation(restaurant);
  call.say('Reserve a table inside for two tomorrow at seven thirty in the evening, my name is Jo.');
  expect(call.rule).toBe('confirm first');
  expect(call.say('No, for three.').text).toBe(
    'I have Saturday 21 November at 19:30, 3, Jo, inside. Shall I go ahead?',
  );
});

test('looks up another day when that is all the caller asks', () => {
  const call = new Conversation(dentist);
  expect(call.say('Do you have anything free tomorrow?').call?.input).toEqual({ date: '2026-11-21' });
  expect(call.result({ slots: [], message: 'Nothing.' }).text).toBe(
    'Nothing. Is there anything else I can help you with?',
  );
  expect(call.say('What about Monday?').call).toEqual({ name: 'find_slots', input: { date: '2026-11-23' } });
  expect(call.result({ message: 'Ten is free.' }).text).toBe(
    'Ten is free. Is there anything else I can help you with?',
  );
});
