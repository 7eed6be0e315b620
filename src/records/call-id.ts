import { z } from 'zod';

/** What a call's id, ours or the carrier's, may look like; safe in paths, URLs and SQL alike. */
export const callIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, hyphens or underscores');
