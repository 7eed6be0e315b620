import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { ApiError } from './errors.ts';

/** Lets requests through that carry the token as `Authorization: Bearer …` (RFC 6750); 401 for all others. */
export function requireToken(adminToken: string): RequestHandler {
  const expected = digest(adminToken);
  return (request, response, next) => {
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests are equally long, and comparing them takes the same time wherever they differ.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) {
      next();
      return;
    }
    const challenge = given === undefined ? '' : ', error="invalid_token"';
    response.set('WWW-Authenticate', `Bearer realm="callwright"${challenge}`);
    const message =
      given === undefined ? 'send ADMIN_TOKEN as a bearer token' : 'this is not the ADMIN_TOKEN';
    next(new ApiError(401, 'unauthorised', message));
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
