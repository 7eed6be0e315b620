import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../test/support/redis.ts';
import { createPromptCache } from '../tts/prompt-cache/index.ts';
import { FakeVoice, spoken } from '../tts/prompt-cache/testing.ts';
import { createSharedPrompts, type SharedPrompts, type SharedPromptsOptions } from './shared-prompts.ts';

/** Longer than any healthy answer, shorter than anybody's patience. */
const BOUND_MS = 5_000;

let server: RedisServer;
let raw: Redis;
let logged: { msg: string; times?: number }[];
const opened: SharedPrompts[] = [];

beforeAll(async () => {
  server = await startRedis();
  raw = new Redis(server.url);
});

beforeEach(() => {
  logged = [];
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((shared) => shared.close()));
});

afterAll(async () => {
  raw?.disconnect();
  await server?.stop();
});

function open(options: Partial<SharedPromptsOptions> = {}): SharedPrompts {
  const logger = pino({ level: 'debug' }, { write: (line) => void logged.push(JSON.parse(line)) });
  // A busy machine may be slow; only the tests of slowness mind.
  const shared = createSharedPrompts({ url: server.url, logger, timeoutMs: BOUND_MS, ...options });
  opened.push(shared);
  return shared;
}

const told = () => logged.filter(({ msg }) => msg.includes('share prompts'));

test('what is put there is found there, byte for byte, for a month', async () => {
  const shared = open({ prefix: 'byte-test:' });
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256);
  expect(await shared.get('a-key')).toBeUndefined();
  await shared.put('a-key', bytes.subarray(0, 10));
  await shared.put('a-key', bytes);
  expect(Buffer.compare((await open({ prefix: 'byte-test:' }).get('a-key')) ?? Buffer.of(), bytes)).toBe(0);
  expect(await raw.keys('byte-test:*')).toEqual(['byte-test:prompt:a-key']);
  const month = 30 * 24 * 60 * 60_000;
  expect(await raw.pttl('byte-test:prompt:a-key')).toBeGreaterThan(month - 60_000);
  expect(await raw.pttl('byte-test:prompt:a-key')).toBeLessThanOrEqual(month);
  expect(shared.failures).toBe(0);
});

test('no more than a prompt is put or read, whatever stands there', async () => {
  const shared = open();
  await shared.put('large', new Uint8Array(2 * 1024 ** 2));
  expect(await raw.exists('callwright:prompt:large')).toBe(0);
  await raw.set('callwright:prompt:large', Buffer.alloc(8 * 1024 ** 2));
  expect((await shared.get('large'))?.length).toBe(1024 ** 2 + 1);
});

test('an answer that makes no sense is none', async () => {
  const shared = open();
  await raw.lpush('callwright:prompt:list', 'no string');
  expect(await shared.get('list')).toBeUndefined();
  expect(shared.failures).toBe(1);
});

test('a Redis that is away is done without, and told of once', async () => {
  const shared = open({ url: 'redis://127.0.0.1:1' });
  for (let round = 0; round < 20; round++) {
    await shared.put('a-key', new Uint8Array(10));
    expect(await shared.get('a-key')).toBeUndefined();
  }
  expect(shared.failures).toBe(40);
  expect(told()).toHaveLength(1);
});

test('a Redis that hangs holds nobody up, and is asked again later', async () => {
  const shared = open({ timeoutMs: 500, pauseMs: 500 });
  await shared.put('hanging', new Uint8Array(10));
  await expect.poll(() => shared.get('hanging'), { timeout: 10_000 }).toHaveLength(10);
  server.freeze();
  try {
    const startedAt = performance.now();
    // Only the first of them waits.
    for (let round = 0; round < 20; round++) expect(await shared.get('hanging')).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
  } finally {
    server.thaw();
  }
  await expect.poll(() => shared.get('hanging'), { timeout: 10_000 }).toHaveLength(10);
  expect(told()).toHaveLength(1);
});

test('once closed it is silent', async () => {
  const shared = open();
  await shared.put('a-key', new Uint8Array(10));
  await shared.close();
  await shared.close();
  await shared.put('a-key', new Uint8Array(20));
  expect(await shared.get('a-key')).toBeUndefined();
  expect(logged).toEqual([]);
});

test('nodes with a folder each share their prompts, and see through damaged ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callwright-shared-prompts-'));
  const logger = pino({ level: 'silent' });
  const node = (name: string) =>
    createPromptCache({ dataDir: join(folder, name), shared: open({ prefix: 'nodes:' }), logger });
  const voice = new FakeVoice();
  const request = { text: 'Hello there.', options: { language: 'en-US' } };
  const [first, second, third] = await Promise.all([node('first'), node('second'), node('third')]);
  try {
    await first.render(voice, request);
    expect(await second.render(voice, request)).toEqual(spoken('Hello there.'));
    expect(voice.asked).toHaveLength(1);

    const key = `nodes:prompt:${first.keyOf('fake', request)}`;
    const good = await raw.getBuffer(key);
    await raw.setrange(key, 100, 'damage');
    expect(await third.render(voice, request)).toEqual(spoken('Hello there.'));
    expect(voice.asked).toHaveLength(2);
    expect(await raw.getBuffer(key)).toEqual(good);
  } finally {
    await Promise.all([first, second, third].map((cache) => cache.close()));
    await rm(folder, { recursive: true, force: true });
  }
});
