import { toCardinal as german } from 'n2words/de-DE';
import { toCardinal as english } from 'n2words/en-US';
import { toCardinal as spanish } from 'n2words/es-ES';
import { toCardinal as french } from 'n2words/fr-FR';
import { toCardinal as italian } from 'n2words/it-IT';
import { toCardinal as dutch } from 'n2words/nl-NL';
import { toCardinal as portuguese } from 'n2words/pt-PT';
import { expect, test } from 'vitest';
import { fulfils } from './checksum.ts';
import { parseEmail } from './email.ts';
import { parseMoney } from './money.ts';
import { onlyNumerals } from './numerals.ts';
import { parsePostcode } from './postcode.ts';

/** The same numbers on every run. */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

test.each([
  ['en-US', english, 'dollars', 'and', 'cents', 'USD'],
  ['de-DE', german, 'Euro', 'und', 'Cent', 'EUR'],
  ['es-ES', spanish, 'euros', 'con', 'céntimos', 'EUR'],
  ['fr-FR', french, 'euros', 'et', 'centimes', 'EUR'],
  ['it-IT', italian, 'euro', 'e', 'centesimi', 'EUR'],
  ['nl-NL', dutch, 'euro', 'en', 'cent', 'EUR'],
  ['pt-PT', portuguese, 'euros', 'e', 'cêntimos', 'EUR'],
])(
  'every amount that is said in full is the one that was meant: %s',
  (language, words, major, and, minor, currency) => {
    const random = randomly(7);
    const wrong: string[] = [];
    for (let tries = 0; tries < 300; tries++) {
      const [whole, part] = [2 + random(1900), 2 + random(98)];
      const said = `${words(whole)} ${major} ${and} ${words(part)} ${minor}`;
      const result = parseMoney(onlyNumerals(said, language), {
        currency,
        decimalComma: language !== 'en-US',
      });
      if (result.type !== 'found' || result.value !== (whole * 100 + part) / 100) wrong.push(said);
    }
    expect(wrong).toEqual([]);
  },
);

test('an amount that is written is the same in the way of its language', () => {
  const random = randomly(11);
  const wrong: string[] = [];
  for (let tries = 0; tries < 300; tries++) {
    const amount = random(100_000_00) / 100;
    for (const [language, currency] of [
      ['en-US', 'USD'],
      ['en-GB', 'GBP'],
      ['de-DE', 'EUR'],
      ['it-IT', 'EUR'],
    ] as const) {
      const said = new Intl.NumberFormat(language, { style: 'currency', currency })
        .format(amount)
        .replaceAll(/\s/g, ' ');
      const result = parseMoney(onlyNumerals(said, language), {
        currency,
        decimalComma: !language.startsWith('en'),
      });
      if (result.type !== 'found' || result.value !== amount) wrong.push(`${language}: ${said}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('an address that is spelled is the one that was meant', () => {
  const random = randomly(13);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const wrong: string[] = [];
  for (let tries = 0; tries < 300; tries++) {
    const name = Array.from({ length: 2 + random(8) }, () => letters[random(26)]).join('');
    const host = Array.from({ length: 3 + random(6) }, () => letters[random(26)]).join('');
    const said = `${[...name].join(' ')} dot ${[...name].reverse().join(' ')} at ${[...host].join(' ')} dot com`;
    const result = parseEmail(said, 'en-US');
    const meant = `${name}.${[...name].reverse().join('')}@${host}.com`;
    if (result.type !== 'found' || result.value !== meant) wrong.push(said);
  }
  expect(wrong).toEqual([]);
});

test('a postcode that is read out sign by sign is the one that was meant', () => {
  const random = randomly(17);
  const wrong: string[] = [];
  for (let tries = 0; tries < 300; tries++) {
    const digits = Array.from({ length: 5 }, () => random(10)).join('');
    const said = [...digits].map((digit) => english(Number(digit))).join(' ');
    const result = parsePostcode(`it's ${said}`, 'US');
    if (result.type !== 'found' || result.value !== digits) wrong.push(said);
    const letter = (): string => 'ABCEGHJKLMNPRSTVXY'[random(18)] ?? 'A';
    const code = `${letter()}${random(10)}${letter()} ${random(10)}${letter()}${random(10)}`;
    const canadian = parsePostcode([...code.replace(' ', '')].join(' '), 'CA');
    if (canadian.type !== 'found' || canadian.value !== code) wrong.push(code);
  }
  expect(wrong).toEqual([]);
});

test('every number has one last digit that fulfils a checksum', () => {
  const random = randomly(19);
  for (let tries = 0; tries < 300; tries++) {
    const begin = Array.from({ length: 3 + random(15) }, () => random(10)).join('');
    for (const checksum of ['luhn', 'ean'] as const)
      expect([...'0123456789'].filter((digit) => fulfils(checksum, begin + digit))).toHaveLength(1);
  }
});
