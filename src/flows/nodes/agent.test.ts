import { describe, expect, test } from 'vitest';
import { VOICE_RULES } from '../../llm/voice-rules.ts';
import { TestCall } from '../test-call.ts';

const AGENT = `
persona: You are Ada.
time_zone: America/New_York
model: { name: a-model, max_tokens: 200 }
tools:
  look:
    description: Looks.
    effect: reads
    input: { day: { type: string, format: date } }
    http: { url: "http://x.test" }
  book:
    description: Books.
    effect: writes
    input: { day: { type: string, format: date }, note: { type: string, optional: true } }
    with: { phone: "{{ call.from }}" }
    http: { method: POST, url: "http://x.test", timeout_ms: 3000 }
    say_while: One moment.
nodes:
  a: { type: say, say: How can I help?, next: talk }
  talk:
    type: agent
    goal: Book a day.
    tools: [look, book]
    next:
      done: { to: bye, when: It is booked. }
      person: { to: desk, when: They ask for one., key: "0" }
  desk: { type: transfer, to: "+15550199", next: bye }
  bye: { type: hangup, say: Bye., result: ok }
`;

function started(flow = AGENT): TestCall {
  const call = new TestCall(flow);
  call.start();
  return call;
}

describe('an agent', () => {
  test('listens after a question, and answers the caller', () => {
    const call = new TestCall(AGENT);
    expect(call.start()).toEqual(['say: How can I help?', 'listen: open']);
    expect(call.command('listen').expect.keys?.max).toBe(1);
    expect(call.says('Book me in.')).toEqual(['ask-model']);
    expect(call.model('Which day?')).toEqual(['listen: open']);
  });

  test('speaks first after anything else', () => {
    const call = new TestCall(AGENT.replace('How can I help?', 'Welcome.'));
    expect(call.start()).toEqual(['say: Welcome.', 'ask-model']);
    expect(call.messages.at(-1)?.role).toBe('user');
  });

  test('says its opening words instead, where it has some', () => {
    const call = new TestCall(
      AGENT.replace('goal: Book a day.', 'goal: Book a day.\n    say: Tell me a day.'),
    );
    expect(call.start()).toEqual(['say: How can I help?', 'say: Tell me a day.', 'listen: open']);
  });

  test('speaks_first decides', () => {
    const call = new TestCall(
      AGENT.replace('goal: Book a day.', 'goal: Book a day.\n    speaks_first: agent'),
    );
    expect(call.start()).toEqual(['say: How can I help?', 'ask-model']);
  });

  test('tells the model what it needs, the stable part first', () => {
    const call = started();
    call.says('Book me in.');
    const { request, speak } = call.command('ask-model');
    expect(speak).toBe(true);
    expect(request).toMatchObject({ model: 'a-model', maxTokens: 200 });
    const [stable, volatile] = request.system;
    expect(stable?.stable).toBe(true);
    expect(stable?.text.startsWith(VOICE_RULES.trim())).toBe(true);
    expect(stable?.text).toContain('You are Ada.');
    expect(volatile?.stable).toBe(false);
    expect(volatile?.text).toContain('Book a day.');
    expect(volatile?.text).toContain("the caller's number: +14155550123");
    expect(volatile?.text).toContain('Friday, 2026-11-20 at 10:00 (America/New_York)');
    expect(request.messages).toEqual([
      { role: 'user', text: '(The caller is on the line.)' },
      { role: 'assistant', text: 'How can I help?', toolCalls: [] },
      { role: 'user', text: 'Book me in.' },
    ]);
    expect(request.tools.map(({ name }) => name)).toEqual(['look', 'book', 'finish_step']);
    expect(request.tools[1]?.input).toEqual({
      type: 'object',
      properties: { day: { type: 'string', format: 'date' }, note: { type: 'string' } },
      required: ['day'],
      additionalProperties: false,
    });
    expect(request.tools[2]).toMatchObject({
      description: expect.stringContaining('- person: They ask for one.'),
      input: { properties: { outcome: { enum: ['done', 'person'] } } },
    });
  });

  test('a key ends it with the outcome it stands for; any other is for the model', () => {
    const call = started();
    expect(call.presses('5')).toEqual(['ask-model']);
    expect(call.messages.at(-1)).toEqual({ role: 'user', text: '(pressed 5)' });
    expect(call.presses('0')).toEqual(['transfer: +15550199']);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'talk', outcome: 'person', path: 'keys' });
  });

  test('moves with finish_step, after its words', () => {
    const call = started();
    call.says('That was all.');
    expect(call.model('Gladly.', ['finish_step', { outcome: 'done' }])).toEqual([
      'say: Bye.',
      'hang-up: flow ok',
    ]);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'talk', outcome: 'done', path: 'model' });
  });

  test('cannot move anywhere else', () => {
    const call = started();
    call.says('Hang up!');
    expect(call.model('', ['finish_step', { outcome: 'bye' }])).toEqual(['ask-model']);
    expect(call.messages.at(-1)).toMatchObject({
      role: 'tool',
      isError: true,
      result: 'Not ended: choose one of these outcomes: done, person.',
    });
  });
});

describe('tools', () => {
  test('run one after the other, in the order given, and the model hears their results', () => {
    const call = started();
    call.says('The 24th, please.');
    const day = '2026-11-24';
    expect(call.model('Let me see.', ['look', { day }], ['book', { day }])).toEqual([
      `run-tool: look {"day":"${day}"}`,
    ]);
    expect(call.tool({ free: ['09:00'] })).toEqual([
      `run-tool: book {"day":"${day}","phone":"+14155550123"}`,
    ]);
    expect(call.command('run-tool')).toMatchObject({
      effect: 'writes',
      timeoutMs: 3000,
      sayWhile: { text: 'One moment.' },
    });
    expect(call.tool('Booked.')).toEqual(['ask-model']);
    expect(call.messages.slice(3)).toEqual([
      {
        role: 'assistant',
        text: 'Let me see. One moment.',
        toolCalls: [expect.objectContaining({ name: 'look' }), expect.objectContaining({ name: 'book' })],
      },
      expect.objectContaining({ role: 'tool', name: 'look', result: '{"free":["09:00"]}', isError: false }),
      expect.objectContaining({ role: 'tool', name: 'book', result: '"Booked."', isError: false }),
    ]);
  });

  test('the same call of the same turn has the same key; any other has another', () => {
    const call = started();
    const keyOf = (tool: string, input: Record<string, unknown>): string => {
      call.model('', [tool, input]);
      const { idempotencyKey } = call.command('run-tool');
      call.tool('No answer.', true);
      return idempotencyKey;
    };
    call.says('Go.');
    const key = keyOf('book', { day: '2026-11-24', note: 'quiet' });
    expect(keyOf('book', { note: 'quiet', day: '2026-11-24' })).toBe(key);
    const others = [keyOf('book', { day: '2026-11-25' }), keyOf('look', { day: '2026-11-24' })];
    call.says('Again.');
    others.push(keyOf('book', { day: '2026-11-24', note: 'quiet' }));
    expect(new Set([key, ...others]).size).toBe(4);
  });

  test('an unknown tool and a wrong input are told to the model, never run', () => {
    const call = started();
    call.says('Go.');
    expect(call.model('', ['dance', {}], ['look', { day: 'soon' }], ['book', {}])).toEqual(['ask-model']);
    expect(call.messages.slice(-3).map((message) => 'result' in message && message.result)).toEqual([
      'There is no tool "dance". The tools here are look, book.',
      'Not run: the input is not right. day: must be a date, YYYY-MM-DD. Correct it, or ask the caller.',
      'Not run: the input is not right. day: is missing. Correct it, or ask the caller.',
    ]);
  });

  test('a step does not end while another tool of the same answer went wrong', () => {
    const call = started();
    call.says('Go.');
    call.model('', ['book', { day: '2026-11-24' }], ['finish_step', { outcome: 'done' }]);
    expect(call.tool('That day is full.', true)).toEqual(['ask-model']);
    expect(call.messages.at(-1)).toMatchObject({ name: 'finish_step', isError: true });
    expect(call.node).toBe('talk');
  });

  test('a step ends once the tools before it are done', () => {
    const call = started();
    call.says('Go.');
    call.model('', ['finish_step', { outcome: 'done' }], ['book', { day: '2026-11-24' }]);
    expect(call.tool('Booked.')).toEqual(['say: Bye.', 'hang-up: flow ok']);
  });

  test('without an end are cut', () => {
    const call = started();
    call.says('Go.');
    let lines: string[] = [];
    for (let round = 0; round < 8; round++) {
      call.model('', ['look', { day: '2026-11-24' }]);
      lines = call.tool('ok');
    }
    expect(lines).toEqual([expect.stringMatching(/^say: Sorry, something went wrong/), 'listen: open']);
    expect(call.says('Hello?')).toEqual(['ask-model']);
  });

  test('a result that comes after an interruption is kept', () => {
    const call = started();
    call.says('Go.');
    call.model('Let me book that for you.', ['book', { day: '2026-11-24' }]);
    const { callId } = call.command('run-tool');
    const { requestId } = { requestId: callId.replace(/-0$/, '') };
    call.heard({ [requestId]: 'Let me', 'say-3': '' });
    expect(call.event({ type: 'tool-finished', callId, result: 'Booked.', isError: false })).toEqual([
      'ask-model',
    ]);
    call.says('Wait.');
    expect(call.messages.slice(3)).toEqual([
      { role: 'assistant', text: 'Let me', toolCalls: [expect.objectContaining({ id: callId })] },
      expect.objectContaining({ role: 'tool', callId, result: '"Booked."' }),
      { role: 'user', text: 'Wait.' },
    ]);
  });

  test('a call that never ran is answered too', () => {
    const call = started();
    call.says('Go.');
    call.model('', ['look', { day: '2026-11-24' }], ['book', { day: '2026-11-24' }]);
    call.says('Stop!');
    const results = call.messages.filter((message) => message.role === 'tool');
    expect(results).toHaveLength(2);
    expect(results.map(({ result }) => result)).toEqual([
      expect.stringContaining('may have been done or not'),
      expect.stringContaining('Not run'),
    ]);
  });

  test('their last results can be spoken of', () => {
    const call = started(AGENT.replace('say: Bye.', 'say: "Bye until {{ tools.look.next }}."'));
    call.says('Go.');
    call.model('', ['look', { day: '2026-11-24' }], ['finish_step', { outcome: 'done' }]);
    expect(call.tool({ next: 'Tuesday' })).toEqual(['say: Bye until Tuesday.', 'hang-up: flow ok']);
  });
});

describe('what was heard', () => {
  test('replaces what was generated', () => {
    const call = started();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('We have nine, ten and eleven.');
    call.heard({ 'say-1': 'How can I help?', [requestId]: 'We have nine,' });
    call.says('Nine.');
    expect(call.messages.at(-2)).toMatchObject({ role: 'assistant', text: 'We have nine,' });
  });

  test('of nothing leaves nothing: the caller spoke twice', () => {
    const call = started();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('We have nine, ten and eleven.');
    call.heard({ [requestId]: '' });
    call.says('Are you there?');
    expect(call.messages.at(-1)).toEqual({ role: 'user', text: 'Hello.\nAre you there?' });
  });

  test('of an answer that was cut short before it was whole is kept', () => {
    const call = started();
    call.says('Hello.');
    call.heard({ [call.command('ask-model').requestId]: 'We have' });
    call.says('Nine?');
    expect(call.messages.slice(-2)).toEqual([
      { role: 'assistant', text: 'We have', toolCalls: [] },
      { role: 'user', text: 'Nine?' },
    ]);
  });

  test('that the line cut short goes on from the first word not heard', () => {
    const call = started();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('One two three four five.');
    call.heard({ [requestId]: 'One two three' });
    expect(call.event({ type: 'line-resumed', lostMs: 300 })).toEqual(['say: four five.', 'listen: open']);
    call.says('Go on.');
    expect(call.messages.at(-2)).toMatchObject({ role: 'assistant', text: 'One two three four five.' });
  });

  test('that was heard is not said again when the line is back', () => {
    const call = started();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('Which day would you like?');
    call.heard({ [requestId]: 'Which day would you like?' });
    expect(call.event({ type: 'line-resumed', lostMs: 3000 })).toEqual([
      'say: Sorry, the line dropped for a moment.',
      'listen: open',
    ]);
  });

  test('an answer that the line lost is asked for again', () => {
    const call = started();
    call.says('Hello.');
    expect(call.event({ type: 'line-resumed', lostMs: 300 })).toEqual(['ask-model']);
  });
});

describe('a model that', () => {
  test('says nothing is asked once more, then the caller is', () => {
    const call = started();
    call.says('Hello.');
    expect(call.model('')).toEqual(['ask-model']);
    expect(call.model(' ')).toEqual(['say: Sorry, could you say that again?', 'listen: open']);
  });

  test('declines is put politely', () => {
    const call = started();
    call.says('Something bad.');
    const { requestId } = call.command('ask-model');
    expect(
      call.event({ type: 'model-replied', requestId, text: '', toolCalls: [], stopReason: 'refusal' }),
    ).toEqual([expect.stringContaining("I can't help with that"), 'listen: open']);
  });

  test('runs out of tokens is heard as far as it came, and goes on', () => {
    const call = started();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    expect(
      call.event({
        type: 'model-replied',
        requestId,
        text: 'Well, it',
        toolCalls: [],
        stopReason: 'max-tokens',
      }),
    ).toEqual(['ask-model']);
    expect(call.notes).toContainEqual({
      type: 'problem',
      node: 'talk',
      problem: 'the answer was cut short by the token limit',
    });
  });

  test('fails is apologised for, and the third time in a row ends the call', () => {
    const call = started();
    const sorry = [expect.stringMatching(/^say: Sorry, something went wrong/), 'listen: open'];
    call.says('Hello.');
    expect(call.modelFails()).toEqual(sorry);
    call.says('Hello.');
    expect(call.modelFails()).toEqual(sorry);
    call.says('Hello.');
    expect(call.modelFails()).toEqual([expect.stringMatching(/^say: I am sorry/), 'hang-up: error']);
  });

  test('fails twice leads to `failed` where the node has it', () => {
    const call = started(AGENT.replace('done: {', 'failed: desk\n      done: {'));
    call.says('Hello.');
    call.modelFails('Well');
    call.says('Hello.');
    expect(call.command('ask-model').request.tools.at(-1)).toMatchObject({
      input: { properties: { outcome: { enum: ['done', 'person'] } } },
    });
    expect(call.modelFails()).toEqual(['transfer: +15550199']);
  });

  test('comes back is forgiven', () => {
    const call = started();
    for (let turn = 0; turn < 4; turn++) {
      call.says('Hello.');
      call.modelFails();
      call.says('Hello.');
      expect(call.model('Hello!')).toEqual(['listen: open']);
    }
  });
});

test('an agent that follows an agent which asked a question waits for the answer', () => {
  const call = new TestCall(`
nodes:
  a: { type: agent, goal: One., speaks_first: caller, next: { done: b } }
  b: { type: agent, goal: Two., next: { done: c } }
  c: { type: hangup }
`);
  call.start();
  call.says('Hello.');
  expect(call.model('Which day?', ['finish_step', { outcome: 'done' }])).toEqual(['listen: open']);
  expect(call.says('Monday.')).toEqual(['ask-model']);
  expect(call.messages.slice(-3)).toMatchObject([
    { role: 'assistant', text: 'Which day?' },
    { role: 'tool' },
    { role: 'user', text: 'Monday.' },
  ]);
});
