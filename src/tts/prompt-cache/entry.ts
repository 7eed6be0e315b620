/**
 * One prompt as bytes, the same on disk and in Redis. It carries its own key and a checksum, so whoever reads it knows
 * whether it is whole and the one that was asked for.
 *
 *   "CWPR" | version: 1 byte | header's length: 4 | audio's length: 4 | header: JSON | audio | SHA-256 of all before
 *
 * Numbers are big-endian.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A prompt ready to be played. It is shared by all calls: never change it. */
export interface CachedPrompt {
  /** 8 kHz μ-law. */
  readonly audio: Uint8Array;
  /** Where each word stands, in milliseconds from the first byte of `audio`. */
  readonly words: readonly PromptWord[];
}

export interface PromptWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Why bytes are not the prompt they should be. */
export type Damage =
  | 'empty'
  | 'not-a-prompt'
  | 'other-version'
  | 'wrong-length'
  | 'checksum'
  | 'header'
  | 'wrong-key';

/** A minute of 8 kHz μ-law: no prompt is longer. */
export const MOST_AUDIO_BYTES = 60 * 8000;
/** Words of a minute, with room for any language: speech has about three a second. */
const MOST_WORDS = 2000;
const MOST_HEADER_BYTES = 256 * 1024;

const MAGIC = Buffer.from('CWPR', 'latin1');
const VERSION = 1;
const VERSION_AT = MAGIC.length;
const HEADER_LENGTH_AT = VERSION_AT + 1;
const AUDIO_LENGTH_AT = HEADER_LENGTH_AT + 4;
const HEADER_AT = AUDIO_LENGTH_AT + 4;
const CHECKSUM_BYTES = 32;

/** No entry is larger, so nothing larger needs to be read. */
export const MOST_ENTRY_BYTES = HEADER_AT + MOST_HEADER_BYTES + MOST_AUDIO_BYTES + CHECKSUM_BYTES;

const timeMs = z.number().nonnegative();
const wordSchema = z.strictObject({ text: z.string(), startMs: timeMs, endMs: timeMs });
const headerSchema = z.strictObject({
  key: z.string(),
  words: z.array(wordSchema).max(MOST_WORDS),
});

/** Whether a word that a voice told can be kept; voices are not bound to make sense. */
export function isWord(word: PromptWord): boolean {
  return wordSchema.safeParse(word).success;
}

/** Undefined where it breaks a limit: without audio, longer than a minute, or with more words than a minute has. */
export function encodePrompt(key: string, { audio, words }: CachedPrompt): Uint8Array | undefined {
  const header = Buffer.from(JSON.stringify({ key, words }));
  const fits =
    audio.length > 0 &&
    audio.length <= MOST_AUDIO_BYTES &&
    words.length <= MOST_WORDS &&
    header.length <= MOST_HEADER_BYTES;
  if (!fits) return undefined;
  const bytes = Buffer.alloc(HEADER_AT + header.length + audio.length + CHECKSUM_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt8(VERSION, VERSION_AT);
  bytes.writeUInt32BE(header.length, HEADER_LENGTH_AT);
  bytes.writeUInt32BE(audio.length, AUDIO_LENGTH_AT);
  header.copy(bytes, HEADER_AT);
  bytes.set(audio, HEADER_AT + header.length);
  checksumOf(bytes).copy(bytes, bytes.length - CHECKSUM_BYTES);
  return bytes;
}

/** Never throws, whatever the bytes are. */
export function decodePrompt(key: string, given: Uint8Array): { prompt: CachedPrompt } | { damage: Damage } {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const damage = damageOf(bytes);
  if (damage !== undefined) return { damage };
  const audioAt = HEADER_AT + bytes.readUInt32BE(HEADER_LENGTH_AT);
  const header = headerSchema.safeParse(parseJson(bytes.toString('utf8', HEADER_AT, audioAt)));
  if (!header.success) return { damage: 'header' };
  if (header.data.key !== key) return { damage: 'wrong-key' };
  // A copy: what was read may be a piece of a much larger buffer, which would be kept with it.
  const audio = new Uint8Array(bytes.subarray(audioAt, -CHECKSUM_BYTES));
  return { prompt: { audio, words: header.data.words } };
}

/** Of everything but the header's content. */
function damageOf(bytes: Buffer): Damage | undefined {
  if (bytes.length === 0) return 'empty';
  if (bytes.length < HEADER_AT + CHECKSUM_BYTES) return 'wrong-length';
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return 'not-a-prompt';
  if (bytes.readUInt8(VERSION_AT) !== VERSION) return 'other-version';
  const headerBytes = bytes.readUInt32BE(HEADER_LENGTH_AT);
  const audioBytes = bytes.readUInt32BE(AUDIO_LENGTH_AT);
  if (bytes.length !== HEADER_AT + headerBytes + audioBytes + CHECKSUM_BYTES) return 'wrong-length';
  if (audioBytes === 0 || audioBytes > MOST_AUDIO_BYTES) return 'wrong-length';
  return checksumOf(bytes).equals(bytes.subarray(-CHECKSUM_BYTES)) ? undefined : 'checksum';
}

function checksumOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes.subarray(0, -CHECKSUM_BYTES)).digest();
}

/** Undefined where it is no JSON; the schema then refuses it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
