import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { CallEnd } from '../sandbox/twilio/sandbox-call.ts';
import { UserError } from '../user-error.ts';
import type { CliContext } from './context.ts';
import { printable } from './render.ts';
import { parseOrigin } from './sandbox-control.ts';

interface CallOptions {
  to: string;
  from: string;
  sandbox: string;
  json: boolean;
}

/** What the sandbox answers once the call has ended; `streamOpened`: the service took it. */
const endSchema = z.object({
  callSid: z.string(),
  durationSec: z.number(),
  streamOpened: z.boolean(),
  reason: z.enum([
    'hangup-verb',
    'twiml-finished',
    'ended-by-api',
    'caller-hung-up',
    'caller-stuck',
    'rejected',
    'not-answered',
    'application-error',
    'sandbox-closed',
    'sandbox-error',
  ] satisfies CallEnd['reason'][]),
  detail: z.string().optional(),
});

/** Adds `call`. `sandboxUrl`: where a service's own sandbox is expected. */
export function registerCallCommand(program: Command, context: CliContext, sandboxUrl: string): void {
  program
    .command('call')
    .description('place a call on a running sandbox, with a scripted caller')
    .argument('<script>', 'what the caller does, a YAML file such as examples/callers/booking.yaml')
    .option('--to <number>', 'number to call', parseNumber, '+15550100')
    .option('--from <number>', "the caller's number", parseNumber, '+15550123')
    .option('--sandbox <url>', 'where the sandbox listens', parseOrigin, sandboxUrl)
    .option('--json', 'print JSON, for programs', false)
    .action((script: string, options: CallOptions) => placeCall(script, options, context));
}

async function placeCall(
  path: string,
  { to, from, sandbox, json }: CallOptions,
  context: CliContext,
): Promise<void> {
  const { parseCallerScript } = await import('../sandbox/phone/caller-script.ts');
  const script = parseCallerScript(await readScript(path), path);
  if (!json) context.out.write(`${from} calls ${to} …\n`);
  const answer = await askSandbox(sandbox, { to, from, script });
  const parsed = endSchema.safeParse(answer);
  if (!parsed.success)
    throw new UserError(`What answers at ${sandbox} is not this version's sandbox. Set --sandbox.`);
  const end = parsed.data;
  const failure = failureOf(end, to);
  if (failure !== undefined) context.setExitCode(1);
  if (json) {
    context.out.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  if (failure === undefined)
    context.out.write(`The call lasted ${end.durationSec} s; ${endedBy(end)} ended it.\n`);
  else context.err.write(`${printable(failure)}\n`);
  // Only a call that the service took leaves a record.
  if (end.streamOpened) context.out.write(`Read it with: npx callwright calls show ${end.callSid}\n`);
}

async function readScript(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UserError(
      code === 'ENOENT' ? `${path}: there is no such file` : `${path}: the script cannot be read (${code})`,
      { cause: error },
    );
  }
}

/** Resolves with the sandbox's answer when the call has ended. Throws {@link UserError}. */
async function askSandbox(sandbox: string, call: Record<string, unknown>): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(new URL('/phone/calls', sandbox), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    });
  } catch (error) {
    throw new UserError(
      `No sandbox answers at ${sandbox}. Start one with "npm start" or name it with --sandbox.`,
      { cause: error },
    );
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const refusal = z.object({ error: z.string() }).safeParse(answer);
  if (!refusal.success) return undefined;
  throw new UserError(`The sandbox refused the call: ${printable(refusal.data.error)}`);
}

/** What went wrong with the call, in a sentence; undefined where it went as calls go. */
function failureOf(
  { reason, streamOpened, detail }: z.infer<typeof endSchema>,
  to: string,
): string | undefined {
  switch (reason) {
    case 'application-error':
      return 'The call failed: the service did not answer, or not with anything usable. Is it running? Its log says more.';
    case 'rejected':
      return 'The service rejected the call.';
    case 'not-answered':
      return 'The call was not answered.';
    case 'caller-stuck':
      return `The caller gave up: what it waited for never came (${detail ?? 'no step'}).`;
    case 'sandbox-closed':
      return 'The sandbox was stopped before the call had ended.';
    case 'sandbox-error':
      return `The sandbox failed: ${detail ?? 'its log says why'}`;
    case 'hangup-verb':
    case 'twiml-finished':
    case 'ended-by-api':
    case 'caller-hung-up':
      if (streamOpened) return undefined;
      return `No flow took the call: ${endedBy({ reason })} ended it at once. Does a flow answer ${to}, or is DEFAULT_FLOW set?`;
  }
}

function endedBy({ reason }: Pick<z.infer<typeof endSchema>, 'reason'>): string {
  return reason === 'caller-hung-up' ? 'the caller' : 'the service';
}

function parseNumber(value: string): string {
  if (!/^\+[1-9]\d{1,14}$/.test(value))
    throw new InvalidArgumentError('It must be a number such as +15550100.');
  return value;
}
