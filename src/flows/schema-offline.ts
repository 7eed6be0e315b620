/** What an agent node does while no model answers. */
import { z } from 'zod';
import { key, plainName, spoken } from './schema-parts.ts';

const offlineOption = z
  .strictObject({
    say: spoken
      .optional()
      .describe(
        'What it is for, as the menu reads it out: "To book an appointment". Default: made of where it leads.',
      ),
    key: key
      .optional()
      .describe('The key that picks it, in quotes: "1". Default: that of the outcome, else a free one.'),
    words: z
      .array(z.string().trim().min(1, 'must not be empty'))
      .max(50)
      .optional()
      .describe(
        'Words or phrases that pick it; the first is read out. Default: its name, or what people say for it.',
      ),
  })
  .describe('One outcome of the node that the caller may choose.');

/** The `offline` of an agent node. */
export const offlineHere = z
  .union(
    [
      z.literal(false),
      z.strictObject({
        say: spoken
          .optional()
          .describe(
            'The menu as a whole (a template). Default: phrases.offline, and a sentence for each option.',
          ),
        options: z
          .record(plainName, offlineOption)
          .optional()
          .describe(
            'The outcomes that are offered, in this order. Default: those that lead to a person, a message or another step.',
          ),
      }),
    ],
    { error: 'must be false, or a map such as { options: { person: { key: "0" } } }' },
  )
  .optional()
  .describe(
    'What the caller is offered while no model answers: outcomes by key and words; what the node collects is asked for one by one. Default: compiled from `next` and `collects`. false: nothing.',
  );
