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

/** Asks the service's API and checks what it answers. Throws what a person can act on. `url`: the origin of the service. */
export async function ask<Schema extends z.ZodType>(
  { url, token }: { url: string; token: string | undefined },
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const response = await send(url, path, token);
  const body: unknown = await response.json().catch(() => undefined);
  const failure = errorSchema.safeParse(body);
  if (response.status === 401) {
    throw new CallsError(
      token === undefined
        ? 'the service wants a token; set ADMIN_TOKEN to the one it runs with, or DATA_DIR to its data directory'
        : `the service at ${url} does not accept this token; set ADMIN_TOKEN to the one it runs with`,
    );
  }
  if (!response.ok && failure.success) throw new CallsError(printable(failure.data.error.message));
  const parsed = schema.safeParse(body);
  if (!response.ok || !parsed.success) {
    throw new CallsError(
      `what answers at ${url} is not this version of Callwright (HTTP ${response.status}); set --url`,
    );
  }
  return parsed.data;
}

async function send(url: string, path: string, token: string | undefined): Promise<Response> {
  if (!URL.canParse('/api/v1', url) || !/^https?:/.test(url)) {
    throw new CallsError(`--url: "${url}" is not an address such as http://127.0.0.1:3000`);
  }
  try {
    return await fetch(new URL(`/api/v1${path}`, url), {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'error',
    });
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    const what = isTimeout ? `no answer came from ${url}` : `nothing answers at ${url}`;
    throw new CallsError(`${what}; start the service with npm start, or set --url`, { cause: error });
  }
}
