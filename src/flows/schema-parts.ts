/** The small pieces that the schema of a flow is made of: names, numbers, templates, durations. */
import { z } from 'zod';

/** E.164, as carriers write numbers. Length follows ITU-T E.164: fifteen digits at most. */
const E164 = /^\+[1-9]\d{6,14}$/;

/** Words that every JavaScript object answers to; a slot of that name would seem filled. */
const isReserved = (name: string): boolean => name in Object.prototype;

export const nodeName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must start with a letter and hold only letters, digits, - and _')
  .refine((name) => !isReserved(name), 'is a reserved word; choose another name');

/** Names that templates refer to: slots, tools, outcomes, choices. */
export const plainName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]{0,63}$/,
    'must start with a small letter and hold only small letters, digits, - and _',
  )
  .refine((name) => !isReserved(name), 'is a reserved word; choose another name');

const NOT_A_NUMBER = 'must be a phone number in E.164 form, in quotes, such as "+15550100"';

export const phoneNumber = z.string({ error: NOT_A_NUMBER }).regex(E164, NOT_A_NUMBER);

/** A phone number, or a template of one. */
export const phoneOrTemplate = z
  .string({ error: NOT_A_NUMBER })
  .refine((value) => E164.test(value) || value.includes('{{'), NOT_A_NUMBER);

/** A Liquid template that is spoken. */
export const spoken = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(4000, 'is too long to listen to (4000 characters at most)');

/** A text, not a template. */
export const text = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(20_000, 'is too long (20,000 characters at most)');

export const key = z
  .union([z.string(), z.number().int().min(0).max(9)], {
    error: 'must be one key of the phone: 0 to 9, "*" or "#"',
  })
  .refine((value) => /^[0-9*#]$/.test(String(value)), 'must be one key of the phone: 0 to 9, "*" or "#"');

export const durationMs = (least: number, most: number) =>
  z
    .number()
    .int('must be a whole number of milliseconds')
    .min(least, `must be at least ${least} (milliseconds)`)
    .max(most, `must be at most ${most} (milliseconds)`);

/** BCP 47, such as `en-US`. */
export const languageTag = z
  .string()
  .refine((tag) => isLanguage(tag), 'must be a language tag such as en-US');

function isLanguage(tag: string): boolean {
  try {
    return /^[A-Za-z]{2,3}(-|$)/.test(tag) && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** One choice among several: a key, words, or both. */
const option = z
  .strictObject({
    key: key.optional().describe('The key that picks it, in quotes: "1".'),
    words: z
      .array(z.string().trim().min(1, 'must not be empty'))
      .max(50)
      .optional()
      .describe(
        'Words or phrases that pick it; small slips of recognition are forgiven. Default: the name of the option.',
      ),
  })
  .describe('One choice: its name is the outcome (menu) or the value (choice).');

export const options = z
  .record(plainName, option)
  .refine((all) => Object.keys(all).length > 0, 'must have at least one choice');

/** Where an outcome leads. */
export const target = z
  .union([nodeName, z.strictObject({ to: nodeName.describe('The node it leads to.') })], {
    error: 'must be the name of a node',
  })
  .describe('The node this outcome leads to.');
