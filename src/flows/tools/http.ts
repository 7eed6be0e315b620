/**
 * Tools that call HTTP. Whatever goes wrong is a result in words a model can act on; nothing is thrown, and no value of
 * the environment leaves in a result.
 */
import type { ToolRunner } from '../index.ts';
import type { FlowFile, ToolFile } from '../schema.ts';
import { Templates } from '../templates.ts';
import { buildRequest, RequestError } from './http-request.ts';
import { readResponse, type ToolResult } from './http-response.ts';
import { Secrets } from './secrets.ts';

/** Within one origin, a moved resource is followed this often. */
const MOST_REDIRECTS = 3;

/** @param env where the names under `secrets` get their values; nothing else of it is used. */
export function httpTools(file: FlowFile, env: Readonly<Record<string, string | undefined>>): ToolRunner {
  const secrets = new Secrets(Object.fromEntries(file.secrets.map((name) => [name, env[name] ?? ''])));
  const locale = { language: file.language, timeZone: file.time_zone };
  const templates = { text: new Templates(locale), url: new Templates(locale, secrets.escapeForUrl) };
  return {
    async run(call, signal) {
      const tool = Object.hasOwn(file.tools, call.tool) ? file.tools[call.tool] : undefined;
      if (tool === undefined) return failure(`There is no tool "${call.tool}".`);
      const limit = AbortSignal.timeout(call.timeoutMs);
      try {
        const { url, init } = buildRequest(tool, call, { templates, secrets });
        const { response, moved } = await follow(
          url,
          { ...init, signal: AbortSignal.any([signal, limit]) },
          tool,
        );
        if (moved !== undefined) return failure(moved);
        return secrets.hide(await readResponse(response));
      } catch (error) {
        return failure(reasonOf(error, tool, limit.aborted ? call.timeoutMs : undefined));
      }
    },
  };
}

/** Follows redirects of reading requests within the origin they began in; any other is told. */
async function follow(
  url: URL,
  init: RequestInit,
  tool: ToolFile,
): Promise<{ response: Response; moved?: string }> {
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(target.href, { ...init, redirect: 'manual' });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return { response };
    await response.body?.cancel();
    const next = URL.canParse(location, target.href) ? new URL(location, target.href) : undefined;
    if (tool.http.method !== 'GET' || next?.origin !== target.origin || redirects >= MOST_REDIRECTS) {
      return { response, moved: 'The service answered with a redirect, which is not followed.' };
    }
    target = next;
  }
}

function reasonOf(error: unknown, tool: ToolFile, timeoutMs: number | undefined): string {
  if (error instanceof RequestError) return error.message;
  const doubt = tool.effect === 'writes' ? ' Whether it was done is not known.' : '';
  if (timeoutMs !== undefined)
    return `The service did not answer within ${timeoutMs / 1000} seconds.${doubt}`;
  return `The service could not be reached.${doubt}`;
}

function failure(message: string): ToolResult {
  return { result: message, isError: true };
}
