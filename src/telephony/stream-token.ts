/**
 * The token that opens a media stream: short-lived, single-use, and good for one call only. It travels in the TwiML
 * as a `<Parameter>` and comes back in the stream's `start` message. The signature of the WebSocket upgrade is the
 * same for every call and never expires, so it alone would let a replayed request open a call.
 *
 * Form: `payload.mac`, both base64url; the MAC is HMAC-SHA256 over the encoded payload with a key derived from the
 * Twilio auth token, which every node has.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Session, type Sessions, sessionSchema } from '../sessions/index.ts';

/** Twilio opens the stream within a second or two of the TwiML; the rest is for a slow network. */
const DEFAULT_TTL_MS = 60_000;

/** Names are short because a `<Parameter>`'s name and value together must stay under 500 characters. */
const payloadSchema = z.object({
  id: z.string(),
  call: z.string(),
  sid: z.string(),
  /** Milliseconds since 1970. */
  exp: z.number(),
});

/** Why a token does not open the stream. */
export type TokenRefusal =
  | 'missing'
  | 'malformed'
  | 'bad-signature'
  | 'expired'
  | 'other-call'
  | 'already-used';

/** A `<Parameter>`'s name and value together must stay under 500 characters (Twilio docs, "TwiML: Stream"). */
const MOST_SEALED_CHARACTERS = 480;

/** A call at its very beginning. What whoever placed it gives the flow is not among it: it may be long, and private. */
const sealedSchema = sessionSchema.pick({
  callId: true,
  callSid: true,
  direction: true,
  from: true,
  to: true,
  flowId: true,
  flowVersion: true,
  createdAt: true,
});

export interface StreamTokens {
  issue(call: { callId: string; callSid: string }): string;
  /** A new call in a form that travels with its token, for a node that cannot look it up. Undefined: it is too long. */
  seal(session: Session): string | undefined;
  /** The session that was sealed; undefined where it was not, or not here. */
  unseal(sealed: string | undefined, callSid: string): Session | undefined;
  /** Uses the token up for this call. Rejects only where the session store does. */
  redeem(token: string | undefined, callSid: string): Promise<{ callId: string } | { refused: TokenRefusal }>;
}

export interface StreamTokenOptions {
  authToken: string;
  sessions: Pick<Sessions, 'useOnce'>;
  /** @defaultValue 60000 */
  ttlMs?: number;
  /** Milliseconds since 1970. @defaultValue Date.now */
  now?: () => number;
}

export function createStreamTokens(options: StreamTokenOptions): StreamTokens {
  const { sessions, ttlMs = DEFAULT_TTL_MS, now = Date.now } = options;
  const key = Buffer.from(hkdfSync('sha256', options.authToken, '', 'callwright stream token v1', 32));
  const mac = (encoded: string) => createHmac('sha256', key).update(encoded).digest();

  function sign(payload: object): string {
    const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url');
    return `${encoded}.${mac(encoded).toString('base64url')}`;
  }

  function open(signed: string): { payload: unknown } | { refused: 'malformed' | 'bad-signature' } {
    const [encoded, givenMac, ...rest] = signed.split('.');
    if (!encoded || !givenMac || rest.length > 0) return { refused: 'malformed' };
    const expected = mac(encoded);
    const given = Buffer.from(givenMac, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return { refused: 'bad-signature' };
    return { payload: JSON.parse(Buffer.from(encoded, 'base64url').toString()) };
  }

  return {
    issue({ callId, callSid }) {
      const payload = {
        id: randomBytes(12).toString('base64url'),
        call: callId,
        sid: callSid,
        exp: now() + ttlMs,
      };
      return sign(payload);
    },

    seal(session) {
      const sealed = sign(sealedSchema.parse(session));
      return sealed.length > MOST_SEALED_CHARACTERS ? undefined : sealed;
    },

    unseal(sealed, callSid) {
      const opened = open(sealed ?? '');
      const begun = 'refused' in opened ? undefined : sealedSchema.safeParse(opened.payload).data;
      if (begun?.callSid !== callSid) return undefined;
      return { ...begun, streams: 0, plan: { type: 'reconnect' }, ended: false };
    },

    async redeem(token, callSid) {
      if (token === undefined || token === '') return { refused: 'missing' };
      const opened = open(token);
      if ('refused' in opened) return opened;
      const payload = payloadSchema.parse(opened.payload);
      if (payload.exp <= now()) return { refused: 'expired' };
      if (payload.sid !== callSid) return { refused: 'other-call' };
      // Remembered for twice the token's life, so that clocks of nodes may differ by as much as that life.
      const first = await sessions.useOnce(`stream-token:${payload.id}`, 2 * ttlMs);
      return first ? { callId: payload.call } : { refused: 'already-used' };
    },
  };
}
