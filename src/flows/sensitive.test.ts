import { describe, expect, test } from 'vitest';
import { flowOf, TestCall } from './test-call.ts';

const CARD = '4111111111111111';
const FLOW = `
secrets: [API_URL]
allow_private: [api.test]
tools:
  pay:
    description: Pays.
    effect: writes
    input: { sum: { type: number } }
    with: { card: "{{ slots.card }}" }
    http: { method: POST, url: "{{ env.API_URL }}/pay", body: { card: "{{ input.card }}" } }
nodes:
  a:
    type: collect
    slots:
      - name: card
        type: digits
        min_length: 13
        max_length: 19
        checksum: luhn
        sensitive: true
        ask: Your card number?
        confirm: It ends in {{ slots.card | last4 | spoken_digits }}. Right?
      - { name: day, type: date, ask: Which day? }
    next: { done: b, failed: z }
  b:
    type: agent
    goal: Take the payment with {{ slots.card | masked }}.
    tools: [pay]
    next: { done: z, failed: z }
  z: { type: hangup }
`;

function paying(): TestCall {
  const call = new TestCall(FLOW);
  call.start();
  return call;
}

describe('a sensitive slot', () => {
  test('is told apart before the caller answers, and while it is read back', () => {
    const call = paying();
    expect(call.command('listen').expect).toMatchObject({ private: true });
    expect(call.flow.describe(call.state).private).toBe(true);
    expect(call.presses(CARD)).toEqual(['say: It ends in 1 1 1 1. Right?', 'listen: yes-no']);
    expect(call.command('listen').expect).toMatchObject({ private: true });
    call.says('yes');
    expect(call.command('listen').expect.private).toBeUndefined();
    expect(call.flow.describe(call.state).private).toBeUndefined();
  });

  test.each([
    ['said', (call: TestCall) => call.says('four one one one 1111 1111 1111')],
    ['keyed', (call: TestCall) => call.presses(CARD)],
    ['said wrongly', (call: TestCall) => [call.says('4111 1111 1111 1112'), call.presses(CARD)]],
  ])('is in no command, note, description or stored state once it was %s', (_, answer) => {
    const call = paying();
    const told: unknown[] = [];
    const watch = (): void => {
      told.push(call.notes, call.messages, call.flow.describe(call.state), call.flow.storable(call.state));
    };
    answer(call);
    told.push(call.notes, call.flow.storable(call.state));
    for (const said of ['yes', 'tomorrow']) {
      told.push(call.says(said));
      watch();
    }
    told.push(call.command('ask-model').request);
    const text = JSON.stringify(told);
    expect(text).not.toMatch(/4111|1111 1111|11111|1112/);
    expect(text).toContain('(sensitive)');
    expect(text).toContain('•••• 1111');
  });

  test('is given to a tool, and masked where its input and its result are written down', () => {
    const call = paying();
    call.presses(CARD);
    call.presses('1');
    call.says('tomorrow');
    call.model('', ['pay', { sum: 12 }]);
    const { input } = call.command('run-tool');
    expect(input).toEqual({ sum: 12, card: CARD });
    expect(call.flow.masked(call.state, input)).toEqual({ sum: 12, card: '•••• 1111' });
    call.tool({ message: `charged ${CARD}` });
    expect(JSON.stringify(call.command('ask-model').request.messages)).toContain('charged •••• 1111');
  });

  test('survives where the state is stored and read by the same process, and nowhere else', () => {
    const call = paying();
    call.presses(CARD);
    call.presses('1');
    const stored = JSON.parse(JSON.stringify(call.flow.storable(call.state)));
    const again = flowOf(FLOW);
    expect(again.describe(again.restoreState(stored)).slots).toEqual({ card: '•••• 1111' });
    stored.slots.card.sealed = Buffer.from('of another process').toString('base64');
    const elsewhere = new TestCall(FLOW);
    elsewhere.state = again.restoreState(stored);
    expect(elsewhere.slots).toEqual({});
    expect(elsewhere.event({ type: 'line-resumed', lostMs: 2000 })).toContain('say: Your card number?');
  });

  test('is no question for a model, and nothing that was said of it either', () => {
    const call = paying();
    expect(call.says('the one I used last time')).toEqual([
      'say: Sorry, could you say that again?',
      'say: Your card number?',
      'listen: digits',
    ]);
    call.presses(CARD);
    expect(call.says('hm').slice(-2)).toEqual(['say: It ends in 1 1 1 1. Right?', 'listen: yes-no']);
    call.says('yes');
    expect(call.says('the day before Thanksgiving')).toEqual(['ask-model silently']);
    const { request } = call.command('ask-model');
    expect(JSON.stringify(request)).not.toContain('last time');
    expect(JSON.stringify(request.tools)).not.toContain('card');
  });

  test('is not taken from what was said before it was asked for', () => {
    const call = new TestCall(`
model: none
nodes:
  a:
    type: collect
    slots: [{ name: day, type: date, ask: Day? }, { name: born, type: date, ask: Born?, sensitive: true }, { name: sum, type: number, ask: How many?, sensitive: true }]
    next: { done: z, failed: z }
  z: { type: hangup }
`);
    call.start();
    expect(call.says('tomorrow for four people')).toEqual(['say: Born?', 'listen: date']);
    call.says('June 5, 1980');
    expect(call.says('four')).toEqual(['hang-up: flow']);
    expect(call.slots).toEqual({ day: '2026-11-21', born: '•••', sum: '•••' });
  });
});

describe('a flow is refused that', () => {
  const flow = (say: string, more = ''): string => `
model: none
nodes:
  a:
    type: collect
    slots: [{ name: card, type: digits, ask: Card?, sensitive: true${more} }, { name: day, type: date, ask: Day? }]
    next: { done: b, failed: b }
  b: { type: hangup, say: "${say}" }
`;

  test.each([
    ['It is {{ slots.card }}.'],
    ['It is {{ slots.card | spoken_digits }}.'],
    ['It is {{ slots.card | slice: 0, 8 }}.'],
    ['{% assign x = slots.card %}{{ x }}'],
    ["{{ slots['card'] }}"],
    ['{{ slots[slots.day] }}'],
    ['{{ slots | json }}'],
    ['{{ slots.day | append: slots.card }}'],
    ['{% for x in slots %}{{ x }}{% endfor %}'],
  ])('speaks it: %s', (say) => {
    expect(() => flowOf(flow(say))).toThrow(/"card", which is sensitive/);
  });

  test('reads it back in full', () => {
    expect(() => flowOf(flow('Bye.', ', confirm: "{{ slots.card }}?"'))).toThrow(/sensitive/);
  });

  test.each([
    ['It ends in {{ slots.card | last4 | spoken_digits }}.'],
    ['It is {{slots.card|masked}}.'],
    ['{% if slots.card %}We have your card.{% endif %}'],
    ['On {{ slots.day }}.'],
  ])('but not one that only says what may be told: %s', (say) => {
    expect(() => flowOf(flow(say))).not.toThrow();
  });
});

describe('a card number that nobody asked for', () => {
  const EARLY = `
nodes:
  a: { type: say, say: Hello., next: FIRST }
  talk: { type: agent, goal: Help., next: { pay: card, done: z, failed: z } }
  name:
    type: collect
    slots: [{ name: wish, type: text, ask: What is it about? }]
    next: { done: talk, failed: z }
  card:
    type: collect
    slots:
      - { name: card, type: digits, min_length: 13, max_length: 19, checksum: luhn, sensitive: true, ask: Your card? }
    next: { done: z, failed: z }
  z: { type: hangup }
`;
  test.each([
    ['to the model', 'talk'],
    ['as another answer', 'name'],
  ])('is concealed where it is said %s', (_, start) => {
    const call = new TestCall(EARLY.replace('FIRST', start));
    call.start();
    if (start === 'talk') call.model('How can I help?');
    const told: unknown[] = [call.says('I want to pay, it is 4111 1111 1111 1111')];
    told.push(call.notes, call.messages, call.flow.describe(call.state), call.flow.storable(call.state));
    told.push(call.flow.masked(call.state, { text: 'four one one one 1111 1111 1111' }));
    expect(JSON.stringify(told)).not.toMatch(/4111|1111 1111|one one/);
    expect(JSON.stringify(told)).toContain('it is •••• 1111');
  });

  test.each([
    ['to the model', 'talk'],
    ['as another answer', 'name'],
  ])('is concealed where it is said %s in two turns', (_, start) => {
    const call = new TestCall(
      EARLY.replace('FIRST', start).replace(
        'ask: What is it about? }',
        '$&, { name: more, type: text, ask: What else? }',
      ),
    );
    call.start();
    if (start === 'talk') call.model('How can I help?');
    call.says('I want to pay, it is 4111 1111');
    if (start === 'talk') call.model('Go on.');
    expect(call.flow.keepable(call.state, 'one one one one 1111')).toBe('•••');
    const told: unknown[] = [call.says('one one one one 1111')];
    told.push(call.notes, call.messages, call.flow.describe(call.state), call.flow.storable(call.state));
    expect(JSON.stringify(told)).not.toMatch(/one one/);
  });

  test('is a number like any other in a flow that takes no cards', () => {
    const call = new TestCall(EARLY.replace('FIRST', 'name').replace('sensitive: true, ', ''));
    call.start();
    call.says('it is 4111 1111 1111 1111');
    expect(call.flow.describe(call.state).slots).toEqual({ wish: 'it is 4111 1111 1111 1111' });
  });
});
