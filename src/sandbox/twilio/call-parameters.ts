/**
 * The parameters of Twilio's requests about a call. Source: Twilio docs, "TwiML: Twilio's request" and
 * "Call resource: StatusCallback".
 */
import type { CallStatus } from './timeline.ts';

export type CallDirection = 'inbound' | 'outbound-api';

export interface CallIdentity {
  readonly sid: string;
  readonly accountSid: string;
  readonly from: string;
  readonly to: string;
  readonly direction: CallDirection;
}

/** Twilio guesses a place from the number; often parts of it are empty, and an empty parameter is signed too. */
const PLACES = {
  From: { City: 'SPRINGFIELD', State: 'IL', Zip: '', Country: 'US' },
  To: { City: '', State: 'CA', Zip: '94105', Country: 'US' },
} as const;

function placeOf(prefix: string, place: (typeof PLACES)[keyof typeof PLACES]): [string, string][] {
  return Object.entries(place).map(([part, value]) => [prefix + part, value]);
}

/** What every webhook about a call carries. */
export function callParameters(call: CallIdentity, status: CallStatus): Record<string, string> {
  return {
    AccountSid: call.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.sid,
    CallStatus: status,
    Direction: call.direction,
    From: call.from,
    Caller: call.from,
    To: call.to,
    Called: call.to,
    ...Object.fromEntries([
      ...placeOf('From', PLACES.From),
      ...placeOf('Caller', PLACES.From),
      ...placeOf('To', PLACES.To),
      ...placeOf('Called', PLACES.To),
    ]),
    ...(call.direction === 'inbound' ? { StirVerstat: 'TN-Validation-Passed-A' } : {}),
  };
}

export const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type StatusEvent = (typeof STATUS_EVENTS)[number];

/** Which event a status is reported as; undefined for `queued`, which is not reported. */
export function statusEventOf(status: CallStatus): StatusEvent | undefined {
  switch (status) {
    case 'queued':
      return undefined;
    case 'initiated':
    case 'ringing':
      return status;
    case 'in-progress':
      return 'answered';
    case 'completed':
    case 'busy':
    case 'failed':
    case 'no-answer':
    case 'canceled':
      return 'completed';
  }
}

/** What a status callback carries beyond {@link callParameters}. `durationSec` is the whole call's, once it is over. */
export function statusParameters(
  sequenceNumber: number,
  durationSec: number | undefined,
): Record<string, string> {
  return {
    CallbackSource: 'call-progress-events',
    SequenceNumber: String(sequenceNumber),
    Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
    ...(durationSec === undefined
      ? {}
      : { CallDuration: String(durationSec), Duration: String(Math.ceil(durationSec / 60)) }),
  };
}
