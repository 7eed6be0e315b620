import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { isStore, STORE_KINDS, STORES, VENDOR_KINDS, VENDORS } from '../sandbox/fault-kinds.ts';
import { MOMENTS } from '../sandbox/moments.ts';
import { UserError } from '../user-error.ts';
import type { CliContext } from './context.ts';
import { parseCount } from './numbers.ts';
import { askControl, urlOption } from './sandbox-control.ts';

const EXAMPLES = `
Examples:
  callwright sandbox fault add deepgram disconnect --after-messages 20   cut one recogniser in the middle
  callwright sandbox fault add anthropic 429 --retry-after 2 --times 3   three requests are put off
  callwright sandbox fault add cartesia half-open --at speaking          the voice is gone while it speaks
  callwright sandbox fault add deepgram outage --for-ms 10000            nothing of a vendor for ten seconds
  callwright sandbox fault add redis stop --at tool --for-ms 5000        needs "callwright sandbox proxy redis"
  callwright sandbox fault list
  callwright sandbox fault kinds`;

const MOMENT_WORDS: Record<(typeof MOMENTS)[number], string> = {
  greeting: 'the agent begins to be heard, before the caller has done anything',
  listening: 'the caller begins to speak',
  thinking: 'the caller has ended or pressed a key, and the agent owes an answer',
  speaking: 'that answer begins to be heard',
  tool: 'a request of a tool has come in, and is not answered yet',
};

const faultSchema = z.looseObject({
  id: z.string(),
  vendor: z.string(),
  kind: z.string(),
  state: z.enum(['waiting', 'armed']),
  at: z.string().optional(),
  nth: z.number().optional(),
  times: z.number().optional(),
  status: z.number().optional(),
  retryAfterSec: z.number().optional(),
  afterMs: z.number().optional(),
  afterMessages: z.number().optional(),
  delayMs: z.number().optional(),
  forMs: z.number().optional(),
});
type ToldFault = z.infer<typeof faultSchema>;

interface Common {
  url: string;
  json: boolean;
}

interface AddOptions extends Common {
  at?: string;
  nth?: number;
  times?: number;
  status?: number;
  retryAfter?: number;
  afterMs?: number;
  afterMessages?: number;
  delayMs?: number;
  forMs?: number;
}

/** Adds `sandbox fault`. */
export function registerFaultCommands(sandbox: Command, context: CliContext, sandboxUrl: string): void {
  const fault = sandbox
    .command('fault')
    .description('make vendors and stores of a running sandbox fail')
    .addHelpText('after', EXAMPLES);
  const withCommon = (command: Command): Command =>
    command.addOption(urlOption(sandboxUrl)).option('--json', 'print JSON, for programs', false);
  registerAdd(withCommon(fault.command('add')), context);
  withCommon(fault.command('list'))
    .description('show what has not struck often enough yet')
    .action(async ({ url, json }: Common) => {
      const faults = await askControl(url, { method: 'GET', path: 'faults' }, z.array(faultSchema));
      if (json) return void context.out.write(`${JSON.stringify(faults)}\n`);
      if (faults.length === 0) return void context.out.write('No fault is set.\n');
      for (const each of faults) context.out.write(`${describe(each)}\n`);
    });
  withCommon(fault.command('remove'))
    .description('take one back')
    .argument('<id>', 'as "fault list" shows it')
    .action(async (id: string, { url, json }: Common) => {
      const path = `faults/${encodeURIComponent(id)}`;
      await askControl(url, { method: 'DELETE', path }, z.unknown());
      context.out.write(json ? `${JSON.stringify({ removed: id })}\n` : `${id} is removed.\n`);
    });
  withCommon(fault.command('clear'))
    .description('take all back')
    .action(async ({ url, json }: Common) => {
      await askControl(url, { method: 'DELETE', path: 'faults' }, z.unknown());
      context.out.write(json ? `${JSON.stringify({ removed: 'all' })}\n` : 'No fault is set any more.\n');
    });
  fault
    .command('kinds')
    .description('list what can go wrong, with whom and when')
    .option('--json', 'print JSON, for programs', false)
    .action(({ json }: { json: boolean }) => printKinds(context, json));
}

function registerAdd(command: Command, context: CliContext): void {
  command
    .description('let something go wrong; the kinds are told by "fault kinds"')
    .addArgument(new Argument('<vendor>', 'who fails').choices([...VENDORS, ...STORES]))
    .argument('<kind>', 'what goes wrong, or an HTTP status such as 429')
    .addOption(new Option('--at <moment>', 'wait for this moment of a call').choices(MOMENTS))
    .option('--nth <n>', 'with --at: the how manieth time it comes (default: 1)', parseCount)
    .option('--after-ms <ms>', 'strike so long after the opening, or after the moment', parseNumber)
    .option('--after-messages <n>', 'strike after so many messages of the connection', parseNumber)
    .option('--times <n>', 'how often it strikes (default: 1, with --for-ms as often as it can)', parseCount)
    .option('--for-ms <ms>', 'end it so long after it was armed', parseNumber)
    .option('--status <code>', 'status: the HTTP status', parseCount)
    .option('--retry-after <seconds>', 'status: sent as a Retry-After header', parseNumber)
    .option('--delay-ms <ms>', 'slow: how late everything is', parseNumber)
    .action(async (vendor: string, kind: string, { url, json, retryAfter, ...options }: AddOptions) => {
      const isStatus = /^[45]\d\d$/.test(kind);
      checkKind(vendor, isStatus ? 'status' : kind);
      const body = {
        vendor,
        ...(isStatus ? { kind: 'status', status: Number(kind) } : { kind }),
        ...options,
        ...(retryAfter === undefined ? {} : { retryAfterSec: retryAfter }),
      };
      const added = await askControl(url, { method: 'POST', path: 'faults', body }, faultSchema);
      context.out.write(json ? `${JSON.stringify(added)}\n` : `${describe(added)}\n`);
    });
}

function checkKind(vendor: string, kind: string): void {
  const known = Object.keys(isStore(vendor) ? STORE_KINDS : VENDOR_KINDS);
  if (known.includes(kind)) return;
  throw new UserError(`There is no fault "${kind}" of ${vendor}. There are: ${known.join(', ')}.`);
}

/** `fault-3  deepgram disconnect, after 20 messages, once` */
function describe({ id, vendor, kind, ...fault }: ToldFault): string {
  const { status, retryAfterSec, delayMs, at, nth = 1, afterMs = 0, afterMessages = 0 } = fault;
  const { times, forMs, state } = fault;
  const parts = [
    `${vendor} ${kind}${status === undefined ? '' : ` ${status}`}`,
    retryAfterSec !== undefined && `retry-after ${retryAfterSec} s`,
    delayMs !== undefined && `${delayMs} ms late`,
    at !== undefined && `at ${at}${nth > 1 ? ` (time ${nth})` : ''}`,
    afterMs > 0 && `after ${afterMs} ms`,
    afterMessages > 0 && `after ${afterMessages} messages`,
    times !== undefined && (times === 1 ? 'once' : `${times} times`),
    forMs !== undefined && `for ${forMs} ms`,
    state === 'waiting' && 'waiting',
  ];
  return `${id.padEnd(9)} ${parts.filter((part) => part !== false).join(', ')}`;
}

function printKinds({ out }: CliContext, json: boolean): void {
  if (json) {
    const vendors = { names: VENDORS, kinds: VENDOR_KINDS };
    const stores = { names: STORES, kinds: STORE_KINDS };
    out.write(`${JSON.stringify({ vendors, stores, moments: MOMENT_WORDS })}\n`);
    return;
  }
  const table = (rows: Record<string, string>): string =>
    Object.entries(rows)
      .map(([name, words]) => `  ${name.padEnd(19)} ${words}\n`)
      .join('');
  out.write(`Of ${VENDORS.join(', ')}:\n${table(VENDOR_KINDS)}`);
  out.write(`\nOf ${STORES.join(' and ')}, behind "callwright sandbox proxy":\n${table(STORE_KINDS)}`);
  out.write(`\nMoments of a call (--at):\n${table(MOMENT_WORDS)}`);
}

function parseNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('It must be a number from 0.');
  return number;
}
