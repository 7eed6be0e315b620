/**
 * Twilio's REST API, as far as calls need it: create, fetch, list, update, and calls into a conference. Source: Twilio's
 * public OpenAPI document (twilio_api_v2010) and docs, "Call resource".
 */
import express, { type Request, type RequestHandler, type Router } from 'express';
import { z } from 'zod';
import type { Source } from './call-program.ts';
import { messageRoutes, type TextMessageSent } from './messages.ts';
import {
  type CreateParticipant,
  type PlacedParticipant,
  participantResource,
  readParticipant,
} from './participants.ts';
import { type ApiError, ApiFailure, answerErrors, parse, refuse } from './rest-errors.ts';
import { checkNumbers, method, statusCallbackFields, webUrl } from './rest-fields.ts';
import type { SandboxCall } from './sandbox-call.ts';

const LONGEST_TWIML = 4000;

const createSchema = z.object({
  To: z.string(),
  From: z.string(),
  Url: webUrl.optional(),
  Method: method,
  Twiml: z.string().max(LONGEST_TWIML).optional(),
  FallbackUrl: webUrl.optional(),
  FallbackMethod: method,
  ...statusCallbackFields,
  Timeout: z.coerce.number().int().min(1).max(600).default(60),
});
export type CreateCall = z.infer<typeof createSchema>;

const updateSchema = z.object({
  Status: z.enum(['completed', 'canceled']).optional(),
  Url: webUrl.optional(),
  Method: method,
  Twiml: z.string().max(LONGEST_TWIML).optional(),
});

const listSchema = z.object({
  To: z.string().optional(),
  From: z.string().optional(),
  Status: z.string().optional(),
  PageSize: z.coerce.number().int().min(1).max(1000).default(50),
  Page: z.coerce.number().int().min(0).default(0),
});

export interface RestApiOptions {
  accountSid: string;
  authToken: string;
  /** All calls, oldest first. */
  calls: ReadonlyMap<string, SandboxCall>;
  /** Places an outbound call. */
  placeCall: (request: CreateCall, source: Source) => SandboxCall;
  /** Every text message that was sent, oldest first. */
  messages: TextMessageSent[];
  /** Calls somebody into the conference of this name. */
  placeParticipant: (request: CreateParticipant, conference: string) => PlacedParticipant;
  /** An error to answer the next request with, instead of serving it. */
  nextRefusal: () => ApiError | undefined;
}

/** Routes below `/2010-04-01`. */
export function createRestApi(options: RestApiOptions): Router {
  const { accountSid, calls } = options;
  const find = (request: Request): SandboxCall => {
    const call = calls.get(String(request.params['callSid']));
    if (call === undefined)
      throw new ApiFailure(404, 20404, `The requested resource ${request.originalUrl} was not found`);
    return call;
  };
  const router = express.Router();
  const root = `/2010-04-01/Accounts/${accountSid}`;
  router.use('/2010-04-01', basicAuth(options), refusals(options), express.urlencoded({ extended: false }));
  router.post(`${root}/Calls.json`, (request, response) => {
    const body = parse(createSchema, request.body);
    response.status(201).json(callResource(options.placeCall(body, sourceOfCreated(body))));
  });
  router.get(`${root}/Calls.json`, (request, response) => {
    response.json(callPage(parse(listSchema, request.query), calls, root));
  });
  router.get(`${root}/Calls/:callSid.json`, (request, response) => {
    response.json(callResource(find(request)));
  });
  router.post(`${root}/Calls/:callSid.json`, (request, response) => {
    const call = find(request);
    update(call, parse(updateSchema, request.body));
    response.json(callResource(call));
  });
  router.post(`${root}/Conferences/:conference/Participants.json`, (request, response) => {
    const body = readParticipant(request.body);
    const placed = options.placeParticipant(body, String(request.params['conference']));
    response.status(201).json(participantResource(body, placed));
  });
  messageRoutes(router, options);
  router.use('/2010-04-01', (request) => {
    throw new ApiFailure(404, 20404, `The requested resource ${request.originalUrl} was not found`);
  });
  router.use(answerErrors);
  return router;
}

function sourceOfCreated(body: CreateCall): Source {
  checkNumbers(body);
  return sourceOf(body) ?? refuse(400, 21205, 'Url parameter is required.');
}

/** A URL wins over TwiML, as the docs say. */
function sourceOf({ Url, Method, Twiml }: Pick<CreateCall, 'Url' | 'Method' | 'Twiml'>): Source | undefined {
  if (Url !== undefined) return { type: 'url', purpose: 'voice', target: { url: Url, method: Method } };
  return Twiml === undefined
    ? undefined
    : { type: 'document', document: Twiml, url: 'http://twiml.invalid/' };
}

function update(call: SandboxCall, body: z.infer<typeof updateSchema>): void {
  if (call.endedAt !== undefined)
    throw new ApiFailure(400, 21220, 'Call is not in-progress. Cannot redirect.');
  const source = sourceOf(body);
  if (body.Status === 'completed' || (body.Status === 'canceled' && call.answeredAt === undefined))
    call.endByApi();
  else if (source === undefined) return;
  else if (call.answeredAt === undefined) refuse(400, 21220, 'Call is not in-progress. Cannot redirect.');
  else call.redirect(source);
}

function basicAuth({ accountSid, authToken }: RestApiOptions): RequestHandler {
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return (request, _response, next) => {
    if (request.headers.authorization !== expected) throw new ApiFailure(401, 20003, 'Authenticate');
    next();
  };
}

function refusals({ nextRefusal }: RestApiOptions): RequestHandler {
  return (_request, _response, next) => {
    const refusal = nextRefusal();
    if (refusal !== undefined) throw new ApiFailure(refusal.status, refusal.code, refusal.message);
    next();
  };
}

const rfc2822 = (date: Date | undefined): string | null =>
  date?.toUTCString().replace('GMT', '+0000') ?? null;

function callResource(call: SandboxCall): object {
  const { sid, plan, status, createdAt, answeredAt, endedAt } = call;
  const uri = `/2010-04-01/Accounts/${plan.accountSid}/Calls/${sid}`;
  const subresources = [
    'events',
    'notifications',
    'payments',
    'recordings',
    'siprec',
    'streams',
    'transcriptions',
  ];
  return {
    sid,
    account_sid: plan.accountSid,
    annotation: null,
    answered_by: null,
    api_version: '2010-04-01',
    caller_name: null,
    date_created: rfc2822(createdAt),
    date_updated: rfc2822(endedAt ?? answeredAt ?? createdAt),
    direction: plan.direction,
    duration: endedAt === undefined ? null : String(call.durationSec),
    start_time: rfc2822(answeredAt ?? endedAt),
    end_time: rfc2822(endedAt),
    forwarded_from: null,
    from: plan.from,
    from_formatted: plan.from,
    group_sid: null,
    parent_call_sid: null,
    phone_number_sid: null,
    price: null,
    price_unit: 'USD',
    queue_time: '0',
    status: status === 'initiated' ? 'queued' : status,
    to: plan.to,
    to_formatted: plan.to,
    trunk_sid: null,
    uri: `${uri}.json`,
    subresource_uris: Object.fromEntries(subresources.map((name) => [name, `${uri}/${name}.json`])),
  };
}

/** Newest first. */
function callPage(
  query: z.infer<typeof listSchema>,
  calls: ReadonlyMap<string, SandboxCall>,
  root: string,
): object {
  const { To, From, Status, Page, PageSize } = query;
  const wanted = [...calls.values()]
    .filter(
      ({ plan, status }) =>
        (To ?? plan.to) === plan.to && (From ?? plan.from) === plan.from && (Status ?? status) === status,
    )
    .reverse();
  const start = Page * PageSize;
  const found = wanted.slice(start, start + PageSize);
  const pageUri = (page: number): string => {
    const filters = Object.entries({ To, From, Status }).filter(
      (filter): filter is [string, string] => !!filter[1],
    );
    const search = new URLSearchParams([...filters, ['PageSize', String(PageSize)], ['Page', String(page)]]);
    return `${root}/Calls.json?${search}`;
  };
  return {
    calls: found.map(callResource),
    page: Page,
    page_size: PageSize,
    start,
    end: Math.max(start, start + found.length - 1),
    uri: pageUri(Page),
    first_page_uri: pageUri(0),
    previous_page_uri: Page > 0 ? pageUri(Page - 1) : null,
    next_page_uri: start + PageSize < wanted.length ? pageUri(Page + 1) : null,
  };
}
