import type { Command } from 'commander';
import { configHelp } from '../config/text.ts';
import { loadConfig } from '../config.ts';
import { stopSignals } from './stop-signal.ts';

/** Adds `serve`. */
export function registerServeCommand(program: Command): void {
  program
    .command('serve')
    .description('answer calls')
    .addHelpText(
      'after',
      `\nIt is set up by environment variables, or by a file .env here:\n\n${configHelp()}`,
    )
    .action(async () => {
      const config = loadConfig();
      const { serve } = await import('../serve.ts');
      await serve(config, stopSignals());
    });
}
