/**
 * Tools that are TypeScript functions, in the folder `tools` beside the flow. They are the operator's own code and run in
 * this process, loaded by what is in their file: a flow keeps the functions it began with, and a changed file is
 * another module.
 */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, join, sep } from 'node:path';
import type { CallFacts } from '../index.ts';
import type { ToolFile } from '../schema-tools.ts';
import { importedTexts, importVersion } from './function-modules.ts';
import type { Outgoing } from './outgoing.ts';
import type { Perform } from './perform.ts';
import { errorWords, ToolError } from './tool-result.ts';

/** What a function of a flow is given beside its input. */
export interface ToolContext {
  /** Aborts when the answer would come too late, or nobody waits for it any more. */
  signal: AbortSignal;
  call: CallFacts | undefined;
  /** The same for a repeat of the same call of the same turn. */
  idempotencyKey: string;
  /** The environment variables the flow declares under `secrets`, and no other. */
  env: Readonly<Record<string, string>>;
  /** Sends requests only where the flow allows; ends with `signal` unless it is given another. */
  fetch: Outgoing['fetch'];
}

/** Errors of the language: a mistake in the code, whose words are of no use to a model or a caller. */
const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError] as const;

/** Where a function is: its file as it is now, and its name there. */
interface Located {
  path: string;
  file: string;
  name: string;
  text: string;
  /** What it imports from the folder, directly or not. */
  imported: readonly string[];
}

export function functionTool(
  { function: written }: ToolFile & { function: string },
  {
    folder,
    outgoing,
    env,
  }: { folder: string | undefined; outgoing: Outgoing; env: Readonly<Record<string, string>> },
): { perform: Perform; prepare: () => Promise<void> } {
  // Read with the flow, so that a call keeps the version it began with; a file that changes is another flow's.
  const located = folder === undefined ? 'the flow is in no folder' : locate(written, folder);
  let loading: ReturnType<typeof load> | undefined;
  const loaded = async (): ReturnType<typeof load> => {
    if (typeof located === 'string') throw new ToolError(`The tool is not set up: ${located}.`);
    loading ??= load(located);
    return await loading;
  };
  const perform: Perform = async (run, signal) => {
    const call = await loaded();
    const context: ToolContext = {
      signal,
      call: run.call,
      idempotencyKey: run.idempotencyKey,
      env,
      fetch: (url, init = {}) => outgoing.fetch(url, { signal, ...init }),
    };
    try {
      return { result: await call(structuredClone(run.input), context), isError: false };
    } catch (error) {
      throw new ToolError(wordsOf(error, written));
    }
  };
  return { perform, prepare: async () => void (await loaded()) };
}

/** What stops a function from being used, in words; undefined when nothing does. It is not run, nor its file. */
export function functionProblem(written: string, folder: string): string | undefined {
  const located = locate(written, folder);
  if (typeof located === 'string') return located;
  const { text, file, name } = located;
  const isThere = new RegExp(
    String.raw`\bexport\s+(?:async\s+)?(?:function\s*\*?|const|let|var)\s+${escaped(name)}(?![\w$])|\bexport\s*(?:type\s*)?\{[^}]*(?<![\w$])${escaped(name)}(?![\w$])[^}]*\}`,
  ).test(text);
  return isThere ? syntaxProblem(file, text) : `tools/${file} exports no function "${name}"`;
}

/** What keeps a file from being run as it is; undefined where nothing does. */
function syntaxProblem(file: string, text: string): string | undefined {
  const { emitWarning } = process;
  // It says with the first file that it may still change, which is nothing to whoever wrote a flow.
  process.emitWarning = () => {};
  try {
    stripTypeScriptTypes(text);
    return undefined;
  } catch (error) {
    return `tools/${file} cannot be run: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What is in the files of these functions, for the version of a flow; a file that is not there is nothing. */
export function functionSources(functions: readonly string[], folder: string): string[] {
  return functions.flatMap((written) => {
    const located = locate(written, folder);
    return typeof located === 'string' ? [] : [`${located.file}\0${located.text}`, ...located.imported];
  });
}

/** For a regular expression: file names and identifiers hold no other signs of its language. */
function escaped(name: string): string {
  return name.replaceAll(/[.$]/g, String.raw`\$&`);
}

/** The file of a function, or why there is none. Links may lead anywhere within the folder, and nowhere else. */
function locate(written: string, folder: string): Located | string {
  const [file = '', name = ''] = written.split('#');
  try {
    const home = realpathSync(join(folder, 'tools'));
    const path = realpathSync(join(home, file));
    if (!path.startsWith(home + sep)) return `tools/${file} is outside of the folder tools`;
    const text = readFileSync(path, 'utf8');
    const named = join(home, file);
    return { path: named, file, name, text, imported: importedTexts(named, text, home) };
  } catch {
    return `there is no file tools/${file} beside the flow`;
  }
}

async function load({
  path,
  file,
  name,
  text,
  imported,
}: Located): Promise<(...given: unknown[]) => unknown> {
  const version = createHash('sha256')
    .update(JSON.stringify([text, ...imported]))
    .digest('hex')
    .slice(0, 16);
  let loaded: unknown;
  try {
    loaded = await importVersion(path, version);
  } catch (error) {
    const kind = error instanceof Error ? error.name : 'an error';
    throw new ToolError(`The tool is not set up: tools/${file} cannot be loaded (${kind}).`);
  }
  const isModule = typeof loaded === 'object' && loaded !== null && Object.hasOwn(loaded, name);
  const found: unknown = isModule ? (loaded as Record<string, unknown>)[name] : undefined; // it has it, as was just seen
  if (typeof found !== 'function')
    throw new ToolError(`The tool is not set up: tools/${file} exports no function "${name}".`);
  return (...given) => Reflect.apply(found, undefined, given);
}

/** A refusal that was thrown is told; a mistake in the code is named with its place, for whoever mends it. */
function wordsOf(error: unknown, written: string): string {
  const [file = ''] = written.split('#');
  if (!(error instanceof Error)) return 'The tool failed.';
  const isMistake = MISTAKES.some((kind) => error instanceof kind) || 'syscall' in error;
  if (!isMistake) return errorWords(error.message) || 'The tool failed.';
  const line = new RegExp(String.raw`${escaped(basename(file))}[^:\s)]*:(\d+)`).exec(error.stack ?? '')?.[1];
  return `The tool failed (${error.name} in ${file}${line === undefined ? '' : `, line ${line}`}).`;
}
