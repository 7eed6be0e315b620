/** The service as a command runs it: until it is told to stop, with what people need to know on the terminal. */
import type { Config } from './config.ts';
import { type Service, startService } from './main.ts';
import type { StopSignals } from './stop-signals.ts';

/** Runs until it is told to stop, in order or now. Prints for people what they need to go on; everything else is in the log. */
export async function serve(config: Config, stop: StopSignals): Promise<void> {
  const service = await startService(
    config,
    config.mode === 'vendors' ? {} : { sandbox: { port: config.port + 1 } },
  );
  for (const line of greeting(config, service)) console.log(line);
  const reload = (): void => void service.reloadFlows();
  process.on('SIGUSR2', reload);
  await aborted(stop.inOrder);
  process.off('SIGUSR2', reload);
  for (const line of farewell(config, service)) console.log(line);
  await service.drain(stop.now);
  await service.close();
}

function greeting(config: Config, service: Service): string[] {
  const { localUrl, adminToken, sandbox, voiceActivity } = service;
  const standIns = (['twilio', 'deepgram', 'anthropic', 'cartesia'] as const).filter(
    (name) => config[name].source === 'sandbox',
  );
  return [
    ...config.warnings.map((warning) => `Note: ${warning}`),
    ...(voiceActivity.available
      ? []
      : [
          `Note: voice activity is off (${voiceActivity.unavailableReason ?? 'unknown reason'}); the events of the recogniser alone tell when callers speak.`,
        ]),
    ...(sandbox === undefined
      ? []
      : [
          `No key for ${standIns.join(', ')}: the sandbox at ${sandbox.baseUrl} stands in. No real call can come in.`,
        ]),
    `Callwright answers at ${localUrl}; API at ${localUrl}/api/v1`,
    adminToken.generated
      ? `Admin token (made now, kept in ${adminToken.path}): ${adminToken.token}`
      : `Admin token: ${config.adminToken === undefined ? `in ${adminToken.path}` : 'from ADMIN_TOKEN'}`,
    ...(sandbox === undefined || service.exampleNumber === undefined
      ? []
      : [`Place a call: npx callwright call examples/callers/booking.yaml --to ${service.exampleNumber}`]),
  ];
}

function farewell({ redisUrl, drainTimeoutMs }: Config, { liveCalls }: Service): string[] {
  if (liveCalls === 0) return [];
  const calls = liveCalls === 1 ? '1 call is live and goes on' : `${liveCalls} calls are live and go on`;
  const then = redisUrl === undefined ? 'ends what is left' : 'hands what is left over to other nodes';
  return [`No new calls. ${calls} for up to ${drainTimeoutMs / 1000} s; a second signal ${then} at once.`];
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
