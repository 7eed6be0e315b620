/** The part of a flow file for calls that the agent cannot take: the service is in trouble, or full. */
import { z } from 'zod';
import { ENGLISH_BY_CARRIER } from './carrier-texts.ts';
import { phoneNumber, spoken } from './schema-parts.ts';

const words = (fallback: string, use: string) =>
  spoken
    .max(1000, 'is too long to listen to (1000 characters at most)')
    .default(fallback)
    .describe(`${use} No templates. Default: in the language of the flow; in English "${fallback}"`);

const ringing = (fallback: number) =>
  z
    .number()
    .int()
    .min(5)
    .max(600)
    .default(fallback)
    .describe(`How long it may ring, in seconds. Default: ${fallback}.`);

export const fallback = z
  .strictObject({
    say: words(ENGLISH_BY_CARRIER.fallback.say, 'Said first.'),
    transfer: phoneNumber
      .optional()
      .describe('The caller is then connected to this number, in E.164 form and in quotes. Default: nobody.'),
    timeout_sec: ringing(30),
    goodbye: words(
      ENGLISH_BY_CARRIER.fallback.goodbye,
      'Said where there is no such number, or nobody answers there; the call then ends.',
    ),
  })
  .prefault({})
  .describe(
    'What a caller hears when nothing else works: spoken by the carrier itself, without any of our stores or vendors.',
  );

export const whenBusy = z
  .strictObject({
    do: z
      .enum(['wait', 'elsewhere', 'transfer', 'apologise'], {
        error: 'must be wait, elsewhere, transfer or apologise',
      })
      .default('wait')
      .describe(
        'wait: the caller waits in line. elsewhere: another node is tried first, then as wait. transfer: the caller is connected to the number in to. apologise: goodbye is said. Default: wait.',
      ),
    say: words(
      ENGLISH_BY_CARRIER.when_busy.say,
      'Said to who waits, now and then again, and before a transfer.',
    ),
    to: phoneNumber
      .optional()
      .describe(
        'For transfer, and for whoever has waited too long: the number to connect the caller to, in E.164 form and in quotes.',
      ),
    timeout_sec: ringing(30),
    most_wait_sec: z
      .number()
      .int()
      .min(5)
      .max(3600)
      .default(120)
      .describe('The longest wait, in seconds; then to is called, or goodbye said. Default: 120.'),
    goodbye: words(
      ENGLISH_BY_CARRIER.when_busy.goodbye,
      'Said where nobody can take the call; the call then ends.',
    ),
  })
  .refine((busy) => busy.do !== 'transfer' || busy.to !== undefined, {
    path: ['to'],
    error: 'is missing: do: transfer needs the number to connect the caller to',
  })
  .prefault({})
  .describe(
    'What happens to a new call when the service is full (MOST_LIVE_CALLS) or too busy to serve one more well. Calls in progress are never affected.',
  );
