/** The schema of what a flow may do beyond talking: its tools, the servers behind them, and where requests may go. */
import { z } from 'zod';
import { durationMs, plainName, spoken, text } from './schema-parts.ts';

export const environmentName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable, such as BOOKING_URL');

const property = z.looseObject({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object'], {
    error: 'must be one of string, number, integer, boolean, array, object',
  }),
  description: z.string().optional().describe('What it is, for the model.'),
  optional: z.boolean().optional().describe('true: the model may leave it out. Default: false.'),
});

const plainJsonSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.unknown()),
});

/** Unlike an input, a result need not be an object. */
const wholeJsonSchema = z.looseObject({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object']),
});

const retries = z
  .strictObject({
    attempts: z.number().int().min(1).max(4).describe('How often it is tried in all, within timeout_ms.'),
    wait_ms: durationMs(0, 5000)
      .default(200)
      .describe('How long to wait before it is tried again, in milliseconds. Default: 200.'),
  })
  .describe(
    'What to do when the service cannot be reached or is busy (429, 502, 503, 504). A tool that writes is sent again with the same Idempotency-Key, so set this only where the service heeds it. Default: a GET that reads is tried twice, anything else once.',
  );

const http = z
  .strictObject({
    method: z
      .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], {
        error: 'must be one of GET, POST, PUT, PATCH, DELETE',
      })
      .default('GET')
      .describe('Default: GET.'),
    url: z
      .string()
      .trim()
      .min(1)
      .describe(
        'The address (a template: {{ input.NAME }}, {{ env.NAME }}). Values of the input are escaped.',
      ),
    query: z
      .record(z.string(), z.string())
      .optional()
      .describe('Query parameters (templates), added to the URL. Empty ones are left out.'),
    headers: z.record(z.string(), z.string()).optional().describe('Request headers (templates).'),
    body: z
      .unknown()
      .optional()
      .describe(
        'The JSON body; texts in it are templates. Default for POST, PUT and PATCH: the whole input.',
      ),
    timeout_ms: durationMs(100, 60_000)
      .optional()
      .describe('The longest it may take, in milliseconds, all attempts together. Default: 5000.'),
    retries: retries.optional(),
  })
  .describe('The HTTP request that does it.');

const mcp = z
  .strictObject({
    server: plainName.describe('Which of the mcp_servers of the flow.'),
    tool: z.string().trim().min(1).max(200).describe('The name of the tool there.'),
  })
  .describe('The tool of an MCP server that does it.');

const functionName = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9_-]+\/)*[A-Za-z0-9_-]+\.(?:ts|mts|js|mjs)#[A-Za-z_$][\w$]*$/,
    'must be a file in the folder tools beside the flow and the name it exports, such as appointments.ts#book',
  )
  .describe(
    'The TypeScript function that does it: FILE#EXPORT, the file being in the folder tools beside the flow.',
  );

const guard = z
  .strictObject({
    when: text.describe(
      'A condition that must hold before it runs. It sees slots, tools, call, vars, hours, now, confirmed.SLOT (read back and agreed to), said.goodbye, said.yes.',
    ),
    otherwise: text.describe('What the model is told when it does not: what has to happen first.'),
  })
  .describe('A condition on the conversation.');

export const tool = z
  .strictObject({
    description: text.describe('What it does and when to use it, for the model.'),
    effect: z
      .enum(['reads', 'writes'], { error: 'must be reads or writes' })
      .describe(
        'reads: it only looks. writes: it changes something, and runs only once the caller has finished the turn that asked for it.',
      ),
    idempotent: z
      .boolean()
      .optional()
      .describe(
        'true: the same call may be sent again with the same Idempotency-Key without being done twice; it is where the process that sent it died before it had an answer. Default: true for what reads and for what has http.retries.',
      ),
    input: z
      .union([plainJsonSchema, z.record(plainName, property)], {
        error: 'must be a map of property names to their JSON Schema, or a JSON Schema of type object',
      })
      .optional()
      .describe(
        'What the model must give: property names with their JSON Schema; required unless `optional: true`. Or a whole JSON Schema. Default: nothing; of an MCP tool, what its server says.',
      ),
    with: z
      .record(plainName, z.string())
      .optional()
      .describe('Values the model does not choose (templates: call, slots, tools, now), added to the input.'),
    http: http.optional(),
    mcp: mcp.optional(),
    function: functionName.optional(),
    timeout_ms: durationMs(100, 60_000)
      .optional()
      .describe('The longest it may take, in milliseconds. Default: 5000.'),
    result: z
      .union([z.string(), z.record(plainName, z.unknown())], {
        error: 'must be a template, or a map of names to templates',
      })
      .optional()
      .describe(
        'What is kept of the answer (templates: body, status, input). A lone {{ }} keeps its type. Default: all of it.',
      ),
    output: z
      .union([wholeJsonSchema, z.record(plainName, property)], {
        error: 'must be a map of property names to their JSON Schema, or a JSON Schema',
      })
      .optional()
      .describe(
        'What the result must be like, after `result`: property names with their JSON Schema, anything else being left out, or a whole JSON Schema. A result that is not is an error.',
      ),
    guards: z
      .array(guard)
      .max(20)
      .default([])
      .describe('What must hold before it runs. The model is told why it was refused.'),
    say_while: spoken.optional().describe('Said while it runs (a template).'),
  })
  .refine(
    ({ http: request, mcp: server, function: code }) =>
      [request, server, code].filter((kind) => kind !== undefined).length === 1,
    { error: 'must have exactly one of http, mcp and function', path: [] },
  )
  .describe('Something the agent can do.');

const mcpServer = z
  .strictObject({
    url: z
      .string()
      .trim()
      .min(1)
      .optional()
      .describe('The address of a server that speaks streamable HTTP (a template: {{ env.NAME }}).'),
    headers: z
      .record(z.string(), z.string())
      .optional()
      .describe('Headers of every request to it (templates: {{ env.NAME }}).'),
    command: z.string().trim().min(1).optional().describe('The program of a server that speaks over stdio.'),
    args: z.array(z.string()).max(50).optional().describe('Arguments of the program.'),
    env: z
      .array(environmentName)
      .max(50)
      .optional()
      .describe('Environment variables the program is given; each is listed under secrets too.'),
  })
  .refine(({ url, command }) => (url === undefined) !== (command === undefined), {
    error: 'must have either url or command',
  })
  .refine(({ command, args, env }) => command !== undefined || (args === undefined && env === undefined), {
    error: 'has args and env only where it has a command',
  })
  .refine(({ url, headers }) => url !== undefined || headers === undefined, {
    error: 'has headers only where it has a url',
  })
  .describe('An MCP server whose tools the flow may use.');

export const mcpServers = z
  .record(plainName, mcpServer)
  .default({})
  .describe('Servers of the Model Context Protocol whose tools the flow uses, by name.');

export const allowHosts = z
  .array(
    z
      .string()
      .regex(
        /^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/,
        'must be the name of a host, such as api.example.com or "*.example.com"',
      ),
  )
  .max(100)
  .default([])
  .describe(
    'Hosts that tools may send requests to, besides those of their own URLs: "api.example.com", "*.example.com", "api.example.com:8443".',
  );

export const allowPrivate = z
  .array(
    z
      .string()
      .regex(
        /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/,
        'must be an address or the name of a host, such as 10.0.0.5 or localhost',
      ),
  )
  .max(100)
  .default([])
  .describe('Private addresses, and hosts that may have one, to which tools may send requests.');

export type ToolFile = z.infer<typeof tool>;
export type McpServerFile = z.infer<typeof mcpServer>;
