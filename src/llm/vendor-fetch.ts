/**
 * The SDK's requests, sent by undici's `request`: the same sockets and the same answers as `fetch` at half the time from
 * asking to sending (the standard's checks, queues and copies), which a caller would wait for on every turn.
 */
import { type Dispatcher, request } from 'undici';

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Answers that the standard says have no body, and refuses to be made with one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** `headersOf`: what is sent of the SDK's headers. Bodies are texts: the SDK sends nothing else here. */
export function fetchThrough(
  dispatcher: Dispatcher,
  headersOf: (sent: RequestInit['headers']) => Headers,
): Fetch {
  return async (input, init = {}) => {
    const { statusCode, headers, body } = await request(input instanceof Request ? input.url : input, {
      method: toMethod(init.method),
      headers: Object.fromEntries(headersOf(init.headers)),
      body: typeof init.body === 'string' ? init.body : null,
      signal: init.signal ?? null,
      dispatcher,
    });
    const hasBody = !WITHOUT_BODY.has(statusCode);
    if (!hasBody) await body.dump();
    return new Response(hasBody ? ReadableStream.from(body) : null, {
      status: statusCode,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
    });
  };
}

function toMethod(method = 'GET'): Dispatcher.HttpMethod {
  return method === 'POST' ? 'POST' : 'GET';
}
