/** The HTTP request of a tool, made from its templates and the model's input. */
import type { ToolFile } from '../schema-tools.ts';
import type { Templates } from '../templates.ts';
import type { OutgoingInit } from './outgoing.ts';
import { filled } from './result.ts';
import type { Secrets } from './secrets.ts';
import { ToolError } from './tool-result.ts';

export type HttpFile = NonNullable<ToolFile['http']>;

/** What requests are made with. */
export interface Makings {
  templates: { text: Templates; url: Templates };
  secrets: Secrets;
}

interface ToolInput {
  input: Record<string, unknown>;
  idempotencyKey: string;
}

/** Throws {@link ToolError}. */
export function buildRequest(
  { http, effect }: { http: HttpFile; effect: ToolFile['effect'] },
  { input, idempotencyKey }: ToolInput,
  makings: Makings,
): { url: URL; init: OutgoingInit } {
  const { method, headers: written = {} } = http;
  const scope = { input, env: makings.secrets.values };
  const text = (template: string): string => makings.templates.text.render(template, scope).text;
  const body = bodyOf(http, input, (value) => filled(value, makings.templates.text, scope));
  const headers = new Headers({ accept: 'application/json' });
  if (body !== undefined) headers.set('content-type', 'application/json');
  for (const [name, template] of Object.entries(written)) headers.set(name, headerText(text(template)));
  if (effect === 'writes') headers.set('idempotency-key', idempotencyKey);
  return {
    url: urlOf(http, input, makings, text),
    init: { method, headers, ...(body === undefined ? {} : { body }) },
  };
}

/** One line, in the characters that headers can hold: a caller's name may have others. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}

function urlOf(
  http: HttpFile,
  input: Record<string, unknown>,
  { templates, secrets }: Makings,
  text: (template: string) => string,
): URL {
  const written = templates.url.render(http.url, { input, env: secrets.verbatim }).text.trim();
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ToolError('The tool is not set up: its address is not an http or https URL.');
  }
  // An input of ".." would climb out of the folder that the flow names.
  const path = written.split(/[?#]/, 1)[0] ?? '';
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    throw new ToolError('The input is not right: "." and ".." cannot be part of the address.');
  }
  for (const [name, template] of Object.entries(http.query ?? {})) {
    const value = text(template).trim();
    if (value !== '') url.searchParams.append(name, value);
  }
  return url;
}

function bodyOf(
  { method, body }: HttpFile,
  input: Record<string, unknown>,
  fill: (value: unknown) => unknown,
): string | undefined {
  if (body !== undefined) return JSON.stringify(fill(body));
  return method === 'GET' || method === 'DELETE' ? undefined : JSON.stringify(input);
}
