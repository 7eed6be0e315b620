/** A call whose process died: what the flow says and does when another process takes it up. */
import { describe, expect, test } from 'vitest';
import { TestCall } from './test-call.ts';

const flow = (declared: string, nodes = NODE) => `
tools:
  book:
    description: Books it.
    effect: writes
    input: { name: { type: string } }
    with: { phone: "{{ call.from }}", at: "{{ now }}" }
    ${declared}
${nodes}`;
const NODE = `
nodes:
  a: { type: tool, tool: book, input: { name: Ada }, say: One moment., next: { done: ok, failed: sorry } }
  ok: { type: hangup, say: "Booked, {{ tools.book.id }}.", result: booked }
  sorry: { type: hangup, say: A person will call you., result: unsure }
`;
const AGENT = `
nodes:
  a: { type: agent, say: How can I help?, goal: Book., tools: [book], next: { done: ok } }
  ok: { type: hangup, say: Goodbye. }
`;
const ONCE = 'http: { method: POST, url: "http://api.test/book" }';
const KEYED = `${ONCE}\n    idempotent: true`;
const RETRIED = 'http: { method: POST, url: "http://api.test/book", retries: { attempts: 2 } }';

describe('a tool of a node, whose process died while it ran,', () => {
  test.each([
    ['idempotent', KEYED],
    ['tried again by its retries', RETRIED],
  ])('is sent again as the very same call where it is %s', (_, declared) => {
    const call = new TestCall(flow(declared));
    call.start();
    const { callId, idempotencyKey, input } = call.command('run-tool');
    expect(call.flow.describe(call.state).tool).toBe(callId);
    call.heard({ 'say-2': 'One moment.' });
    call.event({ type: 'line-resumed', lostMs: 400, tool: { callId, wasSent: true } });
    expect(call.command('run-tool')).toMatchObject({ callId, idempotencyKey, input, effect: 'writes' });
    expect(call.tool({ id: 7 })).toEqual(['say: Booked, 7.', 'hang-up: flow booked']);
  });

  test('is not sent again where it is not: the caller is told, and the flow goes its way for a failed one', () => {
    const call = new TestCall(flow(ONCE));
    call.start();
    const { callId } = call.command('run-tool');
    expect(call.event({ type: 'line-resumed', lostMs: 400, tool: { callId, wasSent: true } })).toEqual([
      expect.stringContaining('I cannot tell whether that went through'),
      'say: A person will call you.',
      'hang-up: flow unsure',
    ]);
  });

  test('is sent where it was not yet', () => {
    const call = new TestCall(flow(ONCE));
    call.start();
    const { callId, idempotencyKey } = call.command('run-tool');
    call.event({ type: 'line-resumed', lostMs: 400, tool: { callId, wasSent: false } });
    expect(call.command('run-tool')).toMatchObject({ callId, idempotencyKey });
  });

  test('and whose answer is known is not asked again', () => {
    const call = new TestCall(flow(ONCE));
    call.start();
    const { callId } = call.command('run-tool');
    const answer = { result: { id: 9 }, isError: false };
    const tool = { callId, wasSent: true, answer };
    expect(call.event({ type: 'line-resumed', lostMs: 400, tool })).toEqual([
      'say: Booked, 9.',
      'hang-up: flow booked',
    ]);
  });
});

describe('a tool of a model, whose process died while it ran,', () => {
  function asked(declared: string): TestCall {
    const call = new TestCall(flow(declared, AGENT));
    call.start();
    call.says('Book it.');
    call.model('', ['book', { name: 'Ada' }]);
    return call;
  }

  test('is sent again as the same call where that may be, and its answer reaches the model', () => {
    const call = asked(KEYED);
    const { callId, idempotencyKey } = call.command('run-tool');
    call.event({ type: 'line-resumed', lostMs: 2000, tool: { callId, wasSent: true } });
    expect(call.command('run-tool')).toMatchObject({ callId, idempotencyKey });
    expect(call.tool({ id: 7 })).toEqual(['ask-model']);
    expect(call.messages.at(-1)).toMatchObject({ role: 'tool', isError: false });
  });

  test('is uncertain where it may not, and the model is told to say so', () => {
    const call = asked(ONCE);
    const { callId } = call.command('run-tool');
    const tool = { callId, wasSent: true };
    expect(call.event({ type: 'line-resumed', lostMs: 400, tool })).toEqual(['ask-model']);
    expect(call.messages.at(-1)).toMatchObject({
      role: 'tool',
      isError: true,
      result: expect.stringMatching(/may have been done or not.*Tell the caller/),
    });
  });
});

describe('a line that was lost for a moment, with the caller known to have heard all and said nothing,', () => {
  const MENU = `
nodes:
  a: { type: menu, say: Press 1 for hours., options: { hours: { key: 1, words: [hours] } }, next: { hours: b, none: b } }
  b: { type: hangup, say: Good bye now. }
`;

  test('goes on in silence', () => {
    const call = new TestCall(MENU);
    call.start();
    call.heard({ 'say-1': 'Press 1 for hours.' });
    expect(call.event({ type: 'line-resumed', lostMs: 400, goesOn: true })).toEqual(['listen: choice']);
  });

  test('goes on from the first word not heard', () => {
    const call = new TestCall(MENU);
    call.start();
    call.heard({ 'say-1': 'Press 1' });
    expect(call.event({ type: 'line-resumed', lostMs: 400, goesOn: true })).toEqual([
      'say: for hours.',
      'listen: choice',
    ]);
  });

  test('asks again after more than a second', () => {
    const call = new TestCall(MENU);
    call.start();
    call.heard({ 'say-1': 'Press 1' });
    expect(call.event({ type: 'line-resumed', lostMs: 1400, goesOn: true })).toEqual([
      'say: Sorry, the line dropped for a moment.',
      'say: Press 1 for hours.',
      'listen: choice',
    ]);
  });

  test('says the rest of a goodbye before it ends', () => {
    const call = new TestCall(MENU);
    call.start();
    call.presses('1');
    call.heard({ 'say-2': 'Good bye' });
    expect(call.event({ type: 'line-resumed', lostMs: 400, goesOn: true })).toEqual([
      'say: now.',
      'hang-up: flow',
    ]);
  });
});

test('words that the model was asked to understand need not be said again', () => {
  const call = new TestCall(`
nodes:
  a: { type: collect, slots: [{ name: day, type: date, ask: Which day? }], next: { done: b, failed: b } }
  b: { type: hangup, say: Goodbye. }
`);
  call.start();
  call.heard({ 'say-1': 'Which day?' });
  expect(call.says('Well, whenever it suits you, really.')).toEqual(['ask-model silently']);
  expect(call.event({ type: 'line-resumed', lostMs: 400 })).toEqual(['ask-model silently']);
  expect(call.event({ type: 'line-resumed', lostMs: 1400 })).toEqual([
    'say: Sorry, the line dropped for a moment.',
    'ask-model silently',
  ]);
});
