import { z } from 'zod';

/** Schema of a Twilio SID with this prefix: two letters and 32 hexadecimal digits (Twilio docs: "String Identifier"). */
export function sidSchema(prefix: 'CA' | 'MZ' | 'RE' | 'VX') {
  return z
    .string()
    .regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `must be ${prefix} followed by 32 hexadecimal digits`);
}

/** Says which field of a refused message is wrong and why, without its value. */
export function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'invalid' : `${issue.path.join('.') || 'message'}: ${issue.message}`;
}
