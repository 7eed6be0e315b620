import { describe, expect, test } from 'vitest';
import { checkFlow } from './loader.ts';
import { TestCall } from './test-call.ts';

const HANDLERS = `
handlers:
  person: { key: "0", to: desk }
  repeat: {}
  start_over: { action: start_over }
  opt_out: { words: [stop calling me, remove my number], to: out }
  emergency: { words: [emergency, ambulance], say: "If it is an emergency, hang up and call 911." }
`;
const ENDS = `
  desk: { type: hangup, result: desk }
  out: { type: hangup, result: out }
  end: { type: hangup, result: end }
  lost: { type: hangup, result: lost }
`;
const MENU = `${HANDLERS}
nodes:
  a: { type: say, say: We close at five., next: b }
  b:
    type: menu
    say: Sales or hours?
    options: { sales: { key: 1 }, hours: { key: 2 } }
    next: { sales: end, hours: end, none: lost }
${ENDS}`;

function at(body: string): TestCall {
  const call = new TestCall(body);
  call.start();
  return call;
}

const outcomeOf = (call: TestCall): unknown => call.notes.find(({ type }) => type === 'outcome');

describe('handlers in a menu', () => {
  test.each([
    ['operator'],
    ['I would like to speak to someone, please.'],
    ['Can I talk to a person about my bill?'],
    ['a real person please'],
    ['representitive'],
  ])('"%s" reaches a person', (said) => {
    const call = at(MENU);
    call.says(said);
    expect(call.node).toBe('desk');
    expect(outcomeOf(call)).toEqual({ type: 'outcome', node: 'b', outcome: 'handler:person', path: 'words' });
  });

  test.each([['I do not want an operator'], ['my person has an ambulance of it'], ['Bananas']])(
    '"%s" asks for none',
    (said) => {
      const call = at(MENU);
      expect(call.says(said)).toEqual([
        'say: Sorry, could you say that again?',
        'say: Sales or hours?',
        'listen: choice',
      ]);
    },
  );

  test('its own options win', () => {
    const call = at(MENU.replace('sales: { key: 1 }', 'sales: { key: 0, words: [operator] }'));
    call.says('operator');
    expect(call.node).toBe('end');
    const other = at(MENU.replace('sales: { key: 1 }', 'sales: { key: 0 }'));
    other.presses('0');
    expect(other.node).toBe('end');
  });

  test('a key works where the node has no use for it', () => {
    const call = at(MENU);
    call.presses('0');
    expect(call.node).toBe('desk');
    expect(outcomeOf(call)).toMatchObject({ path: 'keys' });
  });

  test('what was said is said again, also what came before the question', () => {
    const call = at(MENU);
    expect(call.says('Can you say that again?')).toEqual([
      'say: We close at five. Sales or hours?',
      'listen: choice',
    ]);
    call.silent(1);
    expect(call.says('pardon?')).toEqual(['say: We close at five. Sales or hours?', 'listen: choice']);
  });

  test('that only say something ask the question again', () => {
    const call = at(MENU);
    expect(call.says('I need an ambulance!')).toEqual([
      'say: If it is an emergency, hang up and call 911.',
      'say: Sales or hours?',
      'listen: choice',
    ]);
  });

  test('may be switched off, some or all', () => {
    const some = at(MENU.replace('    options:', '    handlers: { person: off }\n    options:'));
    expect(some.says('operator')).toContain('say: Sorry, could you say that again?');
    some.says('stop calling me');
    expect(some.node).toBe('out');
    const all = at(MENU.replace('    options:', '    handlers: false\n    options:'));
    all.says('stop calling me');
    expect(all.node).toBe('b');
    all.presses('0');
    expect(all.node).toBe('b');
  });
});

const COLLECT = `${HANDLERS}
nodes:
  a:
    type: collect
    slots:
      - { name: who, type: name, ask: "What is your name?" }
      - { name: day, type: date, ask: "Which day?", confirm: "{{ slots.day | spoken_date }}, right?" }
    next: { done: end, failed: lost }
${ENDS}`;

describe('handlers in a collect', () => {
  test('start over forgets every answer', () => {
    const call = at(COLLECT);
    call.says('Anna Smith');
    expect(call.slots).toEqual({ who: 'Anna Smith' });
    expect(call.says("I'd like to start over please")).toEqual(['say: What is your name?', 'listen: name']);
    expect(call.slots).toEqual({});
  });

  test('where any words are an answer, only a turn that is nothing else', () => {
    const call = at(COLLECT.replace('type: name', 'type: text'));
    call.says('It was about an ambulance');
    expect(call.slots).toEqual({ who: 'It was about an ambulance' });
    const whole = at(COLLECT.replace('type: name', 'type: text'));
    whole.says('operator please');
    expect(whole.node).toBe('desk');
  });

  test('an answer wins, and keys are expected where a handler has one', () => {
    const call = at(COLLECT);
    expect(call.says('Anna Smith')).toContain('listen: date');
    expect(call.command('listen').expect.keys).toMatchObject({ max: 1 });
    call.says('on Monday');
    expect(call.says('operator')).toContain('hang-up: flow desk');
    const keyed = at(COLLECT);
    keyed.presses('0');
    expect(keyed.node).toBe('desk');
  });
});

describe('handlers in a message', () => {
  const MESSAGE = `${HANDLERS}
nodes:
  a: { type: message, ask: Your message?, next: { done: end, failed: lost } }
${ENDS}`;

  test('only a turn that is nothing else asks for one', () => {
    const call = at(MESSAGE);
    call.says('Please tell the operator that I am late');
    expect(call.node).toBe('end');
    const other = at(MESSAGE);
    other.says('Operator');
    expect(other.node).toBe('desk');
    const keyed = at(MESSAGE);
    keyed.presses('0');
    expect(keyed.node).toBe('desk');
  });
});

const AGENT = `${HANDLERS}
nodes:
  a: { type: agent, goal: Help., say: How can I help?, next: { done: end } }
${ENDS}`;

describe('handlers in an agent node', () => {
  test('a turn that is the phrase needs no model', () => {
    const call = at(AGENT);
    expect(call.says('operator, please')).toEqual(['hang-up: flow desk']);
    const repeated = at(AGENT);
    expect(repeated.says('What did you say?')).toEqual(['say: How can I help?', 'listen: open']);
  });

  test('others are outcomes that the model may choose', () => {
    const call = at(AGENT);
    expect(call.says('My neighbour told me that I could somehow talk to a person here')).toEqual([
      'ask-model',
    ]);
    const finish = call.command('ask-model').request.tools.find(({ name }) => name === 'finish_step');
    expect(JSON.stringify(finish?.input)).toContain(
      '"enum":["done","person","start_over","opt_out","emergency"]',
    );
    expect(call.model('', ['finish_step', { outcome: 'opt_out' }])).toEqual(['hang-up: flow out']);
    expect(outcomeOf(call)).toEqual({
      type: 'outcome',
      node: 'a',
      outcome: 'handler:opt_out',
      path: 'model',
    });
  });

  test('one that only says something leaves the word to the caller', () => {
    const call = at(AGENT);
    call.says('something is wrong');
    expect(call.model('', ['finish_step', { outcome: 'emergency' }])).toEqual([
      'say: If it is an emergency, hang up and call 911.',
      'listen: open',
    ]);
  });

  test('a name that the node has itself is its own', () => {
    const call = at(AGENT.replace('{ done: end }', '{ done: end, person: lost }'));
    call.says('hm');
    call.model('', ['finish_step', { outcome: 'person' }]);
    expect(call.node).toBe('lost');
  });

  test('a model that goes in circles with them is stopped', () => {
    const call = at(AGENT.replace('repeat: {}', 'repeat: { when: they ask }'));
    call.says('hm');
    for (let round = 0; round < 120 && call.node === 'a'; round++) {
      const lines = call.model('', ['finish_step', { outcome: 'repeat' }]);
      if (!lines.includes('ask-model')) {
        expect(lines.at(-1)).toBe('hang-up: error');
        return;
      }
    }
    expect.unreachable('the model was asked for ever');
  });
});

describe('in a subflow', () => {
  const OUTER = `flow: outer
description: An outer flow.
start: a
${HANDLERS}
nodes:
  a: { type: subflow, flow: inner, next: { done: end } }
${ENDS}`;
  const INNER = `flow: inner
description: An inner flow.
start: ask
handlers: { opt_out: { words: [stop calling me], to: gone } }
nodes:
  ask: { type: collect, slots: [{ name: day, type: date, ask: Which day? }], next: { done: gone, failed: gone } }
  gone: { type: return, outcome: done }
`;

  function inside(): TestCall {
    const { flow, problems } = checkFlow(OUTER, { file: 'outer.yaml' }, [INNER]);
    if (flow === undefined) throw new Error(JSON.stringify(problems));
    const call = new TestCall(flow);
    call.start();
    return call;
  }

  test('those of the flow around it work too, and its own come first', () => {
    const call = inside();
    expect(call.node).toBe('inner/ask');
    call.says('operator');
    expect(call.node).toBe('desk');
    const own = inside();
    own.says('stop calling me');
    expect(own.node).toBe('end');
    const over = inside();
    expect(over.says('start over')).toEqual(['say: Which day?', 'listen: date']);
  });
});

describe('in other languages', () => {
  test.each([
    ['es', 'quiero hablar con alguien por favor'],
    ['fr', 'je voudrais parler à un conseiller'],
    ['de', 'Ich möchte bitte mit einem Mitarbeiter sprechen'],
    ['it', 'vorrei parlare con un operatore'],
    ['nl', 'kan ik met een medewerker spreken'],
    ['pt', 'quero falar com um atendente'],
  ])('%s: "%s"', (language, said) => {
    const call = at(`language: ${language}\n${MENU}`);
    call.says(said);
    expect(call.node).toBe('desk');
  });
});

describe('what is wrong with handlers', () => {
  const problems = (body: string): string[] =>
    checkFlow(`flow: test\ndescription: A test.\nstart: a\n${body}`, { file: 'test.yaml' })
      .problems.filter(({ severity }) => severity === 'error')
      .map(({ message }) => message);

  test.each([
    ['person: { to: dsk }', 'handler "person" goes to "dsk", which does not exist; did you mean "desk"?'],
    [
      'sales: { to: desk }',
      'nobody can ask for handler "sales": give it words, a key, or a when for the model',
    ],
    [
      'sales: { key: 1 }',
      'handler "sales" does nothing: give it a node to go to, an action, something to say, or a language',
    ],
    ['sales: { key: 1, say: "{{ slots.x }}" }', 'the template uses "slots.x", but no node fills that slot'],
  ])('%s', (handler, message) => {
    expect(
      problems(`handlers:\n  ${handler}\nnodes:\n  a: { type: say, say: Hi., next: end }\n${ENDS}`),
    ).toEqual([message]);
  });

  test('a switch for what is not there', () => {
    expect(problems(MENU.replace('    options:', '    handlers: { persn: off }\n    options:'))).toEqual([
      'node "b" switches off the handler "persn", which does not exist; did you mean "person"?',
    ]);
  });
});
