/** The flows that are simulated: those of this folder, and those that ship. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallFlow } from '../../src/flows/index.ts';
import { checkFlow } from '../../src/flows/loader.ts';
import { FlowError } from '../../src/flows/problems.ts';

const FOLDERS = [join(import.meta.dirname, 'flows'), join(import.meta.dirname, '../../flows')];
/** Nothing is ever sent there: simulated tools answer by themselves. */
const ENV = new Proxy<Record<string, string>>({}, { get: () => 'http://127.0.0.1:9' });

/** By name, in an order that is the same everywhere. Throws `FlowError` for a flow that is not right. */
export function simulatedFlows(): ReadonlyMap<string, CallFlow> {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => join(folder, name)),
  );
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
  // Those that others may go through.
  const parts = [...texts].filter(([, text]) => /type: return\b/.test(text));
  return new Map(
    [...texts].map(([file, text]) => {
      const others = parts.filter(([part]) => part !== file).map(([, other]) => other);
      const { flow, problems } = checkFlow(text, { file, env: ENV }, others);
      if (flow === undefined) throw new FlowError(problems.filter(({ severity }) => severity === 'error'));
      return [flow.settings.id, flow];
    }),
  );
}
