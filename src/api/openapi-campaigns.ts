/** The campaigns' part of the OpenAPI document. */
import type { z } from 'zod';
import { doNotCallImportSchema } from '../campaigns/do-not-call-file.ts';
import { campaignSchema, doNotCallSchema, importSchema, newCampaignSchema } from '../campaigns/index.ts';
import { previewSchema } from '../campaigns/preview.ts';
import {
  auditTrailSchema,
  campaignListSchema,
  campaignParamsSchema,
  campaignQuerySchema,
  campaignWithProgressSchema,
  doNotCallImportQuerySchema,
  doNotCallListSchema,
  doNotCallParamsSchema,
  doNotCallQuerySchema,
  importListSchema,
  importParamsSchema,
  importQuerySchema,
  newDoNotCallSchema,
  previewQuerySchema,
} from './campaign-schemas.ts';

/** What the paths below speak of by name. */
export const CAMPAIGN_SCHEMAS = {
  Campaign: campaignSchema,
  CampaignWithProgress: campaignWithProgressSchema,
  CampaignList: campaignListSchema,
  NewCampaign: newCampaignSchema,
  Import: importSchema,
  ImportList: importListSchema,
  ImportPreview: previewSchema,
  AuditTrail: auditTrailSchema,
  DoNotCall: doNotCallSchema,
  DoNotCallList: doNotCallListSchema,
  DoNotCallImport: doNotCallImportSchema,
  NewDoNotCall: newDoNotCallSchema,
} as const;

type Name = keyof typeof CAMPAIGN_SCHEMAS;

/** How the document writes its parts. */
interface Writers {
  parameters(where: 'query' | 'path', schema: z.ZodObject): object[];
  json(description: string, schema: Name): object;
  errors(...statuses: (400 | 401 | 404)[]): object;
}

/** Campaigns, imports and the do-not-call list. */
export function campaignPaths({ parameters, json, errors }: Writers) {
  const failures = errors(400, 401, 404);
  const campaign = parameters('path', campaignParamsSchema);
  const oneImport = parameters('path', importParamsSchema);
  const body = (schema: Name) => ({
    required: true,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  });
  const read = (operationId: string, summary: string, schema: Name, given: object[]) => ({
    get: { operationId, summary, parameters: given, responses: { 200: json(summary, schema), ...failures } },
  });
  return {
    '/campaigns': {
      ...read(
        'listCampaigns',
        'Campaigns, oldest first',
        'CampaignList',
        parameters('query', campaignQuerySchema),
      ),
      post: {
        operationId: 'createCampaign',
        summary: 'Makes a campaign, a draft at first',
        requestBody: body('NewCampaign'),
        responses: { 201: json('The campaign.', 'Campaign'), ...errors(400, 401) },
      },
    },
    '/campaigns/{id}': read('getCampaign', 'A campaign and its progress', 'CampaignWithProgress', campaign),
    '/campaigns/{id}/audit': read('getAuditTrail', 'Who did what to a campaign', 'AuditTrail', campaign),
    '/campaigns/{id}/preview': {
      post: {
        operationId: 'previewImport',
        summary: 'The first rows of a list as they would be imported',
        parameters: [...campaign, ...parameters('query', previewQuerySchema)],
        requestBody: LIST,
        responses: { 200: json('How the list is understood.', 'ImportPreview'), ...failures },
      },
    },
    '/campaigns/{id}/imports': {
      ...read('listImports', 'The imports of a campaign, newest first', 'ImportList', campaign),
      post: {
        operationId: 'importList',
        summary: 'Imports a list',
        description:
          'Answers once the whole list has been sent; it is imported then, and GET tells how far. The same list again goes on with an import that was interrupted, and changes nothing after one that is done.',
        parameters: [...campaign, ...parameters('query', importQuerySchema)],
        requestBody: LIST,
        responses: { 202: json('The import.', 'Import'), ...failures },
      },
    },
    '/campaigns/{id}/imports/{importId}': read(
      'getImport',
      'An import, and how far it is',
      'Import',
      oneImport,
    ),
    '/campaigns/{id}/imports/{importId}/set-aside': {
      get: {
        operationId: 'getSetAside',
        summary: 'What an import set aside, with line and reason',
        parameters: oneImport,
        responses: { 200: CSV, ...failures },
      },
    },
    ...doNotCallPaths({ parameters, json, errors }, body),
  };
}

function doNotCallPaths({ parameters, json, errors }: Writers, body: (schema: Name) => object) {
  return {
    '/do-not-call': {
      get: {
        operationId: 'listDoNotCall',
        summary: 'The numbers that no campaign calls, in their order',
        parameters: parameters('query', doNotCallQuerySchema),
        responses: { 200: json('A page of numbers.', 'DoNotCallList'), ...errors(400, 401) },
      },
      post: {
        operationId: 'addDoNotCall',
        summary: 'Calls a number no more, from now on',
        requestBody: body('NewDoNotCall'),
        responses: {
          200: json('It was listed already.', 'DoNotCall'),
          201: json('It is listed.', 'DoNotCall'),
          ...errors(400, 401),
        },
      },
    },
    '/do-not-call/export': {
      get: {
        operationId: 'exportDoNotCall',
        summary: 'The whole list',
        responses: { 200: CSV, ...errors(401) },
      },
    },
    '/do-not-call/import': {
      post: {
        operationId: 'importDoNotCall',
        summary: 'Adds the numbers of a list',
        parameters: parameters('query', doNotCallImportQuerySchema),
        requestBody: LIST,
        responses: { 200: json('What became of it.', 'DoNotCallImport'), ...errors(400, 401) },
      },
    },
    '/do-not-call/{number}': {
      delete: {
        operationId: 'removeDoNotCall',
        summary: 'Takes a number off the list',
        parameters: parameters('path', doNotCallParamsSchema),
        responses: { 204: { description: 'It is off the list.' }, ...errors(400, 401, 404) },
      },
    },
  };
}

const CSV = { description: 'CSV.', content: { 'text/csv': { schema: { type: 'string' } } } };

const LIST = {
  required: true,
  description: 'The bytes of a CSV file or of JSON lines.',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};
