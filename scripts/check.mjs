/**
 * The gate: everything that must hold before a change is taken. Every part runs, whatever the others find, so that one
 * run tells all there is to mend. The last line counts the tests.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node24, root, runNode } from './processes.mjs';

/** What each check runs under Node 24, the slow ones first. Only failures are worth reading. */
const checks = {
  'typed lint (eslint)': ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'],
  'types (tsc)': ['node_modules/typescript/bin/tsc', '--project', '.'],
  'layers (dependency-cruiser)': ['scripts/layers.mjs'],
  'dead code (knip)': ['node_modules/knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors'],
  'format and lint (biome)': ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.'],
};

/**
 * Runs all checks, then all tests.
 *
 * @returns {Promise<number>} the exit code
 */
export async function check() {
  const startedAt = Date.now();
  say('── Checks');
  const failed = await runChecks();
  say('\n── Tests');
  const tests = await runTests();
  if (tests.code !== 0) failed.push('tests');
  const verdict = failed.length === 0 ? 'All is well' : `To mend: ${failed.join(', ')}`;
  say(`\n${verdict} (${secondsSince(startedAt)})`);
  say(`${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`);
  return failed.length === 0 ? 0 : 1;
}

/** Two at a time: most machines have two cores, and each check uses one. */
async function runChecks() {
  const queue = Object.entries(checks);
  /** @type {string[]} */
  const failed = [];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [name, args] = next;
      const startedAt = Date.now();
      const { code, output } = await capture(args);
      say(`${code === 0 ? '✓' : '✗'} ${name.padEnd(30)}${secondsSince(startedAt)}`);
      if (code === 0) continue;
      failed.push(name);
      say(output.trimEnd().replaceAll(/^/gm, '    '));
    }
  };
  await Promise.all([lane(), lane()]);
  return failed;
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'callwright-tests-'));
  const results = join(folder, 'results.json');
  try {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'];
    const code = await runNode([...vitest, `--outputFile.json=${results}`]);
    return { code, ...countTests(results, code) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A file that could not even be loaded counts as one failed test, and so does a run that broke off or failed outside of
 * any test: a failure never reads as "0 failed".
 *
 * @param {string} path Vitest's JSON report
 * @param {number} code Vitest's exit code
 */
export function countTests(path, code) {
  const report = readReport(path);
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + unloaded.length;
  return {
    passed: report.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @typedef {{ status: string; assertionResults: { status: string }[] }} FileResult
 * @typedef {{ numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests: number;
 *   testResults: FileResult[] }} Report
 *
 * @param {string} path
 * @returns {Report}
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

/**
 * @param {string[]} args
 * @returns {Promise<{ code: number; output: string }>}
 */
function capture(args) {
  const child = spawn(node24, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {number} startedAt */
function secondsSince(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}
