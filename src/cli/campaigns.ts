/** `callwright campaign …`: asks the running service. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { campaignListSchema, campaignWithProgressSchema, importListSchema } from '../api/campaign-schemas.ts';
import { type ContactImport, campaignSchema, importOptionsSchema, importSchema } from '../campaigns/index.ts';
import { previewList } from '../campaigns/preview.ts';
import { ask, askForFile, FILE_TIMEOUT_MS } from './ask.ts';
import { type CallsContext, run, type Terminal, withCommonOptions } from './calls.ts';
import { campaignLines, campaignTable, importLines, previewTable, progressBar } from './campaign-view.ts';

/** How one command is to be done; `url` is the origin of the service. */
interface Request {
  url: string;
  token: string | undefined;
  json: boolean;
  out: Terminal;
  err: Terminal;
}

interface ImportOptions {
  map: Record<string, string>;
  defaultCountry?: string;
  consentSource?: string;
  consentAt?: string;
  preview: boolean;
}

/** How often a running import is asked after. */
const POLL_MS = 300;
const PREVIEW_ROWS = 10;

/** Adds `campaign` and what is under it. On failure they say why on `err` and set the exit code to 1. */
export function registerCampaignCommands(program: Command, context: CallsContext): void {
  const campaign = program.command('campaign').description('call the people on a list');
  const add = (name: string, description: string): Command =>
    withCommonOptions(campaign.command(name).description(description), context);
  const request = (command: Command, action: (request: Request) => Promise<void>): Promise<void> =>
    run(context, (token) =>
      action({ ...commonSchema.parse(command.optsWithGlobals()), token, out: context.out, err: context.err }),
    );

  add('create', 'make a campaign, a draft at first')
    .requiredOption('--name <name>', 'what people call it')
    .requiredOption('--flow <flow>', 'the flow that holds its calls')
    .option('--flow-version <version>', 'a version of the flow; by itself the one that is loaded')
    .option('--settings <file>', 'its settings, YAML or JSON')
    .action((options: CreateOptions, command: Command) => request(command, (each) => create(each, options)));
  add('list', 'list campaigns, oldest first').action((_options, command: Command) => request(command, list));
  add('show', 'show a campaign, its progress and its imports')
    .argument('<id>', 'the id of the campaign')
    .action((id: string, _options, command: Command) => request(command, (each) => show(each, id)));
  add('import', 'add the people of a list (CSV or JSON lines) to a campaign')
    .argument('<id>', 'the id of the campaign')
    .argument('<file>', 'the list')
    .option(
      '--map <field=column>',
      'which column holds phone, time_zone, consent, consent_source, consent_at, priority, call_at or a variable; may be given several times',
      parseMap,
      {},
    )
    .option('--default-country <country>', 'of numbers without a country code (US)', parseCountry)
    .option('--consent-source <text>', 'where everybody on the list has consented')
    .option('--consent-at <time>', 'when everybody on the list has consented (2026-03-01T10:00:00Z)')
    .option('--preview', 'show the first rows as they would be imported, and import nothing', false)
    .action((id: string, file: string, options: ImportOptions, command: Command) =>
      request(command, (each) =>
        options.preview ? preview(each, file, options) : importFile(each, id, file, options),
      ),
    );
  add('set-aside', 'print what imports set aside, as CSV')
    .argument('<id>', 'the id of the campaign')
    .option('--import <id>', 'of this import; by itself of the newest')
    .action((id: string, options: { import?: string }, command: Command) =>
      request(command, (each) => printSetAside(each, id, options.import)),
    );
}

const commonSchema = z.object({ url: z.string(), json: z.boolean() });

interface CreateOptions {
  name: string;
  flow: string;
  flowVersion?: string;
  settings?: string;
}

async function create(request: Request, { name, flow, flowVersion, settings }: CreateOptions): Promise<void> {
  const wanted = {
    name,
    flow,
    ...(flowVersion === undefined ? {} : { flowVersion }),
    ...(settings === undefined ? {} : { settings: parseYaml(await fileText(settings)) as unknown }),
  };
  const asking = { method: 'POST', body: { json: wanted }, user: userName() } as const;
  const made = await ask(request, '/campaigns', campaignSchema, asking);
  request.out.write(request.json ? json(made) : `${made.id}\n`);
}

async function list(request: Request): Promise<void> {
  const { campaigns } = await ask(request, '/campaigns?limit=200', campaignListSchema);
  request.out.write(request.json ? json({ campaigns }) : campaignTable(campaigns, request.out));
}

async function show(request: Request, id: string): Promise<void> {
  const path = `/campaigns/${encodeURIComponent(id)}`;
  const campaign = await ask(request, path, campaignWithProgressSchema);
  const { imports } = await ask(request, `${path}/imports`, importListSchema);
  request.out.write(request.json ? json({ ...campaign, imports }) : campaignLines(campaign, imports));
}

/** The list is read here: what it shows needs no service. */
async function preview({ json: asJson, out }: Request, file: string, options: ImportOptions): Promise<void> {
  await sizeOf(file);
  const wanted = importOptionsSchema.parse({
    mapping: options.map,
    defaultCountry: options.defaultCountry,
    consentSource: options.consentSource,
    consentAt: options.consentAt,
  });
  const shown = await previewList(createReadStream(file), wanted, PREVIEW_ROWS);
  out.write(asJson ? json(shown) : previewTable(shown, out));
}

async function importFile(request: Request, id: string, file: string, options: ImportOptions): Promise<void> {
  const bytes = await sizeOf(file);
  const query = new URLSearchParams({ file_name: basename(file) });
  for (const [field, column] of Object.entries(options.map)) query.append('map', `${field}=${column}`);
  if (options.defaultCountry !== undefined) query.set('default_country', options.defaultCountry);
  if (options.consentSource !== undefined) query.set('consent_source', options.consentSource);
  if (options.consentAt !== undefined) query.set('consent_at', options.consentAt);
  const path = `/campaigns/${encodeURIComponent(id)}/imports`;
  const bar = progressBar(request.err);
  const stream = Readable.toWeb(Readable.from(sent(file, (done) => bar.show('sending', done, bytes))));
  const asking = { method: 'POST', body: { stream }, user: userName(), timeoutMs: FILE_TIMEOUT_MS } as const;
  let current: ContactImport = await ask(request, `${path}?${query}`, importSchema, asking);
  while (current.state === 'running') {
    bar.show(`${current.rowsRead} rows`, current.bytesRead, current.bytesTotal);
    await delay(POLL_MS);
    current = await ask(request, `${path}/${current.id}`, importSchema);
  }
  bar.done();
  request.out.write(request.json ? json(current) : importLines(current));
  if (current.state === 'failed') process.exitCode = 1;
}

async function* sent(file: string, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    yield chunk as Uint8Array;
    bytes += (chunk as Uint8Array).byteLength;
    onBytes(bytes);
  }
}

async function printSetAside(request: Request, id: string, importId: string | undefined): Promise<void> {
  const path = `/campaigns/${encodeURIComponent(id)}/imports`;
  const { imports } = await ask(request, path, importListSchema);
  const wanted = importId ?? imports[0]?.id;
  if (wanted === undefined) {
    throw new Error(`nothing was imported into this campaign yet: callwright campaign import ${id} FILE`);
  }
  await printFile(request, `${path}/${encodeURIComponent(wanted)}/set-aside`);
}

/** Prints a file of the service as it comes. */
export async function printFile(
  request: Pick<Request, 'url' | 'token' | 'out'>,
  path: string,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of await askForFile(request, path)) {
    request.out.write(decoder.decode(chunk, { stream: true }));
  }
}

/** Of a file that is there; throws what a person can act on. */
export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new Error(`there is no file ${file}`);
  if (!found.isFile()) throw new Error(`${file} is no file`);
  return found.size;
}

async function fileText(file: string): Promise<string> {
  await sizeOf(file);
  return readFile(file, 'utf8');
}

/** Whom the audit trail names; a header holds no letters but those of ASCII. */
export function userName(): string {
  try {
    return encodeURIComponent(userInfo().username);
  } catch {
    return 'command line';
  }
}

/** As programs read it. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function parseMap(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('It must be FIELD=COLUMN, such as phone=Mobile.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** A country that numbers can be of. */
export function parseCountry(text: string): string {
  const parsed = importOptionsSchema.shape.defaultCountry.safeParse(text);
  if (!parsed.success || parsed.data === undefined)
    throw new InvalidArgumentError('It must be a country such as US.');
  return parsed.data;
}
