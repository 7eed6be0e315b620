/** What both of Deepgram's streaming endpoints write and read alike. */
import { z } from 'zod';

/** Of every word: what is looked up is not in doubt. */
export const CONFIDENCE = 0.98;

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const ms = z.string().regex(/^\d+$/, 'must be a whole number of milliseconds').transform(Number);

/** The only audio that the stand-ins hear. */
export const telephoneAudio = {
  encoding: z.literal('mulaw', 'this stand-in hears mulaw only'),
  sample_rate: z.literal('8000', 'this stand-in hears 8000 only'),
};

/** Undefined where it is no JSON. */
export function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
