import { describe, expect, test } from 'vitest';
import { checkFlow } from './loader.ts';
import { TestCall } from './test-call.ts';

const CLINIC = `
model: none
language: en-US
languages:
  es-US:
    words: [español, in spanish]
    voice: { id: voz }
    recognition: { model: nova-2, keyterms: [clínica] }
    phrases: { not_understood: "Perdone, ¿puede repetirlo?" }
voice: { id: voice }
handlers:
  person: { to: desk, words: { en-US: [operator], es-US: [operadora] } }
nodes:
  a: { type: say, say: { en-US: Hello., es-US: Hola. }, next: b }
  b:
    type: collect
    slots:
      - { name: who, type: name, ask: { en-US: What is your name?, es-US: "¿Cómo se llama?" } }
      - name: day
        type: date
        ask: { en-US: Which day?, es-US: "¿Qué día?" }
        reask: [{ en-US: "The day, please?", es-US: "¿El día, por favor?" }]
    next: { done: end, failed: desk }
  end: { type: hangup, say: { en-US: Goodbye., es-US: Adiós. }, result: end }
  desk: { type: hangup, result: desk }
`;

function at(body: string): TestCall {
  const call = new TestCall(body);
  call.start();
  return call;
}

describe('a flow in two languages', () => {
  test('begins in its own', () => {
    const call = new TestCall(CLINIC);
    expect(call.start()).toEqual(['say: Hello.', 'say: What is your name?', 'listen: name']);
    expect(call.command('say')).not.toHaveProperty('as');
    expect(call.flow.describe(call.state)).not.toHaveProperty('language');
  });

  test('changes when the caller asks for it; the answers given stay', () => {
    const call = at(CLINIC);
    call.says('Anna Smith');
    expect(call.says('¿En español, por favor?')).toEqual(['say: ¿Qué día?', 'listen: date']);
    expect(call.slots).toEqual({ who: 'Anna Smith' });
    expect(call.command('say').as).toEqual({ language: 'es-US' });
    expect(call.command('listen').expect.as).toEqual({ language: 'es-US' });
    expect(call.flow.describe(call.state)).toMatchObject({ language: 'es-US' });
    expect(call.notes).toContainEqual({ type: 'language', language: 'es-US' });
  });

  test('understands, and asks again, in the new one', () => {
    const call = at(CLINIC);
    call.says('Anna Smith');
    call.says('Spanish');
    expect(call.says('la luna')).toEqual(['say: ¿El día, por favor?', 'listen: date']);
    expect(call.says('el lunes que viene')).toEqual(['say: Adiós.', 'hang-up: flow end']);
    expect(call.slots['day']).toBe('2026-11-23');
  });

  test('changes back, by the name of the language', () => {
    const call = at(CLINIC);
    call.says('en español');
    expect(call.says('inglés')).toEqual(['say: What is your name?', 'listen: name']);
    call.says('español');
    expect(call.says('English please')).toEqual(['say: What is your name?', 'listen: name']);
    expect(call.command('say')).not.toHaveProperty('as');
  });

  test('handlers have the words of the language', () => {
    const call = at(CLINIC);
    call.says('español');
    expect(call.says('operadora')).toEqual(['hang-up: flow desk']);
  });

  test('its settings and prompts are those of the language', () => {
    const { flow } = new TestCall(CLINIC);
    const spanish = flow.spoken({ language: 'es-US' });
    expect(spanish.settings).toMatchObject({
      language: 'es-US',
      voice: { id: 'voz' },
      recognition: { model: 'nova-2', keyterms: ['clínica'] },
    });
    expect(spanish.prompts()).toContain('¿Qué día?');
    expect(spanish.prompts()).not.toContain('Which day?');
    expect(flow.prompts()).toContain('Which day?');
    expect(flow.spoken(undefined)).toBe(flow);
    expect(flow.spoken({ language: 'es-US' })).toBe(spanish);
    expect(flow.spokenForms().map(({ settings }) => settings.language)).toEqual(['en-US', 'es-US']);
  });

  test('a state that was kept goes on in its language', () => {
    const call = at(CLINIC);
    call.says('español');
    const other = new TestCall(CLINIC);
    other.state = other.flow.restoreState(JSON.parse(JSON.stringify(call.flow.storable(call.state))));
    expect(other.event({ type: 'line-resumed', lostMs: 10 })).toEqual([
      'say: ¿Cómo se llama?',
      'listen: name',
    ]);
  });

  test('a state from before there were languages is one in the own language', () => {
    const call = at(CLINIC);
    const { language: _, ...old } = JSON.parse(JSON.stringify(call.state));
    expect(() => call.flow.restoreState(old)).not.toThrow();
  });
});

describe('a language', () => {
  test('may be that of a handler, or of a node', () => {
    const handled = at(
      CLINIC.replace('handlers:', 'handlers:\n  spanish: { key: "2", say: "Claro.", language: es-US }'),
    );
    expect(handled.presses('2')).toEqual(['say: Claro.', 'say: ¿Cómo se llama?', 'listen: name']);
    const node = new TestCall(
      CLINIC.replace('b:\n    type: collect', 'b:\n    type: collect\n    language: es-US'),
    );
    expect(node.start()).toEqual(['say: Hello.', 'say: ¿Cómo se llama?', 'listen: name']);
  });

  test('may be chosen by a model', () => {
    const call = at(`
languages: { es-US: {} }
nodes:
  a: { type: agent, goal: { en-US: Help., es-US: Ayuda. }, say: Hello?, next: { done: end } }
  end: { type: hangup }
`);
    call.says('¿Habla usted mi idioma?');
    expect(call.model('', ['finish_step', { outcome: 'language:es-US' }])).toEqual(['ask-model']);
    const [stable, here] = call.command('ask-model').request.system;
    expect(stable?.text).toContain('Speak Spanish (United States).');
    expect(here?.text).toContain('Ayuda.');
    expect(call.command('ask-model').as).toEqual({ language: 'es-US' });
  });

  test('is kept in a subflow', () => {
    const outer = `flow: outer
description: A flow.
start: a
languages: { es-US: { words: [español] } }
nodes:
  a: { type: menu, say: { en-US: Go?, es-US: "¿Vamos?" }, options: { go: { words: { en-US: [yes], es-US: [sí] } } }, next: { go: b, none: c } }
  b: { type: subflow, flow: inner, next: { done: c } }
  c: { type: hangup, say: { en-US: Goodbye., es-US: Adiós. } }
`;
    const inner = `flow: inner
description: A flow.
start: a
languages: { es-MX: {} }
nodes:
  a: { type: collect, slots: [{ name: d, type: date, ask: { en-US: When?, es-MX: "¿Cuándo?" } }], next: { done: z, failed: z } }
  z: { type: return, outcome: done }
`;
    const { flow, problems } = checkFlow(outer, { file: 'outer.yaml' }, [inner]);
    if (flow === undefined) throw new Error(JSON.stringify(problems));
    const call = new TestCall(flow);
    call.start();
    call.says('español');
    expect(call.says('sí')).toEqual(['say: ¿Cuándo?', 'listen: date']);
    expect(call.says('mañana')).toEqual(['say: Adiós.', 'hang-up: flow']);
    expect(flow.spoken({ language: 'es-US' }).prompts()).toContain('¿Cuándo?');
  });

  test('may differ in an experiment', () => {
    const flow = new TestCall(`
languages: { es-US: { words: [español] } }
experiments:
  tone: { arms: { plain: {}, warm: { set: { nodes.b.say: { en-US: Hi there!, es-US: "¡Buenas!" } } } } }
nodes:
  a: { type: menu, say: { en-US: Yes?, es-US: "¿Sí?" }, options: { go: { words: { en-US: [go], es-US: [vamos] } } }, next: { go: b, none: b } }
  b: { type: hangup, say: { en-US: Hello., es-US: Hola. } }
`).flow;
    const warm = flow.variants.find(({ settings }) => settings.version.endsWith('warm'));
    if (warm === undefined) throw new Error('no variant');
    const call = new TestCall(warm);
    call.start();
    call.says('español');
    expect(call.says('vamos')).toEqual(['say: ¡Buenas!', 'hang-up: flow']);
  });
});

describe('the voice of a node', () => {
  test('speaks what the node says', () => {
    const call = new TestCall(`
voice: { id: one, model: sonic }
nodes:
  a: { type: say, say: Hello., voice: { id: two, speed: 1.2 }, next: b }
  b: { type: agent, goal: Help., say: How are you?, voice: { id: three }, next: { done: c } }
  c: { type: hangup }
`);
    call.start();
    const { flow } = call;
    expect(call.command('say').as).toEqual({ language: 'en-US', voice: { id: 'three' } });
    call.says('fine');
    expect(call.command('ask-model').as).toEqual({ language: 'en-US', voice: { id: 'three' } });
    const two = flow.spoken({ language: 'en-US', voice: { id: 'two', speed: 1.2 } });
    expect(two.settings.voice).toEqual({ id: 'two', model: 'sonic', speed: 1.2 });
    expect(flow.spokenForms().map(({ settings }) => settings.voice?.id)).toEqual(['one', 'two', 'three']);
  });
});

describe('what is wrong with languages', () => {
  const check = (body: string): string[] =>
    checkFlow(`flow: test\ndescription: A test.\nstart: a\n${body}`, { file: 'test.yaml' }).problems.map(
      ({ line, column, severity, message }) => `${line}:${column} ${severity}: ${message}`,
    );

  test('a text that is the same in all languages is a warning, where callers hear it', () => {
    const head = 'flow: x\ndescription: Answers.\nlanguages: { es-US: { silence: { goodbye: Adiós. } } }\n';
    const text = `${head}start: a
persona: You are brief.
silence: { goodbye: Goodbye., prompts: [Hello?] }
nodes:
  a: { type: say, say: "Hello.", next: b }
  b: { type: agent, goal: Help., say: { en-US: Well?, es-US: "¿Sí?" }, next: { done: c } }
  c: { type: say, say: "{{ call.from | spoken_digits }}", next: d }
  d: { type: hangup, language: es-US, say: Adiós. }
`;
    const told = checkFlow(text, { file: 'x' }).problems.map(
      ({ line, column, severity, message }) => `${severity} ${line}:${column} ${message}`,
    );
    const message =
      'this text is said in the same words in all languages (en-US and es-US); write { en-US: …, es-US: … }';
    expect(told).toEqual([`warning 6:41 ${message}`, `warning 8:24 ${message}`]);
  });

  test('a text that is missing is a warning', () => {
    expect(check(CLINIC.replace(', es-US: Adiós.', ''))).toEqual([
      '27:38 warning: this text is not there in es-US, so callers hear it in another language',
    ]);
  });

  test('an error in one language is told where it stands', () => {
    expect(check(CLINIC.replace('es-US: Adiós.', 'es-US: "{{ slots.whom }}"'))).toEqual([
      '27:55 error: the template uses "slots.whom", but no node fills that slot; did you mean "who"?',
    ]);
    expect(check(CLINIC.replace('es-US: Hola.', 'es-MX: Hola.'))[0]).toMatch(/^17:\d+ error/);
  });

  test('texts by language that are none', () => {
    expect(check(CLINIC.replace('es-US: Adiós.', 'es-MX: Adiós.'))).toEqual([
      '27:29 error: the flow does not declare the language "es-MX" under languages',
    ]);
    expect(check('nodes:\n  a: { type: hangup, say: { en: Hello. } }')).toEqual([
      '5:27 error: the flow does not declare the language "en" under languages',
    ]);
    expect(check(CLINIC.replace('es-US: Adiós.', 'es-US: 5'))).toEqual([
      '27:29 error: each language must have a text, or a list of texts',
    ]);
    expect(check('languages: { spanish: {} }\nnodes:\n  a: { type: hangup }')).toEqual([
      expect.stringContaining('4:14 error: the name "spanish" must be a language tag'),
    ]);
  });

  test('a language that is not declared', () => {
    expect(check(CLINIC.replace('next: b }', 'language: es-MX, next: b }'))).toEqual([
      expect.stringContaining(
        'error: the flow does not declare the language "es-MX" under languages; it has en-US and es-US',
      ),
    ]);
  });
});
