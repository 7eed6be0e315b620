/** The schema of each type of slot: what is asked for, which answers do, and what may be kept of them. */
import { z } from 'zod';
import { options, plainName, spoken, text } from './schema-parts.ts';

/** Digits, classes and groups: no pattern of these, without repeated groups, can keep a server busy. */
const safePattern = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'is too long (200 characters at most)')
  .refine((pattern) => isRegularExpression(pattern), 'must be a regular expression, such as "4[0-9]*"')
  .refine(
    (pattern) => !/\)[*+{]/.test(pattern) && (pattern.match(/[*+]|,\}/g) ?? []).length <= 3,
    'must not repeat a group, nor hold more than three of * and +',
  );

const validation = z.strictObject({
  when: text.describe(
    'A condition under which the value will not do: "value > 8", "value == slots.from". It sees `value` and what templates see.',
  ),
  say: spoken.optional().describe('Said before the question is asked again (a template).'),
});

const slotBase = {
  name: plainName.describe('Its name: templates see it as {{ slots.NAME }}.'),
  ask: spoken.describe('The question (a template).'),
  reask: z
    .array(spoken)
    .max(10)
    .default([])
    .describe('Other words for the second question, the third and so on (templates).'),
  confirm: spoken
    .optional()
    .describe(
      'A yes-or-no question that reads the value back (a template); the slot is filled on yes. Keys: 1 yes, 2 no.',
    ),
  keyterms: z.array(z.string().trim().min(1)).max(50).optional().describe('Words to expect in the answer.'),
  validate: z
    .array(validation)
    .max(20)
    .optional()
    .describe('What the value must not be, in order: the first condition that holds refuses it.'),
  optional: z
    .boolean()
    .optional()
    .describe(
      'true: a caller who does not know, or says "skip", leaves it empty; so does one who cannot be understood. Default: false.',
    ),
  sensitive: z
    .boolean()
    .optional()
    .describe(
      'true: the value is kept nowhere, shown to no model and never spoken in full; tools may be given it. Default: false.',
    ),
};

const keysOnly = {
  keys_only: z
    .boolean()
    .optional()
    .describe(
      'true: only the keys of the phone answer it. With `sensitive`, nobody listens and nothing is recorded meanwhile. Default: false.',
    ),
};

const plainSlot = <T extends string>(type: T) => z.strictObject({ type: z.literal(type), ...slotBase });
const keyedSlot = <T extends string>(type: T) =>
  z.strictObject({ type: z.literal(type), ...slotBase, ...keysOnly });

const digitCount = z.number().int().min(1).max(32);

export const slot = z.discriminatedUnion(
  'type',
  [
    plainSlot('text').describe('Whatever the caller says.'),
    plainSlot('name').describe("A person's name."),
    keyedSlot('number')
      .extend({
        min: z.number().optional().describe('The smallest value accepted.'),
        max: z.number().optional().describe('The largest value accepted.'),
      })
      .describe('A number, spoken or keyed.'),
    keyedSlot('money')
      .extend({
        min: z.number().optional().describe('The smallest amount accepted.'),
        max: z.number().optional().describe('The largest amount accepted.'),
        currency: z
          .string()
          .regex(/^[A-Z]{3}$/, 'must be three capital letters, such as EUR')
          .optional()
          .describe("ISO 4217, such as EUR. Default: that of the flow's country."),
      })
      .describe('An amount of money, spoken or keyed (* is the decimal point); its value is a number.'),
    plainSlot('date')
      .extend({
        min: spoken.optional().describe('The first day accepted, written as in max.'),
        max: spoken
          .optional()
          .describe(
            'The last day accepted: YYYY-MM-DD, today, tomorrow, a distance from today (+30d, -2w, +6m, -18y), or a template.',
          ),
      })
      .describe('A date; its value is YYYY-MM-DD.'),
    plainSlot('time')
      .extend({
        min: spoken.optional().describe('The first time accepted: HH:MM, or a template.'),
        max: spoken.optional().describe('The last time accepted: HH:MM, or a template.'),
      })
      .describe('A time of day; its value is HH:MM.'),
    keyedSlot('phone').describe('A phone number, spoken or keyed; its value is E.164.'),
    plainSlot('email').describe('An e-mail address, said or spelled; its value is in small letters.'),
    keyedSlot('postcode')
      .extend({
        country: z
          .string()
          .regex(/^[A-Z]{2}$/, 'must be two capital letters, such as GB')
          .optional()
          .describe("Whose postcodes: two capital letters. Default: the flow's country."),
      })
      .describe('A postcode of a country, as it is written there: SW1A 1AA, 90210, 1012 AB.'),
    keyedSlot('yes_no').describe('Yes or no, or key 1 or 2; its value is true or false.'),
    keyedSlot('choice')
      .extend({ choices: options.describe('The values, each with its words and key.') })
      .describe('One of several values.'),
    keyedSlot('digits')
      .extend({
        length: digitCount.optional().describe('Exactly this many digits.'),
        min_length: digitCount.optional().describe('At least this many digits.'),
        max_length: digitCount.optional().describe('At most this many digits.'),
        checksum: z
          .enum(['luhn', 'mod97', 'mod11', 'ean'], { error: 'must be luhn, mod97, mod11 or ean' })
          .optional()
          .describe(
            'What its check digits must fulfil: luhn (cards, IMEI), mod97 (ISO 7064, as in IBANs), mod11 (NHS numbers), ean (EAN, GTIN, ISBN-13).',
          ),
        pattern: safePattern
          .optional()
          .describe('A regular expression that the whole of the digits must match, such as "4[0-9]*".'),
      })
      .describe('Digits such as a reference, a PIN or a card number, spoken or keyed; its value is text.'),
  ],
  {
    error:
      'type must be one of text, name, number, money, date, time, phone, email, postcode, yes_no, choice, digits',
  },
);

export type SlotSpec = z.infer<typeof slot>;

function isRegularExpression(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
