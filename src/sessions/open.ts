import type { Logger } from 'pino';
import { UserError } from '../user-error.ts';
import { createRedisSessions } from './redis.ts';
import { isMisconfigured } from './redis-connection.ts';
import { createResilientSessions, type ResilientSessions } from './resilient.ts';

/**
 * Sessions in Redis that go on without it. A Redis that is away does not keep a node from starting, since it may be away
 * for all nodes; one that will never let this node in does, with a {@link UserError}. Close them when done.
 */
export async function openSharedSessions(url: string, logger: Logger): Promise<ResilientSessions> {
  const sessions = createResilientSessions({ shared: createRedisSessions({ url, logger }), logger });
  try {
    await sessions.ping();
  } catch (error) {
    if (isMisconfigured(error)) {
      await sessions.close();
      throw new UserError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    logger.error(
      { err: error },
      'Redis is away: starting without it; calls live in this process alone until it is back',
    );
  }
  return sessions;
}
