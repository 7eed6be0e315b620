import type { Command } from 'commander';
import { parsePort } from './numbers.ts';
import { stopSignal } from './stop-signal.ts';

/** Adds `sandbox`. */
export function registerSandboxCommand(program: Command): void {
  program
    .command('sandbox')
    .description('run the loopback stand-ins for all vendors')
    .option('--port <port>', 'port to listen on; 0 for any that is free', parsePort, 0)
    .option('--service <url>', 'where the service answers that the telephone calls', 'http://127.0.0.1:3000')
    .action(async ({ port, service }: { port: number; service: string }) => {
      const { runSandbox } = await import('../sandbox/main.ts');
      await runSandbox({ port, serviceUrl: service, signal: stopSignal() });
    });
}
