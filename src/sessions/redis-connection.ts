import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/**
 * A call must not wait for a Redis that hangs: longer than any healthy round trip, even of a busy process, and shorter
 * than the silence a caller would notice.
 */
const COMMAND_TIMEOUT_MS = 1_000;

/**
 * A connection on which nothing comes back for so long is given up, and another is made: the machine at its other end may
 * be gone without a word. Several commands long, so that a Redis which is only slow keeps its connections.
 */
const SOCKET_TIMEOUT_MS = 5_000;

/** Redis is near by; a connection that takes longer will not come. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Well below the idle limits of load balancers and NAT tables, which start at about a minute. */
const KEEP_ALIVE_MS = 15_000;

/** Reconnecting is retried for ever, at most this far apart, so that a call finds Redis soon after it is back. */
const MAX_RECONNECT_DELAY_MS = 1_000;

/**
 * Opens a connection that fails fast: ioredis would by default keep commands in an unbounded queue while it
 * reconnects and retry each one 20 times. Here a command either goes out at once or is rejected, and one whose
 * connection drops before the reply is rejected rather than sent twice.
 *
 * The caller calls `connect()` and, in the end, `disconnect()`.
 */
export function openRedis(url: string, role: 'commands' | 'subscriber', logger: Logger): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectionName: `callwright-${role}`,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), MAX_RECONNECT_DELAY_MS),
  });
  let healthy = true;
  // One line a failure, not one a retry.
  redis.on('error', (error: Error) => {
    if (healthy) logger.warn({ err: error, role }, 'Redis cannot be reached; trying again until it can');
    healthy = false;
  });
  redis.on('ready', () => {
    if (!healthy) logger.info({ role }, 'Redis is back');
    healthy = true;
  });
  return redis;
}

/** Redis did not answer, or could not do its work. Whether a write took effect is not known. */
export class RedisUnreachableError extends Error {
  override readonly name = 'RedisUnreachableError';
  readonly code = 'redis-unreachable';
  readonly retryable = true;
  constructor(cause: unknown) {
    super(
      `Redis cannot be used (${cause instanceof Error ? cause.message : String(cause)}); check REDIS_URL`,
      {
        cause,
      },
    );
  }
}

/** Wrong credentials, or a host that is not there: waiting mends neither. */
export function isMisconfigured(error: unknown): boolean {
  const cause = error instanceof RedisUnreachableError ? error.cause : error;
  if (!(cause instanceof Error)) return false;
  return /^(WRONGPASS|NOAUTH|NOPERM|ERR (invalid password|AUTH)|getaddrinfo ENOTFOUND)\b/.test(cause.message);
}
