/** The HTTP request of a tool, made from its templates and the model's input. */
import type { ToolFile } from '../schema.ts';
import type { Templates } from '../templates.ts';
import type { Secrets } from './secrets.ts';

/** A request that must not be sent; the message is for the model. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code = 'tool-request-invalid';
}

interface Makings {
  templates: { text: Templates; url: Templates };
  secrets: Secrets;
}

interface ToolInput {
  input: Record<string, unknown>;
  idempotencyKey: string;
}

/** Throws {@link RequestError}. */
export function buildRequest(
  tool: ToolFile,
  { input, idempotencyKey }: ToolInput,
  makings: Makings,
): { url: URL; init: RequestInit } {
  const { method, headers: written = {} } = tool.http;
  const scope = { input, env: makings.secrets.values };
  const text = (template: string): string => makings.templates.text.render(template, scope).text;
  const body = bodyOf(tool, input, (value) => resolve(value, makings.templates.text, scope));
  const headers = new Headers({ accept: 'application/json' });
  if (body !== undefined) headers.set('content-type', 'application/json');
  for (const [name, template] of Object.entries(written))
    headers.set(name, text(template).replaceAll(/[\r\n\0]/g, ' '));
  if (tool.effect === 'writes') headers.set('idempotency-key', idempotencyKey);
  return {
    url: urlOf(tool, input, makings, text),
    init: { method, headers, ...(body === undefined ? {} : { body }) },
  };
}

function urlOf(
  tool: ToolFile,
  input: Record<string, unknown>,
  { templates, secrets }: Makings,
  text: (template: string) => string,
): URL {
  const written = templates.url.render(tool.http.url, { input, env: secrets.verbatim }).text.trim();
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new RequestError('The tool is not set up: its address is not an http or https URL.');
  }
  // An input of ".." would climb out of the folder that the flow names.
  const path = written.split(/[?#]/, 1)[0] ?? '';
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    throw new RequestError('The input is not right: "." and ".." cannot be part of the address.');
  }
  for (const [name, template] of Object.entries(tool.http.query ?? {})) {
    const value = text(template).trim();
    if (value !== '') url.searchParams.append(name, value);
  }
  return url;
}

function bodyOf(
  tool: ToolFile,
  input: Record<string, unknown>,
  fill: (value: unknown) => unknown,
): string | undefined {
  const { method, body } = tool.http;
  if (body !== undefined) return JSON.stringify(fill(body));
  return method === 'GET' || method === 'DELETE' ? undefined : JSON.stringify(input);
}

/** Fills every text of a value; one that is a single `{{ … }}` keeps its type, and is left out where it has no value. */
function resolve(value: unknown, templates: Templates, scope: object): unknown {
  if (typeof value === 'string') {
    const single = templates.value(value, scope);
    return single === undefined ? templates.render(value, scope).text : single.value;
  }
  if (Array.isArray(value)) return value.map((entry) => resolve(entry, templates, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, resolve(entry, templates, scope)]),
  );
}
