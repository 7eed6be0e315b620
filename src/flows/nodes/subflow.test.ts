import { describe, expect, test } from 'vitest';
import { checkFlow } from '../loader.ts';
import { TestCall } from '../test-call.ts';

const OUTER = `
flow: outer
description: The flow that answers.
start: a
variables: { shop: { default: Main Street } }
nodes:
  a: { type: set, slots: { order: "77", pin: outer }, next: b }
  b:
    type: subflow
    flow: identity
    input: { order: "{{ slots.order }}" }
    output: { customer: name }
    next: { known: c, unknown: d }
  c: { type: hangup, say: "Hello {{ slots.customer }}, {{ slots.pin }}.", result: known }
  d: { type: hangup, result: unknown }
`;

const IDENTITY = `
flow: identity
description: Asks who calls.
input: [order]
variables: { shop: { default: Side Street } }
start: ask
tools:
  look: { description: d, effect: reads, input: { pin: { type: string } }, http: { url: "http://api.test" } }
nodes:
  ask:
    type: collect
    slots: [{ name: pin, type: digits, length: 4, ask: "The PIN of order {{ slots.order }} at {{ vars.shop }}?" }]
    next: { done: look, failed: no }
  look: { type: tool, tool: look, input: { pin: "{{ slots.pin }}" }, save: { name: "{{ result.name }}" }, next: { done: yes, failed: no } }
  yes: { type: return, outcome: known }
  no: { type: return, outcome: unknown }
`;

const check = (text: string, ...others: string[]) => checkFlow(text, { file: 'outer.yaml' }, others);

function callTo(text: string, ...others: string[]): TestCall {
  const { flow, problems } = check(text, ...others);
  if (flow === undefined) throw new Error(JSON.stringify(problems));
  return new TestCall(flow);
}

const DATES = `
flow: dates
description: Asks for a day.
start: ask
variables: { most: { default: 8, type: number } }
nodes:
  ask:
    type: collect
    slots:
      - { name: day, type: date, ask: Which day?, max: +14d, confirm: "{{ slots.day }}?" }
      - { name: people, type: number, ask: How many?, validate: [{ when: value > vars.most }] }
      - { name: card, type: digits, length: 4, ask: Card?, sensitive: true }
    next: { done: yes, failed: no }
  yes: { type: return, outcome: known }
  no: { type: return, outcome: unknown }
`;

const BOOKING = `
flow: booking
description: Books.
start: b
model: none
nodes:
  b:
    type: subflow
    flow: dates
    output: { when: day, guests: people }
    next: { known: c, unknown: d }
  c: { type: collect, slots: [{ name: who, type: name, ask: What name? }], next: { done: d, failed: d } }
  d: { type: hangup }
`;

describe('what a subflow gave back', () => {
  const booking = (): TestCall => {
    const call = callTo(BOOKING, DATES);
    call.start();
    for (const answer of ['tomorrow', 'yes', 'four', 'one two three four']) call.says(answer);
    return call;
  };

  test('is corrected in the flow around it, by the bounds of the slot', () => {
    const call = booking();
    expect(call.slots).toEqual({ when: '2026-11-21', guests: 4 });
    expect(call.says('no, I meant Sunday')).toEqual([
      'say: All right, I have changed that.',
      'say: What name?',
      'listen: name',
    ]);
    expect(call.slots).toEqual({ when: '2026-11-22', guests: 4 });
    expect(call.says('sorry, I meant December 24')[0]).toBe('say: It cannot be after Friday, December 4.');
    expect(call.slots).toEqual({ when: '2026-11-22', guests: 4 });
  });

  test('stays as it is where its rules look at what only the subflow knows', () => {
    const call = booking();
    call.says('no, make it five people');
    expect(call.slots['guests']).toBe(4);
  });
});

describe('subflow', () => {
  test('has slots and variables of its own, and gives back what is asked for', () => {
    const call = callTo(OUTER, IDENTITY);
    expect(call.start()).toEqual(['say: The PIN of order 77 at Side Street?', 'listen: digits']);
    expect(call.node).toBe('identity/ask');
    expect(call.slots).toEqual({ order: '77' });
    expect(call.says('one two three four')).toEqual(['run-tool: identity/look {"pin":"1234"}']);
    expect(call.tool({ name: 'Anna' })).toEqual(['say: Hello Anna, outer.', 'hang-up: flow known']);
    expect(call.slots).toEqual({ order: '77', pin: 'outer', customer: 'Anna' });
    expect(call.node).toBe('c');
  });

  test('its way is noted with its name', () => {
    const call = callTo(OUTER, IDENTITY);
    call.start();
    expect(call.notes.filter(({ type }) => type === 'node-entered')).toEqual([
      { type: 'node-entered', node: 'a' },
      { type: 'node-entered', node: 'b', from: 'a', outcome: 'done' },
      { type: 'node-entered', node: 'identity/ask', from: 'b' },
    ]);
    call.says('1234');
    call.tool('no', true);
    expect(call.notes.filter(({ type }) => type === 'outcome')).toEqual([
      { type: 'outcome', node: 'identity/look', outcome: 'failed', path: 'tool' },
      { type: 'outcome', node: 'b', outcome: 'unknown', path: 'rule' },
    ]);
  });

  test('called by itself, a return ends the call', () => {
    const call = callTo(IDENTITY);
    call.start();
    call.says('1234');
    expect(call.tool({ name: 'Anna' })).toEqual(['hang-up: flow known']);
  });

  test('an answering machine takes the call out of it', () => {
    const call = callTo(
      `${OUTER}  m: { type: voicemail, say: "Bye {{ slots.order }}." }\nvoicemail: m\n`,
      IDENTITY,
    );
    call.start();
    expect(call.event({ type: 'machine-answered' })).toEqual(['say: Bye 77.', 'hang-up: flow left_message']);
  });

  test('flows in flows', () => {
    const middle = `
flow: middle
description: x
start: a
nodes:
  a: { type: subflow, flow: identity, output: { who: name }, next: { known: b, unknown: c } }
  b: { type: return, outcome: known }
  c: { type: return, outcome: unknown }
`;
    const outer = OUTER.replace('flow: identity\n', 'flow: middle\n')
      .replace('    input: { order: "{{ slots.order }}" }\n', '')
      .replace('customer: name', 'customer: who');
    const call = callTo(outer, middle, IDENTITY);
    call.start();
    call.says('1234');
    expect(call.command('run-tool').tool).toBe('identity/look');
    expect(call.tool({ name: 'Anna' })).toEqual(['say: Hello Anna, outer.', 'hang-up: flow known']);
  });

  test('what it says is known ahead, and understood', () => {
    const call = callTo(OUTER, IDENTITY.replace(/The PIN[^"]*/, 'Your PIN?'));
    expect(call.flow.prompts()).toContain('Your PIN?');
    call.start();
    expect(call.flow.answerProgress(call.state, 'one two three four')).toBe('whole');
  });

  test('its content is part of the version', () => {
    const version = (inner: string): string | undefined => check(OUTER, inner).flow?.settings.version;
    expect(version(IDENTITY)).toBe(version(IDENTITY));
    expect(version(IDENTITY.replace('The PIN', 'The secret'))).not.toBe(version(IDENTITY));
  });
});

describe('what is wrong with subflows', () => {
  const messages = (text: string, ...others: string[]): string[] =>
    check(text, ...others)
      .problems.filter(({ severity }) => severity === 'error')
      .map(({ line, message }) => `${line}: ${message}`);

  test('a flow that is not there', () => {
    expect(messages(OUTER.replace('identity', 'identty'), IDENTITY)).toEqual([
      '10: node "b" goes into the flow "identty", which does not exist; did you mean "identity"?',
    ]);
  });

  test('a circle is told with its flows', () => {
    const back = IDENTITY.replace('no: {', 'x: { type: subflow, flow: outer, next: {} }\n  no: {');
    expect(messages(OUTER, back)).toEqual(['10: node "b" leads round in a circle: outer → identity → outer']);
    expect(messages(OUTER.replace('flow: identity\n', 'flow: outer\n'))).toEqual([
      expect.stringContaining('leads round in a circle: outer → outer'),
    ]);
  });

  test('a flow with errors of its own', () => {
    expect(messages(OUTER, IDENTITY.replace('start: ask', 'start: aks'))[0]).toContain(
      'goes into the flow "identity", which cannot be used: other-0.yaml:6: the flow starts at "aks"',
    );
  });

  test('a circle elsewhere', () => {
    const first = IDENTITY.replace('no: {', 'x: { type: subflow, flow: second, next: {} }\n  no: {');
    const second = first
      .replace('flow: identity', 'flow: second')
      .replace('flow: second, next', 'flow: identity, next');
    expect(messages(OUTER, first, second)[0]).toContain('which cannot be used');
  });

  test.each([
    ['known: c', 'knwn: c', 'can never end with "knwn"; it ends with known or unknown'],
    [', unknown: d', '', 'can end with "unknown", and its next does not say where that leads'],
    ['customer: name', 'customer: nme', 'fills no slot "nme"; did you mean "name"?'],
    ['input: { order', 'input: { oder', 'takes no slot "oder"; its input is order; did you mean "order"?'],
  ])('%s → %s', (from, to, words) => {
    expect(messages(OUTER.replace(from, to), IDENTITY).join('\n')).toContain(words);
  });

  test('a flow that never comes back', () => {
    const endless = IDENTITY.replaceAll(/type: return, outcome: \w+/g, 'type: hangup');
    expect(messages(OUTER, endless)).toEqual([
      expect.stringContaining('has no return node and so never comes back'),
    ]);
  });
});
