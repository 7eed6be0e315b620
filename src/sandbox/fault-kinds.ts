/** What can go wrong in a sandbox: who fails, how, and when. The one list that HTTP, the command and the code go by. */
import { z } from 'zod';
import { MOMENTS } from './moments.ts';

/** Whoever answers the service over a wire of its own. A new stand-in is added here, and is then known everywhere. */
export const VENDORS = [
  'deepgram',
  'elevenlabs-stt',
  'openai-stt',
  'cartesia',
  'anthropic',
  'openai',
  'twilio',
  'booking',
  // The second voices, each apart from what its vendor does otherwise.
  'deepgram-tts',
  'elevenlabs-tts',
  'openai-tts',
] as const;
export type Vendor = (typeof VENDORS)[number];

/** What keeps the service's state, behind a proxy of the sandbox's (see `proxy/`). */
export const STORES = ['redis', 'postgres'] as const;
export type Store = (typeof STORES)[number];

/** Each kind in the words of the command's help, in the order in which they are listed. */
export const VENDOR_KINDS = {
  refuse: 'the connection is reset before any answer',
  status: 'the request or the upgrade is answered with --status: 401, 429 (--retry-after), 500 …',
  outage:
    'every open connection is cut and every new one refused, until it is removed or --for-ms has passed',
  stall: 'accepted, then nothing more is sent; pings are still answered',
  'half-open':
    'the peer is gone without a farewell: nothing is sent, read or answered, the socket stays open',
  disconnect: 'the connection is cut',
  slow: 'everything from here on is sent --delay-ms late, in order',
  malformed: 'one message is cut in half',
  duplicate: 'one message is sent twice',
  reorder: 'one message is sent after the one that follows it',
  'wrong-audio-length': 'one message with audio lacks the last byte of its audio',
} as const;

export const STORE_KINDS = {
  stop: 'every connection is cut and every new one refused, until it is removed or --for-ms has passed',
  pause: 'connections stay open and are accepted, and nothing passes',
  restart: 'every connection is cut and new ones are refused for half a second (or --for-ms)',
  slow: 'everything passes --delay-ms late',
  'fill-up': 'the store is full: it is read, and refuses to be written',
} as const;

const connectionKinds = ['stall', 'half-open', 'disconnect'] as const;
const messageKinds = ['malformed', 'duplicate', 'reorder', 'wrong-audio-length'] as const;
const storeStates = ['stop', 'pause', 'restart', 'fill-up'] as const;

const when = {
  /** Waits for this moment of a call (of any call), and strikes in it. */
  at: z.enum(MOMENTS).optional(),
  /** The how manieth time that the moment comes. */
  nth: z.int().positive().default(1),
  /** Ends so long after it was armed, however often it has struck. */
  forMs: z.number().positive().max(3_600_000).optional(),
};
const afterMs = z.number().nonnegative().max(3_600_000).default(0);

const vendorFields = {
  vendor: z.enum(VENDORS),
  ...when,
  /** How often it strikes. Left out: once, and where `forMs` is given as often as it can. */
  times: z.int().positive().optional(),
  /** Strikes once the connection or request is this old; with `at`, this long after the moment. */
  afterMs,
};
/** With `afterMs`: both must have passed. */
const sending = {
  ...vendorFields,
  /** Strikes after this many messages of the connection or request were sent. */
  afterMessages: z.int().nonnegative().default(0),
};
const storeFields = { vendor: z.enum(STORES), ...when, afterMs };
const delayMs = z.number().positive().max(600_000);

/** What befalls a vendor. */
const vendorFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...vendorFields, kind: z.enum(['refuse', 'outage']) }),
  z.strictObject({
    ...vendorFields,
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    /** Sent as a `retry-after` header. */
    retryAfterSec: z.number().nonnegative().optional(),
  }),
  z.strictObject({ ...sending, kind: z.literal('slow'), delayMs }),
  z.strictObject({ ...sending, kind: z.enum(connectionKinds) }),
  z.strictObject({ ...sending, kind: z.enum(messageKinds) }),
]);

/** What befalls a store, for as long as it lasts. */
const storeFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...storeFields, kind: z.enum(storeStates) }),
  z.strictObject({ ...storeFields, kind: z.literal('slow'), delayMs }),
]);

/** A fault as it is declared. */
export const faultSchema = z.unknown().transform((input, context) => {
  const { vendor } = vendorOf.safeParse(input).data ?? {};
  const schema = isStore(vendor) ? storeFaultSchema : vendorFaultSchema;
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const known = [...VENDORS, ...STORES];
  if (vendor === undefined || !known.some((name) => name === vendor))
    context.addIssue({ code: 'custom', path: ['vendor'], message: `must be one of ${known.join(', ')}` });
  else for (const issue of read.error.issues) context.addIssue({ ...issue, code: 'custom' });
  return z.NEVER;
});
const vendorOf = z.looseObject({ vendor: z.string() });

export type VendorFault = z.output<typeof vendorFaultSchema>;
export type StoreFault = z.output<typeof storeFaultSchema>;
export type Fault = VendorFault | StoreFault;
export type FaultInput = z.input<typeof vendorFaultSchema> | z.input<typeof storeFaultSchema>;

export type OpeningFault = Extract<VendorFault, { kind: 'refuse' | 'status' | 'outage' }>;
export type ConnectionFault = Extract<VendorFault, { kind: 'slow' | (typeof connectionKinds)[number] }>;
export type SendingFault = Exclude<VendorFault, OpeningFault>;

export function isStore(vendor: string | undefined): vendor is Store {
  return STORES.some((store) => store === vendor);
}

export function isStoreFault(fault: Fault): fault is StoreFault {
  return isStore(fault.vendor);
}

export function isOpening(fault: VendorFault): fault is OpeningFault {
  return fault.kind === 'refuse' || fault.kind === 'status' || fault.kind === 'outage';
}

/** Whether it befalls a connection as a whole, so that it can strike one that is open without waiting for a message. */
export function befallsConnection(fault: SendingFault): fault is ConnectionFault {
  return fault.kind === 'slow' || connectionKinds.some((kind) => kind === fault.kind);
}
