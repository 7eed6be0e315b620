import { z } from 'zod';
import { callRecordSchema } from './index.ts';

/** A `CallSummary`: a call in a list. */
export const callSummarySchema = callRecordSchema
  .omit({ turns: true, tools: true, slots: true, path: true, events: true })
  .extend({
    turnCount: z.number().int(),
    slowestTurnMs: z.number().optional().describe('The longest the caller waited for the agent to speak.'),
  });
