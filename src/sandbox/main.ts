/** `callwright sandbox`: all vendors and the telephone, for a service that runs elsewhere. */
import { createLogger } from '../telemetry/logger.ts';
import { startWholeSandbox } from './whole.ts';

export interface RunSandboxOptions {
  /** 0 for any that is free. */
  port: number;
  /** Origin of the service that the telephone calls. */
  serviceUrl: string;
  /** Ends it. */
  signal: AbortSignal;
}

/** Runs until the signal aborts; prints the variables that point a service at it. */
export async function runSandbox({ port, serviceUrl, signal }: RunSandboxOptions): Promise<void> {
  const sandbox = await startWholeSandbox({ port, serviceUrl, logger: createLogger({ level: 'warn' }) });
  const { baseUrl, bookingUrl, accountSid, authToken } = sandbox;
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
  };
  for (const [name, value] of Object.entries(variables)) console.log(`export ${name}=${value}`);
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
  await sandbox.close();
}
