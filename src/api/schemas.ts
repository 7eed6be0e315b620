/**
 * The public API's shapes, each written once: requests are validated with them, the OpenAPI document is generated
 * from them, and the command line reads answers with them.
 */
import { z } from 'zod';
import { callIdSchema } from '../records/call-id.ts';
import { armReportSchema, callOutcomeSchema } from '../records/index.ts';
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
  arm: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$/, 'must be an experiment and its arm, such as greeting.long')
    .max(130)
    .optional()
    .describe('Only calls in this arm of an experiment (`greeting.long`).'),
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

export const experimentsQuerySchema = z.strictObject({
  flow: filterSchema.optional().describe('Only experiments of this flow.'),
});

export const experimentsSchema = z.object({
  experiments: z
    .array(
      z.object({
        flow: z.string(),
        experiment: z.string(),
        calls: z.number().int(),
        arms: z.array(armReportSchema).describe('In the order of their names.'),
      }),
    )
    .describe('Experiments that finished calls were in, over all versions of their flows.'),
});

/** What became of a reload of the flows. */
export const reloadSchema = z.object({
  changed: z.array(z.string()).describe('Ids of flows with a new version, and of new flows.'),
  removed: z.array(z.string()).describe('Ids of flows whose file is gone.'),
  problems: z
    .array(z.string())
    .describe('What is wrong with files; their flows answer in the last version that was right.'),
});

export const flowsSchema = z.object({
  flows: z
    .array(
      z.object({
        id: z.string(),
        version: z.string().describe('What new calls get, before experiments.'),
        language: z.string().describe('BCP 47.'),
        numbers: z.array(z.string()).describe('The numbers it answers.'),
        variants: z.array(z.string()).describe("Versions of its experiments' arms."),
      }),
    )
    .describe('The flows that answer calls.'),
  lastReload: reloadSchema
    .extend({ at: z.string().describe('ISO 8601, UTC.') })
    .optional()
    .describe('Absent where the flows are those the service started with.'),
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
