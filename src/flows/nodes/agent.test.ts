import { describe, expect, test } from 'vitest';
import { VOICE_RULES } from '../../llm/voice-rules.ts';
import { TestCall } from '../test-call.ts';
import { AGENT, startedAgent } from './testing.ts';

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
    const call = startedAgent();
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
    const call = startedAgent();
    expect(call.presses('5')).toEqual(['ask-model']);
    expect(call.messages.at(-1)).toEqual({ role: 'user', text: '(pressed 5)' });
    expect(call.presses('0')).toEqual(['transfer: +15550199']);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'talk', outcome: 'person', path: 'keys' });
  });

  test('moves with finish_step, after its words', () => {
    const call = startedAgent();
    call.says('That was all.');
    expect(call.model('Gladly.', ['finish_step', { outcome: 'done' }])).toEqual([
      'say: Bye.',
      'hang-up: flow ok',
    ]);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'talk', outcome: 'done', path: 'model' });
  });

  test('cannot move anywhere else', () => {
    const call = startedAgent();
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
    const call = startedAgent();
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
    const call = startedAgent();
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
    const call = startedAgent();
    call.says('Go.');
    expect(call.model('', ['dance', {}], ['look', { day: 'soon' }], ['book', {}])).toEqual(['ask-model']);
    expect(call.messages.slice(-3).map((message) => 'result' in message && message.result)).toEqual([
      'There is no tool "dance". The tools here are look, book.',
      'Not run: the input is not right. day: must be a date, YYYY-MM-DD. Correct it, or ask the caller.',
      'Not run: the input is not right. day: is missing. Correct it, or ask the caller.',
    ]);
  });

  test('a step does not end while another tool of the same answer went wrong', () => {
    const call = startedAgent();
    call.says('Go.');
    call.model('', ['book', { day: '2026-11-24' }], ['finish_step', { outcome: 'done' }]);
    expect(call.tool('That day is full.', true)).toEqual(['ask-model']);
    expect(call.messages.at(-1)).toMatchObject({ name: 'finish_step', isError: true });
    expect(call.node).toBe('talk');
  });

  test('a step ends once the tools before it are done', () => {
    const call = startedAgent();
    call.says('Go.');
    call.model('', ['finish_step', { outcome: 'done' }], ['book', { day: '2026-11-24' }]);
    expect(call.tool('Booked.')).toEqual(['say: Bye.', 'hang-up: flow ok']);
  });

  test('without an end are cut', () => {
    const call = startedAgent();
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
    const call = startedAgent();
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
    const call = startedAgent();
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
    const call = startedAgent(AGENT.replace('say: Bye.', 'say: "Bye until {{ tools.look.next }}."'));
    call.says('Go.');
    call.model('', ['look', { day: '2026-11-24' }], ['finish_step', { outcome: 'done' }]);
    expect(call.tool({ next: 'Tuesday' })).toEqual(['say: Bye until Tuesday.', 'hang-up: flow ok']);
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
