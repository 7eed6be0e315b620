import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importedTexts } from './function-modules.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'function-modules-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

test('what a file imports is found through other files, in a circle too, and nowhere else', async () => {
  await write('a.ts', "import { b } from './b.ts';\nimport fs from 'node:fs';\nimport '../outside.ts';\n");
  await write('b.ts', "export * from './c.ts'; export const b = await import('./a.ts');");
  await write('c.ts', "import './not-there.ts'; export const c = 1;");
  const text = "import { b } from './b.ts';";
  expect(importedTexts(join(folder, 'a.ts'), text, folder).map((each) => each.slice(0, 10))).toEqual([
    'export * f',
    "import './",
  ]);
});

test('a module of a version imports its helpers in that version', async () => {
  await write('main.ts', "import { hour } from './helper.ts';\nexport const opens = () => hour;\n");
  // Modules are loaded by the runtime itself, which tests have another way of.
  const script = `
    import { writeFileSync } from 'node:fs';
    import { importVersion } from ${JSON.stringify(new URL('./function-modules.ts', import.meta.url).href)};
    const told = [];
    const [main, helper] = ['main.ts', 'helper.ts'].map((name) => ${JSON.stringify(`${folder}/`)} + name);
    for (const hour of [9, 10]) {
      writeFileSync(helper, 'export const hour: number = ' + hour + ';');
      told.push(await importVersion(main, 'v' + hour));
    }
    process.stdout.write(JSON.stringify(told.map(({ opens }) => opens())));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(JSON.parse(stdout)).toEqual([9, 10]);
});
