/** Starts the `callwright` command under the Node it is tested with, installing the packages first where needed. */
import { join } from 'node:path';
import { ensurePackages } from './ensure.mjs';
import { main, root, runNode } from './processes.mjs';
import { V8_FLAGS } from './v8-flags.mjs';

/**
 * @param {string[]} args
 */
export function callwright(args) {
  return main(async () => {
    await ensurePackages();
    // Reading two thousand modules takes longer than most commands do; compiled once, they are read in half the time.
    process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/callwright');
    return runNode([...V8_FLAGS, join(root, 'src/cli.ts'), ...args]);
  });
}
