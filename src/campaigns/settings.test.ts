import { describe, expect, test } from 'vitest';
import { regionsOfNumber } from './area-codes.ts';
import { NO_HOLIDAYS } from './holidays.ts';
import { campaignSettingsJsonSchema, parseCampaignSettings } from './settings.ts';
import { CallingTimes } from './windows.ts';

const LEAST = { flow: 'reminders', caller_numbers: ['+14155550100'] };

function problemsOf(data: unknown): readonly string[] {
  const parsed = parseCampaignSettings(data);
  return 'problems' in parsed ? parsed.problems.map(({ message }) => message) : [];
}

test('what is not said has a careful default', () => {
  expect(parseCampaignSettings(LEAST)).toEqual({
    settings: {
      ...LEAST,
      caller_numbers: [{ number: '+14155550100', calls_per_second: 1 }],
      calling_hours: { days: { 'mon-fri': ['09:00-20:00'] }, holidays: [] },
      holidays: true,
      calls_per_second: 1,
      calls_at_once: 10,
      attempts: {
        most: 3,
        wait_min: {
          busy: 15,
          'no-answer': 240,
          machine: 1440,
          failed: 60,
          'hung-up-early': 1440,
          unknown: 1440,
        },
        early_sec: 10,
        ring_sec: 30,
      },
      on_machine: { do: 'hang-up' },
      consent: { required: true, basis: 'express' },
      priority: 0,
      pause: { failed_share: 0.5, of_last: 20 },
      abandoned_share: 0.03,
      countries: undefined,
    },
  });
});

test('settings that were read once are read again as they are', () => {
  const first = parseCampaignSettings({ ...LEAST, country: 'US', ends: '2026-12-24' });
  if (!('settings' in first)) throw new Error('They are wrong.');
  const { calling_hours: own, ...rest } = first.settings;
  expect(first.settings.countries).toEqual(['US']);
  const again = parseCampaignSettings({
    ...rest,
    calling_hours: { ...own.days, holidays: own.holidays },
  });
  expect(again).toEqual(first);
});

test('they are what windows are made of', () => {
  const parsed = parseCampaignSettings({ ...LEAST, calling_hours: { daily: '10:00-11:00' } });
  if (!('settings' in parsed)) throw new Error('They are wrong.');
  const times = new CallingTimes(parsed.settings, NO_HOLIDAYS);
  const place = { country: 'GB', regions: [], timeZones: ['Europe/London'] };
  expect(times.mayCall(Date.parse('2026-12-02T10:30:00Z'), place)).toMatchObject({ may: true });
  expect(times.mayCall(Date.parse('2026-12-02T11:00:00Z'), place)).toMatchObject({ may: false });
});

describe('problems name the setting and the remedy', () => {
  test.each<[string, unknown, string]>([
    [
      'a misspelt key',
      { ...LEAST, calls_per_secnd: 2 },
      '"calls_per_secnd" is no setting of a campaign; did you mean "calls_per_second"?',
    ],
    [
      'a misspelt key inside',
      { ...LEAST, attempts: { moste: 2 } },
      '"attempts.moste" is no setting of a campaign; did you mean "most"?',
    ],
    [
      'a number that lost its plus',
      { ...LEAST, caller_numbers: ['4155550100'] },
      '"caller_numbers.0" must be a phone number in E.164 form, or a map such as { number: "+15550100", calls_per_second: 1 }, not "4155550100"',
    ],
    [
      'a wrong pace of a number',
      { ...LEAST, caller_numbers: [{ number: '+14155550100', calls_per_second: 1.5 }] },
      '"caller_numbers.0.calls_per_second" must be a whole number, or less than one such as 0.5, not 1.5',
    ],
    ['no flow', { caller_numbers: ['+14155550100'] }, '"flow" is missing'],
    [
      'no numbers',
      { ...LEAST, caller_numbers: [] },
      '"caller_numbers" must hold at least one number to call from',
    ],
    [
      'a number twice',
      { ...LEAST, caller_numbers: ['+14155550100', '+14155550100'] },
      '"caller_numbers" must hold each number once',
    ],
    [
      'a day nobody knows',
      { ...LEAST, calling_hours: { mun: ['09:00-17:00'] } },
      '"calling_hours.mun" must be a day, a range of days or daily: mon, mon-fri, "sat, sun"',
    ],
    [
      'no hours at all',
      { ...LEAST, calling_hours: {} },
      '"calling_hours" must name at least one day, such as mon-fri',
    ],
    [
      'ringing too short',
      { ...LEAST, attempts: { ring_sec: 10 } },
      '"attempts.ring_sec" must be at least 15 (seconds): whoever rings shorter counts as having abandoned the call, not 10',
    ],
    [
      'a message without words',
      { ...LEAST, on_machine: { do: 'leave-message' } },
      '"on_machine.say" is missing: do: leave-message needs the words to leave',
    ],
    [
      'too many abandoned',
      { ...LEAST, abandoned_share: 0.1 },
      '"abandoned_share" must be at most 0.03: the law of several countries forbids more, not 0.1',
    ],
    [
      'an end before the start',
      { ...LEAST, starts: '2026-12-02', ends: '2026-12-01' },
      '"ends" must not be before starts, not "2026-12-01"',
    ],
    [
      'an instant without its offset',
      { ...LEAST, starts: '2026-12-02T09:00:00' },
      '"starts" must be a day such as "2026-12-01" (where the contact is), or an instant with an offset such as "2026-12-01T09:00:00-05:00", not "2026-12-02T09:00:00"',
    ],
    [
      'a zone that is none',
      { ...LEAST, time_zone: 'Gotham' },
      '"time_zone" must be a time zone such as Europe/London, not "Gotham"',
    ],
    [
      'a wait that is none',
      { ...LEAST, attempts: { wait_min: { busy: 0 } } },
      '"attempts.wait_min.busy" must be at least 1 (minute), not 0',
    ],
    ['something else altogether', 'fast', 'the settings must be a map'],
  ])('%s', (_what, data, message) => {
    expect(problemsOf(data)).toEqual([message]);
  });

  test('all of them at once', () => {
    expect(problemsOf({ calls_at_once: 0, holidays: 'no' })).toHaveLength(4);
  });
});

test('every setting is described', () => {
  const { properties } = campaignSettingsJsonSchema() as {
    properties: Record<string, { description?: string }>;
  };
  const silent = Object.entries(properties).filter(([, { description = '' }]) => description === '');
  expect(silent).toEqual([]);
});

test('the state of a number is that of its area code', () => {
  expect(regionsOfNumber('+13055550100')).toEqual(['FL']);
  expect(regionsOfNumber('+12075550100')).toEqual(['ME']);
  expect(regionsOfNumber('+12015550100')).toEqual(['NJ', 'NY']);
  expect(regionsOfNumber('+18005550100')).toEqual([]);
  expect(regionsOfNumber('+442071838750')).toEqual([]);
});
