import { describe, expect, test } from 'vitest';
import type { SlotSpec } from '../flow.ts';
import { choiceProgress, chooseOption } from './choice.ts';
import { findAhead, parseSaid } from './parse.ts';

const context = {
  now: '2026-11-20T15:00:00.000Z',
  timeZone: 'UTC',
  language: 'en-US',
  country: 'US',
  callerNumber: '',
};

describe('the name of an option', () => {
  const options = { me: { words: ['yes'] }, other: { words: ['wrong person'] } };

  test.each(['leave me alone', 'stop calling me', 'some other time'])(
    'is no word beside words: %s',
    (said) => {
      expect(chooseOption(options, said)).toBeUndefined();
      expect(choiceProgress(options, said, 'en-US')).toBe('unknown');
    },
  );

  test('is the word where there are none', () => {
    expect(chooseOption({ opening_hours: { key: '1' }, other: { words: [] } }, 'opening hours')).toBe(
      'opening_hours',
    );
  });

  test('is what a model writes down', () => {
    const slot: SlotSpec = { name: 'who', type: 'choice', ask: 'Who?', reask: [], choices: options };
    expect(parseSaid(slot, 'other', context)).toEqual({ type: 'found', value: 'other' });
  });
});

describe('options for a yes and a no', () => {
  const options = { keep: { words: ['yes', 'keep it'] }, move: { words: ['no', 'another day'] } };

  test.each([
    ['en-US', 'yeah', 'keep'],
    ['en-US', 'yep, it is', 'keep'],
    ['en-US', 'sure', 'keep'],
    ['en-US', 'of course', 'keep'],
    ['en-US', 'nope', 'move'],
    ['en-US', 'not really', 'move'],
    ['en-US', 'another day please', 'move'],
    ['en-US', "I don't know", undefined],
    ['en-US', 'yeah, but not today', undefined],
    ['de-DE', 'jawohl', 'keep'],
    ['de-DE', 'nee', 'move'],
    ['fr-FR', "d'accord", 'keep'],
    ['es-ES', 'claro que sí', 'keep'],
    ['nl-NL', 'zeker', 'keep'],
  ])('%s: %s', (language, said, option) => {
    expect(chooseOption(options, said, language)).toBe(option);
  });

  test('other options are not meant by a yes', () => {
    expect(
      chooseOption({ hours: { words: ['hours'] }, sales: { words: ['sales'] } }, 'yeah'),
    ).toBeUndefined();
  });
});

describe('a choice ahead of its question', () => {
  const part = { ask: 'What?', reask: [] };
  const count: SlotSpec = { ...part, name: 'count', type: 'number' };
  const day: SlotSpec = { ...part, name: 'day', type: 'date' };
  const klass: SlotSpec = {
    ...part,
    name: 'klass',
    type: 'choice',
    choices: {
      first: { words: ['first class'] },
      second: { words: ['second class', 'coach'] },
      no: { words: ['no'] },
    },
  };
  const table: SlotSpec = {
    ...part,
    name: 'table',
    type: 'choice',
    choices: { window: { words: ['window'] }, four: { words: ['table of four', 'four'] } },
  };
  const ahead = (slot: SlotSpec, said: string, answered: SlotSpec = count, others: SlotSpec[] = []) =>
    findAhead(slot, answered, said, context, others);

  test.each([
    ['two tickets, second class', 'second'],
    ['two tickets tomorrow, first class', 'first'],
    ['two in coach please', 'second'],
    ['two tickets', undefined],
    ['no, two tickets', undefined],
    ['two tickets, first class or second class', undefined],
    ['two tickets, not first class', undefined],
  ])('%s', (said, option) => {
    expect(ahead(klass, said)).toBe(option);
  });

  test('is not taken from a name', () => {
    expect(ahead(table, 'Anna Window', { ...part, name: 'name', type: 'name' })).toBeUndefined();
  });

  test.each([
    ['two tickets, second class', undefined],
    ['two tickets on the second floor', undefined],
    ['two tickets for the second', '2026-12-02'],
    ['two tickets on the second at three', '2026-12-02'],
    ['two tickets for tomorrow, second class', '2026-11-21'],
  ])('its words are no day: %s', (said, value) => {
    expect(ahead(day, said)).toBe(value);
    expect(ahead(day, said, count, [klass])).toBe(value);
  });

  test('its words are no number', () => {
    expect(ahead(count, 'tomorrow, a table of four', day)).toBe(4);
    expect(ahead(count, 'tomorrow, a table of four', day, [table])).toBeUndefined();
  });
});
