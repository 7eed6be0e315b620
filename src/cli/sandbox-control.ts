/** Asking a running sandbox through its own routes. */
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { UserError } from '../user-error.ts';
import { printable } from './render.ts';

/** The option that names the sandbox. */
export function urlOption(sandboxUrl: string): Option {
  return new Option('--url <url>', 'where the sandbox listens').default(sandboxUrl).argParser(parseOrigin);
}

/** An `http(s)` origin; throws what Commander shows next to the option's name. */
export function parseOrigin(value: string): string {
  if (!/^https?:\/\/./.test(value) || !URL.canParse(value))
    throw new InvalidArgumentError('It must be an address such as http://127.0.0.1:3001.');
  return value;
}

/**
 * Sends a request to `/sandbox/PATH` and reads its answer. Throws {@link UserError}: nobody answers there, it is no
 * sandbox of this version, or what the sandbox refuses.
 */
export async function askControl<T>(
  url: string,
  request: { method: 'GET' | 'POST' | 'DELETE'; path: string; body?: object },
  schema: z.ZodType<T>,
): Promise<T> {
  const { method, path, body } = request;
  let response: Response;
  try {
    response = await fetch(new URL(`/sandbox/${path}`, url), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new UserError(
      `No sandbox answers at ${url}. Start one with "npm start" or "npx callwright sandbox", or name it with --url.`,
      { cause: error },
    );
  }
  const text = await response.text();
  const answer = jsonOf(text);
  const read = schema.safeParse(text === '' ? undefined : answer);
  if (response.ok && read.success) return read.data;
  const refusal = z.object({ error: z.string() }).safeParse(answer);
  if (!response.ok && refusal.success)
    throw new UserError(`The sandbox refused: ${printable(refusal.data.error)}`);
  throw new UserError(
    `What answers at ${url} is not this version's sandbox. A service has its sandbox on the port after its own; set --url.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
