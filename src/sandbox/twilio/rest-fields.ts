/** Fields that several requests to Twilio's REST API have, and how they are checked. */
import { z } from 'zod';
import { STATUS_EVENTS } from './call-parameters.ts';
import { refuse } from './rest-errors.ts';

const E164 = /^\+[1-9]\d{6,14}$/;

export const method = z.enum(['GET', 'POST']).default('POST');
export const webUrl = z.string().regex(/^https?:\/\/[^/]/);

/** Where and when to tell what becomes of a call. */
export const statusCallbackFields = {
  StatusCallback: webUrl.optional(),
  StatusCallbackMethod: method,
  /** Repeated for several events. Twilio reports only the end of a call when none is named. */
  StatusCallbackEvent: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.enum(STATUS_EVENTS)))
    .default(['completed']),
};

/** Throws where one of them is no telephone number. */
export function checkNumbers({ To, From }: { To: string; From: string }): void {
  if (!E164.test(To)) refuse(400, 21211, `The phone number you are attempting to call, ${To}, is not valid.`);
  if (!E164.test(From)) refuse(400, 21212, `The 'From' phone number provided, ${From}, is not valid.`);
}
