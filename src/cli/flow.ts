import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig, loadFlowVariables } from '../config.ts';
import type { CallFlow } from '../flows/index.ts';
import type { CheckedFlow, FlowEnvironment } from '../flows/loader.ts';
import type { FlowError, FlowProblem } from '../flows/problems.ts';
import type { CliContext } from './context.ts';
import { stopSignal } from './stop-signal.ts';

const WARM_HELP = `
It renders what a flow says on every call (greetings, questions, phrases, fillers), so that it is played without
asking the vendor. The settings are those of "callwright serve": the voice is the one that will speak on calls, the
prompts are kept in DATA_DIR and, where REDIS_URL is set, shared with other nodes. What is there already is left alone;
what is damaged is rendered again.

Without a voice key the service speaks with its sandbox's voice, which answers within the process: rendering ahead is
then worth it only for trying things out, so it has to be asked for, by --sandbox. Prompts of the sandbox and of a
vendor are kept apart; the one is never played for the other.`;

/** Adds `flow check`, `flow warm` and `flow schema`. */
export function registerFlowCommands(program: Command, context: CliContext): void {
  const flow = program.command('flow').description('work on call flows');
  flow
    .command('check')
    .description('find mistakes in call flows')
    .argument('<path...>', 'flow files, or folders of them')
    .option('--json', 'print JSON, for programs')
    .action((paths: string[], { json = false }: { json?: boolean }) => checkFlows(paths, json, context));
  flow
    .command('warm')
    .description('render the fixed prompts of call flows ahead of time')
    .argument('[path...]', 'flow files, or folders of them; without any, FLOWS_DIR')
    .option('--sandbox', "render with the sandbox's voice, whatever keys are set")
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', WARM_HELP)
    .action((paths: string[], options: { sandbox?: boolean; json?: boolean }) =>
      warmFlows(paths, options, context),
    );
  flow
    .command('schema')
    .description('print the JSON Schema of a call flow, for editors')
    .action(async () => {
      const { describeSchema } = await import('../flows/schema.ts');
      context.out.write(`${JSON.stringify(describeSchema(), null, 2)}\n`);
    });
}

async function checkFlows(paths: string[], json: boolean, context: CliContext): Promise<void> {
  const { formatProblem } = await import('../flows/problems.ts');
  const problems: FlowProblem[] = [];
  const tell = (found: readonly FlowProblem[], file?: string): void => {
    problems.push(...found);
    if (json) return;
    context.out.write(found.length === 0 ? `${file}: ok\n` : `${found.map(formatProblem).join('\n')}\n`);
  };
  const files = await filesOf(paths, (error) => tell(error.problems));
  for (const { file, problems: found } of await checkEach(files, loadFlowVariables()))
    tell(found.map(whereChecked), file);
  if (json) context.out.write(`${JSON.stringify({ problems }, null, 2)}\n`);
  if (problems.some(({ severity }) => severity === 'error')) context.setExitCode(1);
}

async function warmFlows(
  paths: readonly string[],
  { sandbox = false, json = false }: { sandbox?: boolean; json?: boolean },
  context: CliContext,
): Promise<void> {
  const config = loadConfig();
  const flows = await loadFlows(paths.length > 0 ? paths : [config.flowsDir]);
  const { runFlowWarm } = await import('./flow-warm.ts');
  await runFlowWarm({ config, flows, sandbox, json, context, signal: stopSignal() });
}

/** No tool is run, so whatever a flow asks of the environment may be there. */
const ANY_ENVIRONMENT: FlowEnvironment = new Proxy({}, { get: () => 'unset' });

/** Throws {@link FlowError} where any of them cannot be used. */
async function loadFlows(paths: readonly string[]): Promise<CallFlow[]> {
  const { FlowError } = await import('../flows/problems.ts');
  const files = await filesOf(paths, (error) => {
    throw error;
  });
  const checked = await checkEach(files, ANY_ENVIRONMENT);
  const errors = checked.flatMap(({ problems }) => problems).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new FlowError(errors);
  return checked.flatMap(({ flow }) => flow ?? []);
}

/** The flow files of all paths, each once, whatever cannot be read left to `onError`. */
async function filesOf(
  paths: readonly string[],
  onError: (error: FlowError) => void,
): Promise<ReadonlySet<string>> {
  const { flowFiles } = await import('../flows/loader.ts');
  const { FlowError } = await import('../flows/problems.ts');
  const files = new Set<string>();
  for (const path of paths) {
    try {
      const found = (await isFolder(path)) ? await flowFiles(path) : [path];
      for (const file of found) files.add(resolve(file));
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      onError(error);
    }
  }
  return files;
}

/** A service loads a whole folder, so files of the same one, named or found, are checked together. */
async function checkEach(files: ReadonlySet<string>, env: FlowEnvironment): Promise<CheckedFlow[]> {
  const { checkFiles } = await import('../flows/loader.ts');
  const checked: CheckedFlow[] = [];
  for (const folder of Map.groupBy(files, (file) => dirname(file)).values())
    checked.push(...(await checkFiles(folder, env)));
  return checked;
}

/** What a flow finds in the environment matters where it answers calls, not where it is checked. */
function whereChecked(problem: FlowProblem): FlowProblem {
  return problem.code === 'missing-environment' ? { ...problem, severity: 'warning' } : problem;
}

/** What is not there counts as a file; its check says so. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
