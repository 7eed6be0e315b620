import { describe, expect, it, test } from 'vitest';
import { defaultTexts, ENGLISH } from './default-texts.ts';
import { checkFlow } from './loader.ts';

const flow = (head: string): string => `flow: probe
description: A probe.
start: a
nodes:
  a: { type: menu, say: Hm?, options: { one: { words: [eins] }, two: { words: [zwei] } }, next: { one: b, two: b, none: b } }
  b: { type: hangup }
${head}
`;

const check = (head: string) => checkFlow(flow(head), { file: 'probe.yaml' });
const file = (head: string) => check(head).compiled?.file;

describe.each(['de', 'fr', 'es', 'it', 'pt', 'nl'])('%s', (language) => {
  it('speaks its own language by default, and every text is there', () => {
    const { phrases, silence } = file(`language: ${language}`) ?? {};
    expect(phrases).toEqual(defaultTexts(language)?.phrases);
    expect(silence).toMatchObject(defaultTexts(language)?.silence ?? {});
    const english = new Set<string>(Object.values(ENGLISH.phrases));
    expect(Object.values(phrases ?? {}).filter((text) => english.has(text))).toEqual([]);
  });
});

test('the region of a language makes no difference, and what is set stays', () => {
  const { phrases, silence } =
    file('language: de-AT\nphrases: { not_understood: Wie bitte? }\nsilence: { goodbye: Baba. }') ?? {};
  expect(phrases).toMatchObject({ not_understood: 'Wie bitte?', still_working: 'Einen Moment, bitte.' });
  expect(silence).toMatchObject({ goodbye: 'Baba.', prompts: ['Sind Sie noch da?', expect.any(String)] });
});

test('another language of a flow has the words of that language', () => {
  const compiled = check('languages: { es-US: {} }').compiled;
  expect(compiled?.file.phrases.not_understood).toBe('Sorry, could you say that again?');
  expect(compiled?.languages.get('es-US')?.file.phrases.not_understood).toBe('Perdone, ¿puede repetirlo?');
});

const warnings = (head: string): string[] => check(head).problems.map(({ message }) => message);

test('a language without words of its own is told of those that are English', () => {
  const told = 'is not among the languages that phrases are there in';
  expect(warnings('language: sv-SE').filter((message) => message.includes(told))).toHaveLength(1);
  expect(warnings('language: sv-SE').join()).toContain('phrases.not_understood');
  expect(warnings('language: de-DE').filter((message) => message.includes(told))).toEqual([]);
  const { phrases, silence } = ENGLISH;
  const all = `language: sv-SE\nphrases: ${JSON.stringify(phrases)}\nsilence: ${JSON.stringify(silence)}`;
  expect(warnings(all).filter((message) => message.includes(told))).toEqual([]);
});

test('a part that is no map is told as before', () => {
  expect(warnings('language: de-DE\nphrases: 3').join()).toContain('phrases');
});
