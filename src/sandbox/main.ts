/** `callwright sandbox`: all vendors and the telephone, for a service that runs elsewhere. */
import { z } from 'zod';
import { createLogger } from '../telemetry/logger.ts';
import { UserError } from '../user-error.ts';
import { STORES } from './fault-kinds.ts';
import { startWholeSandbox } from './whole.ts';

const VARIABLES = { redis: 'REDIS_URL', postgres: 'DATABASE_URL' } as const;

export interface RunSandboxOptions {
  /** 0 for any that is free. */
  port: number;
  /** Origin of the service that the telephone calls. */
  serviceUrl: string;
  /** Real servers that the service is to reach through the sandbox, so that they can be made to fail. */
  stores?: { redis?: string; postgres?: string };
  /** Ends it. */
  signal: AbortSignal;
}

/** Runs until the signal aborts; prints the variables that point a service at it. */
export async function runSandbox({
  port,
  serviceUrl,
  stores = {},
  signal,
}: RunSandboxOptions): Promise<void> {
  const sandbox = await startWholeSandbox({ port, serviceUrl, logger: createLogger({ level: 'warn' }) });
  const { baseUrl, bookingUrl, accountSid, authToken, proxies } = sandbox;
  const proxied: Record<string, string> = {};
  try {
    for (const store of STORES) {
      const to = stores[store];
      if (to !== undefined) proxied[VARIABLES[store]] = (await proxies.open({ store, to })).url;
    }
  } catch (error) {
    await sandbox.close();
    throw error instanceof z.ZodError ? new UserError(z.prettifyError(error)) : error;
  }
  console.log(`# The sandbox at ${baseUrl} places calls at ${serviceUrl}. Start the service there with:`);
  const variables = {
    PORT: new URL(serviceUrl).port || '80',
    PUBLIC_URL: serviceUrl,
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_BASE_URL: baseUrl,
    DEEPGRAM_API_KEY: 'sandbox',
    DEEPGRAM_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: 'sandbox',
    ANTHROPIC_BASE_URL: baseUrl,
    CARTESIA_API_KEY: 'sandbox',
    CARTESIA_BASE_URL: baseUrl,
    BOOKING_URL: bookingUrl,
    ...proxied,
  };
  for (const [name, value] of Object.entries(variables)) console.log(`export ${name}=${value}`);
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
  await sandbox.close();
}
