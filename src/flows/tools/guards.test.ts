import { describe, expect, test } from 'vitest';
import { checkFlow } from '../loader.ts';
import { TestCall } from '../test-call.ts';
import { saidIn } from './guards.ts';

const FLOW = `
tools:
  book:
    description: Books.
    effect: writes
    http: { method: POST, url: "http://x.test" }
    guards:
      - { when: "confirmed.day", otherwise: Read the day back first. }
      - { when: "said.yes and not tools.book", otherwise: Wait for a yes. }
nodes:
  a:
    type: collect
    slots: [{ name: day, type: date, ask: Which day?, confirm: "{{ slots.day }}?" }]
    next: { done: talk, failed: talk }
  talk:
    type: agent
    goal: Book it.
    speaks_first: caller
    tools: [book]
    next:
      done: { to: bye, guard: said.goodbye, otherwise: Say goodbye first. }
      person: { to: desk, key: "0", guard: "slots.day" }
  again: { type: say, say: Again., next: a }
  desk: { type: transfer, to: "+15550199", next: bye }
  bye: { type: hangup }
`;

const lastResult = (call: TestCall): unknown => {
  const last = call.messages.at(-1);
  return last?.role === 'tool' ? last.result : undefined;
};

function talking(confirmed: boolean): TestCall {
  const call = new TestCall(FLOW);
  call.start();
  if (confirmed) {
    call.says('Tomorrow.');
    call.says('Yes.');
  } else {
    for (let i = 0; i < 3; i++) call.presses('9');
  }
  expect(call.node).toBe('talk');
  return call;
}

describe('a guard', () => {
  test('of a tool keeps it from running, and the model hears why', () => {
    const call = talking(false);
    call.says('Yes, book it.');
    expect(call.model('', ['book', {}])).toEqual(['ask-model']);
    expect(lastResult(call)).toBe('Not run: Read the day back first.');
    expect(call.notes).toContainEqual({
      type: 'problem',
      node: 'talk',
      problem: 'the tool "book" was refused: "confirmed.day" does not hold',
    });
  });

  test('holds once what it asks for has happened, and only then', () => {
    const call = talking(true);
    call.says('I am not sure.');
    call.model('', ['book', {}]);
    expect(lastResult(call)).toBe('Not run: Wait for a yes.');
    call.says('Yes please.');
    expect(call.model('', ['book', {}])).toEqual(['run-tool: book {}']);
    expect(call.tool({ ok: true })).toEqual(['ask-model']);
    call.model('', ['book', {}]);
    expect(lastResult(call)).toBe('Not run: Wait for a yes.');
  });

  test('of an outcome keeps the agent in its step', () => {
    const call = talking(true);
    call.says('Is that all?');
    expect(call.model('Yes.', ['finish_step', { outcome: 'done' }])).toEqual(['ask-model']);
    expect(lastResult(call)).toBe('Not ended: Say goodbye first.');
    expect(call.model('Goodbye then.', ['finish_step', { outcome: 'done' }])).toEqual(['hang-up: flow']);
  });

  test('hears the goodbye of the caller too, but only the last words count', () => {
    const call = talking(true);
    call.says('Okay, bye!');
    call.says('Oh, one more thing.');
    call.model('', ['finish_step', { outcome: 'done' }]);
    expect(lastResult(call)).toBe('Not ended: Say goodbye first.');
    call.says('Good-bye.');
    expect(call.model('', ['finish_step', { outcome: 'done' }])).toEqual(['hang-up: flow']);
  });

  test('is for the model: a key is the caller’s own', () => {
    const call = talking(false);
    call.says('A person.');
    call.model('', ['finish_step', { outcome: 'person' }]);
    expect(lastResult(call)).toBe('Not ended: this must hold first: slots.day');
    expect(call.presses('0')).toEqual(['transfer: +15550199']);
  });

  test('that names what cannot be is a problem of the flow', () => {
    const problems = (text: string): string[] =>
      checkFlow(`flow: test\ndescription: A test.\nstart: a\n${text}`, { file: 'f' }).problems.map(
        ({ message }) => message,
      );
    expect(problems(FLOW.replace('confirmed.day', 'confirmed.dy'))).toEqual([
      expect.stringContaining(
        'the condition uses "confirmed.dy", but no node fills that slot; did you mean "day"?',
      ),
    ]);
    expect(problems(FLOW.replace('guard: said.goodbye', 'guard: said.hello'))).toEqual([
      expect.stringContaining('of what was said it can see only'),
    ]);
    expect(problems(FLOW.replace('"slots.day"', '"slots.day ="'))).toEqual([
      expect.stringContaining('the condition cannot be read'),
    ]);
  });
});

describe('what was said', () => {
  test.each([
    ['Goodbye.', 'en-US', { goodbye: true }],
    ['Okay, thanks, bye-bye!', 'en-US', { goodbye: true }],
    ['Auf Wiederhören!', 'de-DE', { goodbye: true }],
    ['Vale, hasta luego.', 'es-ES', { goodbye: true }],
    ['Merci, au revoir', 'fr-FR', { goodbye: true }],
    ['I live by the lake.', 'en-US', { goodbye: false }],
    ['The byelaws say so.', 'en-US', { goodbye: false }],
    ['Yes, please.', 'en-US', { yes: true, no: false }],
    ['Ja, genau.', 'de-DE', { yes: true, no: false }],
    ['No, thank you.', 'en-US', { yes: false, no: true }],
    ['Tomorrow at nine.', 'en-US', { yes: false, no: false }],
  ])('%s', (text, language, expected) => {
    expect(saidIn(text, language)).toMatchObject(expected);
  });
});
