import { describe, expect, test } from 'vitest';
import { flowOf, TestCall } from '../test-call.ts';

const FAMILY = `
  big: { type: hangup, result: big }
  late: { type: hangup, result: late }
  rest: { type: hangup, result: rest }
`;

describe('branch', () => {
  const flow = (people: unknown, zone = 'America/New_York'): string => `
time_zone: ${zone}
hours: { fri: ["09:00-17:00"] }
nodes:
  a: { type: set, slots: { people: ${JSON.stringify(people)} }, next: b }
  b:
    type: branch
    cases:
      big: slots.people > 8 and hours.open
      late: not hours.open
    next: { big: big, late: late, else: rest }
${FAMILY}`;

  test.each([
    [9, 'America/New_York', 'big'],
    [8, 'America/New_York', 'rest'],
    [9, 'Asia/Tokyo', 'late'],
  ])('%d people in %s: %s', (people, zone, result) => {
    const call = new TestCall(flow(people, zone));
    expect(call.start()).toEqual([`hang-up: flow ${result}`]);
  });

  test('the first case that holds decides, and what was found is noted', () => {
    const call = new TestCall(`
nodes:
  a:
    type: branch
    cases: { one: 1 < 2, two: 1 < 2 }
    next: { two: rest, one: big, else: late }
${FAMILY}`);
    expect(call.start()).toEqual(['hang-up: flow big']);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'a', outcome: 'one', path: 'rule' });
  });

  test.each([
    [
      'cases: { big: "slots.people >" }, next: { big: b, else: b }',
      'the condition cannot be read: a value is missing',
    ],
    [
      'cases: { big: slots.poeple }, next: { big: b, else: b }',
      'but no node fills that slot; did you mean "people"?',
    ],
    ['cases: { big: hours.open }, next: { big: b, else: b }', 'but the flow declares no hours'],
    ['cases: { big: slots.people }, next: { big: b }', 'can end with "else", and its next does not say'],
    [
      'cases: { big: slots.people }, next: { bg: b, else: b }',
      'can never end with "bg"; it ends with big or else; did you mean "big"?',
    ],
    ['cases: { else: slots.people }, next: { else: b }', '"else" is an outcome every branch has'],
    ['cases: {}, next: { else: b }', 'must have at least one case'],
  ])('%s is refused', (rest, words) => {
    const make = (): unknown =>
      flowOf(`
nodes:
  a: { type: branch, ${rest} }
  b: { type: set, slots: { people: 2 }, next: c }
  c: { type: hangup }
`);
    expect(make).toThrow(words);
  });
});

describe('set', () => {
  test('values keep their types, and later ones see earlier ones', () => {
    const call = new TestCall(`
variables: { visits: { type: number, default: 4 } }
nodes:
  a:
    type: set
    slots:
      visits: "{{ vars.visits }}"
      words: "{{ slots.visits }} visits"
      many: "{{ slots.visits | times: 2 }}"
      flag: true
      list: ["{{ slots.visits }}", 2]
    next: b
  b: { type: set, slots: { flag: ~ }, next: c }
  c: { type: hangup }
`);
    call.start();
    expect(call.slots).toEqual({ visits: 4, words: '4 visits', many: 8, list: [4, 2] });
  });
});

describe('a loop without a word from the caller', () => {
  test('is broken off, also where tools are waited for', () => {
    const call = new TestCall(`
tools: { t: { description: d, effect: reads, http: { url: "http://api.test" } } }
nodes:
  a: { type: tool, tool: t, next: { done: a, failed: b } }
  b: { type: hangup }
`);
    let commands = call.start();
    for (let count = 0; count < 200 && commands[0]?.startsWith('run-tool') === true; count++)
      commands = call.tool({});
    expect(commands.at(-1)).toBe('hang-up: error');
  });
});

describe('tool', () => {
  const flow = `
tools:
  find_order:
    description: Finds an order.
    effect: reads
    input: { number: { type: string }, days: { type: integer, optional: true } }
    with: { phone: "{{ call.from }}" }
    http: { url: "http://api.test/{{ input.number }}" }
    say_while: One moment.
nodes:
  a: { type: set, slots: { number: "12" }, next: look }
  look:
    type: tool
    tool: find_order
    input: { number: "{{ slots.number }}", days: "{{ slots.days }}" }
    outcomes:
      shipped: result.status == "shipped"
      lost: result.status == "lost" or tools.find_order.lost
    save: { city: "{{ result.city }}", nothing: "{{ result.no }}" }
    next: { shipped: big, lost: late, done: say, failed: rest }
  say: { type: say, say: "It is in {{ slots.city }}.", next: ask }
  ask: { type: menu, say: Anything else?, options: { yes: {}, no: {} }, next: { yes: a, no: rest, none: rest } }
  days: { type: collect, slots: [{ name: days, type: number, ask: x }], next: { done: rest, failed: rest } }
${FAMILY}`;

  test('gives what is known and what the flow adds, and says what it is to say', () => {
    const call = new TestCall(flow);
    expect(call.start()).toEqual(['run-tool: find_order {"number":"12","phone":"+14155550123"}']);
    expect(call.command('run-tool').sayWhile?.text).toBe('One moment.');
  });

  test.each([
    [{ status: 'shipped' }, 'big'],
    [{ status: 'lost' }, 'late'],
    [{ lost: true }, 'late'],
  ])('%o leads to %s', (result, to) => {
    const call = new TestCall(flow);
    call.start();
    expect(call.tool(result)).toEqual([`hang-up: flow ${to}`]);
    expect(call.notes.find(({ type }) => type === 'outcome')).toMatchObject({ node: 'look', path: 'tool' });
  });

  test('without an outcome that holds it is done, and what it is to save is saved', () => {
    const call = new TestCall(flow);
    call.start();
    expect(call.tool({ city: 'Berlin' })).toEqual([
      'say: It is in Berlin.',
      'say: Anything else?',
      'listen: choice',
    ]);
    expect(call.slots).toEqual({ number: '12', city: 'Berlin' });
  });

  test('a tool that fails leads to failed and saves nothing', () => {
    const call = new TestCall(flow);
    call.start();
    expect(call.tool('no such order', true)).toEqual(['hang-up: flow rest']);
    expect(call.slots).toEqual({ number: '12' });
  });

  test('one that was never started is started by what the caller does next', () => {
    const call = new TestCall(flow);
    call.start();
    const { callId } = call.command('run-tool');
    expect(
      call.event({ type: 'tool-finished', callId, result: 'Not run', isError: true, notRun: true }),
    ).toEqual([]);
    expect(call.says('hello?')).toEqual(['run-tool: find_order {"number":"12","phone":"+14155550123"}']);
    expect(call.tool({ status: 'shipped' })).toEqual(['hang-up: flow big']);
  });

  test('after a crash it runs again as the same call', () => {
    const call = new TestCall(flow);
    call.start();
    const before = call.command('run-tool').idempotencyKey;
    call.event({ type: 'line-resumed', lostMs: 100 });
    expect(call.command('run-tool').idempotencyKey).toBe(before);
  });

  test('the result of an earlier run is not taken for it', () => {
    const call = new TestCall(flow);
    call.start();
    const { callId } = call.command('run-tool');
    call.event({ type: 'line-resumed', lostMs: 100 });
    expect(call.event({ type: 'tool-finished', callId, result: { status: 'lost' }, isError: false })).toEqual(
      [],
    );
  });

  test('an input that does not fit is not sent', () => {
    const call = new TestCall(flow.replace('number: "12" }', 'number: 12 }'));
    expect(call.start()).toEqual(['hang-up: flow rest']);
    expect(call.notes).toContainEqual(
      expect.objectContaining({
        type: 'problem',
        problem: expect.stringContaining('its input is not right'),
      }),
    );
  });

  test('the words of the node go before those of the tool', () => {
    const call = new TestCall(
      flow.replace('tool: find_order\n', 'tool: find_order\n    say: Looking for {{ slots.number }}.\n'),
    );
    call.start();
    expect(call.command('run-tool').sayWhile?.text).toBe('Looking for 12.');
  });

  test('a guard that does not hold makes it fail', () => {
    const call = new TestCall(
      flow.replace(
        '    say_while: One moment.\n',
        '    guards: [{ when: said.goodbye, otherwise: Not yet. }]\n',
      ),
    );
    expect(call.start()).toEqual(['hang-up: flow rest']);
  });

  test.each([
    ['tool: find_ordr', 'which does not exist; did you mean "find_order"?'],
    ['tool: find_order, input: { numbr: x }', 'takes no "numbr"'],
    ['tool: find_order, input: { days: 1 }', 'without its "number"'],
    ['tool: find_order, input: { number: "{{ result.x }}" }', 'uses "result", which it cannot see'],
    [
      'tool: find_order, input: { number: x }, outcomes: { x: result.y }',
      'can end with "x", and its next does not say',
    ],
  ])('%s is refused', (rest, words) => {
    const broken = flow.replace(
      / {2}look:[\s\S]*? {4}next:.*\n/,
      `  look: { type: tool, ${rest}, next: { done: say, failed: rest } }\n`,
    );
    expect(() => new TestCall(broken)).toThrow(words);
  });
});
