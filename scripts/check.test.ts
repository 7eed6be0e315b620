import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { countTests } from './check.mjs';

const folder = mkdtempSync(join(tmpdir(), 'callwright-check-'));
const report = join(folder, 'report.json');
afterAll(() => rmSync(folder, { recursive: true }));

function count(code: number, testResults: object[], numbers: object = {}) {
  const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  writeFileSync(report, JSON.stringify({ ...none, ...numbers, testResults }));
  return countTests(report, code);
}

it('counts tests, those to be written among the skipped', () => {
  const numbers = { numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 };
  const file = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
  expect(count(1, [file], numbers)).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

it('counts a file that cannot be loaded as a failure', () => {
  expect(count(1, [{ status: 'failed', assertionResults: [] }])).toMatchObject({ failed: 1 });
});

it('never calls a failed run "0 failed"', () => {
  expect(count(1, [], { numPassedTests: 9 })).toEqual({ passed: 9, failed: 1, skipped: 0 });
  expect(countTests(join(folder, 'missing.json'), 137)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
