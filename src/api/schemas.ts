/**
 * The public API's shapes, each written once: requests are validated with them, the OpenAPI document is generated
 * from them, and the command line reads answers with them.
 */
import { z } from 'zod';
import { callIdSchema } from '../records/call-id.ts';
import { callOutcomeSchema } from '../records/index.ts';
import { callSummarySchema } from '../records/summary.ts';

/** Numbers, flows: whatever the carrier or a flow's author wrote, within reason. */
const filterSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters');

function limitSchema(max: number, standard: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(1).max(max))
    .default(standard);
}

export const listQuerySchema = z.strictObject({
  limit: limitSchema(200, 50).describe('How many calls to return at most.'),
  cursor: z.string().min(1).max(1_024).optional().describe('The `cursor` of the page before.'),
  flow: filterSchema.optional().describe('Only calls of this flow.'),
  outcome: callOutcomeSchema.optional().describe('Only calls that ended so.'),
  number: filterSchema
    // In a query string a bare `+` means a space, and everybody forgets to write `%2B`.
    .transform((number) => number.replace(/^ (?=\d)/, '+'))
    .pipe(z.string())
    .optional()
    .describe('Only calls from or to this number, exact, in E.164 (`+15550100`).'),
});

export const liveQuerySchema = z.strictObject({
  limit: limitSchema(1_000, 100).describe('How many calls to return at most.'),
});

/** For routes without parameters of their own. */
export const noQuerySchema = z.strictObject({});

export const callParamsSchema = z.object({
  id: callIdSchema.describe("The call's id or its Twilio CallSid."),
});

export const callPageSchema = z.object({
  calls: z.array(callSummarySchema).describe('Finished calls, newest first.'),
  cursor: z.string().optional().describe('Present when there are more: pass it on for the next page.'),
});

/** A call that is going on. */
export const liveCallSchema = z.object({
  id: z.string(),
  callSid: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  from: z.string(),
  to: z.string(),
  flow: z.string(),
  flowVersion: z.string(),
  startedAt: z.string().describe('ISO 8601, UTC.'),
});
export type LiveCall = z.infer<typeof liveCallSchema>;

export const liveCallsSchema = z.object({
  calls: z.array(liveCallSchema).describe('Calls that are going on, newest first.'),
});

/** Every answer that is not a success. */
export const errorSchema = z.object({
  error: z.object({
    code: z.string().describe('What a program can act on, in kebab-case.'),
    message: z.string().describe('What a person can act on.'),
    field: z.string().optional().describe('The parameter that is wrong.'),
  }),
});
export type ErrorBody = z.infer<typeof errorSchema>;
