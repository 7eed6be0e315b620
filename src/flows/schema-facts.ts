/** The schema of what a flow knows without asking the caller: business hours, campaign variables, numbers it may use. */
import { z } from 'zod';
import { daysOf, spanOf } from './hours.ts';
import { phoneNumber, plainName } from './schema-parts.ts';

const span = z
  .string()
  .refine(
    (text) => spanOf(text) !== undefined,
    'must be from and to on a 24-hour clock, such as "09:00-17:00"',
  );

const spans = z
  .union(
    [
      z
        .literal('closed')
        .transform((): string[] => [])
        .describe('Not open at all.'),
      span.transform((one) => [one]),
      z.array(span).max(24),
    ],
    { error: 'must be a list such as ["09:00-12:00", "13:00-17:00"], or closed' },
  )
  .describe('From and to on a 24-hour clock; "22:00-02:00" ends on the next day. closed: not open at all.');

/** A day of one year, or, without the year, of every year. */
const day = z.string().refine(isDay, 'must be a day such as "2026-12-25", or "12-25" for every year');

const holiday = z.union(
  [
    day.transform((date): { date: string; open: string[] } => ({ date, open: [] })),
    z.strictObject({
      date: day.describe('The day, such as "2026-12-24"; "12-24" for every year.'),
      name: z
        .string()
        .trim()
        .min(1)
        .max(100)
        .optional()
        .describe('What day it is, for whoever reads the flow.'),
      open: spans.prefault([]).describe('When it is open on that day. Default: not at all.'),
    }),
  ],
  {
    error:
      'must be a day such as "2026-12-25", or a map such as { date: "2026-12-24", open: ["09:00-12:00"] }',
  },
);

/** Business hours: days or ranges of days, and holidays. */
export const hours = z
  .object({
    holidays: z
      .array(holiday)
      .max(1000)
      .default([])
      .describe('Days with hours of their own: "2026-12-25" is closed; { date, open } has other hours.'),
  })
  .catchall(spans)
  .superRefine((value, context) => {
    for (const key of Object.keys(value)) {
      if (key === 'holidays' || daysOf(key) !== undefined) continue;
      const message = 'must be a day, a range of days or daily: mon, mon-fri, "sat, sun"';
      context.addIssue({ code: 'custom', path: [key], message });
    }
  })
  .transform(({ holidays, ...days }) => ({ days, holidays }))
  .describe(
    'Business hours in the time_zone of the flow: mon-fri: ["09:00-17:00"]. Templates and conditions see hours.open, hours.closed, hours.holiday, hours.opens_at and hours.closes_at.',
  );

export const VARIABLE_TYPES = ['text', 'number', 'yes_no', 'date', 'time', 'phone'] as const;

const variable = z
  .strictObject({
    type: z
      .enum(VARIABLE_TYPES, { error: `must be one of ${VARIABLE_TYPES.join(', ')}` })
      .default('text')
      .describe('What kind of value it is. Default: text.'),
    default: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .describe('Its value in a call that does not bring one.'),
    required: z
      .boolean()
      .optional()
      .describe('true: a call that does not bring it is told in its record. Default: false.'),
    example: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .describe('A value as it might be, for whoever fills it in.'),
    description: z.string().trim().max(1000).optional().describe('What it is, for whoever fills it in.'),
  })
  .describe('A value a campaign, or whoever places the call, gives the flow.');

export const variables = z
  .record(plainName, variable)
  .default({})
  .describe(
    'Values that come with a call, such as the name of the customer. Templates see them as {{ vars.NAME }}.',
  );

export const numbersAllowed = z
  .array(phoneNumber)
  .max(1000)
  .default([])
  .describe(
    'Numbers that text messages may go to besides the caller and phone slots, in E.164 form and in quotes.',
  );

function isDay(text: string): boolean {
  const whole = /^\d{2}-\d{2}$/.test(text) ? `2028-${text}` : text;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(whole)) return false;
  const date = new Date(`${whole}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(whole);
}
