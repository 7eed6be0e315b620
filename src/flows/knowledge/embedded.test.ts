import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Embedder } from '../../embeddings/index.ts';
import { describeKnowledge, someKnowledge } from './conformance.ts';
import { createEmbeddedKnowledge } from './embedded.ts';
import type { KnowledgeIndex } from './index.ts';
import { createMemoryKnowledge } from './memory.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** What means the same has the same number; anything else is far from all of it. */
const MEANINGS = [/car|park|vehicle/i, /open|hours|saturday/i, /tooth|milk|fell out/i, /cleaning|hygienist/i];

function vectorOf(text: string): Float32Array {
  const vector = Float32Array.from(MEANINGS, (meaning) => (meaning.test(text) ? 1 : 0));
  return vector.some((value) => value > 0) ? vector : Float32Array.from(MEANINGS, () => 0);
}

interface Told extends Embedder {
  readonly asked: string[][];
}

function embedderThat(embed?: Embedder['embed']): Told {
  const asked: string[][] = [];
  return {
    model: 'test-model',
    asked,
    async embed(texts, signal) {
      asked.push([...texts]);
      return embed?.(texts, signal) ?? texts.map(vectorOf);
    },
  };
}

interface Opened {
  index: KnowledgeIndex;
  warnings: string[];
}

function open(embedder: Embedder, name: string): Opened {
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const index = createEmbeddedKnowledge(createMemoryKnowledge(), {
    embedder,
    folder: join(folder, name),
    logger,
  });
  onTestFinished(() => index.close());
  return { index, warnings };
}

async function filesIn(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.endsWith('.f32')).length;
}

const { signal } = new AbortController();
const headings = (found: readonly { heading: string }[]): string[] => found.map(({ heading }) => heading);
/** A question whose words stand nowhere in the files. */
const WORDED_OTHERWISE = { text: 'where do I leave my vehicle', limit: 3 };

test('what is worded otherwise is found by its meaning', async () => {
  const { index } = open(embedderThat(), 'meaning');
  const base = someKnowledge('meaning');
  await index.add(base);
  await expect
    .poll(async () => headings(await index.find(base, WORDED_OTHERWISE, signal)))
    .toEqual(['Parking']);
  const found = await index.find(base, { text: 'parking on saturday', limit: 2 }, signal);
  expect(new Set(headings(found))).toEqual(new Set(['Parking', 'Opening hours']));
  expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
  expect(await index.find(base, { ...WORDED_OTHERWISE, sources: ['Price list'] }, signal)).toEqual([]);
});

test('a text is embedded once, and never again after a restart', async () => {
  const embedder = embedderThat();
  const base = someKnowledge('once');
  await open(embedder, 'once').index.add(base);
  await expect.poll(() => filesIn(join(folder, 'once'))).toBe(base.chunks.length);
  const later = embedderThat();
  const { index } = open(later, 'once');
  const again = { ...base };
  await index.add(again);
  await expect
    .poll(async () => headings(await index.find(again, WORDED_OTHERWISE, signal)))
    .toEqual(['Parking']);
  expect(later.asked.flat().filter((text) => text !== WORDED_OTHERWISE.text)).toEqual([]);
  expect(embedder.asked.flat()).toHaveLength(base.chunks.length);
});

test('a vendor that fails leaves full text, and one warning without a word of what was said', async () => {
  const embedder = embedderThat(() => Promise.reject(new Error('parking is refused')));
  const { index, warnings } = open(embedder, 'fails');
  for (const name of ['one', 'two']) {
    const base = someKnowledge(name);
    await index.add(base);
    expect(headings(await index.find(base, { text: 'parking', limit: 3 }, signal))).toEqual(['Parking']);
  }
  await expect.poll(() => warnings).toHaveLength(1);
  expect(warnings[0]).not.toContain('refused');
});

test('a question that takes too long is answered by full text, in time, and is given up', async () => {
  let given: AbortSignal | undefined;
  const embedder = embedderThat((texts, wanted) => {
    if (texts.length > 1) return Promise.resolve(texts.map(vectorOf));
    given = wanted;
    return new Promise(() => undefined);
  });
  const { index } = open(embedder, 'late');
  const base = someKnowledge('late');
  await index.add(base);
  const query = { text: 'parking', limit: 3, withinMs: 40 };
  await expect
    .poll(async () => {
      expect(headings(await index.find(base, query, signal))).toEqual(['Parking']);
      return given?.aborted;
    })
    .toBe(true);
});

describeKnowledge('full text with embeddings that nothing comes of', async () => {
  const index = createEmbeddedKnowledge(createMemoryKnowledge(), {
    embedder: embedderThat((texts) => Promise.resolve(texts.map(() => new Float32Array(4)))),
    folder: join(folder, 'conformance'),
    logger: pino({ level: 'silent' }),
  });
  onTestFinished(() => index.close());
  return index;
});
