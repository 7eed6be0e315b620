import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadFlowVariables } from '../config.ts';
import type { FlowProblem } from '../flows/problems.ts';
import type { CliContext } from './context.ts';

/** Adds `flow check` and `flow schema`. */
export function registerFlowCommands(program: Command, context: CliContext): void {
  const flow = program.command('flow').description('work on call flows');
  flow
    .command('check')
    .description('find mistakes in call flows')
    .argument('<path...>', 'flow files, or folders of them')
    .option('--json', 'print JSON, for programs')
    .action((paths: string[], { json = false }: { json?: boolean }) => checkFlows(paths, json, context));
  flow
    .command('schema')
    .description('print the JSON Schema of a call flow, for editors')
    .action(async () => {
      const { describeSchema } = await import('../flows/schema.ts');
      context.out.write(`${JSON.stringify(describeSchema(), null, 2)}\n`);
    });
}

async function checkFlows(paths: string[], json: boolean, context: CliContext): Promise<void> {
  const { checkFiles, flowFiles } = await import('../flows/loader.ts');
  const { FlowError, formatProblem } = await import('../flows/problems.ts');
  const env = loadFlowVariables();
  const problems: FlowProblem[] = [];
  const tell = (found: readonly FlowProblem[], file?: string): void => {
    problems.push(...found);
    if (json) return;
    context.out.write(found.length === 0 ? `${file}: ok\n` : `${found.map(formatProblem).join('\n')}\n`);
  };
  const files = new Set<string>();
  for (const path of paths) {
    try {
      const found = (await isFolder(path)) ? await flowFiles(path) : [path];
      for (const file of found) files.add(resolve(file));
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      tell(error.problems);
    }
  }
  // A service loads a whole folder, so files of the same one, named or found, are checked together.
  for (const folder of Map.groupBy(files, (file) => dirname(file)).values()) {
    for (const { file, problems: found } of await checkFiles(folder, env))
      tell(found.map(whereChecked), file);
  }
  if (json) context.out.write(`${JSON.stringify({ problems }, null, 2)}\n`);
  if (problems.some(({ severity }) => severity === 'error')) context.setExitCode(1);
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
