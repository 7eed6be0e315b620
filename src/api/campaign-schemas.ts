/** The shapes of the campaigns' routes: see `schemas.ts`. */
import { z } from 'zod';
import {
  auditEntrySchema,
  campaignSchema,
  doNotCallSchema,
  importOptionsSchema,
  importSchema,
} from '../campaigns/index.ts';

const idSchema = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the id of a campaign or an import');
const countSchema = (max: number, standard: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(1).max(max))
    .default(standard);
const options = importOptionsSchema.shape;

export const campaignParamsSchema = z.object({ id: idSchema.describe("The campaign's id.") });
export const importParamsSchema = campaignParamsSchema.extend({
  importId: idSchema.describe("The import's id."),
});

export const campaignQuerySchema = z.strictObject({
  limit: countSchema(200, 50).describe('How many to return at most.'),
  after: idSchema.optional().describe('The id of the last campaign of the page before.'),
});

export const campaignListSchema = z.object({
  campaigns: z.array(campaignSchema).describe('Oldest first.'),
});

export const campaignWithProgressSchema = campaignSchema.extend({
  progress: z
    .record(z.string(), z.number().int())
    .describe('Contacts, counted by their outcome, or by their state where they have none yet.'),
});

const fileName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters');

/** `phone=Mobile`, once or several times. */
const mappingSchema = z
  .preprocess(
    (all) => (typeof all === 'string' ? [all] : all),
    z
      .array(z.string().regex(/^[^=]{1,64}=.{1,1000}$/s, 'must be FIELD=COLUMN, such as phone=Mobile'))
      .max(500),
  )
  .optional();

export const importQuerySchema = z.strictObject({
  file_name: fileName.default('list').describe('What people call the list.'),
  map: mappingSchema.describe(
    '`FIELD=COLUMN`, may be given several times: phone=Mobile. What is not said is guessed.',
  ),
  default_country: options.defaultCountry.describe(
    "Of numbers without a country code. Default: the campaign's.",
  ),
  consent_source: options.consentSource,
  consent_at: options.consentAt,
});

export const previewQuerySchema = importQuerySchema.extend({
  rows: countSchema(100, 10).describe('How many rows to show.'),
});

export const importListSchema = z.object({ imports: z.array(importSchema).describe('Newest first.') });

export const auditTrailSchema = z.object({ entries: z.array(auditEntrySchema).describe('Oldest first.') });

const number = z.string().min(1).max(64).describe('E.164, or as people write it where the country is said.');

export const newDoNotCallSchema = z.strictObject({
  number,
  reason: z.string().trim().min(1).max(1_000).optional(),
  defaultCountry: options.defaultCountry,
});

export const doNotCallQuerySchema = z.strictObject({
  limit: countSchema(1_000, 100).describe('How many to return at most.'),
  after: number.optional().describe('The last number of the page before.'),
});
export const doNotCallParamsSchema = z.object({ number });
export const doNotCallListSchema = z.object({
  entries: z.array(doNotCallSchema).describe('In the order of their numbers.'),
});
export const doNotCallImportQuerySchema = z.strictObject({
  file_name: fileName.default('list').describe('What people call the list.'),
  default_country: options.defaultCountry,
  column: z.string().min(1).max(1_000).optional().describe('The column with the numbers. Default: guessed.'),
});
