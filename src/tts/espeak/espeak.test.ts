import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { rms } from '../../audio/mulaw.ts';
import type { Manner, SpokenPiece, Synthesiser } from '../in-process.ts';
import { createEspeak } from './index.ts';
import { voicesFor } from './languages.ts';
import { timedWords } from './words.ts';

const espeak = createEspeak();
afterAll(() => espeak.close());

const never = new AbortController().signal;

async function hear(text: string, manner: Partial<Manner> = {}, by: Synthesiser = espeak) {
  const audio: Uint8Array[] = [];
  const words: Extract<SpokenPiece, { type: 'word' }>[] = [];
  for await (const piece of by.speak(text, { language: 'en-US', speed: 1, signal: never, ...manner })) {
    if (piece.type === 'audio') audio.push(piece.audio);
    else words.push(piece);
  }
  return { audio: Buffer.concat(audio), pieces: audio.length, words };
}

test('speaks at a level a telephone would have, in pieces, faster where it is asked to', async () => {
  const text = 'Hello, I would like to book an appointment.';
  const { audio, pieces } = await hear(text);
  expect(audio.length / 8).toBeGreaterThan(1500);
  expect(pieces).toBeGreaterThan(10);
  expect(rms(audio)).toBeGreaterThan(1000);
  expect(rms(audio)).toBeLessThan(8000);
  const quick = await hear(text, { speed: 1.5 });
  expect(quick.audio.length).toBeLessThan(audio.length * 0.8);
});

test('gives every word its time by its own events, also where one word is spoken as many', async () => {
  const text = "Hi Dr. Smith — call 555-0134 at 3:30 p.m. on Tuesday, it's $25, out of the blue, café.";
  const { audio, words } = await hear(text);
  expect(words.map((word) => word.text)).toEqual(text.split(' ').filter((word) => word !== '—'));
  words.forEach((word, index) => {
    expect(word.startMs).toBeGreaterThanOrEqual(words[index - 1]?.endMs ?? 0);
    expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
  });
  expect(words.at(-1)?.endMs).toBe(audio.length / 8);
  const number = words.find((word) => word.text === '555-0134');
  expect((number?.endMs ?? 0) - (number?.startMs ?? 0)).toBeGreaterThan(1500);
});

test('speaks the language it is asked for, and says which it has', async () => {
  const text = 'Guten Morgen, passt Ihnen Dienstag?';
  const german = await hear(text, { language: 'de-AT' });
  expect(german.words.map((word) => word.text)).toEqual(text.split(' '));
  expect(german.audio.equals((await hear(text)).audio)).toBe(false);
  expect(espeak.speaks('de-AT')).toBe(true);
  expect(espeak.speaks('ja-JP')).toBe(false);
  expect(espeak.speaks('tlh')).toBe(false);
  expect(voicesFor('es-MX')).toEqual(['es-419', 'es']);
  expect(voicesFor('es-ES')).toEqual(['es-es', 'es']);
  expect(voicesFor('zh-CN')).toEqual(['zh-cn', 'cmn']);
  for (const language of ['es-MX', 'zh-CN', 'zh-HK', 'pt-BR', 'no', 'en-AU', 'fr-CA', 'uk-UA'])
    expect((await hear('1 2 3', { language })).audio.length, language).toBeGreaterThan(4000);
});

test('takes what looks like markup for text', async () => {
  const plain = await hear('a b c d');
  const marked = await hear("a <break time='9s'/> b &lt; c d");
  expect(marked.words.map((word) => word.text)).toContain('c');
  expect(marked.audio.length).toBeLessThan(plain.audio.length + 8 * 3000);
});

test('cuts a long text, and puts its parts one after the other', async () => {
  const text = 'This sentence is said again and again, for a while. '.repeat(12).trim();
  const { audio, words } = await hear(text);
  expect(words).toHaveLength(text.split(' ').length);
  words.forEach((word, index) => {
    expect(word.startMs).toBeGreaterThanOrEqual((words[index - 1]?.endMs ?? 0) - 0.001);
  });
  expect(words.at(-1)?.endMs).toBeCloseTo(audio.length / 8);
});

test('leaves the event loop free while it speaks', async () => {
  let turns = 0;
  const ticking = setInterval(() => turns++, 5);
  const startedAt = performance.now();
  await hear('This sentence is said again and again, for a while. '.repeat(20));
  clearInterval(ticking);
  expect(turns).toBeGreaterThan((performance.now() - startedAt) / 5 / 4);
});

test('what nobody waits for any more is not spoken, and the next text is', async () => {
  const abort = new AbortController();
  const first = hear('This is spoken first. '.repeat(10));
  const dropped = hear('This will never be heard. '.repeat(10), { signal: abort.signal });
  abort.abort();
  expect((await dropped).audio.length).toBe(0);
  expect((await first).words).toHaveLength(40);
  expect((await hear('Hello.')).words).toHaveLength(1);
});

test('refuses what it could only say much too late', async () => {
  const many = Array.from({ length: 80 }, () => hear('One.').then(() => 'spoken', String));
  const outcomes = await Promise.all(many);
  expect(outcomes.filter((outcome) => outcome === 'spoken')).toHaveLength(64);
  expect(outcomes.at(-1)).toMatch(/64 texts are waiting/);
});

test('a thread that dies fails what it had, and another one speaks the next text', async () => {
  const threads: Worker[] = [];
  const mortal = createEspeak({
    startWorker: () => {
      const thread = new Worker(new URL('./worker.ts', import.meta.url));
      threads.push(thread);
      return thread;
    },
  });
  await mortal.warm?.();
  const speaking = hear('This will not be heard to its end. '.repeat(8), {}, mortal);
  await Promise.all([threads[0]?.terminate(), expect(speaking).rejects.toThrow(/exited with code/)]);
  expect((await hear('But this will.', {}, mortal)).words).toHaveLength(3);
  expect(threads).toHaveLength(2);
  await mortal.close();
  await mortal.close();
  await expect(hear('Nor this.', {}, mortal)).rejects.toThrow('closed');
});

test('shares out the time of words that were spoken as one', () => {
  const starts = [
    { at: 0, startMs: 0 },
    { at: 4, startMs: 300 },
    { at: 11, startMs: 700 },
  ];
  expect(timedWords('out of the blue', starts, 1000)).toEqual([
    { text: 'out', startMs: 0, endMs: 300 },
    { text: 'of', startMs: 300, endMs: 500 },
    { text: 'the', startMs: 500, endMs: 700 },
    { text: 'blue', startMs: 700, endMs: 1000 },
  ]);
  // Places count characters, not their halves.
  expect(
    timedWords(
      '😀 – hi',
      [
        { at: 0, startMs: 0 },
        { at: 4, startMs: 400 },
      ],
      500,
    ),
  ).toEqual([
    { text: '😀', startMs: 0, endMs: 400 },
    { text: 'hi', startMs: 400, endMs: 500 },
  ]);
});
