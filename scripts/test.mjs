/**
 * `npm test`, or `npm run check`: the whole gate. `npm test -- src/call -t 'barge-in'` runs only Vitest, with whatever
 * follows the dashes.
 */
import { check } from './check.mjs';
import { ensurePackages, ensureSystem } from './ensure.mjs';
import { main, root, runNode } from './processes.mjs';

await main(async () => {
  await ensurePackages();
  await ensureSystem(['redis-server', 'postgresql', 'haproxy']);
  process.chdir(root);
  const filters = process.argv.slice(2);
  if (filters.length === 0) return check();
  return runNode(['node_modules/vitest/vitest.mjs', 'run', ...filters]);
});
