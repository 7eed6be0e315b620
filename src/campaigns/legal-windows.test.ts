import { expect, test } from 'vitest';
import { daysOf, spanOf } from '../flows/hours.ts';
import { common, isLawKnown, joined, legalRules, weekOf } from './legal-windows.ts';

const COUNTRIES = ['AU', 'BR', 'CA', 'ES', 'FR', 'GB', 'IN', 'IT', 'US', 'DE'];

test('every row of the table can be read, and says where it is from', () => {
  const rules = COUNTRIES.flatMap((country) => legalRules(country, []));
  expect(rules.length).toBeGreaterThan(30);
  for (const { hours, source } of rules) {
    expect(source).not.toBe('');
    for (const [days, spans] of Object.entries(hours)) {
      expect(daysOf(days), `${source}: ${days}`).toBeDefined();
      for (const span of spans) expect(spanOf(span)?.end, `${source}: ${span}`).toBeLessThanOrEqual(1440);
    }
  }
});

test('no day of any country is open before eight or after half past nine in the evening', () => {
  for (const country of COUNTRIES) {
    for (const { hours } of legalRules(country, [])) {
      for (const { start, end } of weekOf(hours).flat()) {
        expect(start).toBeGreaterThanOrEqual(8 * 60);
        expect(end).toBeLessThanOrEqual(21 * 60 + 30);
      }
    }
  }
});

test('a state’s rule comes besides its country’s, and parts of the US have federal law', () => {
  expect(legalRules('US', ['FL'])).toHaveLength(2);
  expect(legalRules('US', ['OR'])).toHaveLength(1);
  expect(legalRules('PR', [])).toEqual(legalRules('US', ['OR']));
  expect(['US', 'PR', 'FR', 'DE', 'KI'].map(isLawKnown)).toEqual([true, true, true, false, false]);
});

test('spans that touch are one, and what two have in common is in order', () => {
  const span = (start: number, end: number) => ({ start, end });
  expect(joined([span(5, 9), span(1, 5), span(7, 8), span(11, 11)])).toEqual([span(1, 9)]);
  expect(common([span(0, 10), span(20, 30)], [span(25, 40), span(5, 22)])).toEqual([
    span(5, 10),
    span(20, 22),
    span(25, 30),
  ]);
});
