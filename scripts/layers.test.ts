import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkLayers } from './layers.mjs';

/** Each file breaks the rule beside it, and only that. */
const planted: [file: string, text: string, rule: string][] = [
  ['src/call/to-a-vendor.ts', "import '../stt/deepgram.ts';", 'room-call'],
  ['src/flows/to-a-vendor.ts', "import type {} from '../llm/claude.ts';", 'room-flows'],
  ['src/stt/to-another-room.ts', "import '../telephony/index.ts';", 'room-stt'],
  ['src/telephony/to-a-stand-in.ts', "import '../sandbox/server.ts';", 'sandbox-stays-outside'],
  ['src/attic/index.ts', "import '../stt/index.ts';", 'room-without-a-row'],
  ['src/api/to-a-package.ts', "import 'ioredis';", 'vendor-ioredis'],
  ['src/audio/to-a-test.ts', "import './some.test.ts';", 'tests-stay-outside'],
  ['src/call/turn-taking.ts', "import './with-a-timer.ts';", 'pure-core'],
  ['src/tts/one.ts', "import './two.ts';", 'no-cycles'],
  ['src/llm/to-nowhere.ts', "import './nowhere.ts';", 'found'],
];

const others: [file: string, text: string][] = [
  ['src/call/with-a-timer.ts', "import 'node:timers/promises';"],
  ['src/tts/two.ts', "import './one.ts';"],
  ['src/stt/deepgram.ts', ''],
  ['src/stt/index.ts', ''],
  ['src/llm/claude.ts', 'export {};'],
  ['src/telephony/index.ts', ''],
  ['src/sandbox/server.ts', ''],
  ['src/audio/some.test.ts', ''],
  ['node_modules/ioredis/package.json', '{"name": "ioredis", "main": "index.js"}'],
  ['node_modules/ioredis/index.js', ''],
  ['package.json', '{"dependencies": {"ioredis": "6.0.0"}}'],
];

const folder = mkdtempSync(join(tmpdir(), 'callwright-layers-'));
let found: Awaited<ReturnType<typeof checkLayers>>;

beforeAll(async () => {
  for (const [file, text] of [...planted, ...others]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  found = await checkLayers(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(planted)('%s is caught', (file, _text, rule) => {
  expect(found.violations).toContainEqual({ rule, from: file, to: expect.anything() });
});

it('sees every file, and finds nothing in the innocent ones', () => {
  expect(found.unseen).toEqual([]);
  const guilty = new Set([...planted.map(([file]) => file), 'src/tts/two.ts']);
  expect(found.violations.filter(({ from }) => !guilty.has(from))).toEqual([]);
});
