import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodePrompt, encodePrompt, MOST_AUDIO_BYTES } from './entry.ts';
import { spoken } from './testing.ts';

const KEY = 'ab'.repeat(32);
const prompt = spoken('Hello there.');

function encoded(): Buffer {
  const bytes = encodePrompt(KEY, prompt);
  if (bytes === undefined) throw new Error('the prompt should fit');
  return Buffer.from(bytes);
}

/** The entry with another header, in good order otherwise. */
function withHeader(header: string): Buffer {
  const bytes = encoded();
  const audioAt = 13 + bytes.readUInt32BE(5);
  const changed = Buffer.concat([bytes.subarray(0, 13), Buffer.from(header), bytes.subarray(audioAt, -32)]);
  changed.writeUInt32BE(Buffer.byteLength(header), 5);
  return sealed(changed);
}

/** With the checksum that belongs to it. */
function sealed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
}

test('comes back as it was', () => {
  expect(decodePrompt(KEY, encoded())).toEqual({ prompt });
});

test('comes back from the middle of a larger buffer, which is not kept', () => {
  const bytes = encoded();
  const larger = new Uint8Array(bytes.length + 100);
  larger.set(bytes, 50);
  const decoded = decodePrompt(KEY, larger.subarray(50, 50 + bytes.length));
  expect(decoded).toEqual({ prompt });
  expect('prompt' in decoded && decoded.prompt.audio.buffer.byteLength).toBe(prompt.audio.length);
});

test('a flipped bit is found, wherever it is', () => {
  const bytes = encoded();
  const unnoticed: string[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const bit = 1 << (at % 8);
    bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
    if (!('damage' in decodePrompt(KEY, bytes))) unnoticed.push(`bit ${bit} of byte ${at}`);
    bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
  }
  expect(unnoticed).toEqual([]);
});

test('a missing end is found, at any length, and so is a further byte', () => {
  const bytes = encoded();
  const unnoticed: number[] = [];
  for (let length = 0; length < bytes.length; length++) {
    if (!('damage' in decodePrompt(KEY, bytes.subarray(0, length)))) unnoticed.push(length);
  }
  expect(unnoticed).toEqual([]);
  expect(decodePrompt(KEY, Buffer.concat([bytes, Buffer.alloc(1)]))).toEqual({ damage: 'wrong-length' });
});

test.each([
  ['empty', new Uint8Array(), 'empty'],
  ['something else', Buffer.from('<html>'.repeat(20)), 'not-a-prompt'],
  ['zeros', Buffer.alloc(4096), 'not-a-prompt'],
  ['no JSON', withHeader('{"key":'), 'header'],
  ['no object', withHeader('null'), 'header'],
  ['words of another shape', withHeader(JSON.stringify({ key: KEY, words: [{ text: 'a' }] })), 'header'],
  [
    'times that are none',
    withHeader(`{"key":"${KEY}","words":[{"text":"a","startMs":-1,"endMs":0}]}`),
    'header',
  ],
  ["another prompt's key", withHeader(JSON.stringify({ key: 'cd'.repeat(32), words: [] })), 'wrong-key'],
])('bytes with %s are no prompt', (_, bytes, damage) => {
  expect(decodePrompt(KEY, bytes)).toEqual({ damage });
});

test('another version is not read, however good it is', () => {
  const bytes = encoded().subarray(0, -32);
  bytes.writeUInt8(2, 4);
  expect(decodePrompt(KEY, sealed(bytes))).toEqual({ damage: 'other-version' });
});

test.each([
  ['no audio', { audio: new Uint8Array(), words: [] }],
  ['more than a minute', { audio: new Uint8Array(MOST_AUDIO_BYTES + 1), words: [] }],
  [
    'more words than a minute has',
    { audio: new Uint8Array(8), words: Array(2001).fill({ text: 'a', startMs: 0, endMs: 1 }) },
  ],
  [
    'a word without end',
    { audio: new Uint8Array(8), words: [{ text: 'a'.repeat(300_000), startMs: 0, endMs: 1 }] },
  ],
])('%s is not kept', (_, excessive) => {
  expect(encodePrompt(KEY, excessive)).toBeUndefined();
});

test('a whole minute is', () => {
  const audio = new Uint8Array(MOST_AUDIO_BYTES).fill(255);
  const decoded = decodePrompt(KEY, encodePrompt(KEY, { audio, words: [] }) ?? new Uint8Array());
  expect('prompt' in decoded && Buffer.compare(decoded.prompt.audio, audio)).toBe(0);
});
