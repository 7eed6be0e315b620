/** The service's API, asked by a command. */
import type { z } from 'zod';
import { errorSchema } from '../api/schemas.ts';
import { printable } from './render.ts';

/** What a person can do something about; shown without a stack. */
class CallsError extends Error {
  override readonly name = 'CallsError';
}

/** A service on the way to the database answers much sooner; without an answer the command must not hang. */
const REQUEST_TIMEOUT_MS = 15_000;
/** A whole list may be on its way, over a slow line. */
export const FILE_TIMEOUT_MS = 600_000;

/** What is sent; by itself a request is a GET without a body. */
export interface Asking {
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON, or as it is. */
  body?: { json: unknown } | { stream: ReadableStream };
  /** For the audit trail. */
  user?: string;
  timeoutMs?: number;
}

/** Asks the service's API and checks what it answers. Throws what a person can act on. `url`: the origin of the service. */
export async function ask<Schema extends z.ZodType>(
  { url, token }: { url: string; token: string | undefined },
  path: string,
  schema: Schema,
  asking: Asking = {},
): Promise<z.output<Schema>> {
  const response = await send(url, path, token, asking);
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = schema.safeParse(body);
  if (!response.ok || !parsed.success) throw refusal(url, token, response, body);
  return parsed.data;
}

/** Asks for what is no JSON, a file to be read as it comes. Throws what a person can act on. */
export async function askForFile(
  { url, token }: { url: string; token: string | undefined },
  path: string,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await send(url, path, token, { timeoutMs: FILE_TIMEOUT_MS });
  if (response.ok && response.body !== null) return response.body;
  throw refusal(url, token, response, await response.json().catch(() => undefined));
}

function refusal(url: string, token: string | undefined, response: Response, body: unknown): CallsError {
  const failure = errorSchema.safeParse(body);
  if (response.status === 401) {
    return new CallsError(
      token === undefined
        ? 'the service wants a token; set ADMIN_TOKEN to the one it runs with, or DATA_DIR to its data directory'
        : `the service at ${url} does not accept this token; set ADMIN_TOKEN to the one it runs with`,
    );
  }
  if (!response.ok && failure.success) return new CallsError(printable(failure.data.error.message));
  return new CallsError(
    `what answers at ${url} is not this version of Callwright (HTTP ${response.status}); set --url`,
  );
}

async function send(
  url: string,
  path: string,
  token: string | undefined,
  { method = 'GET', body, user, timeoutMs = REQUEST_TIMEOUT_MS }: Asking,
): Promise<Response> {
  if (!URL.canParse('/api/v1', url) || !/^https?:/.test(url)) {
    throw new CallsError(`--url: "${url}" is not an address such as http://127.0.0.1:3000`);
  }
  try {
    return await fetch(new URL(`/api/v1${path}`, url), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(user === undefined ? {} : { 'x-callwright-user': user }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'json' in body ? 'application/json' : 'application/octet-stream' }),
      },
      ...(body === undefined
        ? {}
        : 'json' in body
          ? { body: JSON.stringify(body.json) }
          : { body: body.stream, duplex: 'half' as const }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    const what = isTimeout ? `no answer came from ${url}` : `nothing answers at ${url}`;
    throw new CallsError(`${what}; start the service with npm start, or set --url`, { cause: error });
  }
}
