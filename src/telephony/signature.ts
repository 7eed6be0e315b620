/**
 * Proof that a request comes from our Twilio account: `X-Twilio-Signature`, an HMAC-SHA1 with the account's auth
 * token over the URL that Twilio requested and the form fields (Twilio docs: "Security"). The URL is always built
 * from `PUBLIC_URL`; `Host` and `X-Forwarded-*` are whatever the sender or a proxy likes and are never looked at.
 */
import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import twilio from 'twilio';
import type { Counters } from './counters.ts';
import { createLogBudget } from './log-budget.ts';
import { readPublicUrl } from './public-url.ts';

/** Twilio's largest webhook bodies are a few kilobytes. */
const MAX_BODY = '64kb';
/** Enough to see a wrong PUBLIC_URL at once; too few to be a way of filling the disk. */
const LOG_LINES_PER_MINUTE = 10;

interface SignatureOptions {
  publicUrl: string;
  /** The account's primary auth token: the key of every signature. */
  authToken: string;
  logger: Logger;
  counters: Counters;
}

interface SignatureCheck {
  /** Middleware: reads the form, then lets only signed requests through; others get 403 in plain text. */
  readonly verifyWebhook: readonly RequestHandler[];
  /** Whether a WebSocket upgrade is signed. Counts and logs a refusal. */
  verifyUpgrade(req: IncomingMessage): boolean;
}

/** Throws a TypeError for a public URL that is none, or an empty auth token. */
export function createSignatureCheck(options: SignatureOptions): SignatureCheck {
  const { authToken, counters, logger } = options;
  if (authToken === '') throw new TypeError('The Twilio auth token must not be empty');
  const publicUrl = readPublicUrl(options.publicUrl);
  const logBudget = createLogBudget(LOG_LINES_PER_MINUTE);

  function refused(entrance: 'webhook' | 'upgrade', signature: string, url: string): void {
    const reason = signature === '' ? 'missing-signature' : 'bad-signature';
    counters.inc('telephony_refused_total', { entrance, reason });
    const line = logBudget();
    // The expected URL without its query: what an operator compares with the number's settings at Twilio.
    if (line) {
      const [expectedUrl] = url.split('?', 1);
      logger.warn({ ...line, entrance, reason, expectedUrl }, 'refused: not signed for this public URL');
    }
  }

  const requireSignature: RequestHandler = (req, res, next) => {
    if (signatureOf(req) !== '') return next();
    refused('webhook', '', publicUrl.web(req.originalUrl));
    sendForbidden(res);
  };

  const checkSignature: RequestHandler = (req, res, next) => {
    const url = publicUrl.web(req.originalUrl);
    if (twilio.validateRequest(authToken, signatureOf(req), url, req.body ?? {})) return next();
    refused('webhook', signatureOf(req), url);
    sendForbidden(res);
  };

  return {
    // The header is looked for first: who does not even try to sign is not worth reading a body.
    verifyWebhook: [
      requireSignature,
      express.urlencoded({ extended: false, limit: MAX_BODY }),
      checkSignature,
    ],
    verifyUpgrade(req) {
      const signature = signatureOf(req);
      const url = publicUrl.socket(req.url ?? '/');
      const signed =
        signature !== '' &&
        upgradeUrls(url).some((candidate) => twilio.validateRequest(authToken, signature, candidate, {}));
      if (!signed) refused('upgrade', signature, url);
      return signed;
    },
  };
}

/** Answers 403 in plain text, saying no more than that. */
export function sendForbidden(res: Response): void {
  res.status(403).type('text/plain').send('Forbidden\n');
}

/**
 * The forms in which Twilio may have signed a socket's URL: as in the TwiML, with or without a trailing slash, with
 * or without the port. `validateRequest` tries each with and without its port, but knows no default port for `wss`.
 */
function upgradeUrls(url: string): string[] {
  const queryAt = url.indexOf('?');
  const address = queryAt === -1 ? url : url.slice(0, queryAt);
  const query = queryAt === -1 ? '' : url.slice(queryAt);
  const withPort = address.replace(/^(wss?):\/\/([^/:[\]]+|\[[^\]]*\])(?=\/)/i, (all, scheme: string) =>
    scheme.toLowerCase() === 'wss' ? `${all}:443` : `${all}:80`,
  );
  const bare = withPort.replace(/\/+$/, '');
  return [`${bare}${query}`, `${bare}/${query}`];
}

function signatureOf(req: IncomingMessage): string {
  const header = req.headers['x-twilio-signature'];
  return typeof header === 'string' ? header : '';
}
