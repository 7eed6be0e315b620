/**
 * The API's participants: somebody is called, and put into a conference on answering. Source: Twilio's public OpenAPI
 * document (twilio_api_v2010) and docs, "Conference Participants subresource".
 */
import { z } from 'zod';
import { parse } from './rest-errors.ts';
import { checkNumbers, method, statusCallbackFields, webUrl } from './rest-fields.ts';
import type { SandboxCall } from './sandbox-call.ts';
import type { ConferenceNoun } from './twiml.ts';

/** Twilio takes everything but `true` for false. */
const flag = (fallback: boolean) =>
  z
    .string()
    .transform((text) => text === 'true')
    .default(fallback);

const createSchema = z.object({
  To: z.string(),
  From: z.string(),
  ...statusCallbackFields,
  Label: z.string().optional(),
  Timeout: z.coerce.number().int().min(5).max(600).default(60),
  StartConferenceOnEnter: flag(true),
  EndConferenceOnExit: flag(false),
  EarlyMedia: flag(true),
  Muted: flag(false),
  Beep: z.enum(['true', 'false', 'onEnter', 'onExit']).default('true'),
  WaitUrl: z.union([webUrl, z.literal('')]).optional(),
  WaitMethod: method,
});
export type CreateParticipant = z.infer<typeof createSchema>;

export interface PlacedParticipant {
  call: SandboxCall;
  conferenceSid: string;
}

/** Throws ApiFailure. */
export function readParticipant(body: unknown): CreateParticipant {
  const request = parse(createSchema, body);
  checkNumbers(request);
  return request;
}

/** How whoever answers takes part. */
export function nounOf(request: CreateParticipant, name: string): ConferenceNoun {
  const { StartConferenceOnEnter, EndConferenceOnExit, WaitUrl, WaitMethod } = request;
  return {
    name,
    waitUrl: WaitUrl === undefined || WaitUrl === '' ? undefined : { url: WaitUrl, method: WaitMethod },
    startOnEnter: StartConferenceOnEnter,
    endOnExit: EndConferenceOnExit,
  };
}

/** As it is right after it was created. */
export function participantResource(
  request: CreateParticipant,
  { call, conferenceSid }: PlacedParticipant,
): object {
  const { accountSid } = call.plan;
  const createdAt = call.createdAt.toUTCString().replace('GMT', '+0000');
  return {
    account_sid: accountSid,
    call_sid: call.sid,
    call_sid_to_coach: null,
    coaching: false,
    conference_sid: conferenceSid,
    date_created: createdAt,
    date_updated: createdAt,
    end_conference_on_exit: request.EndConferenceOnExit,
    hold: false,
    label: request.Label ?? null,
    muted: request.Muted,
    queue_time: null,
    start_conference_on_enter: request.StartConferenceOnEnter,
    status: 'queued',
    uri: `/2010-04-01/Accounts/${accountSid}/Conferences/${conferenceSid}/Participants/${call.sid}.json`,
  };
}
