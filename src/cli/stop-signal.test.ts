import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** A program that says when it is ready and when it was asked to stop, and then takes its time. */
const program = `
  import { stopSignal } from ${JSON.stringify(fileURLToPath(new URL('./stop-signal.ts', import.meta.url)))};
  const signal = stopSignal();
  signal.addEventListener('abort', () => console.log('stopping'));
  setInterval(() => {}, 1000);
  console.log('ready');
`;

async function start(code = program) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  const next = async () => String((await said.next()).value).trim();
  expect(await next()).toBe('ready');
  return { child, next, ended: once(child, 'exit') };
}

it('asks for an orderly end; takes the same Ctrl-C from several sides as one, and the next as an order', async () => {
  const { child, next, ended } = await start();
  child.kill('SIGINT');
  expect(await next()).toBe('stopping');
  child.kill('SIGINT');
  const repeat = setInterval(() => child.kill('SIGTERM'), 200);
  const startedAt = performance.now();
  const [code] = await ended;
  clearInterval(repeat);
  expect(code).toBe(128 + 15);
  expect(performance.now() - startedAt).toBeGreaterThan(500);
});

it('asks for an end now with the second SIGTERM, soon as it may come, and does not ask a third time', async () => {
  const steps = program.replaceAll('stopSignal', 'stopSignals').replace(
    /signal\.addEvent.*/,
    `signal.inOrder.addEventListener('abort', () => console.log('stopping'));
     signal.now.addEventListener('abort', () => console.log('now'));`,
  );
  const { child, next, ended } = await start(steps);
  child.kill('SIGTERM');
  expect(await next()).toBe('stopping');
  await sleep(300);
  child.kill('SIGTERM');
  expect(await next()).toBe('now');
  await sleep(300);
  child.kill('SIGTERM');
  expect(await ended).toEqual([128 + 15, null]);
});
