/** Campaigns, their lists and the do-not-call list, over the API. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { importDoNotCall } from '../campaigns/do-not-call-file.ts';
import { doNotCallCsv, setAsideCsv } from '../campaigns/exports.ts';
import { fingerprint } from '../campaigns/import.ts';
import {
  type Campaign,
  type Campaigns,
  type ImportOptions,
  importOptionsSchema,
  newCampaignSchema,
} from '../campaigns/index.ts';
import { toE164 } from '../campaigns/numbers.ts';
import { previewList } from '../campaigns/preview.ts';
import {
  campaignParamsSchema,
  campaignQuerySchema,
  doNotCallImportQuerySchema,
  doNotCallParamsSchema,
  doNotCallQuerySchema,
  importParamsSchema,
  importQuerySchema,
  newDoNotCallSchema,
  previewQuerySchema,
} from './campaign-schemas.ts';
import { ApiError, parseParameters } from './errors.ts';

export interface CampaignRoutesOptions {
  campaigns: Campaigns;
  /** Where lists are kept while they are imported. */
  uploadsDir: string;
  logger: Logger;
}

/** To be mounted behind the token. */
export function createCampaignRoutes(options: CampaignRoutesOptions): Router {
  const { campaigns } = options;
  const router = Router({ caseSensitive: true });
  const json = express.json({ limit: '1mb' });

  router.get('/campaigns', async (request, response) => {
    const { limit, after } = parseParameters(campaignQuerySchema, request.query);
    response.json({ campaigns: await campaigns.list({ limit, ...(after !== undefined && { after }) }) });
  });

  router.post('/campaigns', json, async (request, response) => {
    const wanted = parseParameters(newCampaignSchema, request.body);
    response.status(201).json(await campaigns.create(wanted, whoOf(request)));
  });

  router.get('/campaigns/:id', async (request, response) => {
    const campaign = await findCampaign(campaigns, request.params);
    response.json({ ...campaign, progress: await campaigns.progress(campaign.id) });
  });

  router.get('/campaigns/:id/audit', async (request, response) => {
    const { id } = await findCampaign(campaigns, request.params);
    response.json({ entries: await campaigns.auditTrail(id) });
  });

  addImportRoutes(router, options);
  addDoNotCallRoutes(router, campaigns, json);
  return router;
}

function addImportRoutes(router: Router, options: CampaignRoutesOptions): void {
  const { campaigns } = options;

  router.post('/campaigns/:id/preview', async (request, response) => {
    const campaign = await findCampaign(campaigns, request.params);
    const query = parseParameters(previewQuerySchema, request.query);
    const reading = previewList(bodyOf(request), optionsOf(campaign, query), query.rows);
    response.json(await readable(request, reading));
  });

  router.get('/campaigns/:id/imports', async (request, response) => {
    const { id } = await findCampaign(campaigns, request.params);
    response.json({ imports: await campaigns.listImports(id) });
  });

  router.post('/campaigns/:id/imports', async (request, response) => {
    await startImport(options, request, response);
  });

  router.get('/campaigns/:id/imports/:importId', async (request, response) => {
    response.json(await findImport(campaigns, request.params));
  });

  router.get('/campaigns/:id/imports/:importId/set-aside', async (request, response) => {
    const found = await findImport(campaigns, request.params);
    response.attachment(`set-aside-${found.id}.csv`).type('text/csv; charset=utf-8');
    await pipeline(Readable.from(setAsideCsv(campaigns, found)), response);
  });
}

/** The list is taken in to its end first: then it has a fingerprint, and a slow client holds up nothing. */
async function startImport(
  { campaigns, uploadsDir, logger }: CampaignRoutesOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const campaign = await findCampaign(campaigns, request.params);
  const { file_name: fileName, ...query } = parseParameters(importQuerySchema, request.query);
  const options = optionsOf(campaign, query);
  await mkdir(uploadsDir, { recursive: true, mode: 0o700 });
  await dropForgotten(uploadsDir);
  const path = join(uploadsDir, randomUUID());
  const drop = (): Promise<void> => rm(path, { force: true });
  try {
    await pipeline(request, createWriteStream(path, { mode: 0o600 }));
    const wanted = { campaignId: campaign.id, fileName, options, ...(await fingerprint(path)) };
    const opened = await campaigns.openImport(wanted);
    if (opened === undefined) throw noSuchCampaign(campaign.id);
    response.status(202).json(opened.import);
  } catch (error) {
    await drop();
    throw error;
  }
  void campaigns
    .importFile({ campaignId: campaign.id, path, fileName, options })
    .catch((error: unknown) =>
      logger.error({ err: error, campaign: campaign.id }, 'an import has broken off'),
    )
    .finally(drop);
}

/** What a process that was killed has left; no import takes so long. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

async function dropForgotten(uploadsDir: string): Promise<void> {
  for (const name of await readdir(uploadsDir)) {
    const path = join(uploadsDir, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > FORGOTTEN_AFTER_MS)
      await rm(path, { force: true });
  }
}

function addDoNotCallRoutes(router: Router, campaigns: Campaigns, json: express.RequestHandler): void {
  router.get('/do-not-call', async (request, response) => {
    const { limit, after } = parseParameters(doNotCallQuerySchema, request.query);
    const from = after === undefined ? {} : { after: after.replace(/^ /, '+') };
    response.json({ entries: await campaigns.listDoNotCall({ limit, ...from }) });
  });

  router.get('/do-not-call/export', async (_request, response) => {
    response.attachment('do-not-call.csv').type('text/csv; charset=utf-8');
    await pipeline(Readable.from(doNotCallCsv(campaigns)), response);
  });

  router.post('/do-not-call', json, async (request, response) => {
    const { number: text, reason, defaultCountry } = parseParameters(newDoNotCallSchema, request.body);
    const number = e164(text, defaultCountry);
    const entry = {
      number,
      source: 'api',
      ...(reason !== undefined && { reason }),
      at: new Date().toISOString(),
    };
    const added = await campaigns.addDoNotCall([entry], whoOf(request));
    response.status(added > 0 ? 201 : 200).json(await campaigns.findDoNotCall(number));
  });

  router.post('/do-not-call/import', async (request, response) => {
    const query = parseParameters(doNotCallImportQuerySchema, request.query);
    const { file_name: fileName, default_country: defaultCountry, column } = query;
    const file = { chunks: bodyOf(request), fileName, defaultCountry, column };
    response.json(await readable(request, importDoNotCall(campaigns, file, whoOf(request))));
  });

  router.delete('/do-not-call/:number', async (request, response) => {
    const { number } = parseParameters(doNotCallParamsSchema, request.params);
    if (!(await campaigns.removeDoNotCall(e164(number), whoOf(request))))
      throw new ApiError(404, 'not-listed', `${number} is not on the do-not-call list`, 'number');
    response.status(204).end();
  });
}

async function findCampaign(campaigns: Pick<Campaigns, 'find'>, params: unknown): Promise<Campaign> {
  const { id } = parseParameters(campaignParamsSchema, params);
  const campaign = await campaigns.find(id);
  if (campaign === undefined) throw noSuchCampaign(id);
  return campaign;
}

async function findImport(campaigns: Pick<Campaigns, 'findImport'>, params: unknown) {
  const { id, importId } = parseParameters(importParamsSchema, params);
  const found = await campaigns.findImport(importId);
  if (found?.campaignId !== id)
    throw new ApiError(404, 'no-such-import', `the campaign has no import ${importId}`, 'importId');
  return found;
}

function noSuchCampaign(id: string): ApiError {
  return new ApiError(404, 'no-such-campaign', `there is no campaign ${id}`, 'id');
}

/** What an import takes from the settings of its campaign. */
const importSettingsSchema = z.object({
  country: importOptionsSchema.shape.defaultCountry.catch(undefined),
  time_zone: importOptionsSchema.shape.timeZone.catch(undefined),
  consent: z.object({ required: z.boolean() }).catch({ required: true }),
});

function optionsOf(
  { settings }: Campaign,
  query: Omit<z.output<typeof importQuerySchema>, 'file_name'>,
): ImportOptions {
  const own = importSettingsSchema.parse(settings);
  const defaultCountry = query.default_country ?? own.country;
  return {
    mapping: Object.fromEntries((query.map ?? []).map((each) => each.split(/=(.*)/s, 2))),
    requireConsent: own.consent.required,
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(own.time_zone !== undefined && { timeZone: own.time_zone }),
    ...(query.consent_source !== undefined && { consentSource: query.consent_source }),
    ...(query.consent_at !== undefined && { consentAt: query.consent_at }),
  };
}

function e164(text: string, defaultCountry?: string): string {
  const parsed = toE164(text, defaultCountry);
  if (!parsed.ok) throw new ApiError(400, parsed.reason, `${text}: ${parsed.detail}`, 'number');
  return parsed.number;
}

/**
 * What a person is told of their own list is the client's to mend. What is left of the list is read and dropped: a
 * client that is still sending would not read the answer, nor could it use the connection again.
 */
async function readable<Result>(request: Request, reading: Promise<Result>): Promise<Result> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'user-error')
      throw new ApiError(400, 'bad-list', error.message);
    throw error;
  } finally {
    request.resume();
  }
}

/** Whom the audit trail names: there is one token, so it is who the client says. */
function whoOf(request: Request): string {
  const said = request.get('x-callwright-user')?.trim().slice(0, 100);
  return said === undefined || said === '' ? 'api' : said;
}

/** Leaves the request open when its reader stops: the answer goes over the same connection. */
async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
}
