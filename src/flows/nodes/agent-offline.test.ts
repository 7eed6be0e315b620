import { describe, expect, test } from 'vitest';
import { checkFlow } from '../loader.ts';
import { TestCall } from '../test-call.ts';
import { AGENT } from './testing.ts';

const TROUBLE = "I'm having trouble understanding just now.";

const FLOW = `
handlers:
  hours: { to: hours, words: [opening hours], key: "9" }
nodes:
  a: { type: say, say: How can I help?, next: talk }
  talk:
    type: agent
    goal: Help.
    speaks_first: caller
    next:
      book_appointment: book
      leave_word: { to: note, when: They want to leave a message. }
      person: { to: desk, key: "0" }
      paid: { to: book, guard: said.yes }
      done: bye
  book: { type: say, say: Let us book., next: talk }
  note: { type: message, ask: What is it?, next: { done: bye, failed: bye } }
  hours: { type: say, say: Nine to five., next: talk }
  desk: { type: transfer, to: "+15550199", next: bye }
  bye: { type: hangup, say: Bye., result: ok }
`;

const COLLECTS = `
nodes:
  a: { type: say, say: How can I help?, next: talk }
  talk:
    type: agent
    goal: Help.
    speaks_first: caller
    collects:
      - { name: party, type: number, ask: How many people?, min: 1, max: 10 }
      - { name: day, type: date, ask: Which day? }
    next: { done: bye, person: { to: desk, key: "0" } }
  desk: { type: transfer, to: "+15550199", next: bye }
  bye: { type: hangup, say: "For {{ slots.party }} on {{ slots.day }}.", result: ok }
`;

/** A call in its first node, and all it says. */
class Talk {
  readonly call: TestCall;
  lines: string[] = [];
  readonly all: string[] = [];

  constructor(flow: string) {
    this.call = new TestCall(flow);
    this.did(this.call.start());
  }
  did(lines: string[]): this {
    this.lines = lines;
    this.all.push(...lines);
    return this;
  }
  says(text: string): this {
    return this.did(this.call.says(text));
  }
  presses(key: string): this {
    return this.did(this.call.presses(key));
  }
  fails(): this {
    return this.did(this.call.modelFails());
  }
  get said(): string {
    return this.lines.flatMap((line) => (line.startsWith('say: ') ? [line.slice(5)] : [])).join(' ');
  }
}

/** After a caller's words that no model answered. */
function unanswered(flow: string, said = 'Hm, well'): Talk {
  return new Talk(flow).says(said).fails();
}

describe('while no model answers', () => {
  test('the caller is offered what leads on, by keys and words', () => {
    const call = unanswered(FLOW);
    expect(call.said).toBe(
      `${TROUBLE} For book appointment, press 1 or say book appointment. To leave a message, press 2 or say leave word. To speak to a person, press 0 or say person. For hours, press 9 or say opening hours.`,
    );
    expect(call.call.command('listen').expect).toMatchObject({ kind: 'choice', keys: { max: 1 } });
  });

  test.each([
    ['1', 'book'],
    ['2', 'note'],
    ['0', 'desk'],
    ['9', 'hours'],
  ])('key %s leads to %s', (key, node) => {
    const call = unanswered(FLOW);
    call.presses(key);
    expect(entered(call)).toContain(node);
  });

  test.each([
    ['book an appointment please, I mean, book appointment', 'book'],
    ['a real person', 'desk'],
    ['opening hours', 'hours'],
  ])('"%s" leads to %s', (words, node) => {
    const call = unanswered(FLOW);
    call.says(words);
    expect(entered(call)).toContain(node);
  });

  test('what was just said is understood by the declared words before any menu', () => {
    const call = unanswered(FLOW, 'I want to speak to a person');
    expect(call.lines).toEqual(['transfer: +15550199']);
  });

  test('other words are for the model, which has the call back once it answers', () => {
    const call = unanswered(FLOW);
    expect(call.says('My tooth hurts').lines).toEqual(['ask-model']);
    call.did(call.call.model('I am sorry to hear that.'));
    expect(call.says('book appointment').lines).toEqual(['ask-model']);
  });

  test('a model that goes on failing leads to `failed`, or to the end', () => {
    const failing = (flow: string, turns: number): Talk => {
      const call = unanswered(flow);
      for (let turn = 1; turn < turns; turn++) call.says('My tooth hurts').fails();
      return call;
    };
    expect(failing(FLOW.replace('done: bye', 'failed: desk'), 2).lines).toEqual(['transfer: +15550199']);
    expect(failing(FLOW, 4).said).toContain(TROUBLE);
    expect(failing(FLOW, 5).lines.at(-1)).toBe('hang-up: error');
  });

  test('silence is answered with the menu again', () => {
    const call = unanswered(FLOW);
    expect(call.did(call.call.silent(1)).said).toContain(TROUBLE);
  });

  test('a flow says itself what is offered, or that nothing is', () => {
    const own =
      'offline: { options: { person: { key: "5", words: [human], say: To reach us } } }\n    next:\n';
    expect(unanswered(FLOW.replace('next:\n', own)).said).toBe(
      `${TROUBLE} To reach us, press 5 or say human.`,
    );
    const whole = 'offline: { say: "Press zero, please." }\n    next:\n';
    expect(unanswered(FLOW.replace('next:\n', whole)).said).toBe('Press zero, please.');
    const none = unanswered(FLOW.replace('next:\n', 'offline: false\n    next:\n'));
    expect(none.said).toContain('something went wrong');
  });

  test('another language has its own words', () => {
    expect(unanswered(`language: de-DE\n${AGENT}`).said).toMatch(
      /drücken Sie die 0 oder sagen Sie Mitarbeiter/,
    );
  });
});

describe('what the node collects', () => {
  test('is asked for one by one, and the call goes on with it', () => {
    const call = unanswered(COLLECTS);
    expect(call.said).toBe(
      `${TROUBLE} To speak to a person, say person. Let me ask you one thing at a time. How many people?`,
    );
    call.says('Four');
    expect(call.said).toBe('Which day?');
    call.says('2026-11-24');
    expect(call.lines).toEqual(['say: For 4 on 2026-11-24.', 'hang-up: flow ok']);
  });

  test('is not asked for where it is known', () => {
    const call = new Talk(COLLECTS).says('Four people');
    call.did(call.call.model('', ['set_slots', { party: 4 }])).fails();
    expect(call.said).toContain('Which day?');
    expect(call.said).not.toContain('How many');
  });

  test('can be left by the words of an option', () => {
    const call = unanswered(COLLECTS);
    call.says('Person.');
    expect(call.lines).toEqual(['transfer: +15550199']);
  });

  test('is left to the model once it answers', () => {
    const call = unanswered(COLLECTS);
    expect(call.says('as many as last time').lines).toEqual(['ask-model silently']);
    expect(call.did(call.call.model('')).lines).toEqual(['ask-model']);
    expect(call.did(call.call.model('That was four, was it not?')).lines).toEqual(['listen: open']);
  });
});

describe('flow check', () => {
  const problems = (nodes: string): string[] =>
    checkFlow(`flow: probe\ndescription: A probe.\nstart: talk\n${nodes}`, {
      file: 'probe.yaml',
    }).problems.map(({ severity, message }) => `${severity}: ${message}`);
  const STUCK = `
nodes:
  talk: { type: agent, goal: Help., next: { done: bye } }
  bye: { type: hangup }
`;

  test('warns of a node without a way on, and says what to do', () => {
    expect(problems(STUCK).join()).toMatch(
      /warning: node "talk" has no way on while no model answers.*offline/,
    );
    expect(problems(STUCK.replace('done: bye', 'done: bye, failed: bye')).join()).not.toContain('no way on');
    expect(problems(FLOW).join()).not.toContain('no way on');
    expect(
      problems(STUCK.replace('goal:', 'offline: { options: { done: { words: [stop] } } }, goal:')).join(),
    ).not.toContain('no way on');
  });

  test('refuses options that are none', () => {
    const own = (option: string): string =>
      FLOW.replace('next:\n', `offline: { options: { ${option}: {} } }\n    next:\n`);
    expect(problems(own('persn')).join()).toMatch(/error: node "talk" offers "persn".*did you mean "person"/);
    expect(problems(own('paid')).join()).toContain('guard');
    expect(problems(own('hours')).join()).not.toContain('error');
  });
});

test('what is said without a model is among the prompts, and told apart', () => {
  const { flow } = checkFlow(`flow: probe\ndescription: A probe.\nstart: a\n${COLLECTS}`, {
    file: 'probe.yaml',
  });
  const { offlinePrompts = [] } = flow?.settings ?? {};
  expect(offlinePrompts).toContain('How many people?');
  expect(offlinePrompts[0]).toContain(TROUBLE);
  for (const text of offlinePrompts) expect(flow?.prompts()).toContain(text);
});

/** The node the call is in, or that it has just gone through. */
function entered({ call }: Talk): string[] {
  return call.notes.flatMap((note) => (note.type === 'node-entered' ? [note.node] : []));
}
