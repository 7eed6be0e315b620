import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadConfig, loadFlowVariables } from '../config.ts';
import type { FlowProblem } from '../flows/problems.ts';
import type { CliContext } from './context.ts';
import { checkEach, filesOf, usableFlows } from './flow-files.ts';
import { registerFlowGraphCommand } from './flow-graph.ts';
import { registerFlowTestCommand } from './flow-test.ts';
import { stopSignal } from './stop-signal.ts';

const WARM_HELP = `
It renders what a flow says on every call (greetings, questions, phrases, fillers), so that it is played without
asking the vendor. The settings are those of "callwright serve": the voice is the one that will speak on calls, the
prompts are kept in DATA_DIR and, where REDIS_URL is set, shared with other nodes. What is there already is left alone;
what is damaged is rendered again.

Without a voice key the service speaks with its sandbox's voice, which answers within the process: rendering ahead is
then worth it only for trying things out, so it has to be asked for, by --sandbox. Prompts of the sandbox and of a
vendor are kept apart; the one is never played for the other.`;

const CHECK_HELP = `
An error keeps a flow from taking calls: a name that does not exist, a template that cannot be read. A warning does
not: nodes that nothing leads to, dead ends, loops without a way out, slots used before they are set, prompts too long
to listen to, words that are understood as something else, tools nobody uses. Warnings are looked for where there is no
error. Environment variables that are not set are told as warnings, also with --strict: they matter where calls are
answered. The exit code is 1 where there is an error.`;

/** Adds `flow check`, `flow test`, `flow warm`, `flow schema` and `flow graph`. */
export function registerFlowCommands(program: Command, context: CliContext): void {
  const flow = program.command('flow').description('work on call flows');
  flow
    .command('check')
    .description('find mistakes in call flows')
    .argument('<path...>', 'flow files, or folders of them')
    .option('--strict', 'count warnings as errors')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', CHECK_HELP)
    .action((paths: string[], options: { strict?: boolean; json?: boolean }) =>
      checkFlows(paths, options, context),
    );
  registerFlowTestCommand(flow, context);
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
    .option('--out <file>', 'write it to a file')
    .action(async ({ out }: { out?: string }) => {
      const { describeSchema } = await import('../flows/schema.ts');
      const schema = `${JSON.stringify(describeSchema(), null, 2)}\n`;
      if (out === undefined) context.out.write(schema);
      else await writeFile(out, schema);
    });
  registerFlowGraphCommand(flow, context);
}

async function checkFlows(
  paths: string[],
  { strict = false, json = false }: { strict?: boolean; json?: boolean },
  context: CliContext,
): Promise<void> {
  const { formatProblem } = await import('../flows/problems.ts');
  const problems: FlowProblem[] = [];
  const tell = (found: readonly FlowProblem[], file?: string): void => {
    problems.push(...found);
    if (json) return;
    context.out.write(found.length === 0 ? `${file}: ok\n` : `${found.map(formatProblem).join('\n')}\n`);
  };
  const files = await filesOf(paths, (error) => tell(error.problems));
  for (const { file, problems: found } of await checkEach(files, loadFlowVariables()))
    tell(
      found.map((problem) => weighed(problem, strict)),
      file,
    );
  if (json) context.out.write(`${JSON.stringify({ problems }, null, 2)}\n`);
  if (problems.some(({ severity }) => severity === 'error')) context.setExitCode(1);
}

async function warmFlows(
  paths: readonly string[],
  { sandbox = false, json = false }: { sandbox?: boolean; json?: boolean },
  context: CliContext,
): Promise<void> {
  const config = loadConfig();
  const checked = await usableFlows(paths.length > 0 ? paths : [config.flowsDir]);
  const flows = checked.map(({ flow }) => flow);
  const { runFlowWarm } = await import('./flow-warm.ts');
  await runFlowWarm({ config, flows, sandbox, json, context, signal: stopSignal() });
}

/** What a flow finds in the environment matters where it answers calls, not where it is checked. */
function weighed(problem: FlowProblem, isStrict: boolean): FlowProblem {
  if (problem.code === 'missing-environment') return { ...problem, severity: 'warning' };
  return isStrict ? { ...problem, severity: 'error' } : problem;
}
