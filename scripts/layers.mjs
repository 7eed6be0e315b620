/**
 * Checks who imports what: `.dependency-cruiser.mjs` has the rules. The cruiser is asked through its API, because where
 * it cannot read TypeScript it sees no files, finds no violations and ends with 0.
 */
import { globSync } from 'node:fs';
import { cruise, format } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import config from '../.dependency-cruiser.mjs';
import { root } from './processes.mjs';

/**
 * @param {string} baseDir a folder that is laid out like this project
 * @returns {Promise<{ violations: { rule: string; from: string; to: string }[]; unseen: string[]; report: string }>}
 *   `unseen`: files that the cruiser has passed over
 */
export async function checkLayers(baseDir) {
  const folders = ['src', 'test', 'scripts', 'bin'].filter(
    (folder) => globSync(folder, { cwd: baseDir }).length > 0,
  );
  const options = {
    ...config.options,
    baseDir,
    ruleSet: { forbidden: config.forbidden ?? [] },
    validate: true,
  };
  const tsConfig = extractTSConfig(`${root}tsconfig.json`);
  const { output } = await cruise(folders, options, config.options?.enhancedResolveOptions, { tsConfig });
  if (typeof output === 'string') throw new Error('the cruiser was asked for a result and gave a text');
  const seen = new Set(output.modules.map(({ source }) => source));
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs}`, { cwd: baseDir }));
  const { output: report } = await format(output, { outputType: 'err-long' });
  return {
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    unseen: files.length === 0 ? folders : files.filter((file) => !seen.has(file)),
    report: String(report),
  };
}

if (import.meta.main) {
  const { violations, unseen, report } = await checkLayers(root);
  process.stdout.write(`${report.trim()}\n`);
  if (unseen.length > 0) process.stdout.write(`not checked: ${unseen.join(', ')}\n`);
  process.exitCode = violations.length + unseen.length > 0 ? 1 : 0;
}
