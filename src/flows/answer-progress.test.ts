import { describe, expect, test } from 'vitest';
import type { AnswerProgress } from './index.ts';
import { TestCall } from './test-call.ts';

const SETTINGS = 'model: none\ntime_zone: America/New_York';

function asked(slot: string, settings = SETTINGS): TestCall {
  const call = new TestCall(`
${settings}
nodes:
  a: { type: collect, slots: [{ name: it, ask: What?, ${slot} }], next: { done: b, failed: b } }
  b: { type: hangup }
`);
  call.start();
  return call;
}

const progress = (call: TestCall, text: string): AnswerProgress => call.flow.answerProgress(call.state, text);

type Row = [slot: string, text: string, progress: AnswerProgress];
const rows = (slot: string, answers: Record<string, AnswerProgress>): Row[] =>
  Object.entries(answers).map(([text, is]) => [slot, text, is]);

describe('an answer to a slot', () => {
  test.each([
    ...rows('type: yes_no', {
      yes: 'whole',
      'No, thank you.': 'whole',
      'yeah sure': 'whole',
      'yes I think': 'whole',
      "I'm not sure": 'unknown',
      'I think': 'unknown',
      'what do you mean by that': 'unknown',
    }),
    ...rows('type: digits, length: 4', {
      'one two three four': 'whole',
      '1234': 'whole',
      'my pin is 1 2 3 4.': 'whole',
      'nineteen eighty four': 'whole',
      'nineteen eighty': 'extendable',
      'one two': 'partial',
      'one two double': 'partial',
      'my pin is': 'partial',
      "it's": 'partial',
      'one two three four five': 'extendable',
      'the usual one': 'unknown',
      'why do you need that': 'unknown',
    }),
    ...rows('type: digits, min_length: 4, max_length: 6', {
      '123': 'partial',
      '1234': 'extendable',
      '12345': 'extendable',
      '123456': 'whole',
    }),
    ...rows('type: digits', { '12': 'extendable', 'reference 77': 'extendable', hm: 'unknown' }),
    ...rows('type: number', {
      twenty: 'extendable',
      '20': 'extendable',
      'twenty five': 'extendable',
      five: 'extendable',
      'five people': 'whole',
      'two point': 'partial',
      "it's about": 'partial',
      'five or six': 'unknown',
      'I do not know': 'unknown',
    }),
    ...rows('type: number, max: 8', { four: 'whole', 'for four': 'whole', twelve: 'extendable' }),
    ...rows('type: number, max: 25', { twenty: 'extendable', 'twenty three': 'whole' }),
    ...rows('type: number, min: 100', { five: 'partial', 'five hundred': 'extendable' }),
    ...rows('type: date', {
      tomorrow: 'extendable',
      'next Tuesday': 'extendable',
      'the fifth of June': 'extendable',
      'the thirtieth of February': 'extendable',
      'the twenty': 'partial',
      'Monday the': 'partial',
      'on the third of': 'partial',
      'on the': 'partial',
      June: 'partial',
      next: 'partial',
      whenever: 'unknown',
      'what days do you have': 'unknown',
    }),
    ...rows('type: time', {
      nine: 'extendable',
      'half past nine': 'extendable',
      'nine thirty': 'extendable',
      'nine in the morning': 'whole',
      '9 am': 'whole',
      noon: 'whole',
      '15:30': 'whole',
      'half past': 'partial',
      'at half': 'partial',
      'quarter to': 'partial',
      at: 'partial',
      whenever: 'unknown',
    }),
    ...rows('type: phone', {
      'four one five five five five oh one double two': 'whole',
      '415 555 0122': 'whole',
      '1 415 555 0122': 'whole',
      '+1 415 555 0122': 'whole',
      '+44 20 7946 0958': 'whole',
      'plus four four twenty seven nine four six oh nine five eight': 'whole',
      'this number': 'whole',
      "the number I'm calling from": 'whole',
      '1 415 555 012': 'partial',
      '415 555 01': 'partial',
      '415': 'partial',
      four: 'partial',
      'four one five double': 'partial',
      'my number is': 'partial',
      "sure, it's": 'partial',
      'plus four four': 'partial',
      '+44 20 7946': 'partial',
      '+49 30 1234567': 'extendable',
      '415 555 0124, no': 'partial',
      "I don't have one": 'unknown',
      'what do you need it for': 'unknown',
    }),
    ...rows('type: name', {
      'Anna Miller': 'extendable',
      Anna: 'extendable',
      'my name is': 'partial',
      "it's": 'partial',
      'M I L L': 'partial',
      "Miller, that's M I": 'partial',
      'what do you need that for': 'unknown',
    }),
    ...rows('type: text', { anything: 'unknown' }),
    ...rows(
      'type: choice, choices: { call: { words: [call] }, back: { words: [call back] }, hours: { words: [opening hours] } }',
      {
        'call back': 'whole',
        call: 'extendable',
        opening: 'partial',
        'your opening hours please': 'whole',
        'I want to speak to someone': 'unknown',
      },
    ),
  ])('{ %s }: "%s" is %s', (slot, text, is) => expect(progress(asked(slot), text)).toBe(is));
});

describe('an answer to a read-back', () => {
  const call = asked('type: phone, confirm: "{{ slots.it }}?"');
  call.says('415 555 0199');
  test.each<[string, AnswerProgress]>([
    ['yes', 'whole'],
    ["that's right", 'whole'],
    ['no', 'whole'],
    ['yes please', 'whole'],
    ["no, it's", 'partial'],
    ['no 415 555', 'partial'],
    ["No, it's 415 555 0122", 'whole'],
    ['415 555 0122', 'whole'],
    ['yes but', 'partial'],
    ['yes, but make it 415 555 0122', 'whole'],
    ['pardon', 'unknown'],
  ])('"%s" is %s', (text, is) => expect(progress(call, text)).toBe(is));
});

test('a menu is answered by a whole option', () => {
  const call = new TestCall(`
${SETTINGS}
nodes:
  a: { type: menu, say: What?, options: { hours: { key: "1" }, call-back: { words: [call me back], key: "2" } }, next: { hours: b, call-back: b, none: b } }
  b: { type: hangup }
`);
  call.start();
  expect(progress(call, 'hours please')).toBe('whole');
  expect(progress(call, 'two')).toBe('whole');
  expect(progress(call, 'can you call me')).toBe('partial');
  expect(progress(call, 'what was that')).toBe('unknown');
});

test('an agent alone knows what answers it', () => {
  const call = new TestCall(
    'nodes: { a: { type: agent, goal: Talk., say: Hi., next: { done: b } }, b: { type: hangup } }',
  );
  call.start();
  expect(progress(call, 'yes')).toBe('unknown');
});

test.each<[string, string, string, AnswerProgress]>([
  ['de-DE', 'type: phone', 'null eins fünf eins eins zwei drei vier fünf sechs sieben acht', 'whole'],
  ['de-DE', 'type: phone', 'null drei null eins zwei drei vier', 'extendable'],
  ['de-DE', 'type: phone', 'meine Nummer ist', 'partial'],
  ['de-DE', 'type: time', 'halb zehn', 'extendable'],
  ['de-DE', 'type: time', 'neun Uhr morgens', 'whole'],
  ['de-DE', 'type: time', 'halb', 'partial'],
  ['fr-FR', 'type: phone', 'zéro un quarante-deux soixante-huit cinquante-trois zéro zéro', 'whole'],
  ['fr-FR', 'type: phone', 'zéro un quarante-deux', 'partial'],
  ['fr-FR', 'type: date', 'juin', 'partial'],
  ['es-ES', 'type: phone', 'seis uno dos tres cuatro cinco seis siete ocho', 'whole'],
  ['es-ES', 'type: digits, length: 4', 'uno dos tres', 'partial'],
  ['es-ES', 'type: yes_no', 'sí, claro', 'whole'],
])('in %s { %s }: "%s" is %s', (language, slot, text, is) => {
  expect(progress(asked(slot, `model: none\nlanguage: ${language}\ntime_zone: Europe/Berlin`), text)).toBe(
    is,
  );
});

test('asking changes nothing', () => {
  const call = asked('type: date, confirm: "{{ slots.it }}?"');
  const before = JSON.stringify(call.state);
  for (const text of ['tomorrow', 'no', 'yes', '']) progress(call, text);
  expect(JSON.stringify(call.state)).toBe(before);
});
