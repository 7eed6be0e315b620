/** Real answers of tools, kept in files beside a flow for its tests. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { CallFlow } from '../flows/index.ts';
import type { RecordedAnswer, Recordings, ToolAnswer } from '../flows/test/mocks.ts';
import type { TestWorld } from '../flows/test/runner.ts';
import { UserError } from '../user-error.ts';

const TOOL_TIMEOUT_MS = 30_000;

const fileSchema = z.array(
  z.strictObject({ input: z.record(z.string(), z.unknown()), result: z.unknown(), isError: z.boolean() }),
);

/**
 * The recordings of a folder. `flow`: really runs its tools where a test wants a recorded answer, once for each input;
 * `save` then writes what they answered.
 */
export function recordingsIn(
  folder: string,
  flow: CallFlow | undefined,
  signal: AbortSignal,
): Pick<TestWorld, 'recordings' | 'record'> & { save(): Promise<void> } {
  const read = new Map<string, RecordedAnswer[] | undefined>();
  const changed = new Map<string, RecordedAnswer[]>();
  const load = (name: string): RecordedAnswer[] | undefined => {
    if (!read.has(name)) read.set(name, readRecording(pathIn(folder, name)));
    return read.get(name);
  };
  const recordings: Recordings = { read: load };
  const record = async (
    name: string,
    run: { tool: string; input: Record<string, unknown> },
  ): Promise<ToolAnswer> => {
    const made = changed.get(name) ?? [];
    const known = made.find(({ input }) => JSON.stringify(input) === JSON.stringify(run.input));
    if (known !== undefined || flow === undefined) return known ?? { result: null, isError: true };
    const call = { ...run, idempotencyKey: 'recorded-for-a-test', timeoutMs: TOOL_TIMEOUT_MS };
    const { result, isError } = await flow.tools.run(call, signal);
    changed.set(name, [...made, { input: run.input, result, isError }]);
    return { result, isError };
  };
  return {
    recordings,
    ...(flow === undefined ? {} : { record }),
    async save() {
      for (const [name, answers] of changed) {
        const path = pathIn(folder, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, `${JSON.stringify(answers, null, 2)}\n`);
      }
    },
  };
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
