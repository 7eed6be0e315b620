/** The part of a flow file that tries things out on a share of the callers. */
import { z } from 'zod';
import { plainName } from './schema-parts.ts';

const arm = z
  .strictObject({
    share: z
      .number()
      .positive('must be more than 0')
      .max(1_000_000)
      .default(1)
      .describe('How many callers get this arm, in proportion to the shares of the others. Default: 1.'),
    set: z
      .record(z.string().trim().min(1), z.unknown())
      .default({})
      .describe(
        'What is different: places in this file and their values, such as { "nodes.welcome.say": "Hello." }. Default: nothing.',
      ),
  })
  .describe('One way of doing it.');

export const experiments = z
  .record(
    plainName,
    z
      .strictObject({
        arms: z
          .record(plainName, arm)
          .refine((arms) => Object.keys(arms).length > 1, 'must have at least two arms')
          .describe('The ways of doing it, by name.'),
      })
      .describe('One question that calls are to answer.'),
  )
  .default({})
  .describe(
    'Splits callers over arms that differ in prompts, voice or nodes. The same caller always gets the same arm, and records say which.',
  );

export type Experiments = z.infer<typeof experiments>;
