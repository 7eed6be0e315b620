/** Real answers of tools, kept in files beside a flow for its tests. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { CallFlow } from '../flows/index.ts';
import { isEqual, type RecordedAnswer, type Recordings, type ToolAnswer } from '../flows/test/mocks.ts';
import type { TestWorld } from '../flows/test/runner.ts';
import { UserError } from '../user-error.ts';

const TOOL_TIMEOUT_MS = 30_000;

const fileSchema = z.array(
  z.strictObject({ input: z.record(z.string(), z.unknown()), result: z.unknown(), isError: z.boolean() }),
);

/** A tool that was really run; conversations that are held at the same time wait for the same answer. */
interface Asked {
  input: Record<string, unknown>;
  answer: Promise<ToolAnswer>;
}

/**
 * The recordings of a folder. `flow`: really runs its tools where a test wants a recorded answer, once for each input;
 * `save` then writes what they answered to what is kept for other inputs.
 */
export function recordingsIn(
  folder: string,
  flow: CallFlow | undefined,
  signal: AbortSignal,
): Pick<TestWorld, 'recordings' | 'record'> & { save(): Promise<void> } {
  const read = new Map<string, RecordedAnswer[] | undefined>();
  const load = (name: string): RecordedAnswer[] | undefined => {
    if (!read.has(name)) read.set(name, readRecording(pathIn(folder, name)));
    return read.get(name);
  };
  const recordings: Recordings = { read: load };
  if (flow === undefined) return { recordings, save: async () => undefined };
  const asked = new Map<string, Asked[]>();
  return {
    recordings,
    async record(name, { tool, input }) {
      const all = asked.get(name) ?? [];
      asked.set(name, all);
      const known = all.find((one) => isEqual(one.input, input));
      if (known !== undefined) return await known.answer;
      const run = { tool, input, idempotencyKey: 'recorded-for-a-test', timeoutMs: TOOL_TIMEOUT_MS };
      const answer = flow.tools.run(run, signal);
      all.push({ input, answer });
      return await answer;
    },
    async save() {
      for (const [name, all] of asked) await keep(pathIn(folder, name), all);
    },
  };
}

/** The file may also hold the answers of tests that were not played now, and of other flows. */
async function keep(path: string, asked: readonly Asked[]): Promise<void> {
  const answers = await Promise.all(
    asked.map(async ({ input, answer }): Promise<RecordedAnswer> => {
      const { result, isError } = await answer;
      return { input, result, isError };
    }),
  );
  const others = othersIn(path).filter(({ input }) => !answers.some((one) => isEqual(one.input, input)));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify([...others, ...answers], null, 2)}\n`);
}

/** What is no recording is written anew. */
function othersIn(path: string): RecordedAnswer[] {
  try {
    return readRecording(path) ?? [];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Throws {@link UserError} for a file that is not in the flow's folder. */
function pathIn(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (relative(folder, path).startsWith('..') || !path.endsWith('.json'))
    throw new UserError(`a recording must be a .json file beside its flow, and "${name}" is not`);
  return path;
}

function readRecording(path: string): RecordedAnswer[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${path} is not a recording; write it anew with --record`);
  }
}
