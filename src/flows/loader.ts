/** Flow files: read, checked, and made ready to answer calls. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Logger } from 'pino';
import { createCallFlow } from './call-flow.ts';
import { checkDraft } from './checks.ts';
import { draftOf } from './draft.ts';
import { compileFlow, type Flow } from './flow.ts';
import type { CallFlow, FlowCatalogue } from './index.ts';
import { FlowError, type FlowProblem, formatProblem, suggestion } from './problems.ts';
import { describeSchema, flowSchema } from './schema.ts';
import { schemaProblems } from './schema-problems.ts';
import { MOST_BYTES, YamlSource } from './yaml-source.ts';

/** Who has that many mends the first of them and looks again. */
const MOST_PROBLEMS = 100;

let cachedSchema: Record<string, unknown> | undefined;

/** Only needed to word problems, so only made for the first one. */
function editorSchema(): Record<string, unknown> {
  cachedSchema ??= describeSchema();
  return cachedSchema;
}

/** The environment that flows may name parts of under `secrets`. */
export type FlowEnvironment = Readonly<Record<string, string | undefined>>;

export interface CheckedFlow {
  /** What problems call it. */
  file: string;
  /** Absent when any problem is an error. */
  flow?: CallFlow;
  problems: FlowProblem[];
  /** Where each of the flow's numbers stands in the file. */
  at(path: readonly PropertyKey[], message: string): FlowProblem;
}

/** Checks the text of a flow. Never throws. `file`: what problems call it. */
export function checkFlow(text: string, options: { file: string; env?: FlowEnvironment }): CheckedFlow {
  const { file, env = {} } = options;
  const source = YamlSource.parse(file, text);
  if (Array.isArray(source))
    return { file, problems: source, at: () => fileProblem(file, 'the file cannot be read') };
  const parsed = flowSchema.safeParse(source.data);
  const shape = parsed.success ? [] : schemaProblems(source, parsed.error.issues, editorSchema());
  const problems = worthTelling([...shape, ...checkDraft(draftOf(source, parsed.data), env)]);
  const at = (path: readonly PropertyKey[], message: string): FlowProblem =>
    source.problem(path, 'duplicate', message);
  if (!parsed.success || problems.some(({ severity }) => severity === 'error')) return { file, problems, at };
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const flow: Flow = compileFlow(parsed.data, version);
  return { file, flow: createCallFlow(flow, env), problems, at };
}

/** Loads one flow from its text. Throws {@link FlowError}. */
export function parseFlow(text: string, options: { file: string; env?: FlowEnvironment }): CallFlow {
  const { flow, problems } = checkFlow(text, options);
  if (flow === undefined) throw new FlowError(problems.filter(({ severity }) => severity === 'error'));
  return flow;
}

/** Loads one flow file. Throws {@link FlowError}, also where the file cannot be read. */
export async function loadFlow(path: string, options: { env?: FlowEnvironment } = {}): Promise<CallFlow> {
  const checked = await checkFile(path, options.env ?? {});
  if (checked.flow === undefined)
    throw new FlowError(checked.problems.filter(({ severity }) => severity === 'error'));
  return checked.flow;
}

export interface CatalogueOptions {
  /** The id of the flow that answers numbers no flow lists. Default: the only flow, where there is one. */
  defaultFlow?: string | undefined;
  env?: FlowEnvironment;
  /** Hears of warnings. */
  logger?: Logger;
}

/**
 * Loads every `.yaml` and `.yml` file of a folder (not of folders in it). Throws {@link FlowError} with all problems.
 *
 * A flow that lacks nothing but a variable of the environment is left out with an error in the log, for the others
 * still answer their numbers; it is an error where it is the default flow, or where no other is left.
 */
export async function loadCatalogue(folder: string, options: CatalogueOptions = {}): Promise<FlowCatalogue> {
  const { env = {}, logger, defaultFlow } = options;
  const checked = await checkFiles(await flowFiles(folder), env);
  const problems = checked.flatMap((file) => file.problems);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const flows = checked.flatMap(({ flow }) => flow ?? []);
  const hasDefault = defaultFlow === undefined || flows.some(({ settings }) => settings.id === defaultFlow);
  const canGoWithout =
    flows.length > 0 && hasDefault && errors.every(({ code }) => code === 'missing-environment');
  if (errors.length > 0 && !canGoWithout) throw new FlowError(errors);
  if (!hasDefault) {
    const ids = flows.map(({ settings }) => settings.id);
    const message = `the default flow "${defaultFlow}" does not exist${suggestion(defaultFlow, ids)}`;
    throw new FlowError([{ ...fileProblem(shown(folder), message), code: 'unknown-flow' }]);
  }
  for (const problem of problems) {
    if (problem.severity === 'warning') logger?.warn({ code: problem.code }, formatProblem(problem));
    else
      logger?.error({ code: problem.code }, `${formatProblem(problem)}; calls to this flow are not answered`);
  }
  return catalogue(flows, defaultFlow);
}

function catalogue(flows: readonly CallFlow[], defaultFlow: string | undefined): FlowCatalogue {
  const byNumber = new Map(flows.flatMap((flow) => flow.numbers.map((number) => [number, flow] as const)));
  const only = flows.length === 1 ? flows[0] : undefined;
  const fallback =
    defaultFlow === undefined ? only : flows.find(({ settings }) => settings.id === defaultFlow);
  return {
    flows,
    byId: (id, version) =>
      flows.find(
        ({ settings }) => settings.id === id && (version === undefined || settings.version === version),
      ),
    forNumber: (number) => byNumber.get(number) ?? fallback,
  };
}

function acrossFiles(files: readonly CheckedFlow[]): FlowProblem[] {
  const problems: FlowProblem[] = [];
  const owners = new Map<string, string>();
  const claim = (
    what: string,
    key: string,
    file: CheckedFlow,
    id: string,
    path: readonly PropertyKey[],
  ): void => {
    const owner = owners.get(key);
    if (owner !== undefined && owner !== id)
      problems.push(file.at(path, `${what} already belongs to the flow "${owner}"`));
    else if (owner !== undefined && what.startsWith('the id'))
      problems.push(file.at(path, `${what} is used by another file too`));
    owners.set(key, owner ?? id);
  };
  for (const file of files) {
    if (file.flow === undefined) continue;
    const { settings, numbers } = file.flow;
    claim(`the id "${settings.id}"`, `id ${settings.id}`, file, settings.id, ['flow']);
    for (const [index, number] of numbers.entries()) {
      claim(`the number ${number}`, number, file, settings.id, ['numbers', index]);
    }
  }
  return problems;
}

/** Checks files as those of one folder, which may not share ids or numbers. Never throws. */
export async function checkFiles(paths: readonly string[], env: FlowEnvironment): Promise<CheckedFlow[]> {
  const checked: CheckedFlow[] = [];
  for (const path of paths) checked.push(await checkFile(path, env));
  const shared = acrossFiles(checked);
  return checked.map((each) => ({
    ...each,
    problems: [...each.problems, ...shared.filter(({ file }) => file === each.file)],
  }));
}

/** The flow files of a folder, in the order of their names. Throws {@link FlowError} where there are none. */
export async function flowFiles(folder: string): Promise<string[]> {
  const name = shown(folder);
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    throw new FlowError([
      fileProblem(name, `the folder of flows cannot be read (${codeOf(error)}); check FLOWS_DIR`),
    ]);
  }
  const files = entries.filter((entry) => /^[^.].*\.ya?ml$/i.test(entry)).sort();
  if (files.length === 0)
    throw new FlowError([fileProblem(name, 'the folder holds no flow (a file that ends in .yaml)')]);
  return files.map((file) => join(folder, file));
}

async function checkFile(path: string, env: FlowEnvironment): Promise<CheckedFlow> {
  const file = shown(path);
  const refuse = (message: string): CheckedFlow => {
    const problem = fileProblem(file, message);
    return { file, problems: [problem], at: () => problem };
  };
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES)
      return refuse(`the file is larger than 1 MB (${size} bytes), which no flow should be`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    return checkFlow(text, { file, env });
  } catch (error) {
    if (error instanceof TypeError) return refuse('the file is not UTF-8 text; save it as UTF-8');
    const code = codeOf(error);
    return refuse(code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`);
  }
}

function fileProblem(file: string, message: string): FlowProblem {
  return { code: 'unreadable', severity: 'error', file, line: 1, column: 1, message };
}

/** In the order of the file. Warnings only where nothing is wrong: most would follow from what is. */
function worthTelling(problems: readonly FlowProblem[]): FlowProblem[] {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const told = errors.length > 0 ? errors : problems;
  const ordered = told.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const next = ordered[MOST_PROBLEMS];
  if (next === undefined) return ordered;
  const more = { ...next, message: `and ${ordered.length - MOST_PROBLEMS} problems more from here on` };
  return [...ordered.slice(0, MOST_PROBLEMS), more];
}

/** As a person in this folder would write it. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
