import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));

it.each([
  [['--version'], 0],
  [['calls', '--url', 'http://127.0.0.1:1'], 1],
  [['flow', 'check', 'no-such-file.yaml'], 1],
  [['no-such-command'], 2],
])('callwright %j ends with %i', (args, code) => {
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  expect(status, stderr).toBe(code);
  expect(stderr).not.toMatch(/Warning|\n {4}at /);
});
