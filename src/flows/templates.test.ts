import { describe, expect, test } from 'vitest';
import { Templates } from './templates.ts';

const templates = new Templates({ language: 'en-US', timeZone: 'America/New_York' });
const scope = {
  slots: { day: '2026-06-05', at: '15:30', noon: '12:00', phone: '+14155550123', pin: '12345' },
  now: '2026-11-20T15:04:00.000Z',
};
const text = (template: string): string => templates.render(template, scope).text;

describe('values for the ear', () => {
  test.each([
    ['{{ slots.day | spoken_date }}', 'Friday, June 5'],
    ['{{ slots.at | spoken_time }}', '3:30 PM'],
    ['{{ slots.noon | spoken_time }}', '12 PM'],
    ['{{ now | spoken_date }} at {{ now | spoken_time }}', 'Friday, November 20 at 10:04 AM'],
    ['{{ slots.phone | spoken_digits }}', 'plus 1, 4 1 5, 5 5 5, 0 1 2 3'],
    ['{{ slots.pin | spoken_digits }}', '1 2, 3 4 5'],
    ['{{ "tomorrow" | spoken_date }}', 'tomorrow'],
    ['{{ "soon" | spoken_time }}', 'soon'],
    ['{{ "" | spoken_digits }}', ''],
  ])('%s', (template, spoken) => expect(text(template)).toBe(spoken));

  test('follow the language', () => {
    const german = new Templates({ language: 'de-DE', timeZone: 'Europe/Berlin' });
    expect(german.render('{{ slots.day | spoken_date }}, {{ slots.at | spoken_time }}', scope).text).toBe(
      'Freitag, 5. Juni, 15:30',
    );
  });
});

describe('templates', () => {
  test('say what is missing and leave it out', () => {
    expect(templates.render('Hello {{ slots.name }}!', scope)).toEqual({
      text: 'Hello !',
      missing: 'undefined variable: slots.name',
    });
  });

  test('may ask whether something is there', () => {
    expect(
      templates.render('{% if slots.name %}Hello {{ slots.name }}{% else %}Hello{% endif %}', scope),
    ).toEqual({ text: 'Hello' });
    expect(templates.render('{{ slots.name | default: "friend" }}', scope).text).toBe('friend');
  });

  test('reach no code and no prototype', () => {
    expect(text('{{ slots.constructor }}{{ slots.day.constructor }}{{ slots.__proto__ }}')).toBe('');
    expect(templates.problem("{% render 'x' %}")).toBe('tag "render" not found');
    expect(templates.problem("{% layout 'x' %}")).toBe('tag "layout" not found');
  });

  test('that would run away are cut', () => {
    const { text: cut, missing } = templates.render('{% for i in (1..100000000) %}x{% endfor %}', scope);
    expect(cut).toBe('');
    expect(missing).toMatch(/limit/);
  });

  test('tell their variables', () => {
    expect(
      templates.variables('{% for x in tools.find.free %}{{ x }}{{ slots["day"] }}{% endfor %}{{ now }}'),
    ).toEqual([['tools', 'find', 'free'], ['slots', 'day'], ['now']]);
  });
});
