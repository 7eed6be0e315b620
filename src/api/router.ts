import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { AudioStore, CallRecord, Records } from '../records/index.ts';
import type { Session, Sessions } from '../sessions/index.ts';
import { requireToken } from './auth.ts';
import { type CampaignRoutesOptions, createCampaignRoutes } from './campaigns.ts';
import { ApiError, errorHandler, parseParameters } from './errors.ts';
import { openApiDocument } from './openapi.ts';
import {
  callParamsSchema,
  experimentsQuerySchema,
  type flowsSchema,
  type LiveCall,
  listQuerySchema,
  liveQuerySchema,
  noQuerySchema,
} from './schemas.ts';

export interface ApiOptions {
  records: Pick<Records, 'find' | 'list' | 'experiments'>;
  /** The flows that answer calls. */
  flows: LoadedFlows;
  audio: Pick<AudioStore, 'open'>;
  sessions: Pick<Sessions, 'live'>;
  /** Absent: there are no campaigns here. */
  campaigns?: Omit<CampaignRoutesOptions, 'logger'>;
  /** The bearer token that opens everything but the OpenAPI document, which holds no data. */
  adminToken: string;
  logger: Logger;
}

/** The flows of the service, as far as the API tells of them. */
export interface LoadedFlows {
  readonly flows: readonly {
    readonly settings: { readonly id: string; readonly version: string; readonly language: string };
    readonly numbers: readonly string[];
    readonly variants: readonly { readonly settings: { readonly version: string } }[];
  }[];
  readonly lastReload: (Reloaded & { readonly at: string }) | undefined;
  /** Never rejects: what cannot be loaded is told. */
  reload(): Promise<Reloaded>;
}

interface Reloaded {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly problems: readonly string[];
}

/** The public REST API, to be mounted at `/api/v1`. Every answer but audio is JSON, also for what does not exist. */
export function createApi(options: ApiOptions): Router {
  const { records, audio, flows, sessions, campaigns, adminToken, logger } = options;
  const router = Router({ caseSensitive: true });
  const document = openApiDocument();

  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });

  router.use(requireToken(adminToken), neverCached);

  router.get('/calls', async (request, response) => {
    const { limit, cursor, flow, arm, outcome, number } = parseParameters(listQuerySchema, request.query);
    const page = await records.list({
      limit,
      ...(cursor !== undefined && { cursor }),
      ...(flow !== undefined && { flow }),
      ...(arm !== undefined && { arm: armOf(arm) }),
      ...(outcome !== undefined && { outcome }),
      ...(number !== undefined && { number }),
    });
    response.json(page);
  });

  router.get('/calls/live', async (request, response) => {
    const { limit } = parseParameters(liveQuerySchema, request.query);
    const live = await sessions.live(limit);
    response.json({ calls: live.map(liveCall) });
  });

  router.get('/calls/:id', async (request, response) => {
    parseParameters(noQuerySchema, request.query);
    response.json(await findCall(records, request.params));
  });

  router.get('/calls/:id/audio', async (request, response, next) => {
    const call = await findCall(records, request.params);
    const found = call.hasAudio ? await audio.open(call.id) : undefined;
    if (found === undefined) throw new ApiError(404, 'no-audio', `call ${call.id} has no audio`);
    // Express sends the file by its path: it knows ranges, HEAD and preconditions.
    found.stream.destroy();
    response.set('Content-Disposition', `inline; filename="${call.id}.wav"`);
    const file = {
      dotfiles: 'allow' as const,
      cacheControl: false,
      headers: { 'Content-Type': 'audio/wav' },
    };
    response.sendFile(found.path, file, (error?: NodeJS.ErrnoException) => {
      // A listener who seeks or leaves closes the connection: nothing went wrong.
      if (error !== undefined && error.code !== 'ECONNABORTED' && error.syscall !== 'write') next(error);
    });
  });

  router.get('/experiments', async (request, response) => {
    const { flow } = parseParameters(experimentsQuerySchema, request.query);
    response.json({ experiments: await records.experiments(flow === undefined ? {} : { flow }) });
  });

  router.get('/flows', (request, response) => {
    parseParameters(noQuerySchema, request.query);
    response.json(flowList(flows));
  });

  router.post('/flows/reload', async (request, response) => {
    parseParameters(noQuerySchema, request.query);
    response.json(await flows.reload());
  });

  if (campaigns !== undefined) router.use(createCampaignRoutes({ ...campaigns, logger }));

  router.use((request) => {
    throw new ApiError(404, 'not-found', `there is no ${request.method} ${request.baseUrl}${request.path}`);
  });
  router.use(errorHandler(logger));
  return router;
}

/** What was said on a call stays out of every cache. */
const neverCached: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

async function findCall(records: Pick<Records, 'find'>, params: unknown): Promise<CallRecord> {
  const { id } = parseParameters(callParamsSchema, params);
  const call = await records.find(id);
  if (call === undefined) throw new ApiError(404, 'no-such-call', `there is no finished call ${id}`, 'id');
  return call;
}

/** `greeting.long`: the names of experiments and arms hold no dots. */
function armOf(text: string): { experiment: string; arm: string } {
  const [experiment = '', arm = ''] = text.split('.');
  return { experiment, arm };
}

function flowList({ flows, lastReload }: LoadedFlows): z.infer<typeof flowsSchema> {
  return {
    flows: flows.map(({ settings: { id, version, language }, numbers, variants }) => ({
      id,
      version,
      language,
      numbers: [...numbers],
      variants: variants.map(({ settings }) => settings.version),
    })),
    ...(lastReload === undefined ? {} : { lastReload: reloadWithTime(lastReload) }),
  };
}

function reloadWithTime({ at, changed, removed, problems }: Reloaded & { readonly at: string }) {
  return { at, changed: [...changed], removed: [...removed], problems: [...problems] };
}

function liveCall(session: Session): LiveCall {
  return {
    id: session.callId,
    callSid: session.callSid,
    direction: session.direction,
    from: session.from,
    to: session.to,
    flow: session.flowId,
    flowVersion: session.flowVersion,
    startedAt: new Date(session.createdAt).toISOString(),
  };
}
