/** Flow files: read, checked, and made ready to answer calls. */
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { checkDraft } from './checks.ts';
import { knowledgeOf } from './checks-knowledge.ts';
import { missingTexts, ownMissingTexts, plainTextProblems, strangeTextProblems } from './checks-languages.ts';
import { draftOf } from './draft.ts';
import { fileProblem, flowFiles, flowText, shown } from './flow-files.ts';
import type { CallFlow, FlowCatalogue } from './index.ts';
import type { KnowledgeIndex } from './knowledge/index.ts';
import { inItsLanguages, type LanguageView } from './language-views.ts';
import { type CheckedFlow, type ExaminedFlow, Linker } from './linking.ts';
import { lint } from './lint.ts';
import { FlowError, type FlowProblem, formatProblem, suggestion } from './problems.ts';
import { editorSchema, type FlowFile, parseFlowFile } from './schema.ts';
import { schemaProblems } from './schema-problems.ts';
import { testProblems } from './test/problems.ts';
import { isSound, worthTelling } from './worth-telling.ts';
import { YamlSource } from './yaml-source.ts';

/** The environment that flows may name parts of under `secrets`. */
export type FlowEnvironment = Readonly<Record<string, string | undefined>>;

export { type CheckedFlow, flowFiles };

export interface FlowTextOptions {
  /** What problems call it. */
  file: string;
  env?: FlowEnvironment;
  /** Where it is, for the files it names; without it they are neither looked for nor used. */
  folder?: string;
}

/** Checks the text of a flow. Never throws. `others`: the texts of the flows it may go into. */
export function checkFlow(
  text: string,
  options: FlowTextOptions,
  others: readonly string[] = [],
): CheckedFlow {
  const flow = examine(text, options);
  const rest = others.map((other, index) => examine(other, { ...options, file: `other-${index}.yaml` }));
  return new Linker([flow, ...rest]).check(flow);
}

/** Everything about a file that can be told without the flows it goes into. */
function examine(text: string, { file, env = {}, folder }: FlowTextOptions): ExaminedFlow {
  const written = YamlSource.parse(file, text);
  if (Array.isArray(written)) return unreadable(file, written);
  const { source, others } = inItsLanguages(written);
  const parsed = parseFlowFile(source.data);
  const shape = parsed.success ? [] : schemaProblems(source, parsed.error.issues, editorSchema());
  const draft = draftOf(source, parsed.data, parsed.error?.issues);
  const knowledge = knowledgeOf(draft, folder);
  const errors = [
    ...strangeTextProblems(written),
    ...shape,
    ...checkDraft(draft, env, folder),
    ...knowledge.problems,
    ...testProblems(draft, parsed.data),
  ];
  const inOthers = others.map((other) => otherLanguage(other, env, folder));
  errors.push(...inOthers.flatMap(({ problems }) => problems).filter(isNewBeside(errors)));
  const problems = worthTelling(
    isSound(errors)
      ? [...errors, ...lint(draft), ...ownMissingTexts(written), ...plainTextProblems(written)]
      : errors,
  );
  return {
    file,
    text,
    folder,
    env,
    problems,
    knowledge: knowledge.base,
    ...(parsed.success
      ? { parsed: { source: written, file: parsed.data, others: inOthers.flatMap((one) => one.file ?? []) } }
      : {}),
    at: (path, message) => source.problem(path, 'duplicate', message),
  };
}

/** A file as it is in another of its languages, and what is wrong with it there. */
function otherLanguage(
  { source, view }: LanguageView,
  env: FlowEnvironment,
  folder: string | undefined,
): { file: FlowFile | undefined; problems: FlowProblem[] } {
  const parsed = parseFlowFile(source.data);
  const shape = parsed.success ? [] : schemaProblems(source, parsed.error.issues, editorSchema());
  const draft = draftOf(source, parsed.data, parsed.error?.issues);
  const problems = [...shape, ...checkDraft(draft, env, folder), ...missingTexts(source, view)];
  return { file: parsed.data, problems };
}

/** What is wrong in every language is told once. */
function isNewBeside(told: readonly FlowProblem[]): (problem: FlowProblem) => boolean {
  const known = new Set(told.map(formatProblem));
  return (problem) => {
    const text = formatProblem(problem);
    const isNew = !known.has(text);
    known.add(text);
    return isNew;
  };
}

function unreadable(file: string, problems: FlowProblem[]): ExaminedFlow {
  const [problem = fileProblem(file, 'the file cannot be read')] = problems;
  return { file, text: '', folder: undefined, env: {}, problems: [...problems], at: () => problem };
}

/** Loads one flow from its text. Throws {@link FlowError}. */
export function parseFlow(text: string, options: FlowTextOptions): CallFlow {
  const { flow, problems } = checkFlow(text, options);
  if (flow === undefined) throw new FlowError(problems.filter(({ severity }) => severity === 'error'));
  return flow;
}

/** Loads one flow file. Throws {@link FlowError}, also where the file cannot be read. */
export async function loadFlow(path: string, options: { env?: FlowEnvironment } = {}): Promise<CallFlow> {
  const [checked] = await checkFiles([path], options.env ?? {});
  if (checked?.flow === undefined)
    throw new FlowError((checked?.problems ?? []).filter(({ severity }) => severity === 'error'));
  return checked.flow;
}

export interface CatalogueOptions {
  /** The id of the flow that answers numbers no flow lists. Default: the only flow, where there is one. */
  defaultFlow?: string | undefined;
  env?: FlowEnvironment;
  /** Where what flows know is looked up. Default: in this process. */
  knowledge?: KnowledgeIndex | undefined;
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
  const { env = {}, logger, defaultFlow, knowledge } = options;
  const checked = await checkFiles(await flowFiles(folder), env, knowledge);
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
  return catalogueOf(flows, defaultFlow);
}

/** The flows as a whole. `defaultFlow`: the id of the one that answers numbers no flow lists. */
export function catalogueOf(flows: readonly CallFlow[], defaultFlow: string | undefined): FlowCatalogue {
  const byNumber = new Map(flows.flatMap((flow) => flow.numbers.map((number) => [number, flow] as const)));
  const only = flows.length === 1 ? flows[0] : undefined;
  const fallback =
    defaultFlow === undefined ? only : flows.find(({ settings }) => settings.id === defaultFlow);
  return {
    flows,
    byId: (id, version) =>
      flows.find(
        ({ settings }) => settings.id === id && (version === undefined || settings.version === version),
      ) ?? variantOf(flows, id, version),
    forNumber: (number) => byNumber.get(number) ?? fallback,
    async close() {
      await Promise.all(flows.map((flow) => flow.close()));
    },
  };
}

function variantOf(
  flows: readonly CallFlow[],
  id: string,
  version: string | undefined,
): CallFlow | undefined {
  return flows
    .filter(({ settings }) => settings.id === id)
    .flatMap(({ variants }) => variants)
    .find(({ settings }) => settings.version === version);
}

/** Two files cannot have one id, nor two flows one number. */
function acrossFiles(files: readonly CheckedFlow[]): FlowProblem[] {
  const problems: FlowProblem[] = [];
  const ids = new Map<string, string>();
  const numbers = new Map<string, string>();
  for (const { flow, file, at } of files) {
    if (flow === undefined) continue;
    const { id } = flow.settings;
    const same = ids.get(id);
    if (same !== undefined) {
      problems.push(at(['flow'], `the id "${id}" is that of ${same} already; choose another`));
      continue;
    }
    ids.set(id, file);
    for (const [index, number] of flow.numbers.entries()) {
      const owner = numbers.get(number);
      if (owner === undefined) numbers.set(number, id);
      else
        problems.push(at(['numbers', index], `the number ${number} already belongs to the flow "${owner}"`));
    }
  }
  return problems;
}

/** Checks files as those of one folder, which may not share ids or numbers. Never throws. */
export async function checkFiles(
  paths: readonly string[],
  env: FlowEnvironment,
  knowledge?: KnowledgeIndex,
): Promise<CheckedFlow[]> {
  const examined: ExaminedFlow[] = [];
  for (const path of paths) examined.push(await examineFile(path, env));
  const { flows, ids } = await neighbours(paths, examined, env);
  const linker = new Linker([...examined, ...flows], { knowledge, others: ids });
  const checked = examined.map((flow) => linker.check(flow));
  const shared = acrossFiles(checked);
  return checked.map((each) => ({
    ...each,
    problems: [...each.problems, ...shared.filter(({ file }) => file === each.file)],
  }));
}

/**
 * Of the other files of their folders, those whose flows are gone into, and what the rest call themselves. Only these
 * are looked into: a folder may hold hundreds.
 */
async function neighbours(
  paths: readonly string[],
  examined: readonly ExaminedFlow[],
  env: FlowEnvironment,
): Promise<{ flows: ExaminedFlow[]; ids: string[] }> {
  const known = new Set(examined.map(({ parsed }) => parsed?.file.flow));
  const lacking = (flows: readonly ExaminedFlow[]): boolean =>
    flows.some(({ parsed }) =>
      Object.values(parsed?.file.nodes ?? {}).some(
        (node) => node.type === 'subflow' && !known.has(node.flow),
      ),
    );
  const flows: ExaminedFlow[] = [];
  if (!lacking(examined)) return { flows, ids: [] };
  const byId = await pathsById(paths);
  const wanted = [...examined];
  for (const { parsed } of wanted) {
    for (const node of Object.values(parsed?.file.nodes ?? {})) {
      const path = node.type === 'subflow' && !known.has(node.flow) ? byId.get(node.flow) : undefined;
      if (path === undefined || node.type !== 'subflow') continue;
      known.add(node.flow);
      const found = await examineFile(path, env);
      flows.push(found);
      wanted.push(found);
    }
  }
  return { flows, ids: [...byId.keys()] };
}

/** The other files of their folders by the ids they seem to have: whoever is gone into is read properly. */
async function pathsById(paths: readonly string[]): Promise<Map<string, string>> {
  const folders = new Set(paths.map((path) => dirname(path)));
  const files = await Promise.all([...folders].map((folder) => flowFiles(folder).catch(() => [])));
  const byId = new Map<string, string>();
  for (const path of files.flat()) {
    const text = paths.includes(path) ? undefined : await flowText(path);
    const id = typeof text === 'string' ? idIn(text) : undefined;
    if (id !== undefined && !byId.has(id)) byId.set(id, path);
  }
  return byId;
}

/** `flow: ID`, as it is written in YAML or JSON. */
function idIn(text: string): string | undefined {
  return /^[\ufeff{\s]*["']?flow["']?\s*:\s*["']?([a-z][a-z0-9-]*)/m.exec(text)?.[1];
}

async function examineFile(path: string, env: FlowEnvironment): Promise<ExaminedFlow> {
  const file = shown(path);
  const text = await flowText(path);
  return typeof text === 'string'
    ? examine(text, { file, env, folder: dirname(path) })
    : unreadable(file, [text]);
}
