import { describe, expect, test } from 'vitest';
import { type Checksum, fulfils } from './checksum.ts';
import { parseDigits } from './digits.ts';

describe.each<[Checksum, string[]]>([
  ['luhn', ['4111111111111111', '5555555555554444', '378282246310005', '79927398713']],
  ['ean', ['4006381333931', '9780306406157', '73513537']],
  ['mod11', ['9434765919', '4010232137']],
  ['mod97', ['3214282912345698765432161182', '10271040']],
])('%s', (checksum, numbers) => {
  test.each(numbers)('%s holds, and no slip of one digit', (digits) => {
    expect(fulfils(checksum, digits)).toBe(true);
    const slips = [...digits].flatMap((digit, at) =>
      [...'0123456789']
        .filter((other) => other !== digit)
        .map((other) => digits.slice(0, at) + other + digits.slice(at + 1)),
    );
    expect(slips.filter((slip) => fulfils(checksum, slip))).toEqual([]);
  });
});

test('neither one digit nor none has a check digit', () => {
  for (const checksum of ['luhn', 'ean', 'mod11', 'mod97'] as const) {
    expect(fulfils(checksum, '')).toBe(false);
    expect(fulfils(checksum, '0')).toBe(false);
  }
});

test('a card with a slip is understood and refused', () => {
  const card = { min_length: 13, max_length: 19, checksum: 'luhn' } as const;
  expect(parseDigits('4111 1111 1111 1111', card)).toEqual({ type: 'found', value: '4111111111111111' });
  expect(parseDigits('4111 1111 1111 1112', card)).toEqual({
    type: 'invalid',
    reason: 'the check digit does not fit (luhn)',
  });
  expect(parseDigits('four one double one', { pattern: '4[0-9]*' })).toEqual({
    type: 'found',
    value: '4111',
  });
  expect(parseDigits('five one double one', { pattern: '4[0-9]*' }).type).toBe('invalid');
});
