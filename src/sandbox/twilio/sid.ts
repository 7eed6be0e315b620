import { randomBytes } from 'node:crypto';

/** A Twilio identifier: two letters and 32 hexadecimal digits. */
export function newSid(prefix: 'CA' | 'CF' | 'MZ' | 'SM' | 'VX'): string {
  return prefix + randomBytes(16).toString('hex');
}
