import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAudioFiles } from './audio-files.ts';

const logger = pino({ level: 'silent' });
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callwright-audio-'));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

const openStore = (maxPendingBytes?: number) =>
  createAudioFiles({ dataDir, logger, ...(maxPendingBytes !== undefined && { maxPendingBytes }) });
const filesLeft = () => readdir(join(dataDir, 'audio'));

/** The chunks of a RIFF file by name, read as its specification says. */
function parseWav(file: Buffer): Map<string, Buffer> {
  expect(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 12)).toBe('RIFFWAVE');
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  const chunks = new Map<string, Buffer>();
  for (let at = 12; at < file.length; ) {
    const size = file.readUInt32LE(at + 4);
    chunks.set(file.toString('latin1', at, at + 4), file.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return chunks;
}

test('writes a stereo μ-law WAV that can be read back as it was', async () => {
  const store = await openStore();
  const sink = await store.create('call-1');
  const audio = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 7) % 256));
  const frame = Buffer.alloc(320);
  for (let at = 0; at < audio.length; at += frame.length) {
    // The same buffer every time, as a caller with a buffer of its own may do.
    audio.copy(frame, 0, at, at + frame.length);
    sink.write(frame);
  }
  const { path, sizeBytes } = await sink.commit();

  const file = await readFile(path);
  expect(file.length).toBe(sizeBytes);
  const chunks = parseWav(file);
  expect([...chunks.keys()]).toEqual(['fmt ', 'fact', 'data']);
  const format = chunks.get('fmt ') ?? Buffer.alloc(0);
  expect([0, 2, 12, 14, 16].map((at) => format.readUInt16LE(at))).toEqual([7, 2, 2, 8, 0]);
  expect([4, 8].map((at) => format.readUInt32LE(at))).toEqual([8_000, 16_000]);
  expect(chunks.get('fact')?.readUInt32LE(0)).toBe(20_000);
  expect(chunks.get('data')?.equals(audio)).toBe(true);

  const found = await (await openStore()).open('call-1');
  expect(found).toMatchObject({ path, sizeBytes });
  if (found !== undefined) expect((await buffer(found.stream)).equals(file)).toBe(true);
});

test('takes pieces of any size, and none', async () => {
  const store = await openStore();
  const [big, empty] = [await store.create('big'), await store.create('empty')];
  const audio = Buffer.alloc(100_002, 1);
  big.write(audio.subarray(0, 2));
  big.write(audio.subarray(2));
  expect(
    parseWav(await readFile((await big.commit()).path))
      .get('data')
      ?.equals(audio),
  ).toBe(true);
  expect(parseWav(await readFile((await empty.commit()).path)).get('data')).toHaveLength(0);
});

test('is not found before it is complete, and leaves nothing behind when thrown away', async () => {
  const store = await openStore();
  const sink = await store.create('call-1');
  sink.write(new Uint8Array(20_000));
  expect(await store.open('call-1')).toBeUndefined();
  await sink.discard();
  await sink.discard();
  sink.write(new Uint8Array(20_000));
  await expect(sink.commit()).rejects.toThrow();
  expect(await filesLeft()).toEqual([]);
});

test('a finished recording survives a late discard, and is replaced by a newer one', async () => {
  const store = await openStore();
  const first = await store.create('call-1');
  const second = await store.create('call-1');
  first.write(new Uint8Array(10));
  second.write(new Uint8Array(20));
  await first.commit();
  await first.discard();
  await expect(first.commit()).rejects.toThrow();
  await second.commit();
  const found = await store.open('call-1');
  expect(found?.sizeBytes).toBe(58 + 20);
  if (found !== undefined) await buffer(found.stream);
  expect(await filesLeft()).toEqual(['call-1.wav']);
});

test('a disk that is too slow ends the recording, not the memory', async () => {
  const store = await openStore(64_000);
  const sink = await store.create('call-1');
  // All in one go: the disk gets no turn in between.
  for (let second = 0; second < 100; second += 1) sink.write(new Uint8Array(16_000));
  await expect(sink.commit()).rejects.toMatchObject({
    cause: { message: expect.stringContaining('too slow') },
  });
  expect(await filesLeft()).toEqual([]);
  expect(await store.open('call-1')).toBeUndefined();
});

test('a disk that fails is reported by commit', async () => {
  const store = await openStore();
  const sink = await store.create('call-1');
  sink.write(new Uint8Array(40_000));
  await rm(join(dataDir, 'audio'), { recursive: true });
  await expect(sink.commit()).rejects.toThrow(/call-1\.wav could not be written/);
});

test.each(['../secret', '..', 'a/b', '/etc/passwd', '', 'a\0b', 'x'.repeat(129), 'call-1.wav'])(
  'no file outside its folder is reached through the id %j',
  async (callId) => {
    await writeFile(join(dataDir, 'secret.wav'), 'secret');
    const store = await openStore();
    expect(await store.open(callId)).toBeUndefined();
    await expect(store.create(callId)).rejects.toThrow('letters, digits');
  },
);

test('deletes what a crash left half written, and nothing that is still being written', async () => {
  const crashed = await (await openStore()).create('crashed');
  const live = await (await openStore()).create('live');
  const [crashedFile] = (await filesLeft()).filter((name) => name.startsWith('crashed'));
  const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
  await utimes(join(dataDir, 'audio', crashedFile ?? ''), longAgo, longAgo);
  await openStore();
  expect((await filesLeft()).map((name) => name.split('.')[0])).toEqual(['live']);
  await live.commit();
  await crashed.discard();
});

test('a call whose line comes back goes on with the recording it has', async () => {
  const store = await openStore();
  const first = await store.create('call-1');
  expect(first.earlierMs).toBe(0);
  first.write(Buffer.alloc(16_000, 1));
  await first.commit();
  const second = await store.create('call-1');
  expect(second.earlierMs).toBe(1000);
  second.write(Buffer.alloc(320, 2));
  const { path } = await second.commit();
  const data = parseWav(await readFile(path)).get('data');
  expect(data).toEqual(Buffer.concat([Buffer.alloc(16_000, 1), Buffer.alloc(320, 2)]));
});
