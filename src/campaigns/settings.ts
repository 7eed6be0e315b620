/**
 * The settings of a campaign: whom it may call when, how fast, how often, and what it says to machines. In the words of
 * the flow language, and strict like it: a key nobody knows is an error, because it is nearly always a misspelt one.
 * A campaign's name, its flow's id and its state are kept beside the settings as well as in them.
 */
import { z } from 'zod';
import { suggestion } from '../flows/problems.ts';
import { hours } from '../flows/schema-facts.ts';
import { phoneNumber, spoken } from '../flows/schema-parts.ts';
import { isTimeZone } from './zone-clock.ts';

const DAY_MIN = 24 * 60;
const MONTH_MIN = 30 * DAY_MIN;

const country = z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters, such as GB');

/** Slots of a second are shared out evenly, so a pace above one is a whole number. */
const callsPerSecond = z
  .number()
  .min(0.01, 'must be at least 0.01 (one call in 100 seconds)')
  .max(100, 'must be at most 100')
  .refine(
    (pace) => pace < 1 || Number.isInteger(pace),
    'must be a whole number, or less than one such as 0.5',
  );

const callsAtOnce = z
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(10_000, 'must be at most 10,000');

const share = z
  .number()
  .min(0, 'must be a share from 0 to 1, such as 0.03 for 3 in 100')
  .max(1, 'must be a share from 0 to 1, such as 0.03 for 3 in 100');

const callerNumber = z.union(
  [
    phoneNumber.transform(
      (number): { number: string; calls_per_second: number; calls_at_once?: number | undefined } => ({
        number,
        calls_per_second: 1,
      }),
    ),
    z.strictObject({
      number: phoneNumber.describe(
        'In E.164 form and in quotes; it must be yours, and somebody must answer it.',
      ),
      calls_per_second: callsPerSecond.default(1).describe('Default: 1, the least that carriers allow.'),
      calls_at_once: callsAtOnce.optional().describe('Default: as many as the campaign.'),
    }),
  ],
  {
    error:
      'must be a phone number in E.164 form, or a map such as { number: "+15550100", calls_per_second: 1 }',
  },
);

const wait = (fallback: number | 'never', after: string) =>
  z
    .union(
      [
        z.literal('never'),
        z
          .int('must be a whole number of minutes')
          .min(1, 'must be at least 1 (minute)')
          .max(MONTH_MIN, `must be at most ${MONTH_MIN} (minutes, 30 days)`),
      ],
      { error: `must be minutes from 1 to ${MONTH_MIN}, or never` },
    )
    .default(fallback)
    .describe(`After ${after}, in minutes; never: no other attempt. Default: ${fallback}.`);

const attempts = z
  .strictObject({
    most: z
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(20, 'must be at most 20')
      .default(3)
      .describe('How often somebody is called at most, callbacks they asked for aside. Default: 3.'),
    wait_min: z
      .strictObject({
        busy: wait(15, 'a busy line'),
        'no-answer': wait(4 * 60, 'nobody answered'),
        machine: wait(DAY_MIN, 'a machine answered and nothing was left on it'),
        failed: wait(60, 'a call that could not be placed'),
        'hung-up-early': wait(DAY_MIN, 'somebody answered and hung up at once'),
        unknown: wait(DAY_MIN, 'a call of which nobody knows how it ended'),
      })
      .prefault({})
      .describe('How long to wait before the next attempt, by how the last one ended.'),
    early_sec: z
      .number()
      .min(0, 'must be at least 0 (seconds)')
      .max(120, 'must be at most 120 (seconds)')
      .default(10)
      .describe('Whoever hangs up within this many seconds has hung up early. Default: 10.'),
    ring_sec: z
      .int('must be a whole number of seconds')
      .min(15, 'must be at least 15 (seconds): whoever rings shorter counts as having abandoned the call')
      .max(120, 'must be at most 120 (seconds)')
      .default(30)
      .describe('How long it rings. Default: 30.'),
  })
  .prefault({})
  .describe('How often, and when again.');

const onMachine = z
  .strictObject({
    do: z
      .enum(['hang-up', 'leave-message', 'run-flow'], { error: 'must be hang-up, leave-message or run-flow' })
      .default('hang-up')
      .describe(
        'hang-up: nothing is said. leave-message: say is left after the tone. run-flow: the voicemail node of the flow, or flow, has the line after the tone. Default: hang-up.',
      ),
    say: spoken.optional().describe('For leave-message: what is left (a template).'),
    flow: z.string().min(1).optional().describe('For run-flow. Default: the flow of the campaign.'),
  })
  .refine((machine) => machine.do !== 'leave-message' || machine.say !== undefined, {
    path: ['say'],
    error: 'is missing: do: leave-message needs the words to leave',
  })
  .refine((machine) => machine.do === 'leave-message' || machine.say === undefined, {
    path: ['say'],
    error: 'is only said with do: leave-message; set it, or take say out',
  })
  .prefault({})
  .describe('What happens when an answering machine has the line.');

const consent = z
  .strictObject({
    required: z
      .boolean()
      .default(true)
      .describe('Whether rows without consent are set aside instead of called. Default: true.'),
    basis: z
      .enum(['express', 'express-written', 'contract', 'legitimate-interest'], {
        error: 'must be express, express-written, contract or legitimate-interest',
      })
      .default('express')
      .describe(
        'On what ground people are called. A synthetic voice that sells needs express-written in the US. Default: express.',
      ),
  })
  .prefault({})
  .describe('Consent of those on the list.');

const moment = z
  .string()
  .refine(
    isMoment,
    'must be a day such as "2026-12-01" (where the contact is), or an instant with an offset such as "2026-12-01T09:00:00-05:00"',
  );

const pause = z
  .strictObject({
    failed_share: share
      .default(0.5)
      .describe(
        'The campaign pauses itself when more than this share of the last calls failed. Default: 0.5.',
      ),
    of_last: z
      .int('must be a whole number')
      .min(5, 'must be at least 5, or one bad number would stop everything')
      .max(1000, 'must be at most 1000')
      .default(20)
      .describe('How many calls are looked at. Default: 20.'),
  })
  .prefault({})
  .describe('When a campaign pauses itself because calls fail.');

const screening = z
  .strictObject({
    who: spoken.describe('Who calls: "Anna, the assistant of Dr. Miller\'s practice".'),
    why: spoken.describe('Why: "about your appointment on Friday" (a template).'),
  })
  .describe('What is said to assistants that ask for a name and a reason before they put a call through.');

/** Everything that can be set on a campaign. */
export const campaignSettingsSchema = z
  .strictObject({
    flow: z
      .string()
      .trim()
      .min(1, 'must be the id of a flow')
      .max(128)
      .describe('The flow that has the calls.'),
    flow_version: z
      .string()
      .trim()
      .min(1)
      .max(128)
      .optional()
      .describe('Its version. Default: the one that is loaded when a call is placed.'),
    caller_numbers: z
      .array(callerNumber)
      .min(1, 'must hold at least one number to call from')
      .max(1000, 'must hold at most 1,000 numbers')
      .refine(
        (all) => new Set(all.map(({ number }) => number)).size === all.length,
        'must hold each number once',
      )
      .describe('Numbers to call from, in turn, each with its own pace.'),
    calling_hours: hours
      .refine((own) => Object.keys(own.days).length > 0, 'must name at least one day, such as mon-fri')
      .prefault({ 'mon-fri': ['09:00-20:00'] })
      .describe(
        'When people are called, on their own clock: mon-fri: ["09:00-12:00", "13:00-17:00"]. What the law of their country or state does not allow is left out whatever stands here. Default: mon-fri from 09:00 to 20:00.',
      ),
    holidays: z
      .boolean()
      .default(true)
      .describe(
        'true: nobody is called on public holidays. false: they are, where the law allows it. Default: true.',
      ),
    starts: moment.optional().describe('The first day, or the instant it starts. Default: at once.'),
    ends: moment.optional().describe('The last day, or the instant it ends. Default: when all are called.'),
    time_zone: z
      .string()
      .refine(isTimeZone, 'must be a time zone such as Europe/London')
      .optional()
      .describe(
        'Of contacts for whom neither a column nor the number tells one. Default: they are not called.',
      ),
    country: country
      .optional()
      .describe('Where numbers without a country code belong. Default: such numbers are set aside.'),
    countries: z
      .array(country)
      .min(1, 'must hold at least one country, such as ["US"]')
      .optional()
      .describe('The only countries that are called. Default: country alone, or, without it, all.'),
    calls_per_second: callsPerSecond
      .default(1)
      .describe('How many calls are begun in a second at most, over all numbers. Default: 1.'),
    calls_at_once: callsAtOnce
      .default(10)
      .describe('How many calls there are at a time at most. Default: 10.'),
    attempts,
    on_machine: onMachine,
    consent,
    priority: z
      .int('must be a whole number')
      .min(0, 'must be from 0 to 9')
      .max(9, 'must be from 0 to 9')
      .default(0)
      .describe('Campaigns of a higher one go first. Default: 0.'),
    spend_limit_usd: z
      .number()
      .positive('must be more than 0')
      .optional()
      .describe('The campaign pauses itself before it costs more. Default: no limit.'),
    pause,
    abandoned_share: share
      .max(0.03, 'must be at most 0.03: the law of several countries forbids more')
      .default(0.03)
      .describe(
        'Of people who answered, how many may have found nobody there, over 30 days; the campaign slows down below it. Default: 0.03.',
      ),
    screening: screening.optional(),
  })
  .refine((all) => !isBefore(all.ends, all.starts), { path: ['ends'], error: 'must not be before starts' })
  .transform((all) => ({ ...all, countries: all.countries ?? (all.country ? [all.country] : undefined) }))
  .describe('The settings of a campaign.');

/** Settings that passed the schema, defaults filled in. */
export type CampaignSettings = z.infer<typeof campaignSettingsSchema>;

/** What is wrong with settings: which one, and how to mend it. */
export interface SettingsProblem {
  /** `attempts.wait_min.busy` */
  field: string;
  /** A sentence that names the field. */
  message: string;
}

/** Settings held against the schema; every problem is told at once. */
export function parseCampaignSettings(
  data: unknown,
): { settings: CampaignSettings } | { problems: readonly SettingsProblem[] } {
  const parsed = campaignSettingsSchema.safeParse(data);
  if (parsed.success) return { settings: parsed.data };
  return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, data)) };
}

/** The JSON Schema of settings, for editors and the API's description. */
export function campaignSettingsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(campaignSettingsSchema, { io: 'input', unrepresentable: 'any' });
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, data: unknown, above: readonly PropertyKey[] = []): SettingsProblem[] {
  const path = [...above, ...issue.path];
  const field = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => ({
      field: [...path, key].join('.'),
      message: `"${[...path, key].join('.')}" is no setting of a campaign${suggestion(key, known)}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    // What was meant is told by its kind: a map is held against the map.
    const inner = issue.errors.find((errors) =>
      errors.every((each) => each.path.length > 0 || each.code === 'unrecognized_keys'),
    );
    if (inner !== undefined && inner.length > 0) return inner.flatMap((each) => problemsOf(each, data, path));
  }
  const value = valueAt(data, path);
  if (value === undefined && issue.code === 'invalid_type')
    return [{ field, message: `"${field}" is missing` }];
  const said = issue.message
    .replace(/^Invalid input: expected (\w+),.*$/, 'must be $1')
    .replace('must be object', 'must be a map');
  const got = value === undefined || typeof value === 'object' ? '' : `, not ${JSON.stringify(value)}`;
  return [{ field, message: field === '' ? `the settings ${said}` : `"${field}" ${said}${got}` }];
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === String(key))?.[1];
  }
  return value;
}

/** What may stand in a map of the settings. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = campaignSettingsJsonSchema();
  for (const key of path) {
    schema =
      typeof key === 'number'
        ? (valueAt(schema, ['items', 'anyOf', 1]) ?? valueAt(schema, ['items']))
        : valueAt(schema, ['properties', key]);
  }
  return Object.keys(
    z
      .record(z.string(), z.unknown())
      .catch({})
      .parse(valueAt(schema, ['properties'])),
  );
}

function isMoment(text: string): boolean {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const date = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
  }
  return z.iso.datetime({ offset: true }).safeParse(text).success;
}

/** Two days, or two instants; a day and an instant are told apart by the contact's clock alone. */
function isBefore(end: string | undefined, start: string | undefined): boolean {
  if (end === undefined || start === undefined || end.includes('T') !== start.includes('T')) return false;
  return Date.parse(end) < Date.parse(start);
}
