/** What a parser of answers is given and gives back. */

export type HalfOfDay = 'am' | 'pm' | 'night';

export interface EntityContext {
  /** ISO 8601, UTC. */
  now: string;
  /** IANA: where the caller's "tomorrow" and "at three" are. */
  timeZone: string;
  /** BCP 47. */
  language: string;
  /** ISO 3166. */
  country: string;
  /** E.164 where known: "this number". */
  callerNumber: string;
  /** What the caller said of it in the turns before: "tonight", then "seven". */
  half?: HalfOfDay | undefined;
}

export type EntityResult =
  /** `value` is canonical: the same meaning is always the same value. */
  | { type: 'found'; value: unknown }
  /** It was understood, and it will not do. */
  | { type: 'invalid'; reason: string }
  /** It was not understood. */
  | { type: 'none' };

export const NONE: EntityResult = { type: 'none' };

export function found(value: unknown): EntityResult {
  return { type: 'found', value };
}

/** A number, held against the least and the most a slot accepts. */
export function withinBounds(
  value: number,
  { min, max }: { min?: number | undefined; max?: number | undefined },
): EntityResult {
  if (min !== undefined && value < min) return invalid(`less than ${min}`);
  return max !== undefined && value > max ? invalid(`more than ${max}`) : found(value);
}

export function invalid(reason: string): EntityResult {
  return { type: 'invalid', reason };
}
