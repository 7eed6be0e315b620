import { z } from 'zod';
import { callRecordSchema } from '../records/index.ts';
import { CAMPAIGN_SCHEMAS, campaignPaths } from './openapi-campaigns.ts';
import {
  callPageSchema,
  callParamsSchema,
  errorSchema,
  experimentsQuerySchema,
  experimentsSchema,
  flowsSchema,
  listQuerySchema,
  liveCallsSchema,
  liveQuerySchema,
  reloadSchema,
} from './schemas.ts';

const SCHEMAS = {
  CallRecord: callRecordSchema,
  CallPage: callPageSchema,
  LiveCalls: liveCallsSchema,
  Experiments: experimentsSchema,
  Flows: flowsSchema,
  Reload: reloadSchema,
  Error: errorSchema,
  ...CAMPAIGN_SCHEMAS,
} as const;

/** The OpenAPI 3.1 document of `/api/v1`, generated from the schemas that validate it. */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Callwright',
      version: '1',
      description: 'Calls that were answered and placed: what was said, what was done, how long it took.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ adminToken: [] }],
    paths: {
      '/calls': {
        get: {
          operationId: 'listCalls',
          summary: 'Finished calls, newest first',
          parameters: parameters('query', listQuerySchema),
          responses: { 200: json('A page of calls.', 'CallPage'), ...errors(400, 401) },
        },
      },
      '/calls/live': {
        get: {
          operationId: 'listLiveCalls',
          summary: 'Calls that are going on, newest first',
          parameters: parameters('query', liveQuerySchema),
          responses: { 200: json('Live calls.', 'LiveCalls'), ...errors(400, 401) },
        },
      },
      '/calls/{id}': {
        get: {
          operationId: 'getCall',
          summary: 'A finished call, turn by turn',
          parameters: parameters('path', callParamsSchema),
          responses: { 200: json('The call.', 'CallRecord'), ...errors(400, 401, 404) },
        },
      },
      '/calls/{id}/audio': {
        get: {
          operationId: 'getCallAudio',
          summary: 'The audio of a finished call: stereo WAV, caller left, agent right',
          description: 'One byte range can be asked for, so that players can seek.',
          parameters: parameters('path', callParamsSchema),
          responses: {
            200: wav('The whole file.'),
            206: wav('The range that was asked for.'),
            ...errors(400, 401, 404, 416),
          },
        },
      },
      '/experiments': {
        get: {
          operationId: 'listExperiments',
          summary: 'How the arms of experiments compare',
          parameters: parameters('query', experimentsQuerySchema),
          responses: { 200: json('Experiments.', 'Experiments'), ...errors(400, 401) },
        },
      },
      '/flows': {
        get: {
          operationId: 'listFlows',
          summary: 'The flows that answer calls, and what the last reload said',
          responses: { 200: json('Flows.', 'Flows'), ...errors(400, 401) },
        },
      },
      '/flows/reload': {
        post: {
          operationId: 'reloadFlows',
          summary: 'Loads the folder of flows again',
          description:
            'Calls go on in the version they began with. A flow that fails its checks does not replace one that works; `problems` says why.',
          responses: { 200: json('What became of it.', 'Reload'), ...errors(400, 401) },
        },
      },
      ...campaignPaths({ parameters, json, errors }),
    },
    components: {
      securitySchemes: { adminToken: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' } },
      schemas: Object.fromEntries(
        Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
    },
  };
}

function parameters(where: 'query' | 'path', schema: z.ZodObject) {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...rest } = jsonSchema(field);
    return { name, in: where, required: where === 'path', description, schema: rest };
  });
}

function json(description: string, schema: keyof typeof SCHEMAS) {
  return {
    description,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

function wav(description: string) {
  return { description, content: { 'audio/wav': { schema: { type: 'string', format: 'binary' } } } };
}

const ERRORS = {
  400: 'A parameter is wrong; `field` names it.',
  401: 'The token is missing or wrong.',
  404: 'There is no such thing, or it has none.',
  416: 'The range lies beyond the file.',
} as const;

function errors(...statuses: (keyof typeof ERRORS)[]) {
  return Object.fromEntries(statuses.map((status) => [status, json(ERRORS[status], 'Error')]));
}

function jsonSchema(schema: z.core.$ZodType) {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'output' });
  return rest;
}
