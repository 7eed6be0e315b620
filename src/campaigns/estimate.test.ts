import { describe, expect, test } from 'vitest';
import { type ContactGroup, type EstimateProblemCode, estimateCampaign, USUAL } from './estimate.ts';
import { NO_HOLIDAYS } from './holidays.ts';
import { type CampaignSettings, parseCampaignSettings } from './settings.ts';
import { CallingTimes } from './windows.ts';
import { instantOf } from './zone-clock.ts';

const NY = { country: 'US', regions: ['NY'], timeZones: ['America/New_York'] };
const LA = { country: 'US', regions: ['CA'], timeZones: ['America/Los_Angeles'] };
/** A Wednesday. */
const NINE = instantOf('America/New_York', '2026-12-02', '09:00') ?? 0;
const HOUR_MS = 3_600_000;

function settingsOf(over: Record<string, unknown> = {}): CampaignSettings {
  const parsed = parseCampaignSettings({
    flow: 'reminders',
    caller_numbers: [{ number: '+14155550100', calls_per_second: 10 }],
    consent: { basis: 'express-written' },
    calls_at_once: 10_000,
    attempts: { most: 1 },
    ...over,
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

function estimate(
  groups: readonly ContactGroup[],
  settings = settingsOf(),
  setAside: Record<string, number> = {},
) {
  const times = new CallingTimes(settings, NO_HOLIDAYS);
  return estimateCampaign(groups, { settings, times, assumptions: USUAL, fromMs: NINE, setAside });
}

const codes = (found: { problems: readonly { code: EstimateProblemCode }[] }) =>
  found.problems.map(({ code }) => code);

describe('how long it takes', () => {
  test('as long as the pace needs', () => {
    const found = estimate([{ place: NY, contacts: 6500 }]);
    // 3273 an hour, a second and a tenth for each.
    expect(found).toMatchObject({
      contacts: 6500,
      callable: 6500,
      calls: 6500,
      firstAtMs: NINE,
      problems: [],
    });
    expect((found.finishedAtMs ?? 0) - NINE).toBe(2 * HOUR_MS);
  });

  test('the window of each zone is waited for, and the night is passed over', () => {
    const found = estimate([
      { place: LA, contacts: 100 },
      { place: NY, contacts: 100 },
    ]);
    expect(found.finishedAtMs).toBe(NINE + 3 * HOUR_MS + HOUR_MS / 4);
    const long = estimate([{ place: NY, contacts: 11 * 3600 }]);
    expect(new Date(long.finishedAtMs ?? 0).toISOString()).toMatch(/^2026-12-03T/);
  });

  test('few lines make it slower', () => {
    const found = estimate([{ place: NY, contacts: 1000 }], settingsOf({ calls_at_once: 10 }));
    // 57.75 s for each, ten at a time: 623 an hour.
    expect((found.finishedAtMs ?? 0) - NINE).toBe(1.75 * HOUR_MS);
  });

  test('attempts add up, and their waits are waited for', () => {
    const found = estimate([{ place: NY, contacts: 1000 }], settingsOf({ attempts: { most: 3 } }));
    expect(found.calls).toBeCloseTo(1000 + 750 + 562.5, -1);
    expect((found.finishedAtMs ?? 0) - NINE).toBeGreaterThanOrEqual(8 * HOUR_MS);
  });

  test('a million contacts of two hundred places are worked out quickly', () => {
    const zones = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'];
    const groups = Array.from({ length: 200 }, (_, index) => ({
      place: {
        country: 'US',
        regions: [['NY', 'FL', 'TX', 'CA', 'AL'][index % 5] ?? ''],
        timeZones: [zones[index % 4] ?? ''],
      },
      contacts: 5000,
    }));
    const begun = performance.now();
    const found = estimate(groups, settingsOf({ attempts: { most: 4 } }));
    expect(found.calls).toBeGreaterThan(2_000_000);
    expect(found.finishedAtMs).toBeGreaterThan(NINE + 30 * 24 * HOUR_MS);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

describe('what will go wrong is counted', () => {
  test('who cannot be called', () => {
    const found = estimate(
      [
        { place: NY, contacts: 10 },
        { place: { ...NY, timeZones: [] }, contacts: 3 },
        { place: { country: 'GB', regions: [], timeZones: ['Europe/London'] }, contacts: 4 },
        {
          place: { country: 'US', regions: ['CA'], timeZones: ['Asia/Tokyo', 'America/New_York'] },
          contacts: 5,
        },
      ],
      settingsOf({ countries: ['US'], calling_hours: { daily: '09:00-12:00' } }),
      { 'do-not-call': 7, 'no-consent': 0 },
    );
    expect(found).toMatchObject({ contacts: 22, callable: 10, calls: 10 });
    expect(found.problems).toEqual([
      {
        code: 'unknown-time-zone',
        severity: 'error',
        contacts: 3,
        words: expect.stringContaining('"time_zone"'),
      },
      {
        code: 'country-not-allowed',
        severity: 'error',
        contacts: 4,
        words: expect.stringContaining('"countries"'),
      },
      { code: 'never-open', severity: 'error', contacts: 5, words: expect.stringContaining('Asia/Tokyo') },
      {
        code: 'set-aside',
        severity: 'warning',
        contacts: 7,
        words: '7 rows of the list were set aside: do-not-call.',
      },
    ]);
  });

  test('an end that comes too soon', () => {
    const found = estimate([{ place: NY, contacts: 50_000 }], settingsOf({ ends: '2026-12-02' }));
    expect(found.finishedAtMs).toBeUndefined();
    expect(codes(found)).toEqual(['not-finished']);
    expect(found.problems[0]?.contacts).toBeCloseTo(50_000 - 11 * 3272, -3);
  });

  test('money', () => {
    const found = estimate([{ place: NY, contacts: 1000 }], settingsOf({ spend_limit_usd: 10 }));
    expect(found.expectedUsd).toBeCloseTo(1000 * (0.25 * (0.028 + 0.09) + 0.35 * (0.014 + 0.015)), 5);
    expect(found.mostUsd).toBeCloseTo(1000 * 0.118, 5);
    expect(codes(found)).toEqual(['spend-limit']);
  });

  test('law that nobody looked up, states that nobody knows, consent, and numbers that are too slow', () => {
    const found = estimate(
      [
        { place: { country: 'NP', regions: [], timeZones: ['Asia/Kathmandu'] }, contacts: 2 },
        { place: { ...NY, regions: [] }, contacts: 3 },
      ],
      settingsOf({ caller_numbers: ['+14155550100'], calls_per_second: 5, consent: { required: false } }),
    );
    expect(found.problems.map(({ code, contacts }) => [code, contacts])).toEqual([
      ['law-unknown', 2],
      ['state-unknown', 3],
      ['consent-not-required', 5],
      ['consent-not-written', 3],
      ['numbers-too-slow', 5],
    ]);
  });

  test('of nobody there is nothing to tell', () => {
    expect(estimate([])).toEqual({
      contacts: 0,
      callable: 0,
      calls: 0,
      expectedUsd: 0,
      mostUsd: 0,
      problems: [],
    });
  });
});
