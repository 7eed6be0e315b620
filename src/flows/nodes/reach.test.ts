import { describe, expect, test } from 'vitest';
import type { CallFacts } from '../index.ts';
import { TestCall } from '../test-call.ts';

const ENDS = `
  sent: { type: hangup, result: sent }
  unsent: { type: hangup, result: unsent }
`;

describe('sms', () => {
  const flow = (rest: string): string => `
numbers_allowed: ["+15550777"]
variables: { mobile: { type: phone, default: "+15550888" } }
nodes:
  a: { type: collect, slots: [{ name: phone, type: phone, ask: Which number? }], next: { done: b, failed: b } }
  b: { type: sms, ${rest}, next: { done: sent, failed: unsent } }
${ENDS}`;

  const sends = (rest: string): string[] => {
    const call = new TestCall(flow(rest));
    call.start();
    return call.says('415 555 0199');
  };

  test('goes to whoever is on the line, from the number of the line', () => {
    expect(sends('text: "See you, {{ slots.phone | spoken_digits }}."')).toEqual([
      'run-tool: sms {"to":"+14155550123","from":"+15550100","text":"See you, plus 1, 4 1 5, 5 5 5, 0 1 9 9."}',
    ]);
  });

  test('changes something, so it waits for the turn and has a key of its own', () => {
    const call = new TestCall(flow('text: Hello.'));
    call.start();
    call.says('415 555 0199');
    expect(call.command('run-tool')).toMatchObject({ effect: 'writes', idempotencyKey: expect.any(String) });
    expect(call.tool({ sid: 'SM1' })).toEqual(['hang-up: flow sent']);
  });

  test('on an outbound call it goes to whom was called', () => {
    const call = new TestCall(
      `nodes:\n  a: { type: sms, text: Hello., next: { done: sent, failed: unsent } }\n${ENDS}`,
    );
    const facts: CallFacts = {
      callId: 'c',
      direction: 'outbound',
      from: '+15550100',
      to: '+15550123',
      startedAt: '2026-11-20T15:00:00Z',
    };
    expect(call.event({ type: 'call-started', call: facts })).toEqual([
      'run-tool: sms {"to":"+15550123","from":"+15550100","text":"Hello."}',
    ]);
  });

  test.each(['"{{ slots.phone }}"', '"+15550777"', '"{{ vars.mobile }}"', '"{{ call.from }}"'])(
    'may go to %s',
    (to) => {
      expect(sends(`to: ${to}, text: Hi`)[0]).toMatch(/^run-tool: sms/);
    },
  );

  test.each(['"+1555066{{ 6 }}"', '"{{ slots.phone }}0"', '"{{ call.from | slice: 0, 5 }}"'])(
    'goes nowhere else: %s',
    (to) => {
      expect(sends(`to: ${to}, text: Hi`)).toEqual(['hang-up: flow unsent']);
    },
  );

  test('a failure leads on', () => {
    const call = new TestCall(flow('text: Hello.'));
    call.start();
    call.says('415 555 0199');
    expect(call.tool('no', true)).toEqual(['hang-up: flow unsent']);
  });

  test.each([
    ['to: "+15550666", text: Hi', 'which numbers_allowed does not list'],
    ['to: anybody, text: Hi', 'must be a number in E.164 form'],
    ['text: "{{ slots.nme }}"', 'but no node fills that slot'],
  ])('%s is refused', (rest, words) => {
    expect(() => new TestCall(flow(rest))).toThrow(words);
  });

  test('no tool may have its name', () => {
    expect(
      () =>
        new TestCall(
          `tools: { sms: { description: d, effect: reads, http: { url: "http://x.test" } } }${flow('text: Hi')}`,
        ),
    ).toThrow('"sms" is the tool that sends text messages');
  });
});

describe('message', () => {
  const flow = (rest: string): string => `
nodes:
  a:
    type: message
    ask: Please leave a message after this.
    ${rest}
    next: { done: b, failed: c }
  b: { type: hangup, say: "Thank you: {{ slots.message }}", result: taken }
  c: { type: hangup, result: nothing }
`;

  test('takes what is said until a longer silence', () => {
    const call = new TestCall(flow(''));
    expect(call.start()).toEqual(['say: Please leave a message after this.', 'listen: open']);
    expect(call.command('listen').expect).toMatchObject({
      keys: { max: 1 },
      endKey: '#',
      maxTurnMs: 120_000,
      endpointing: { completeMs: 2500, openMs: 2500, unfinishedMs: 2500, numberMs: 2500 },
    });
    expect(call.says('The boiler is leaking. Please call me back.')).toEqual([
      'say: Thank you: The boiler is leaking. Please call me back.',
      'hang-up: flow taken',
    ]);
    expect(call.notes).toContainEqual({ type: 'message-taken', slot: 'message' });
    expect(call.slots).toEqual({ message: 'The boiler is leaking. Please call me back.' });
  });

  test('read back or asked about, it may be left again', () => {
    const call = new TestCall(flow('confirm: Shall I keep it?\n    attempts: 3'));
    call.start();
    expect(call.says('One.')).toEqual(['say: Shall I keep it?', 'listen: yes-no']);
    expect(call.says('No')).toEqual(['say: Please leave a message after this.', 'listen: open']);
    expect(call.slots).toEqual({});
    call.says('Two.');
    expect(call.presses('1')).toEqual(['say: Thank you: Two.', 'hang-up: flow taken']);
  });

  test('the key alone is no message, and in the end there is none', () => {
    const call = new TestCall(flow('reask: [Please speak now.]'));
    call.start();
    expect(call.presses('#')).toEqual(['say: Please speak now.', 'listen: open']);
    expect(call.presses('#')).toEqual(['hang-up: flow nothing']);
  });

  test('asks again after silence', () => {
    const call = new TestCall(flow(''));
    call.start();
    expect(call.silent(1).at(-1)).toBe('listen: open');
  });

  test('its slot may have another name', () => {
    const call = new TestCall(flow('slot: wish').replace('slots.message', 'slots.wish'));
    call.start();
    call.says('A table by the window.');
    expect(call.slots).toEqual({ wish: 'A table by the window.' });
  });
});

describe('voicemail', () => {
  const flow = `
voicemail: machine
variables: { name: { default: there } }
nodes:
  a: { type: menu, say: Hello?, options: { yes: {}, no: {} }, next: { yes: b, no: b, none: b } }
  b: { type: hangup }
  machine: { type: voicemail, say: "Hello {{ vars.name }}, please call us back." }
`;

  test('an answering machine is spoken to once, to the end', () => {
    const call = new TestCall(flow);
    call.start();
    expect(call.event({ type: 'machine-answered' })).toEqual([
      'say: Hello there, please call us back.',
      'hang-up: flow left_message',
    ]);
    expect(call.command('say').interruptible).toBe(false);
    expect(call.event({ type: 'machine-answered' })).toEqual([]);
  });

  test('without a node for it the call just ends', () => {
    const call = new TestCall(flow.replace('voicemail: machine\n', ''));
    call.start();
    expect(call.event({ type: 'machine-answered' })).toEqual(['hang-up: flow answering_machine']);
  });

  test('a node that is not there is an error', () => {
    expect(() => new TestCall(flow.replace('voicemail: machine', 'voicemail: machin'))).toThrow(
      'did you mean "machine"?',
    );
  });
});

describe('a warm transfer', () => {
  const flow = (rest: string): string => `
nodes:
  a: { type: set, slots: { name: Anna }, next: b }
  b: { type: transfer, to: "+15550199", ${rest}, next: c }
  c: { type: hangup }
`;

  test('tells whoever answers what it is about', () => {
    const call = new TestCall(flow('mode: warm, summary: "{{ slots.name }} wants a room."'));
    call.start();
    expect(call.command('transfer')).toEqual({
      type: 'transfer',
      to: '+15550199',
      timeoutSec: 20,
      hold: 'music',
      summary: { text: 'Anna wants a room.', language: 'en-US', to: 'person' },
    });
    expect(call.event({ type: 'transfer-failed', status: 'busy' })).toEqual(['hang-up: flow']);
  });

  test('or the two of them', () => {
    const call = new TestCall(flow('mode: warm, summary: Hello you two., summary_to: both, hold: noise'));
    call.start();
    expect(call.command('transfer')).toMatchObject({ hold: 'noise', summary: { to: 'both' } });
  });

  test.each([
    ['summary: Hello', 'write mode: warm'],
    ['mode: warm', 'needs a summary'],
    ['mode: warm, summary: Hello, hold: ringing', 'has no ringing'],
  ])('%s is refused', (rest, words) => {
    expect(() => new TestCall(flow(rest))).toThrow(words);
  });
});
