/** Starts the `callwright` command under the Node it is tested with, installing the packages first where needed. */
import { join } from 'node:path';
import { ensurePackages } from './ensure.mjs';
import { main, root, runNode } from './processes.mjs';

/**
 * @param {string[]} args
 */
export function callwright(args) {
  return main(async () => {
    await ensurePackages();
    return runNode([join(root, 'src/cli.ts'), ...args]);
  });
}
