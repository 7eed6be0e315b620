/** Starts the chaos suite under the Node it is tested with, with the servers it needs, installing what is missing. */
import { join } from 'node:path';
import { ensurePackages, ensureSystem } from './ensure.mjs';
import { main, root, runNode } from './processes.mjs';
import { V8_FLAGS } from './v8-flags.mjs';

await main(async () => {
  await ensurePackages();
  await ensureSystem(['redis-server', 'postgresql', 'haproxy']);
  return runNode([...V8_FLAGS, join(root, 'test/chaos/cli.ts'), ...process.argv.slice(2)]);
});
