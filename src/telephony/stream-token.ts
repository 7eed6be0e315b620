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
import type { Sessions } from '../sessions/index.ts';

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

export interface StreamTokens {
  issue(call: { callId: string; callSid: string }): string;
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

  return {
    issue({ callId, callSid }) {
      const payload = {
        id: randomBytes(12).toString('base64url'),
        call: callId,
        sid: callSid,
        exp: now() + ttlMs,
      };
      const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url');
      return `${encoded}.${mac(encoded).toString('base64url')}`;
    },

    async redeem(token, callSid) {
      if (token === undefined || token === '') return { refused: 'missing' };
      const [encoded, givenMac, ...rest] = token.split('.');
      if (!encoded || !givenMac || rest.length > 0) return { refused: 'malformed' };
      const expected = mac(encoded);
      const given = Buffer.from(givenMac, 'base64url');
      if (given.length !== expected.length || !timingSafeEqual(given, expected))
        return { refused: 'bad-signature' };

      const payload = payloadSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
      if (payload.exp <= now()) return { refused: 'expired' };
      if (payload.sid !== callSid) return { refused: 'other-call' };
      // Remembered for twice the token's life, so that clocks of nodes may differ by as much as that life.
      const first = await sessions.useOnce(`stream-token:${payload.id}`, 2 * ttlMs);
      return first ? { callId: payload.call } : { refused: 'already-used' };
    },
  };
}
