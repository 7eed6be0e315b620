/** `callwright do-not-call …`: the numbers nobody calls, in the running service. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { z } from 'zod';
import { doNotCallListSchema } from '../api/campaign-schemas.ts';
import { doNotCallImportSchema } from '../campaigns/do-not-call-file.ts';
import { doNotCallSchema } from '../campaigns/index.ts';
import { ask, FILE_TIMEOUT_MS } from './ask.ts';
import { type CallsContext, run, type Terminal, withCommonOptions } from './calls.ts';
import { json, parseCountry, printFile, sizeOf, userName } from './campaigns.ts';
import { parseCount } from './numbers.ts';
import { printable } from './render.ts';

interface Request {
  url: string;
  token: string | undefined;
  json: boolean;
  out: Terminal;
}

interface FileOptions {
  defaultCountry?: string;
  column?: string;
}

/** Adds `do-not-call` and what is under it. On failure they say why on `err` and set the exit code to 1. */
export function registerDoNotCallCommands(program: Command, context: CallsContext): void {
  const group = program.command('do-not-call').description('keep the numbers that no campaign calls');
  const add = (name: string, description: string): Command =>
    withCommonOptions(group.command(name).description(description), context);
  const request = (command: Command, action: (request: Request) => Promise<void>): Promise<void> =>
    run(context, (token) =>
      action({ ...commonSchema.parse(command.optsWithGlobals()), token, out: context.out }),
    );

  add('list', 'list numbers, in their order')
    .option('--limit <count>', 'how many at most', parseCount, 100)
    .option('--after <number>', 'go on after this number')
    .action((options: { limit: number; after?: string }, command: Command) =>
      request(command, (each) => list(each, options)),
    );
  add('add', 'call a number no more, from now on')
    .argument('<number>', 'E.164, or as people write it with --default-country')
    .option('--reason <text>', 'why')
    .option('--default-country <country>', 'of numbers without a country code (US)', parseCountry)
    .action((number: string, options: { reason?: string; defaultCountry?: string }, command: Command) =>
      request(command, async (each) => {
        const asking = {
          method: 'POST',
          body: { json: { number, ...only(options, ['reason', 'defaultCountry']) } },
          user: userName(),
        } as const;
        const entry = await ask(each, '/do-not-call', doNotCallSchema, asking);
        each.out.write(each.json ? json(entry) : `${entry.number} is on the do-not-call list\n`);
      }),
    );
  add('remove', 'take a number off the list')
    .argument('<number>', 'E.164')
    .action((number: string, _options, command: Command) =>
      request(command, async (each) => {
        const path = `/do-not-call/${encodeURIComponent(number)}`;
        await ask(each, path, z.undefined(), { method: 'DELETE', user: userName() });
        each.out.write(each.json ? json({ removed: number }) : `${number} is off the do-not-call list\n`);
      }),
    );
  add('import', 'add the numbers of a file (CSV or JSON lines)')
    .argument('<file>', 'a list with a column of numbers')
    .option('--column <name>', 'the column with the numbers; by itself it is guessed')
    .option('--default-country <country>', 'of numbers without a country code (US)', parseCountry)
    .action((file: string, options: FileOptions, command: Command) =>
      request(command, (each) => importFile(each, file, options)),
    );
  add('export', 'print the whole list as CSV').action((_options, command: Command) =>
    request(command, (each) => printFile(each, '/do-not-call/export')),
  );
}

const commonSchema = z.object({ url: z.string(), json: z.boolean() });

async function list(request: Request, { limit, after }: { limit: number; after?: string }): Promise<void> {
  const query = new URLSearchParams({ limit: String(limit), ...(after === undefined ? {} : { after }) });
  const { entries } = await ask(request, `/do-not-call?${query}`, doNotCallListSchema);
  if (request.json) request.out.write(json({ entries }));
  else if (entries.length === 0) request.out.write('no numbers\n');
  else {
    const lines = entries.map(({ number, at, source, reason }) =>
      printable([number, at, source, ...(reason === undefined ? [] : [reason])].join('  ')),
    );
    request.out.write(`${lines.join('\n')}\n`);
  }
}

async function importFile(request: Request, file: string, options: FileOptions): Promise<void> {
  await sizeOf(file);
  const query = new URLSearchParams({ file_name: basename(file) });
  if (options.defaultCountry !== undefined) query.set('default_country', options.defaultCountry);
  if (options.column !== undefined) query.set('column', options.column);
  const stream = Readable.toWeb(createReadStream(file)) as ReadableStream;
  const asking = { method: 'POST', body: { stream }, user: userName(), timeoutMs: FILE_TIMEOUT_MS } as const;
  const result = await ask(request, `/do-not-call/import?${query}`, doNotCallImportSchema, asking);
  if (request.json) return void request.out.write(json(result));
  const { rowsRead, added, listed, invalid, firstInvalid } = result;
  request.out.write(
    `${rowsRead} rows read, ${added} numbers added, ${listed} listed already, ${invalid} not understood\n`,
  );
  for (const { line, detail } of firstInvalid) request.out.write(`  line ${line}: ${printable(detail)}\n`);
}

function only<Value extends object, Key extends keyof Value>(
  value: Value,
  keys: readonly Key[],
): Partial<Value> {
  return Object.fromEntries(
    keys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])),
  ) as Partial<Value>;
}
