import type { Command } from 'commander';
import { stopSignal } from './stop-signal.ts';

/** Adds `demo`. */
export function registerDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('place one call on the sandbox and print it as it happens')
    .option('--stay', 'leave the service and its sandbox up for more calls')
    .option('--json', 'print events as JSON lines, for programs')
    .action(async ({ stay = false, json = false }: { stay?: boolean; json?: boolean }) => {
      const { runDemo } = await import('../sandbox/demo.ts');
      await runDemo({ stay, json, signal: stopSignal() });
    });
}
