import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const processes = JSON.stringify(new URL('./processes.mjs', import.meta.url).href);

/** A script that does this and ends as it says. */
function script(action: string) {
  const program = `import * as p from ${processes}; await p.main(async () => { ${action} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'pipe' });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.err += text;
  });
  return { child, ended: once(child, 'close').then(([code]) => ({ code, ...said })) };
}

it('ends with the exit code of what it ran', async () => {
  const { ended } = script(`return p.runNode(['--eval', 'process.exit(7)'])`);
  expect(await ended).toEqual({ code: 7, out: '', err: '' });
});

it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on once, and waits for the end', async (signal) => {
  const program = `
    let count = 0;
    process.on('${signal}', () => { count++; setTimeout(() => { console.log(count); process.exit(3); }, 100); });
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const { child, ended } = script(`return p.runNode(['--eval', ${JSON.stringify(program)}])`);
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await ended).toEqual({ code: 3, out: 'ready\n1\n', err: '' });
});

it('tells by its exit code which signal killed what it ran', async () => {
  const { ended } = script(`return p.runNode(['--eval', 'process.kill(process.pid, "SIGKILL")'])`);
  expect(await ended).toMatchObject({ code: 128 + 9 });
});

it('keeps the output of a quiet command', async () => {
  const { ended } = script(`
    const { code, output } = await p.runQuietly('Asking', [process.execPath, '--eval', 'console.log("hi"); process.exit(4)']);
    console.log(JSON.stringify({ code, output }));
    return 0;`);
  const { code, out, err } = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ code: 4, output: 'hi\n' });
  expect(err).toMatch(/^Asking …\nAsking … failed after \d+ s\n$/);
});

it('says plainly what is missing', async () => {
  const { ended } = script(`throw new p.NotReady('please install a thing')`);
  expect(await ended).toEqual({ code: 1, out: '', err: 'please install a thing\n' });
});
