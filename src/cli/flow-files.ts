/** The flow files that a command is to work on. */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { CheckedFlow, FlowEnvironment } from '../flows/loader.ts';
import type { FlowError, FlowProblem } from '../flows/problems.ts';

/** No tool is run, so whatever a flow asks of the environment may be there. */
const ANY_ENVIRONMENT: FlowEnvironment = new Proxy({}, { get: () => 'unset' });

/** A flow file without an error. */
export type UsableFlow = CheckedFlow & Required<Pick<CheckedFlow, 'flow' | 'compiled'>>;

/**
 * The flows of all paths. Throws {@link FlowError} where any of them cannot be used.
 *
 * @param env where the names under `secrets` get their values. Default: anything, for commands that run no tool
 */
export async function usableFlows(
  paths: readonly string[],
  env: FlowEnvironment = ANY_ENVIRONMENT,
): Promise<UsableFlow[]> {
  const { FlowError } = await import('../flows/problems.ts');
  const { flows, errors } = await flowsAndErrors(paths, env);
  if (errors.length > 0) throw new FlowError(errors);
  return flows;
}

/** The flows of all paths that can be used, and what is wrong with the others. `env`: as in {@link usableFlows}. */
export async function flowsAndErrors(
  paths: readonly string[],
  env: FlowEnvironment = ANY_ENVIRONMENT,
): Promise<{ flows: UsableFlow[]; errors: FlowProblem[] }> {
  const unread: FlowProblem[] = [];
  const files = await filesOf(paths, (error) => unread.push(...error.problems));
  const checked = await checkEach(files, env);
  const problems = [...unread, ...checked.flatMap((each) => each.problems)];
  const errors = problems.filter(({ severity }) => severity === 'error');
  return { flows: checked.filter(isUsable), errors };
}

export function isUsable(checked: CheckedFlow): checked is UsableFlow {
  return checked.flow !== undefined && checked.compiled !== undefined;
}

/** The flow files of all paths, each once, whatever cannot be read left to `onError`. */
export async function filesOf(
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
export async function checkEach(files: ReadonlySet<string>, env: FlowEnvironment): Promise<CheckedFlow[]> {
  const { checkFiles } = await import('../flows/loader.ts');
  const checked: CheckedFlow[] = [];
  for (const folder of Map.groupBy(files, (file) => dirname(file)).values())
    checked.push(...(await checkFiles(folder, env)));
  return checked;
}

/** What is not there counts as a file; its check says so. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
