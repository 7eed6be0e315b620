import { describe, expect, test } from 'vitest';
import { TestCall } from '../test-call.ts';

const MENU = `
nodes:
  a:
    type: menu
    say: For hours press 1. For sales press 2.
    reask: [Please press 1 or 2.]
    options:
      hours: { key: "1", words: [hours, opening hours, when are you open] }
      sales: { key: 2, words: [sales, buy something] }
      front-desk: {}
    next: { hours: b, sales: c, front-desk: e, none: d }
  b: { type: hangup, result: hours }
  c: { type: hangup, result: sales }
  d: { type: hangup, result: none }
  e: { type: hangup, result: front_desk }
`;

function started(): TestCall {
  const call = new TestCall(MENU);
  call.start();
  return call;
}

describe('a menu', () => {
  test('expects one key and its words', () => {
    const call = new TestCall(MENU);
    expect(call.start()).toEqual(['say: For hours press 1. For sales press 2.', 'listen: choice']);
    expect(call.command('listen').expect).toMatchObject({
      kind: 'choice',
      keys: { max: 1 },
      keyterms: ['hours', 'opening hours', 'when are you open', 'sales', 'buy something', 'front desk'],
      silenceMs: 7000,
    });
  });

  test.each([
    ['1', 'hours'],
    ['2', 'sales'],
  ])('key %s', (key, result) => {
    const call = started();
    expect(call.presses(key)).toEqual([`hang-up: flow ${result}`]);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'a', outcome: result, path: 'keys' });
  });

  test.each([
    ['Hours.', 'hours'],
    ['Um, the opening hours, please!', 'hours'],
    ['When are you open?', 'hours'],
    ["I'd like to buy something", 'sales'],
    ['opening ours', 'hours'],
    ['two', 'sales'],
    ['Press one, please', 'hours'],
    ['number 2', 'sales'],
    ['the front desk', 'front_desk'],
  ])('words: %s', (words, result) => {
    expect(started().says(words)).toEqual([`hang-up: flow ${result}`]);
  });

  test('asks again in other words, then gives up', () => {
    const call = started();
    expect(call.says('Bananas')).toEqual(['say: Please press 1 or 2.', 'listen: choice']);
    expect(call.presses('7')).toEqual([
      'say: That is not one of the choices.',
      'say: For hours press 1. For sales press 2.',
      'listen: choice',
    ]);
    expect(call.says('Bananas')).toEqual(['hang-up: flow none']);
    expect(call.notes).toContainEqual({ type: 'outcome', node: 'a', outcome: 'none', path: 'limit' });
  });

  test('does not choose between two that were both said', () => {
    expect(started().says('hours or sales')).toEqual(['say: Please press 1 or 2.', 'listen: choice']);
  });
});
