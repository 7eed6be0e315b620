import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { parsePort } from './numbers.ts';
import { registerFaultCommands } from './sandbox-fault.ts';
import { registerProxyCommand } from './sandbox-proxy.ts';
import { stopSignal } from './stop-signal.ts';

interface Options {
  port: number;
  service: string;
  redis?: string;
  postgres?: string;
}

const EXAMPLES = `
Examples:
  callwright sandbox                                             all vendors, for a service on port 3000
  callwright sandbox --redis redis://127.0.0.1:6379              the same, with a Redis that can be made to fail
  callwright sandbox fault add deepgram disconnect --after-messages 20
  callwright sandbox fault --help                                faults, their kinds and moments`;

/** Adds `sandbox` and its parts. `sandboxUrl`: where a service's own sandbox is expected. */
export function registerSandboxCommand(program: Command, context: CliContext, sandboxUrl: string): void {
  const sandbox = program
    .command('sandbox')
    .description('run the loopback stand-ins for all vendors, and make them fail')
    // Its own options come before its parts: those have a --port, too.
    .enablePositionalOptions()
    .option('--port <port>', 'port to listen on; 0 for any that is free', parsePort, 0)
    .option('--service <url>', 'where the service answers that the telephone calls', 'http://127.0.0.1:3000')
    .option('--redis <url>', 'a real Redis to stand a proxy before, for faults')
    .option('--postgres <url>', 'a real Postgres to stand a proxy before, for faults')
    .addHelpText('after', EXAMPLES)
    .action(async ({ port, service, redis, postgres }: Options) => {
      const { runSandbox } = await import('../sandbox/main.ts');
      const stores = { ...(redis && { redis }), ...(postgres && { postgres }) };
      await runSandbox({ port, serviceUrl: service, stores, signal: stopSignal() });
    });
  registerFaultCommands(sandbox, context, sandboxUrl);
  registerProxyCommand(sandbox, context, sandboxUrl);
}
