/**
 * What the caller really heard, word by word, and how long there was nothing to be heard: from the sound of the call
 * alone, as it reached the phone, whatever anybody's books say.
 */
import { rms } from '../../src/audio/mulaw.ts';
import { isAudible } from '../../src/sandbox/audible.ts';
import { BYTES_PER_MS, FRAME_BYTES, FRAME_MS } from '../../src/telephony/index.ts';
import type { Speech } from '../../src/tts/flite/index.ts';

/** A piece of audio long enough to be found again. */
const PIECE_BYTES = 5 * BYTES_PER_MS;
/** Softer pieces look alike everywhere. */
const DISTINCTIVE_RMS = 300;
/** A word that was heard so far can be understood; times of words may be a phone off. */
const HEARD_SHARE = 0.6;
/** A word that was cut at its very end, and begun again, was said once. */
const WHOLE_SHARE = 0.95;

interface Place {
  speech: Speech;
  at: number;
}

/** The words of one word of a speech that were heard in one go. */
interface Hearing {
  speech: Speech;
  word: number;
  bytes: number;
}

/** A word as it was heard, in plain letters. */
export interface HeardWord {
  text: string;
  /** False: it broke off before its end. */
  isWhole: boolean;
}

/** The words that can be heard in a channel, in order; each as often as it was heard. */
export function wordsHeard(channel: Uint8Array, speeches: Iterable<Speech>): HeardWord[] {
  const places = placesOf(speeches);
  const heard: HeardWord[] = [];
  let now: Hearing | undefined;
  const finish = (): void => {
    const share = now === undefined ? 0 : now.bytes / Math.max(PIECE_BYTES, loudBytes(now));
    if (now !== undefined && share >= HEARD_SHARE)
      for (const text of plainWords(textOf(now))) heard.push({ text, isWhole: share >= WHOLE_SHARE });
    now = undefined;
  };
  for (const { speech, at } of piecesIn(channel, places)) {
    const word = wordAt(speech, at);
    if (word === undefined) continue;
    if (now?.speech !== speech || now.word !== word) {
      finish();
      now = { speech, word, bytes: 0 };
    }
    now.bytes += PIECE_BYTES;
  }
  finish();
  return heard;
}

/** Where each distinctive piece stands that begins at a multiple of its length. */
function placesOf(speeches: Iterable<Speech>): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const speech of speeches) {
    for (let at = 0; at + PIECE_BYTES <= speech.audio.length; at += PIECE_BYTES) {
      const piece = speech.audio.subarray(at, at + PIECE_BYTES);
      if (rms(piece) < DISTINCTIVE_RMS) continue;
      const key = keyOf(piece);
      const known = places.get(key);
      if (known === undefined) places.set(key, [{ speech, at }]);
      else known.push({ speech, at });
    }
  }
  return places;
}

/** The known pieces in a recording, in order. What goes on from the piece before is preferred to what looks like it. */
function* piecesIn(channel: Uint8Array, places: ReadonlyMap<string, readonly Place[]>): Generator<Place> {
  let last: Place | undefined;
  for (let at = 0; at + PIECE_BYTES <= channel.length; ) {
    const piece = channel.subarray(at, at + PIECE_BYTES);
    const next = last && { speech: last.speech, at: last.at + PIECE_BYTES };
    if (next !== undefined && stands(piece, next)) {
      last = next;
      yield next;
      at += PIECE_BYTES;
      continue;
    }
    const found = places.get(keyOf(piece));
    const place = found?.find(({ speech }) => speech === last?.speech) ?? found?.[0];
    if (place !== undefined) yield place;
    last = place;
    // Speech may have been taken up at any byte.
    at += place === undefined ? 1 : PIECE_BYTES;
  }
}

function stands(piece: Uint8Array, { speech, at }: Place): boolean {
  return Buffer.compare(piece, speech.audio.subarray(at, at + PIECE_BYTES)) === 0;
}

function wordAt({ words }: Speech, at: number): number | undefined {
  const middleMs = (at + PIECE_BYTES / 2) / BYTES_PER_MS;
  const index = words.findIndex(({ startMs, endMs }) => middleMs >= startMs && middleMs < endMs);
  return index === -1 ? undefined : index;
}

function textOf({ speech, word }: Hearing): string {
  return speech.words[word]?.text ?? '';
}

function loudBytes({ speech, word }: Hearing): number {
  const { startMs = 0, endMs = 0 } = speech.words[word] ?? {};
  let bytes = 0;
  for (
    let at = Math.ceil(startMs * BYTES_PER_MS);
    at + PIECE_BYTES <= endMs * BYTES_PER_MS;
    at += PIECE_BYTES
  )
    if (rms(speech.audio.subarray(at, at + PIECE_BYTES)) >= DISTINCTIVE_RMS) bytes += PIECE_BYTES;
  return bytes;
}

function keyOf(piece: Uint8Array): string {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
}

/** A stretch of silence that the caller had to wait through; milliseconds since the call was answered. */
export interface Silence {
  fromMs: number;
  lengthMs: number;
}

/**
 * The longest time in which the caller waited for the agent: from the answering of the call, or the last sound of
 * either, to the agent's next sound. What the caller ended by speaking, and what follows the agent's last word, was the
 * caller's to end. `waitsAtEnd`: the call ended otherwise than it should, so that its end counts as well.
 */
export function longestSilence(
  { caller, agent }: { caller: Uint8Array; agent: Uint8Array },
  waitsAtEnd: boolean,
): Silence {
  let longest: Silence = { fromMs: 0, lengthMs: 0 };
  let lastSoundMs = 0;
  const lengthMs = agent.length / BYTES_PER_MS;
  const wait = (untilMs: number): void => {
    if (untilMs - lastSoundMs > longest.lengthMs)
      longest = { fromMs: lastSoundMs, lengthMs: untilMs - lastSoundMs };
  };
  for (let atMs = 0; atMs < lengthMs; atMs += FRAME_MS) {
    const from = atMs * BYTES_PER_MS;
    const agentSounds = isAudible(agent.subarray(from, from + FRAME_BYTES));
    if (agentSounds) wait(atMs);
    if (agentSounds || isAudible(caller.subarray(from, from + FRAME_BYTES))) lastSoundMs = atMs + FRAME_MS;
  }
  if (waitsAtEnd) wait(lengthMs);
  return longest;
}

/** Lower case, without marks: how words are compared. */
export function plainWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?/gu) ?? [];
}

/** Both in order: what of `expected` is missing from `found`, and what `found` has beyond it. */
export function compareWords(
  expected: readonly string[],
  found: readonly string[],
): { missing: string[]; extra: string[] } {
  const length = lengthsOfCommon(expected, found);
  const missing: string[] = [];
  const extra: string[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < found.length) {
    const [a, b] = [expected[i], found[j]];
    if (a !== undefined && a === b) [i, j] = [i + 1, j + 1];
    else if (b === undefined || (a !== undefined && at(length, i + 1, j) >= at(length, i, j + 1))) {
      missing.push(a ?? '');
      i++;
    } else {
      extra.push(b);
      j++;
    }
  }
  return { missing, extra };
}

/** Longest common subsequences of all tails. */
function lengthsOfCommon(a: readonly string[], b: readonly string[]): number[][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i] ?? [];
    for (let j = b.length - 1; j >= 0; j--)
      row[j] =
        a[i] === b[j]
          ? at(lengths, i + 1, j + 1) + 1
          : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
  }
  return lengths;
}

function at(lengths: readonly (readonly number[])[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

/** No stutter is longer than a sentence. */
const LONGEST_STUTTER = 25;

/** Words that follow the very same words: said twice in a row. Those that broke off the first time are not. */
export function stutters(words: readonly HeardWord[]): string[] {
  const twice: string[] = [];
  for (let i = 0; i < words.length; i++) {
    for (let n = Math.min(LONGEST_STUTTER, (words.length - i) >> 1); n > 0; n--) {
      const said = words.slice(i, i + n);
      if (!said.every(({ text }, k) => text === words[i + n + k]?.text)) continue;
      twice.push(...said.filter(({ isWhole }) => isWhole).map(({ text }) => text));
      i += n - 1;
      break;
    }
  }
  return twice;
}
