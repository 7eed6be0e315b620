/**
 * The log: one JSON object a line on stdout. What was said on a call is never logged, only ids and sizes; secrets that
 * slip into an object are blotted out here.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** Properties that hold secrets wherever they turn up: in our settings, in vendors' options, in HTTP headers. */
const secretNames = [
  'accessToken',
  'adminToken',
  'apiKey',
  'authToken',
  'authorization',
  'Authorization',
  'cookie',
  'databaseUrl',
  'password',
  'redisUrl',
  'secret',
  'token',
  '["x-twilio-signature"]',
];

/** pino looks only where it is told: at the top and up to three levels down. */
const secretPaths = ['', '*.', '*.*.', '*.*.*.'].flatMap((depth) =>
  secretNames.map((name) => (name.startsWith('[') ? depth.slice(0, -1) + name : depth + name)),
);

export interface LoggerOptions {
  level: string;
  /** @defaultValue `pretty` on a terminal, `json` elsewhere */
  format?: 'json' | 'pretty' | undefined;
  /** @defaultValue stdout */
  destination?: DestinationStream;
}

/** The process's logger; rooms take children of it. */
export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const isPretty = (format ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'pretty';
  const stream =
    destination ?? (isPretty ? pretty({ ignore: 'pid,hostname', sync: true }) : pino.destination(1));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor: '[secret]' },
      serializers: { err: (error) => describeError(error), error: (error) => describeError(error) },
    },
    stream,
  );
}

/** Causes of causes tell nothing new after a few, and an error may be its own. */
const maxCauses = 4;

/**
 * What a log may hold of an error. Vendors' errors carry whole requests, with keys in their headers and with words of
 * the call in their bodies, so only known properties pass.
 */
function describeError(error: unknown, causes = maxCauses): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const known = ['code', 'status', 'retryable', 'provider'].flatMap((key) => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'object' || value === undefined ? [] : [[key, value]];
  });
  const described = { name, message, ...Object.fromEntries(known), stack };
  return cause === undefined || causes === 0
    ? described
    : { ...described, cause: describeError(cause, causes - 1) };
}
