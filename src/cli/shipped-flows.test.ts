/** The flows that ship are what a newcomer reads first: their own tests hold, and take every node. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './program.ts';

test('the tests of the shipped flows hold, without any key', async () => {
  const folder = fileURLToPath(new URL('../../flows', import.meta.url));
  const out = new PassThrough();
  const told = text(out);
  const code = await run(['flow', 'test', folder, '--min-coverage', '100'], { out });
  out.end();
  expect({ code, failed: (await told).split('\n').filter((line) => line.includes('✗')) }).toEqual({
    code: 0,
    failed: [],
  });
}, 30_000);
