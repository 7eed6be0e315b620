/**
 * The only way out for the tools of a flow. A request goes only where {@link OutgoingRules} allow, and what counts is the
 * address a socket is really connected to: names are resolved here, at the moment of connecting, so a name that changes
 * its address in between gains nothing. Redirects are followed here too, each checked like the first request.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Agent } from 'undici';
import { plainAddress } from './addresses.ts';
import type { OutgoingRules } from './outgoing-rules.ts';

const MOST_REDIRECTS = 3;
/** A host that does not take a connection by then will not do so while the caller waits. */
const CONNECT_TIMEOUT_MS = 5000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What may be known to a host that was not asked: everything else may hold a secret. */
const HARMLESS_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-type',
  'user-agent',
]);

/** A request that must not be made. The message is for the model and for people, and holds no secret. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError';
  readonly code: 'host-not-allowed' | 'address-not-allowed' | 'redirect-refused';
  constructor(code: OutgoingError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** What tools send: a body that can be sent again. */
export interface OutgoingInit {
  method?: string;
  headers?: ConstructorParameters<typeof Headers>[0];
  body?: string | null;
  signal?: AbortSignal;
}

export class Outgoing {
  readonly #rules: OutgoingRules;
  readonly #resolve: typeof systemLookup;
  /** Made for the first request: a flow that is only looked at makes none, and undici takes long to load. */
  #agent: Promise<Agent> | undefined;
  #closed = false;

  /** @param resolve how names become addresses; tests stand in for DNS. Default: the system's. */
  constructor(rules: OutgoingRules, resolve: typeof systemLookup = systemLookup) {
    this.#rules = rules;
    this.#resolve = resolve;
  }

  /** Like `fetch`. Rejects with {@link OutgoingError} where the flow does not allow it. */
  async fetch(url: string | URL, init: OutgoingInit = {}): Promise<Response> {
    let request: Request = {
      url: new URL(url),
      method: (init.method ?? 'GET').toUpperCase(),
      headers: new Headers(init.headers),
      body: init.body ?? null,
    };
    for (let redirects = 0; ; redirects++) {
      const refusal = this.#refusal(request.url);
      if (refusal !== undefined) throw refusal;
      const response = await this.#send(request, init.signal);
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return response;
      await response.body?.cancel();
      const next = redirects < MOST_REDIRECTS ? redirected(request, response.status, location) : undefined;
      if (next === undefined || this.#refusal(next.url) !== undefined) throw redirectRefused();
      request = next;
    }
  }

  /** Closes every connection, also those in use. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#agent)?.destroy();
  }

  #connections(): Promise<Agent> {
    this.#agent ??= import('undici').then(async ({ Agent: Connections }) => {
      const connect = { lookup: guardedLookup(this.#rules, this.#resolve), timeout: CONNECT_TIMEOUT_MS };
      const agent = new Connections({ connect });
      if (this.#closed) await agent.destroy();
      return agent;
    });
    return this.#agent;
  }

  async #send({ url, ...init }: Request, signal: AbortSignal | undefined): Promise<Response> {
    try {
      const dispatcher = await this.#connections();
      const { fetch: undiciFetch } = await import('undici');
      const answer = await undiciFetch(url, {
        ...init,
        headers: [...init.headers],
        redirect: 'manual',
        dispatcher,
        ...(signal === undefined ? {} : { signal }),
      });
      return answer as unknown as Response; // the same standard, typed twice
    } catch (error) {
      throw refusalIn(error) ?? error;
    }
  }

  /** Why a URL is not asked for. An address in the URL itself is never resolved, so it is judged here. */
  #refusal(url: URL): OutgoingError | undefined {
    const { protocol, hostname } = url;
    const refused = (reason: string): OutgoingError =>
      new OutgoingError('host-not-allowed', `The tool is not set up: ${reason}`);
    if (protocol !== 'http:' && protocol !== 'https:')
      return refused('its address is not an http or https URL.');
    if (!this.#rules.allows(url)) return refused(`the flow does not allow requests to "${url.host}".`);
    if (url.username !== '' || url.password !== '')
      return refused('its address holds a user name or a password; send them as a header.');
    const address = plainAddress(hostname);
    const isRefused = isIP(address) !== 0 && !this.#rules.allowsAddress(hostname, address);
    return isRefused ? privateAddress(hostname) : undefined;
  }
}

interface Request {
  url: URL;
  method: string;
  headers: Headers;
  body: string | null;
}

/** The request a redirect asks for; undefined where it is not followed. */
function redirected(request: Request, status: number, location: string): Request | undefined {
  if (!URL.canParse(location, request.url.href)) return undefined;
  const url = new URL(location, request.url.href);
  if (request.url.protocol === 'https:' && url.protocol !== 'https:') return undefined;
  const isSame = isSameOrigin(request.url, url);
  const isPlain = request.method === 'GET' || request.method === 'HEAD';
  const becomesGet = status === 303 && !isPlain;
  // A change is repeated only where the service that was asked says so, and never made of another kind by mistake.
  if (!isPlain && !becomesGet && (status < 307 || !isSame)) return undefined;
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (!isSame && !HARMLESS_HEADERS.has(name)) headers.delete(name);
  if (!becomesGet) return { ...request, url, headers };
  headers.delete('content-type');
  return { url, method: 'GET', headers, body: null };
}

/** Going from http to https on one host is no other origin. */
function isSameOrigin(from: URL, to: URL): boolean {
  const isUpgrade =
    from.protocol === 'http:' && from.hostname === to.hostname && from.port === '' && to.port === '';
  return from.origin === to.origin || isUpgrade;
}

/** Only addresses that a host may have are handed on; a host without any is refused. */
function guardedLookup(rules: OutgoingRules, resolve: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => rules.allowsAddress(hostname, address));
      const [first] = allowed;
      if (first === undefined) callback(privateAddress(hostname), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function redirectRefused(): OutgoingError {
  return new OutgoingError(
    'redirect-refused',
    'The service answered with a redirect, which is not followed.',
  );
}

function privateAddress(hostname: string): OutgoingError {
  return new OutgoingError(
    'address-not-allowed',
    `The tool is not set up: "${hostname}" has a private address, which the flow does not allow.`,
  );
}

/** What `fetch` rejects with wraps what the connection failed of. */
function refusalIn(error: unknown): OutgoingError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OutgoingError) return cause;
    if (cause instanceof AggregateError) return cause.errors.find((one) => one instanceof OutgoingError);
  }
  return undefined;
}
