/** The part of a flow file that says what callers may ask for from any node. */
import { z } from 'zod';
import { key, languageTag, nodeName, plainName, spoken, text } from './schema-parts.ts';

const handler = z
  .strictObject({
    words: z
      .array(z.string().trim().min(1, 'must not be empty'))
      .max(50)
      .optional()
      .describe(
        'Words or phrases that ask for it; small slips of recognition are forgiven. Default for a handler named person, repeat or start_over, or with one of these actions: what people say for it in the language of the flow.',
      ),
    key: key
      .optional()
      .describe('The key that asks for it wherever the node itself has no use for that key.'),
    when: text
      .optional()
      .describe(
        'When a model should choose it, in plain words. Default: when the caller says one of its words.',
      ),
    say: spoken.optional().describe('Said first (a template).'),
    to: nodeName
      .optional()
      .describe('The node it leads to. Default: the question of the node is asked again.'),
    action: z
      .enum(['repeat', 'start_over'], { error: 'must be repeat or start_over' })
      .optional()
      .describe(
        'repeat: what was said last is said again. start_over: forgets every answer and begins with the first node. Default: what the handler is named for.',
      ),
    language: languageTag
      .optional()
      .describe(
        'The language the call goes on in; one that languages declares, or the language of the flow.',
      ),
  })
  .refine(
    ({ to, action }) => to === undefined || action === undefined,
    'has both `to` and `action`; only one of them can be done',
  )
  .describe('Something a caller may ask for at any time.');

export const handlers = z
  .record(plainName, handler)
  .default({})
  .describe(
    'What callers may ask for from any node, by name: to speak to a person, to hear something again, another language. What a node itself understands comes first.',
  );

/** What of the handlers does not work in a node. */
export const handlersHere = z
  .union(
    [
      z.literal(false),
      z.array(plainName),
      z.record(
        plainName,
        z.union([z.literal('off'), z.literal(false)], { error: 'must be off; leave it out where it is on' }),
      ),
    ],
    { error: 'must be false, or a map such as { person: off }' },
  )
  .optional()
  .describe('Handlers of the flow that do not work here: { person: off }, or false for all of them.');

export type Handler = z.infer<typeof handler>;
