import { Argument, type Command, Option } from 'commander';
import { z } from 'zod';
import { STORES, type Store } from '../sandbox/fault-kinds.ts';
import { throughProxy } from '../sandbox/proxy/address.ts';
import { UserError } from '../user-error.ts';
import type { CliContext } from './context.ts';
import { parsePort } from './numbers.ts';
import { askControl, urlOption } from './sandbox-control.ts';

const EXAMPLES = `
Examples:
  callwright sandbox proxy redis --to redis://127.0.0.1:6379 --port 6390
  callwright sandbox fault add redis stop --for-ms 5000

It lives as long as the sandbox does. The real server need not run yet.`;

interface Options {
  to: string;
  port: number;
  url: string;
  json: boolean;
}

const answerSchema = z.object({ store: z.enum(STORES), port: z.int() });
const VARIABLES: Record<Store, string> = { redis: 'REDIS_URL', postgres: 'DATABASE_URL' };

/** Adds `sandbox proxy`. */
export function registerProxyCommand(sandbox: Command, context: CliContext, sandboxUrl: string): void {
  sandbox
    .command('proxy')
    .description(
      'stand a proxy of the running sandbox before Redis or Postgres, so that they can be made to fail',
    )
    .addArgument(new Argument('<store>', 'which').choices(STORES))
    .addOption(new Option('--to <url>', 'where the real server is').makeOptionMandatory())
    .option('--port <port>', 'port to listen on; 0 for any that is free', parsePort, 0)
    .addOption(urlOption(sandboxUrl))
    .option('--json', 'print JSON, for programs', false)
    .addHelpText('after', EXAMPLES)
    .action(async (store: Store, { to, port, url, json }: Options) => {
      if (!URL.canParse(to)) throw new UserError('--to must be an address such as redis://127.0.0.1:6379.');
      const body = { store, to, port };
      const opened = await askControl(url, { method: 'POST', path: 'proxies', body }, answerSchema);
      const through = throughProxy(to, opened.port);
      if (json) context.out.write(`${JSON.stringify({ ...opened, url: through })}\n`);
      else {
        context.out.write(`# ${store} behind the sandbox. Start the service with:\n`);
        context.out.write(`export ${VARIABLES[store]}=${through}\n`);
      }
    });
}
