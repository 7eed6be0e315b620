/**
 * The signed HTTP requests that Twilio makes of a service. Source: Twilio docs, "TwiML: Twilio's request" and
 * "Webhooks: connection overrides" (15 s is the cap for requests a call waits for).
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { TwilioFault } from './errors.ts';
import { type Signing, signatureHeaders } from './signature.ts';
import type { Timeline, WebhookPurpose } from './timeline.ts';
import type { Target } from './twiml.ts';

export interface WebhookRequest extends Target {
  purpose: WebhookPurpose;
  parameters: Readonly<Record<string, string>>;
  signing: Signing;
  timeline: Timeline;
  signal?: AbortSignal;
}

export interface WebhookResponse {
  contentType: string;
  body: Buffer;
}

export interface WebhooksOptions {
  authToken: string;
  /** Where public origins are really reached, so that a service behind a proxy can be tried on one machine. */
  connectTo: Readonly<Record<string, string>>;
  logger: Logger;
}

const RESPONSE_TIMEOUT_MS = 15_000;

/** The URL to open for a public one: its origin replaced where `connectTo` has it, its fragment dropped. */
export function reachableUrl(publicUrl: string, connectTo: Readonly<Record<string, string>>): string {
  const url = new URL(publicUrl);
  url.hash = '';
  const isSocket = url.protocol.startsWith('ws');
  const origin = `${isSocket ? url.protocol.replace('ws', 'http') : url.protocol}//${url.host}`;
  const other = connectTo[origin];
  if (other === undefined) return url.href;
  const real = new URL(other);
  url.protocol = isSocket ? real.protocol.replace('http', 'ws') : real.protocol;
  url.host = real.host;
  if (real.port === '') url.port = '';
  return url.href;
}

export class Webhooks {
  readonly #options: WebhooksOptions;

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** Sends a request and reads its answer. Throws {@link TwilioFault} for anything but a 2xx. */
  async send(request: WebhookRequest): Promise<WebhookResponse> {
    const { purpose, url, parameters, timeline } = request;
    const startedAtMs = performance.now();
    const response = await this.#fetch(request).catch((error: unknown) => {
      if (request.signal?.aborted) throw error;
      const reason =
        error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : String(error);
      throw new TwilioFault(11205, `${request.method} ${url}: ${reason}`, { cause: error });
    });
    const { status: statusCode } = response;
    const tookMs = performance.now() - startedAtMs;
    timeline.add({ type: 'webhook', purpose, url, parameters, statusCode, tookMs });
    this.#options.logger.debug(
      { purpose, statusCode, tookMs, callSid: parameters['CallSid'] },
      'webhook answered',
    );
    if (!response.ok)
      throw new TwilioFault(11200, `${request.method} ${url} was answered with ${statusCode}`);
    return { contentType: response.headers.get('content-type') ?? '', body: response.body };
  }

  async #fetch(
    request: WebhookRequest,
  ): Promise<{ status: number; ok: boolean; headers: Headers; body: Buffer }> {
    const { method, parameters, signing, signal } = request;
    const isGet = method === 'GET';
    const form = new URLSearchParams(parameters);
    const url = isGet ? withQuery(request.url, form) : request.url;
    const signed = signatureHeaders(signing, this.#options.authToken, url, isGet ? {} : parameters);
    const timeout = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
    const response = await fetch(reachableUrl(url, this.#options.connectTo), {
      method,
      headers: { 'user-agent': 'TwilioProxy/1.1', 'i-twilio-idempotency-token': randomUUID(), ...signed },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(isGet ? {} : { body: form }),
    });
    const { status, ok, headers } = response;
    return { status, ok, headers, body: Buffer.from(await response.arrayBuffer()) };
  }
}

function withQuery(url: string, form: URLSearchParams): string {
  const [withoutFragment = ''] = url.split('#');
  return `${withoutFragment}${withoutFragment.includes('?') ? '&' : '?'}${form}`;
}
