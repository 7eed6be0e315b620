/** The flows that are simulated: those of this folder, and those that ship. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallFlow } from '../../src/flows/index.ts';
import { parseFlow } from '../../src/flows/loader.ts';

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
  return new Map(
    files.map((file) => {
      const flow = parseFlow(readFileSync(file, 'utf8'), { file, env: ENV });
      return [flow.settings.id, flow];
    }),
  );
}
