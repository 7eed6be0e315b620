/** The commands, what they answer to mistakes, and their exit codes: 0 done, 1 failed, 2 not understood. */
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { ConfigError, loadClientConfig } from '../config.ts';
import { isUserError } from '../user-error.ts';
import { registerCallCommand } from './call.ts';
import { registerCallsCommands } from './calls.ts';
import { registerCampaignCommands } from './campaigns.ts';
import { registerChatCommand } from './chat.ts';
import { registerConfigCommand } from './config.ts';
import type { CliContext } from './context.ts';
import { registerDemoCommand } from './demo.ts';
import { registerDoNotCallCommands } from './do-not-call.ts';
import { registerFlowCommands } from './flow.ts';
import { registerReplayCommand } from './replay.ts';
import { registerSandboxCommand } from './sandbox.ts';
import { registerServeCommand } from './serve.ts';
import { registerSimulateCommand } from './simulate.ts';

const EXAMPLES = `
Examples:
  callwright demo                          hear a whole call, without any account
  callwright serve                         answer calls; "callwright serve --help" lists its settings
  callwright flow check flows/*.yaml       find mistakes in call flows
  callwright flow test                     play the tests of call flows
  callwright chat main-menu                talk to a flow by typing
  callwright calls show CA1234             read a call, turn by turn
  callwright campaign import ID list.csv   call the people on a list`;

/** They ask a running service or its sandbox: its address must not fail any other command. */
const CLIENTS: ReadonlySet<string> = new Set(['calls', 'call', 'campaign', 'do-not-call', 'sandbox']);

type Streams = Pick<CliContext, 'input' | 'out' | 'err'>;

/**
 * Runs one command. Never throws: problems are told on `err`.
 *
 * @returns the exit code
 */
export async function run(
  args: readonly string[],
  { input = process.stdin, out = process.stdout, err = process.stderr }: Partial<Streams> = {},
): Promise<number> {
  let exitCode = 0;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  try {
    await createProgram(args, { input, out, err, setExitCode }).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong; asking for help is not wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    err.write(`${explain(error)}\n`);
    return 1;
  }
}

function createProgram(args: readonly string[], context: CliContext): Command {
  const program = new Command('callwright')
    .description(manifest.description)
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
    })
    .showHelpAfterError('(--help lists what there is)')
    .addHelpText('after', EXAMPLES);
  registerServeCommand(program);
  registerDemoCommand(program);
  const { host, port, adminToken, dataDir } = CLIENTS.has(args[0] ?? '')
    ? loadClientConfig()
    : loadClientConfig({}, { dotenv: false });
  const service = {
    baseUrl: `http://${host ?? '127.0.0.1'}:${port}`,
    ...(adminToken === undefined ? {} : { adminToken }),
    dataDir,
    out: context.out,
    err: context.err,
  };
  registerCallsCommands(program, service);
  registerCampaignCommands(program, service);
  registerDoNotCallCommands(program, service);
  // A service on its sandbox has it on the next port.
  const sandboxUrl = `http://127.0.0.1:${port + 1}`;
  registerCallCommand(program, context, sandboxUrl);
  registerFlowCommands(program, context);
  registerChatCommand(program, context);
  registerConfigCommand(program, context);
  registerSandboxCommand(program, context, sandboxUrl);
  registerSimulateCommand(program, context);
  registerReplayCommand(program, context);
  return program;
}

/** What a person can act on in a line; what only we can, with its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    return ['The environment is not as it should be:', ...error.problems.map((each) => `  ${each}`)].join(
      '\n',
    );
  }
  if (!(error instanceof Error)) return String(error);
  if (isUserError(error)) return error.message;
  return isPortTaken(error) ? describeTakenPort(error.port) : (error.stack ?? error.message);
}

/** As Node tells it of any server but the service's own, which says so itself: the sandbox's. */
function isPortTaken(error: Error): error is Error & { port: number } {
  return 'code' in error && error.code === 'EADDRINUSE' && 'port' in error && typeof error.port === 'number';
}

function describeTakenPort(port: number): string {
  return (
    `Port ${port} is taken by another program, and the sandbox needs it. ` +
    'A service has its sandbox on the port after PORT: set PORT to another one (with "callwright sandbox", --port).'
  );
}
