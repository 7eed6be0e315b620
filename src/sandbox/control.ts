/** The sandbox's own routes: what is set and what has happened, for tests and for people with curl. */
import express, { type ErrorRequestHandler, type Router } from 'express';
import { ZodError, z } from 'zod';
import { changeDelays } from './delays.ts';
import { type Fault, faultSchema } from './fault-kinds.ts';
import { type Faults, NoProxyError } from './faults.ts';
import type { StoreProxies, StoreProxy } from './proxy/index.ts';
import type { SandboxParts, StandIn } from './stand-in.ts';

/** `/faults`, `/strikes`, `/proxies`, `/delays` and `/state`. Bad input gets a 400 that names the field. */
export function controlRouter(
  parts: SandboxParts,
  standIns: readonly StandIn[],
  proxies: StoreProxies,
): Router {
  const router = express.Router();
  router.use(express.json());
  faultRoutes(router, parts.faults);
  proxyRoutes(router, proxies);
  router.get('/delays', (_request, response) => void response.json(parts.delays));
  router.put('/delays', (request, response) => void response.json(changeDelays(parts.delays, request.body)));
  router.get('/state', (_request, response) => {
    const vendors = Object.fromEntries(standIns.map(({ door }) => [door.vendor, door.state]));
    response.json({ vendors, faults: parts.faults.list().length, wire: parts.wire.events.length });
  });
  router.use(
    (_request, response) => void response.status(404).json({ error: 'the sandbox has no such route' }),
  );
  router.use(badInput);
  return router;
}

function faultRoutes(router: Router, faults: Faults): void {
  router.get('/faults', (_request, response) => void response.json(faults.list()));
  router.post('/faults', (request, response) => {
    const fault = faults.add(faultSchema.parse(request.body));
    faults.begun(fault.id).then(
      () => response.status(201).json(fault),
      (error: unknown) => response.status(502).json({ error: problemOf(fault, error) }),
    );
  });
  router.get('/strikes', (_request, response) => void response.json(faults.strikes));
  router.delete('/faults', (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  router.delete('/faults/:id', (request, response) => {
    if (faults.remove(request.params.id)) response.status(204).end();
    else response.status(404).json({ error: `no fault ${request.params.id}` });
  });
}

function proxyRoutes(router: Router, proxies: StoreProxies): void {
  const told = ({ store, port }: StoreProxy) => ({ store, port });
  router.get('/proxies', (_request, response) => void response.json(proxies.list.map(told)));
  router.post('/proxies', async (request, response) => {
    response.status(201).json(told(await proxies.open(request.body)));
  });
}

function problemOf({ vendor, kind }: Pick<Fault, 'vendor' | 'kind'>, error: unknown): string {
  return `${vendor} ${kind}: ${error instanceof Error ? error.message : String(error)}`;
}

function isPortTaken(error: unknown): error is Error & { port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
}

const badInput: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof ZodError) response.status(400).json({ error: z.prettifyError(error) });
  else if (isPortTaken(error)) response.status(409).json({ error: `port ${error.port} is taken` });
  else if (error instanceof NoProxyError) response.status(409).json({ error: error.message });
  else if (error instanceof SyntaxError) response.status(400).json({ error: 'the body is not JSON' });
  else next(error);
};
