/** Starts the benchmark under the Node it is tested with, installing the packages first where needed. */
import { join } from 'node:path';
import { ensurePackages } from './ensure.mjs';
import { main, root, runNode } from './processes.mjs';
import { V8_FLAGS } from './v8-flags.mjs';

await main(async () => {
  await ensurePackages();
  return runNode([...V8_FLAGS, join(root, 'test/bench/cli.ts'), ...process.argv.slice(2)]);
});
