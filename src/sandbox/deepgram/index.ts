/**
 * Deepgram's streaming recognisers, as far as their wires go: Nova (`WS /v1/listen`) and Flux (`WS /v2/listen`).
 *
 * Neither recognises speech. They measure the energy of the audio they are sent and report the words of known speech
 * they find in it (see `known-speech.ts`). Not there: `/v1/speak`, `/v2/speak`.
 */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Outlet } from '../faults.ts';
import {
  credential,
  Door,
  keyAccepted,
  type Refusal,
  type SandboxParts,
  type StandIn,
  urlOf,
} from '../stand-in.ts';
import { FluxSocket, fluxQuery } from './flux.ts';
import { NovaSocket, novaQuery } from './nova.ts';

/** What a request asks for, understood or not, and what is to be done once it is accepted. */
interface Listening {
  /** What is wrong with the query. */
  fault: string | undefined;
  open(socket: WebSocket, outlet: Outlet, id: string): void;
}

/** `requiredKey`: the only key that is good; any is, where there is none. */
export function createDeepgram(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('deepgram', parts, refusalFor);
  return {
    door,
    upgrade(request, socket, head) {
      const url = urlOf(request);
      const listening = listeningAt(url, parts);
      if (listening === undefined) return false;
      const check = () => {
        const key = credential(request, 'token') ?? credential(request, 'bearer');
        if (!keyAccepted(key, requiredKey)) return refusalFor(401);
        return listening.fault === undefined ? undefined : refusalFor(400, listening.fault);
      };
      door.webSocket({ request, socket, head }, check, (accepted, outlet, id) => {
        const { searchParams: query } = url;
        parts.wire.record('stt-opened', id, query.get('language') ?? query.get('language_hint') ?? '');
        listening.open(accepted, outlet, id);
      });
      return true;
    },
  };
}

/** Undefined where nobody listens at this path. */
function listeningAt(url: URL, parts: SandboxParts): Listening | undefined {
  switch (url.pathname) {
    case '/v1/listen':
      return listening(novaQuery, queryOf(url), (...accepted) => new NovaSocket(parts, ...accepted));
    case '/v2/listen':
      return listening(fluxQuery, queryOf(url), (...accepted) => new FluxSocket(parts, ...accepted));
    default:
      return undefined;
  }
}

function listening<Query>(
  schema: z.ZodType<Query>,
  query: unknown,
  start: (query: Query, socket: WebSocket, outlet: Outlet, id: string) => unknown,
): Listening {
  const read = schema.safeParse(query);
  return {
    fault: read.success ? undefined : z.prettifyError(read.error),
    open: (...accepted) => {
      if (read.success) start(read.data, ...accepted);
    },
  };
}

/** A parameter that is given several times is a list. */
function queryOf(url: URL): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((name) => {
      const values = url.searchParams.getAll(name);
      return [name, values.length > 1 ? values : (values[0] ?? '')];
    }),
  );
}

/** Refusals carry the reason in a header as well, since WebSocket clients cannot read the body (docs: "Errors"). */
function refusalFor(status: number, detail?: string): Refusal {
  const known = REASONS[status] ?? { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong.' };
  const message = detail ?? known.message;
  const requestId = randomUUID();
  return {
    status,
    headers: { 'dg-error': message.replaceAll(/\s+/g, ' '), 'dg-request-id': requestId },
    body: JSON.stringify({ err_code: known.code, err_msg: message, request_id: requestId }),
  };
}

const REASONS: Record<number, { code: string; message: string }> = {
  400: { code: 'Bad Request', message: 'Bad request.' },
  401: { code: 'INVALID_AUTH', message: 'Invalid credentials.' },
  402: { code: 'ASR_PAYMENT_REQUIRED', message: 'Project does not have enough credits.' },
  429: { code: 'TOO_MANY_REQUESTS', message: 'Too many requests. Please try again later.' },
};
