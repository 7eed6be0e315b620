/** The HTTP server: which room answers which path, and how it starts and stops. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import { UserError } from './user-error.ts';

export interface ServerOptions {
  /** Serves `/twilio/…`. */
  webhooks: Router;
  /** Serves `/api/v1/…`. */
  api: Router;
  /** Text for `/metrics`, in Prometheus's format. */
  metrics(): Promise<string>;
  /** Whether the service should get new calls, and how its parts are. */
  readiness(): Readiness;
  logger: Logger;
}

export interface Readiness {
  /** Why it should get none; undefined: it should. */
  reason: string | undefined;
  /** For people and monitors: the state of each part. */
  parts: Readonly<Record<string, unknown>>;
}

/** A request's headers must be here by then; slow clients hold no sockets. */
const HEADERS_TIMEOUT_MS = 10_000;
/** A list of a million contacts is 100 MB, and people have slow lines. */
const REQUEST_TIMEOUT_MS = 600_000;

/** The server, not listening yet. */
export function createHttpServer(options: ServerOptions): Server {
  const { webhooks, api, metrics, readiness, logger } = options;
  const app = express().disable('x-powered-by');
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', (_request, response) => {
    const { reason, parts } = readiness();
    if (reason === undefined) {
      response.json({ status: 'ready', ...parts });
      return;
    }
    logger.warn({ reason, ...parts }, 'not ready');
    response.status(503).json({ status: 'not-ready', reason, ...parts });
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4').send(await metrics());
  });
  app.use('/api/v1', api);
  app.use(webhooks);
  app.use((_request, response) => {
    response.status(404).json({ error: { code: 'not-found', message: 'Nothing is served here.' } });
  });
  const onError: ErrorRequestHandler = (error, request, response, next) => {
    logger.error({ err: error, path: request.path }, 'request failed');
    if (response.headersSent) return next(error);
    response
      .status(500)
      .json({ error: { code: 'internal', message: 'The request failed; the log says why.' } });
  };
  app.use(onError);
  const server = createServer(app);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return server;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Listens. Rejects with a {@link UserError} that names PORT or HOST, whichever does not work. */
export async function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      reject(new UserError(whyNotListening(error.code, port, host), { cause: error }));
    };
    server.once('error', onError);
    server.listen({ port, host }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function whyNotListening(code: string | undefined, port: number, host: string | undefined): string {
  if (code === 'EADDRINUSE')
    return `PORT: port ${port} is taken by another program. Set PORT to another one.`;
  // These are about the port; whatever else can go wrong, such as a name that is not found, is about the address.
  if (host === undefined || code === 'EACCES')
    return `PORT: port ${port} cannot be used (${code}). Set PORT to another one.`;
  return `HOST: "${host}" is not an address of this machine (${code}). Set HOST to one, or to nothing for all.`;
}

/** Takes no more requests and cuts what is open. Idempotent. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
