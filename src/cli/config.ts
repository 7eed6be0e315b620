import type { Command } from 'commander';
import { describeMode, envExample } from '../config/text.ts';
import { type Config, loadConfig } from '../config.ts';
import type { CliContext } from './context.ts';

/** Adds `config`. */
export function registerConfigCommand(program: Command, { out, err }: CliContext): void {
  program
    .command('config')
    .description('check the environment and show what follows from it, without secrets')
    .option('--example', 'print an example of a .env file')
    .action((options: { example?: boolean }) => {
      if (options.example) {
        out.write(envExample());
        return;
      }
      const config = loadConfig();
      out.write(`${JSON.stringify(withoutSecrets(config), null, 2)}\n`);
      for (const line of [describeMode(config), ...config.warnings]) err.write(`${line}\n`);
    });
}

const SECRETS = new Set(['adminToken', 'apiKey', 'authToken', 'databaseUrl', 'redisUrl']);

/** Of the variables meant for flows only the names: they are other people's secrets. */
function withoutSecrets({ flowVariables, warnings: _, ...config }: Config): unknown {
  return JSON.parse(
    JSON.stringify({ ...config, flowVariables: Object.keys(flowVariables).sort() }, (name, value: unknown) =>
      SECRETS.has(name) && value !== undefined ? '(set)' : value,
    ),
  );
}
