import { timezones } from 'libphonenumber-geo-carrier';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { zonesOfNumber } from './number-zones.ts';
import { toE164 } from './numbers.ts';
import { isTimeZone } from './zone-clock.ts';

describe('numbers of a list', () => {
  test.each([
    ['+12025550123', undefined, '+12025550123', 'US'],
    ['(202) 555-0123', 'US', '+12025550123', 'US'],
    ['202.555.0123', 'us', '+12025550123', 'US'],
    ['12025550123', 'US', '+12025550123', 'US'],
    ["'+12025550123", 'US', '+12025550123', 'US'],
    ['="+12025550123"', 'US', '+12025550123', 'US'],
    ['tel:+1-202-555-0123', undefined, '+12025550123', 'US'],
    ['\u00a0\u202a+1 202\u00a0555\u00a00123\u202c', undefined, '+12025550123', 'US'],
    ['１２０２５５５０１２３', 'US', '+12025550123', 'US'],
    ['2025550123.0', 'US', '+12025550123', 'US'],
    ['1.2025550123E+10', 'US', '+12025550123', 'US'],
    ['1,2025550123E+10', 'US', '+12025550123', 'US'],
    ['020 7946 0958', 'GB', '+442079460958', 'GB'],
    ['447400123456', 'GB', '+447400123456', 'GB'],
    ['030 901820', 'DE', '+4930901820', 'DE'],
  ])('%j of %s is %s', (text, country, number, of) => {
    expect(toE164(text, country)).toEqual({ ok: true, number, country: of });
  });

  test.each([
    ['', 'US', 'number-missing'],
    ["  ' ", 'US', 'number-missing'],
    ['1.20256E+10', 'US', 'number-inexact'],
    ['1.2E+10', 'US', 'number-inexact'],
    ['2E10', 'US', 'number-inexact'],
    ['1.20255501234E+10', 'US', 'number-inexact'],
    ['2025550123', undefined, 'number-invalid'],
    ['911', 'US', 'number-invalid'],
    ['+1 202 055 0123', 'US', 'number-invalid'],
    ['call 2025550123 now', 'US', 'number-invalid'],
    ['2025550123, 2025550124', 'US', 'number-invalid'],
    ['+18005550199', 'US', 'number-not-callable'],
    ['+19005550199', 'US', 'number-not-callable'],
    ['+12025550123 x12', 'US', 'number-not-callable'],
  ])('%.40s of %s is refused: %s', (text, country, reason) => {
    expect(toE164(text, country)).toMatchObject({ ok: false, reason });
  });

  test('what is far too long for a number is refused unread', () => {
    expect(toE164('9'.repeat(1_000_000), 'US')).toMatchObject({ ok: false, reason: 'number-invalid' });
  });
});

describe('zones of numbers', () => {
  test('the library says the same', async () => {
    const numbers = ['+12025550123', '+18504325555', '+14232655555', '+16055550123', '+18005550100'];
    for (const number of [...numbers, '+442079460958', '+61291234567', '+6495551234', '+5511987654321']) {
      const parsed = parsePhoneNumberFromString(number);
      if (parsed === undefined) throw new Error(number);
      expect(zonesOfNumber(number), number).toEqual(await timezones(parsed));
    }
  });

  test('the longest beginning counts, and all zones of an area are kept', () => {
    expect(zonesOfNumber('+12025550123')).toEqual(['America/New_York']);
    expect(zonesOfNumber('+14232655555')).toEqual(['America/New_York']);
    expect(zonesOfNumber('+14235555555')).toEqual(['America/Chicago']);
    expect(zonesOfNumber('+16055550123').length).toBe(2);
    expect(zonesOfNumber('+999')).toEqual([]);
  });

  test('a time zone is a place of the IANA database', () => {
    for (const name of ['America/New_York', 'Asia/Kathmandu', 'America/Argentina/Buenos_Aires', 'UTC']) {
      expect(isTimeZone(name), name).toBe(true);
    }
    for (const name of ['', 'EST', 'Eastern', '+05:00', 'America/Nowhere', 'America/New York']) {
      expect(isTimeZone(name), name).toBe(false);
    }
  });
});
