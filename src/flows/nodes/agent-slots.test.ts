import { describe, expect, test } from 'vitest';
import { TestCall } from '../test-call.ts';

const FLOW = `
tools:
  pay:
    description: Pays.
    effect: writes
    input: { sum: { type: number } }
    http: { method: POST, url: "http://x.test" }
    guards: [{ when: confirmed.sum, otherwise: The sum must be confirmed. }]
nodes:
  a:
    type: collect
    slots:
      - { name: day, type: date, ask: Which day?, max: +14d }
      - { name: sum, type: money, ask: How much?, confirm: "{{ slots.sum | money }}?" }
      - { name: pin, type: digits, length: 4, sensitive: true, ask: Your PIN? }
    next: { done: talk, failed: bye }
  talk: { type: agent, goal: Talk., say: Anything else?, tools: [pay], next: { done: bye } }
  bye: { type: hangup, say: "See you {{ slots.day | spoken_date }}.", result: x }
`;

/** Tomorrow and twenty dollars are answered, and the agent has the word. */
function talking(flow = FLOW): TestCall {
  const call = new TestCall(flow);
  call.start();
  for (const answer of ['tomorrow', 'twenty dollars', 'yes', 'one two three four']) call.says(answer);
  call.says('Actually, make it Sunday');
  return call;
}

function offered(call: TestCall): unknown {
  const { request } = call.command('ask-model');
  return request.tools.find(({ name }) => name === 'set_slots')?.input['properties'];
}

describe('an agent', () => {
  test('is offered what was answered before, and nothing sensitive', () => {
    expect(Object.keys(offered(talking()) ?? {})).toEqual(['day', 'sum']);
  });

  test('corrects it by the rules of the slot', () => {
    const call = talking();
    expect(call.slots['day']).toBe('2026-11-21');
    expect(call.model('', ['set_slots', { day: '2026-11-22' }])).toEqual(['ask-model']);
    expect(call.notes).toContainEqual({
      type: 'slot-filled',
      slot: 'day',
      value: '2026-11-22',
      path: 'model',
    });
    expect(call.messages.at(-1)).toMatchObject({ role: 'tool', isError: false });
    call.model('Sunday it is.');
    call.says('no');
    expect(call.model('', ['finish_step', { outcome: 'done' }])).toEqual([
      'say: See you Sunday, November 22.',
      'hang-up: flow x',
    ]);
  });

  test('is told why a value will not do, and the one before stays', () => {
    const call = talking();
    call.model('', ['set_slots', { day: '2027-03-01', pin: '9999' }], ['finish_step', { outcome: 'done' }]);
    expect(call.slots['day']).toBe('2026-11-21');
    const results = JSON.stringify(call.messages.slice(-2));
    expect(results).toContain('after 2026-12-04');
    expect(results).toContain('pin: cannot be set here');
    expect(results).toContain('Not ended');
    expect(call.notes).toContainEqual({ type: 'slot-refused', slot: 'day', reason: 'after 2026-12-04' });
    expect(call.node).toBe('talk');
  });

  test('loses the confirmation of a value it changes, and of no other', () => {
    const call = talking();
    call.model('', ['set_slots', { sum: 20 }], ['pay', { sum: 20 }]);
    expect(call.command('run-tool').tool).toBe('pay');
    call.tool({ ok: true });
    call.model('', ['set_slots', { sum: 30 }], ['pay', { sum: 30 }]);
    expect(call.slots['sum']).toBe(30);
    expect(JSON.stringify(call.messages.at(-1))).toContain('The sum must be confirmed.');
  });

  test('may be given fewer slots, or none', () => {
    expect(
      Object.keys(offered(talking(FLOW.replace('goal: Talk.', 'goal: Talk., slots: [sum]'))) ?? {}),
    ).toEqual(['sum']);
    expect(offered(talking(FLOW.replace('goal: Talk.', 'goal: Talk., slots: []')))).toBeUndefined();
  });

  test('collects slots of its own', () => {
    const own =
      'goal: Talk., slots: [], collects: [{ name: seats, type: number, min: 1, max: 8, ask: How many seats? }]';
    const call = talking(FLOW.replace('goal: Talk.', own));
    expect(Object.keys(offered(call) ?? {})).toEqual(['seats']);
    call.model('', ['set_slots', { seats: 12 }]);
    expect(call.slots['seats']).toBeUndefined();
    call.model('', ['set_slots', { seats: 'four' }]);
    expect(call.slots['seats']).toBe(4);
  });
});

test('what is wrong with the slots of an agent is told', () => {
  const problems = (slots: string): string => {
    try {
      new TestCall(FLOW.replace('goal: Talk.', `goal: Talk., ${slots}`));
      return '';
    } catch (error) {
      return String(error);
    }
  };
  expect(problems('slots: [dya]')).toContain('"dya"');
  expect(problems('slots: [pin]')).toContain('sensitive');
  expect(problems('collects: [{ name: code, type: text, ask: Code?, sensitive: true }]')).toContain(
    'sensitive',
  );
  expect(problems('collects: [{ name: code, type: text, ask: "{{ nothing.here }}" }]')).toContain('nothing');
});
