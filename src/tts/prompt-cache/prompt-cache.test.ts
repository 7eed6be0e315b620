import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TtsError } from '../index.ts';
import { encodePrompt } from './entry.ts';
import { createPromptCache, type PromptCache, type PromptCacheOptions } from './index.ts';
import { FakeVoice, plainly, spoken } from './testing.ts';

const HELLO = { text: 'Hello there.', options: { language: 'en-US', voice: 'v1' } };

let dataDir: string;
let log: string;
let counted: Record<string, number>;
let voice: FakeVoice;
let opened: PromptCache[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callwright-prompts-'));
  log = '';
  counted = {};
  voice = new FakeVoice();
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((cache) => cache.close()));
  await rm(dataDir, { recursive: true, force: true });
});

async function open(options: Partial<PromptCacheOptions> = {}): Promise<PromptCache> {
  const cache = await createPromptCache({
    dataDir,
    logger: pino(
      { level: 'debug' },
      {
        write: (line) => {
          log += line;
        },
      },
    ),
    counters: {
      inc: (name, labels = {}) => {
        const key = [name, ...Object.values(labels)].join(' ');
        counted[key] = (counted[key] ?? 0) + 1;
      },
    },
    ...options,
  });
  opened.push(cache);
  return cache;
}

const keyOf = (cache: PromptCache, request = HELLO) => cache.keyOf(voice.provider, request);
const pathOf = (key: string) => join(dataDir, 'prompts', key.slice(0, 2), `${key}.prompt`);

/** A store for all nodes, in memory. */
class Shared {
  readonly kept = new Map<string, Uint8Array>();

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.kept.get(key);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.kept.set(key, bytes);
  }
}

describe('rendering', () => {
  test('is done once, and found at once afterwards', async () => {
    const cache = await open();
    expect(cache.peek(keyOf(cache))).toBeUndefined();
    expect(await cache.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(await cache.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(cache.peek(keyOf(cache))).toEqual(spoken('Hello there.'));
    expect(voice.asked).toEqual([HELLO]);
    expect(counted).toMatchObject({
      'prompt_cache_renders_total fake rendered': 1,
      'prompt_cache_reads_total nowhere': 1,
      'prompt_cache_reads_total memory': 1,
    });
  });

  test('is shared by all who ask at once', async () => {
    const cache = await open();
    const rendered = await Promise.all(Array.from({ length: 50 }, () => cache.render(voice, HELLO)));
    expect(new Set(rendered).size).toBe(1);
    expect(voice.asked).toHaveLength(1);
  });

  test('leaves most of the vendor to the calls', async () => {
    const cache = await open();
    // Long enough for the others to come, were they let.
    voice.speak = (events, text) => setTimeout(() => plainly(events, text), 20);
    const texts = Array.from({ length: 20 }, (_, at) => `Prompt ${at}.`);
    const rendered = await Promise.all(texts.map((text) => cache.render(voice, { ...HELLO, text })));
    expect(rendered.map((prompt) => prompt?.audio.length)).toEqual(texts.map((text) => text.length * 800));
    expect(voice.mostOpen).toBe(2);
  });

  test('goes on for the others when one stops waiting', async () => {
    const cache = await open();
    const asked = Promise.withResolvers<() => void>();
    voice.speak = (events, text) => asked.resolve(() => plainly(events, text));
    const abort = new AbortController();
    const impatient = cache.render(voice, HELLO, abort.signal);
    const patient = cache.render(voice, HELLO);
    const speak = await asked.promise;
    abort.abort();
    expect(await impatient).toBeUndefined();
    speak();
    expect(await patient).toEqual(spoken('Hello there.'));
    expect(await cache.render(voice, { ...HELLO, text: 'More.' }, abort.signal)).toBeUndefined();
  });

  test.each<[string, (voice: FakeVoice) => void]>([
    [
      'tts-unauthorised',
      (broken) => {
        broken.speak = (events, text) =>
          events.fail(new TtsError('tts-unauthorised', 'fake', `cannot say "${text}"`, { retryable: false }));
      },
    ],
    [
      'not-finished',
      (broken) => {
        broken.speak = (events) => {
          events.push({ type: 'audio', audio: new Uint8Array(800) });
          events.end();
        };
      },
    ],
    [
      'no-audio',
      (broken) => {
        broken.speak = (events) => {
          events.push({ type: 'done' });
          events.end();
        };
      },
    ],
    [
      'too-long',
      (broken) => {
        broken.speak = (events) => {
          for (let sec = 0; sec < 100; sec++) events.push({ type: 'audio', audio: new Uint8Array(8000) });
        };
      },
    ],
    [
      'tts-failed',
      (broken) => {
        broken.open = () => {
          throw new Error('cannot say "Hello there."');
        };
      },
    ],
  ])('that fails (%s) is told without a word, and tried again', async (code, breakVoice) => {
    const cache = await open();
    const broken = new FakeVoice();
    breakVoice(broken);
    expect(await cache.render(broken, HELLO)).toBeUndefined();
    expect(log).toContain(code);
    expect(log).not.toMatch(/Hello/);
    expect(counted).toEqual({ [`prompt_cache_renders_total fake ${code}`]: 1 });
    expect(await cache.render(voice, HELLO)).toEqual(spoken('Hello there.'));
  });

  test('keeps the words that make sense', async () => {
    const cache = await open();
    voice.speak = (events, text) => {
      events.push({ type: 'word', text: 'odd', startMs: Number.NaN, endMs: 1 });
      events.push({ type: 'word', text: 'early', startMs: -3, endMs: 1 });
      plainly(events, text);
    };
    await cache.render(voice, HELLO);
    expect(await (await open()).load(keyOf(cache))).toEqual(spoken('Hello there.'));
  });

  test('nothing needs no voice', async () => {
    const cache = await open();
    expect(await cache.render(voice, { ...HELLO, text: ' \n' })).toBeUndefined();
    expect(voice.asked).toEqual([]);
  });

  test('ends with the cache', async () => {
    const cache = await open();
    const asked = Promise.withResolvers<void>();
    voice.speak = () => asked.resolve();
    const rendering = cache.render(voice, HELLO);
    await asked.promise;
    await cache.close();
    await cache.close();
    expect(await rendering).toBeUndefined();
    expect(await cache.render(voice, HELLO)).toBeUndefined();
    expect(await cache.load(keyOf(cache))).toBeUndefined();
    expect(log).toBe('');
  });

  test('tells what sets two voices of one vendor apart', async () => {
    const first = await open({ voices: { fake: { origin: 'https://one.example', voice: 'v1' } } });
    const second = await open({ voices: { fake: { origin: 'sandbox', voice: 'v1' } } });
    expect(keyOf(first)).not.toBe(keyOf(second));
    expect(keyOf(first)).toBe(keyOf(first, { ...HELLO, options: { ...HELLO.options, voice: 'v1' } }));
  });
});

describe('on disk', () => {
  test('prompts outlive the process', async () => {
    const first = await open();
    await first.render(voice, HELLO);
    await first.close();
    const second = await open();
    expect(second.peek(keyOf(second))).toBeUndefined();
    expect(await second.load(keyOf(second))).toEqual(spoken('Hello there.'));
    expect(second.peek(keyOf(second))).toEqual(spoken('Hello there.'));
    expect(await second.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(voice.asked).toHaveLength(1);
    expect(counted['prompt_cache_reads_total disk']).toBe(1);
  });

  test('nothing is left beside the prompts, and nobody else may read them', async () => {
    const cache = await open();
    await cache.render(voice, HELLO);
    const path = pathOf(keyOf(cache));
    expect(await readdir(join(path, '..'))).toEqual([`${keyOf(cache)}.prompt`]);
    expect((await stat(path)).mode & 0o007).toBe(0);
  });

  const damages: [string, (path: string, good: Buffer) => Promise<unknown>][] = [
    ['emptied', (path) => writeFile(path, '')],
    ['cut off', (path, good) => writeFile(path, good.subarray(0, good.length / 2))],
    ['cut off by a byte', (path, good) => writeFile(path, good.subarray(0, -1))],
    ['overwritten', (path, good) => writeFile(path, Buffer.alloc(good.length, 'x'))],
    ['changed', (path, good) => writeFile(path, good.with(good.length - 100, 0x11))],
    ['huge', (path) => writeFile(path, Buffer.alloc(2 * 1024 ** 2))],
    ["another prompt's", (path) => writeFile(path, encodePrompt('cd'.repeat(32), spoken('Bye.')) ?? '')],
  ];
  test.each(damages)('a file that was %s is made again', async (_, damage) => {
    const first = await open();
    const path = pathOf(keyOf(first));
    await first.render(voice, HELLO);
    const good = await readFile(path);
    await damage(path, good);
    const second = await open();
    expect(await second.load(keyOf(second))).toBeUndefined();
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await second.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(await readFile(path)).toEqual(good);
    expect(voice.asked).toHaveLength(2);
    expect(counted['prompt_cache_damaged_total disk']).toBe(1);
    expect(log).toContain(keyOf(second));
    expect(log).not.toContain('Hello');
  });

  test('what cannot be read or written is done without', async () => {
    const cache = await open();
    await mkdir(pathOf(keyOf(cache)), { recursive: true });
    expect(await cache.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(cache.peek(keyOf(cache))).toEqual(spoken('Hello there.'));
    expect(counted['prompt_cache_not_kept_total']).toBe(1);
    expect(log).toContain('cannot be written');
    expect(await readdir(join(pathOf(keyOf(cache)), '..'))).toEqual([`${keyOf(cache)}.prompt`]);
  });

  test('several processes do each other no harm', async () => {
    const caches = await Promise.all(Array.from({ length: 4 }, () => open({ maxDiskBytes: 60_000 })));
    const texts = Array.from({ length: 30 }, (_, at) => `Prompt number ${at}.`);
    const requests = texts.flatMap((text) => caches.map((cache) => ({ cache, text })));
    const rendered = await Promise.all(
      requests.map(({ cache, text }) => cache.render(voice, { ...HELLO, text })),
    );
    const wrong = requests.filter(({ text }, at) => rendered[at]?.audio.length !== text.length * 800);
    expect(wrong).toEqual([]);
    expect(counted['prompt_cache_damaged_total disk']).toBeUndefined();
  });

  test('the prompts used longest ago make room', async () => {
    const first = await open();
    const texts = Array.from({ length: 10 }, (_, at) => `Prompt number ${at}.`);
    for (const text of texts) await first.render(voice, { ...HELLO, text });
    await first.close();
    const keys = texts.map((text) => keyOf(first, { ...HELLO, text }));
    let all = 0;
    for (const [at, key] of keys.entries()) {
      all += (await stat(pathOf(key))).size;
      // The first is the one used last.
      await utimes(pathOf(key), at === 0 ? 100 : at, at === 0 ? 100 : at);
    }

    const second = await open({ maxDiskBytes: all + 10 });
    // Used from disk now, and so the last to go.
    await second.load(keys[1] ?? '');
    expect((await stat(pathOf(keys[1] ?? ''))).mtimeMs).toBeGreaterThan(100_000);
    for (const text of ['One more.', 'And another.']) await second.render(voice, { ...HELLO, text });
    await expect.poll(async () => (await sizes()).length, { timeout: 10_000 }).toBeLessThan(12);
    await second.close();
    const left = await sizes();
    expect(left.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(all);
    const names = left.map(({ name }) => name.slice(0, 64));
    expect(names).toContain(keys[0]);
    expect(names).toContain(keys[1]);
    expect(names).not.toContain(keys[2]);
  });

  test('what a crash left half written is deleted, what is being written is not', async () => {
    const first = await open();
    await first.render(voice, HELLO);
    await first.close();
    const path = pathOf(keyOf(first));
    await writeFile(`${path}.old.part`, 'x');
    await utimes(`${path}.old.part`, 1, 1);
    await writeFile(`${path}.new.part`, 'x');
    await writeFile(join(dataDir, 'prompts', 'README'), "somebody's");
    await open();
    await expect
      .poll(async () => (await sizes()).map(({ name }) => name.slice(64)).sort())
      .toEqual(['.prompt', '.prompt.new.part']);
    expect(await readFile(join(dataDir, 'prompts', 'README'), 'utf8')).toBe("somebody's");
  });

  async function sizes(): Promise<{ name: string; bytes: number }[]> {
    const entries = await readdir(join(dataDir, 'prompts'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name !== 'README');
    const found = files.map(async ({ parentPath, name }) => ({
      name,
      bytes: (await stat(join(parentPath, name)).catch(() => ({ size: 0 }))).size,
    }));
    return await Promise.all(found);
  }
});

describe('in the shared store', () => {
  test('what one node had spoken the others have', async () => {
    const shared = new Shared();
    const here = await open({ shared });
    await here.render(voice, HELLO);
    const elsewhere = await open({ shared, dataDir: join(dataDir, 'elsewhere') });
    expect(await elsewhere.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(voice.asked).toHaveLength(1);
    expect(counted['prompt_cache_reads_total shared']).toBe(1);

    shared.kept.clear();
    const later = await open({ shared, dataDir: join(dataDir, 'elsewhere') });
    expect(await later.load(keyOf(later))).toEqual(spoken('Hello there.'));
  });

  test('damaged ones are made again, and replaced', async () => {
    const shared = new Shared();
    const here = await open({ shared });
    await here.render(voice, HELLO);
    const key = keyOf(here);
    const good = shared.kept.get(key) ?? new Uint8Array();
    shared.kept.set(key, good.slice(0, -1));
    const elsewhere = await open({ shared, dataDir: join(dataDir, 'elsewhere') });
    expect(await elsewhere.load(key)).toBeUndefined();
    expect(await elsewhere.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(shared.kept.get(key)).toEqual(good);
    expect(counted['prompt_cache_damaged_total shared']).toBe(2);
  });

  test('a damaged file is replaced from there, without a voice', async () => {
    const shared = new Shared();
    const first = await open({ shared });
    await first.render(voice, HELLO);
    const path = pathOf(keyOf(first));
    const good = await readFile(path);
    await writeFile(path, good.subarray(0, 40));
    const second = await open({ shared });
    expect(await second.render(voice, HELLO)).toEqual(spoken('Hello there.'));
    expect(await readFile(path)).toEqual(good);
    expect(voice.asked).toHaveLength(1);
  });
});

test('memory is bounded; what had to go is loaded again', async () => {
  const cache = await open({ maxMemoryBytes: 50_000 });
  const texts = Array.from({ length: 10 }, (_, at) => `Prompt number ${at}.`);
  for (const text of texts) await cache.render(voice, { ...HELLO, text });
  const keys = texts.map((text) => keyOf(cache, { ...HELLO, text }));
  expect(keys.filter((key) => cache.peek(key) !== undefined)).toEqual(keys.slice(-3));
  expect(await cache.load(keys[0] ?? '')).toEqual(spoken('Prompt number 0.'));
  expect(cache.peek(keys[0] ?? '')).toEqual(spoken('Prompt number 0.'));
});
