/**
 * The API's text messages: sent at once, read by nobody. Source: Twilio's public OpenAPI document (twilio_api_v2010) and
 * docs, "Message resource".
 */
import type { Router } from 'express';
import { z } from 'zod';
import { parse, refuse } from './rest-errors.ts';
import { newSid } from './sid.ts';

/** A text message as it was sent. */
export interface TextMessageSent {
  sid: string;
  to: string;
  from: string;
  body: string;
  sentAt: Date;
}

const E164 = /^\+[1-9]\d{6,14}$/;
/** Twilio refuses longer ones (error 21617). */
const LONGEST = 1600;
/** Messages beyond this are forgotten, oldest first. */
const MOST_MESSAGES = 5000;

const createSchema = z.object({ To: z.string(), From: z.string(), Body: z.string().default('') });

/** `POST` and `GET …/Messages.json`, below `/2010-04-01`. */
export function messageRoutes(
  router: Router,
  { accountSid, messages }: { accountSid: string; messages: TextMessageSent[] },
): void {
  const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
  router.post(path, (request, response) => {
    const { To: to, From: from, Body: body } = parse(createSchema, request.body);
    if (!E164.test(to)) refuse(400, 21211, `Invalid 'To' Phone Number: ${to}`);
    if (!E164.test(from)) refuse(400, 21212, `Invalid From Number (caller ID): ${from}`);
    if (body === '') refuse(400, 21602, 'Message body is required.');
    if (body.length > LONGEST)
      refuse(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
    const message = { sid: newSid('SM'), to, from, body, sentAt: new Date() };
    messages.push(message);
    if (messages.length > MOST_MESSAGES) messages.shift();
    response.status(201).json(resource(accountSid, message));
  });
  router.get(path, (_request, response) => {
    response.json({ messages: messages.toReversed().map((message) => resource(accountSid, message)) });
  });
}

function resource(accountSid: string, { sid, to, from, body, sentAt }: TextMessageSent): object {
  const date = sentAt.toUTCString().replace('GMT', '+0000');
  return {
    sid,
    account_sid: accountSid,
    api_version: '2010-04-01',
    body,
    date_created: date,
    date_sent: null,
    date_updated: date,
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from,
    messaging_service_sid: null,
    num_media: '0',
    num_segments: String(Math.max(1, Math.ceil(body.length / 153))),
    price: null,
    price_unit: 'USD',
    status: 'queued',
    subresource_uris: {},
    to,
    uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
  };
}
