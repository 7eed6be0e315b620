import { describe, expect, test } from 'vitest';
import { step } from './interpreter.ts';
import { flowOf, TestCall } from './test-call.ts';

const SAY_AND_HANG_UP = `
nodes:
  a: { type: say, say: Hello., next: b }
  b: { type: hangup, say: Goodbye., result: done }
`;

describe('what is waited for', () => {
  test('is the same however often it is asked for, until the call is about to end', () => {
    const call = new TestCall(`
nodes:
  a: { type: menu, say: Table or order?, options: { table: { key: 1, words: [table] } }, next: { table: b, none: b } }
  b: { type: hangup, say: Goodbye. }
`);
    expect(call.flow.expectation(call.state)).toBeUndefined();
    call.start();
    const { expect: asked } = call.command('listen');
    const { state } = call;
    expect(call.flow.expectation(state)).toEqual(asked);
    expect(call.flow.expectation(state)).toEqual(asked);
    call.says('table');
    expect(call.flow.expectation(call.state)).toBeUndefined();
  });
});

describe('a call', () => {
  test('goes from node to node until somebody else has the word', () => {
    const call = new TestCall(SAY_AND_HANG_UP);
    expect(call.start()).toEqual(['say: Hello.', 'say: Goodbye.', 'hang-up: flow done']);
    expect(call.notes).toEqual([
      { type: 'node-entered', node: 'a' },
      { type: 'outcome', node: 'a', outcome: 'done', path: 'rule' },
      { type: 'node-entered', node: 'b', from: 'a', outcome: 'done' },
    ]);
    expect(call.flow.describe(call.state)).toEqual({ node: 'b', slots: {}, result: 'done' });
  });

  test('goes on where a filter can make nothing of a value', () => {
    const call = new TestCall(`
variables: { note: { default: "100%" } }
nodes:
  a: { type: set, slots: { note: "{{ vars.note | url_decode }}" }, next: b }
  b: { type: hangup, say: Goodbye. }
`);
    expect(call.start()).toEqual(['say: Goodbye.', 'hang-up: flow']);
    expect(call.notes).toContainEqual({ type: 'problem', node: 'a', problem: 'URI malformed' });
  });

  test('marks what is the same on every call as fixed', () => {
    const call = new TestCall(`
nodes:
  a: { type: say, say: Hello., next: b }
  b: { type: hangup, say: "Goodbye, {{ call.from }}." }
`);
    call.start();
    expect(call.command('say')).toMatchObject({
      text: 'Goodbye, +14155550123.',
      fixed: false,
      interruptible: false,
    });
    const first = new TestCall(SAY_AND_HANG_UP);
    first.start();
    expect(first.command('say')).toMatchObject({ text: 'Goodbye.', fixed: true });
  });

  test('that goes in circles without listening is ended politely', () => {
    const call = new TestCall(`
nodes:
  a: { type: say, say: Round., next: b }
  b: { type: branch, cases: { out: slots.never }, next: { out: c, else: a } }
  c: { type: message, ask: x, slot: never, next: { done: d, failed: d } }
  d: { type: hangup }
`);
    const lines = call.start();
    expect(lines.length).toBeLessThan(60);
    expect(lines.slice(-2)).toEqual([
      'say: I am sorry, I cannot go on with this call. Please call again later. Goodbye.',
      'hang-up: error',
    ]);
    expect(call.notes).toContainEqual(
      expect.objectContaining({ type: 'problem', problem: 'the flow goes in circles without listening' }),
    );
  });

  test('a value that is missing is silent, and noted', () => {
    const call = new TestCall(`
nodes:
  a: { type: say, say: "Hello {{ slots.name }}!", next: b }
  b:
    type: collect
    slots: [{ name: name, type: name, ask: Who is it? }]
    next: { done: c, failed: c }
  c: { type: hangup }
`);
    expect(call.start()).toEqual(['say: Hello !', 'say: Who is it?', 'listen: name']);
    expect(call.notes).toContainEqual({
      type: 'problem',
      node: 'a',
      problem: 'undefined variable: slots.name',
    });
  });

  test('does not change the state it was given', () => {
    const flow = flowOf(SAY_AND_HANG_UP);
    const state = flow.initialState();
    const before = JSON.stringify(state);
    flow.step(state, {
      type: 'call-started',
      call: { callId: 'c', direction: 'inbound', from: '', to: '', startedAt: '' },
      now: '2026-11-20T15:00:00.000Z',
    });
    expect(JSON.stringify(state)).toBe(before);
    expect(step).toHaveLength(3);
  });

  test('an event before the start does nothing', () => {
    const call = new TestCall(SAY_AND_HANG_UP);
    expect(call.says('Hello?')).toEqual([]);
    expect(call.notes).toEqual([
      { type: 'problem', node: 'a', problem: 'caller-said came before the call started' },
    ]);
  });

  test('that was ended ends again when it is taken up elsewhere', () => {
    const call = new TestCall(SAY_AND_HANG_UP);
    call.start();
    expect(call.event({ type: 'line-resumed', lostMs: 5000 })).toEqual(['hang-up: flow done']);
  });
});

const MENU = `
silence: { prompts: [Are you there?], goodbye: Nobody is there. }
nodes:
  a:
    type: menu
    say: Press 1 for hours.
    options: { hours: { key: 1, words: [hours] } }
    next: { hours: b, none: b }
  b: { type: hangup }
`;

describe('silence', () => {
  test('is prompted with the question, then ends the call', () => {
    const call = new TestCall(MENU);
    call.start();
    expect(call.silent(1)).toEqual(['say: Are you there?', 'say: Press 1 for hours.', 'listen: choice']);
    expect(call.silent(2)).toEqual(['say: Nobody is there.', 'hang-up: silence']);
  });
});

describe('time', () => {
  test('that is up is told before the call ends', () => {
    const call = new TestCall(MENU);
    call.start();
    expect(call.event({ type: 'time-up' })).toEqual([
      expect.stringMatching(/^say: .*out of time/),
      'hang-up: time-up',
    ]);
  });
});

describe('a line that was lost', () => {
  test('for long is apologised for, and the question is asked again', () => {
    const call = new TestCall(MENU);
    call.start();
    expect(call.event({ type: 'line-resumed', lostMs: 4000 })).toEqual([
      'say: Sorry, the line dropped for a moment.',
      'say: Press 1 for hours.',
      'listen: choice',
    ]);
  });

  test('for a moment only gets the question', () => {
    const call = new TestCall(MENU);
    call.start();
    expect(call.event({ type: 'line-resumed', lostMs: 400 })).toEqual([
      'say: Press 1 for hours.',
      'listen: choice',
    ]);
  });
});

describe('a call that no recogniser listens to any more', () => {
  test('asks for the keys of the question', () => {
    const call = new TestCall(MENU);
    call.start();
    expect(call.event({ type: 'recognition-lost' })).toEqual([
      'say: I am sorry, I cannot hear you just now.',
      'say: Please use the keys of your phone for that.',
      'say: Press 1 for hours.',
      'listen: choice',
    ]);
    expect(call.presses('1')).toEqual([expect.stringMatching(/^hang-up/)]);
  });

  test('says only that it cannot hear where there are no keys', () => {
    const call = new TestCall(`
nodes:
  a:
    type: collect
    slots: [{ name: who, type: name, ask: What is your name? }]
    next: { done: b, failed: b }
  b: { type: hangup }
`);
    call.start();
    expect(call.event({ type: 'recognition-lost' })).toEqual([
      'say: I am sorry, I cannot hear you just now.',
      'listen: name',
    ]);
  });
});

describe('a transfer', () => {
  const flow = `
nodes:
  a: { type: transfer, say: Putting you through., to: "+15550199", timeout_sec: 30, caller_id: "+15550100", next: b }
  b: { type: hangup, say: Nobody answered. }
`;
  test('leaves, and goes on when nobody answers', () => {
    const call = new TestCall(flow);
    expect(call.start()).toEqual(['say: Putting you through.', 'transfer: +15550199']);
    expect(call.command('transfer')).toEqual({
      type: 'transfer',
      to: '+15550199',
      timeoutSec: 30,
      callerId: '+15550100',
    });
    expect(call.event({ type: 'transfer-failed', status: 'busy' })).toEqual([
      'say: Nobody answered.',
      'hang-up: flow',
    ]);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'a', outcome: 'failed', path: 'rule' });
  });

  test('is tried again when the line comes back instead', () => {
    const call = new TestCall(flow);
    call.start();
    expect(call.event({ type: 'line-resumed', lostMs: 9000 })).toEqual(['transfer: +15550199']);
    expect(call.event({ type: 'transfer-failed', status: 'no-answer' })).toEqual([
      'say: Nobody answered.',
      'hang-up: flow',
    ]);
  });

  test('that failed twice is only told once', () => {
    const call = new TestCall(flow);
    call.start();
    call.event({ type: 'transfer-failed', status: 'busy' });
    expect(call.event({ type: 'transfer-failed', status: 'busy' })).toEqual([]);
  });
});

describe('a state', () => {
  test('of another flow is refused', () => {
    const call = new TestCall(SAY_AND_HANG_UP);
    const state = { ...JSON.parse(JSON.stringify(call.state)), flow: 'other' };
    expect(() => call.flow.restoreState(state)).toThrow('a state of other, not of test');
  });

  test.each([null, 'text', {}, { format: 1 }, []])('that is none is refused: %j', (state) => {
    expect(() => flowOf(SAY_AND_HANG_UP).restoreState(state)).toThrow('not a state of a flow');
  });
});
