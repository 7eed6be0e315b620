/** The sandbox's own routes: what is set and what has happened, for tests and for people with curl. */
import express, { type ErrorRequestHandler, type Router } from 'express';
import { ZodError, z } from 'zod';
import { changeDelays } from './delays.ts';
import { type Faults, faultSchema } from './faults.ts';
import type { SandboxParts, StandIn } from './stand-in.ts';

/** `/faults`, `/delays` and `/state`. Bad input gets a 400 that names the field. */
export function controlRouter(parts: SandboxParts, standIns: readonly StandIn[]): Router {
  const router = express.Router();
  router.use(express.json());
  faultRoutes(router, parts.faults);
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
    response.status(201).json(faults.add(faultSchema.parse(request.body)));
  });
  router.delete('/faults', (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  router.delete('/faults/:id', (request, response) => {
    if (faults.remove(request.params.id)) response.status(204).end();
    else response.status(404).json({ error: `no fault ${request.params.id}` });
  });
}

const badInput: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof ZodError) response.status(400).json({ error: z.prettifyError(error) });
  else if (error instanceof SyntaxError) response.status(400).json({ error: 'the body is not JSON' });
  else next(error);
};
