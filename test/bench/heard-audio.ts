/**
 * Which words of what the voice said can really be heard in a recording: found by the sound, sample by sample, so it
 * shows where a word is missing or said twice, whatever anybody's books say.
 */
import { rms } from '../../src/audio/mulaw.ts';
import { BYTES_PER_MS } from '../../src/telephony/index.ts';
import type { SpokenWord } from '../../src/tts/flite/index.ts';

export interface Said {
  /** μ-law. */
  audio: Uint8Array;
  words: readonly SpokenWord[];
}

export interface HeardWords {
  /** Never heard whole. */
  lost: string[];
  /** Heard whole more than once. */
  doubled: string[];
}

/** A piece of audio long enough to be found again. */
const PIECE_BYTES = 5 * BYTES_PER_MS;
/** Softer pieces look alike everywhere. */
const DISTINCTIVE_RMS = 300;
/** Times of words may be a phone off, and a word's soft ends are not found. */
const WHOLE_SHARE = 0.8;
/** A word that was cut at its very end, and begun again, was said once. */
const DOUBLED_SHARE = 0.97;

/** A stretch of the recording in which `said` is played on without a break; places in `said`, in bytes. */
interface Run {
  from: number;
  to: number;
  /** Place in `said` less place in the recording. */
  shift: number;
}

export function heardWords(recorded: Uint8Array, { audio, words }: Said): HeardWords {
  const runs = runsOf(recorded, placesOf(audio));
  const lost: string[] = [];
  const doubled: string[] = [];
  for (const { text, startMs, endMs } of words) {
    const extent = loudExtent(audio, startMs * BYTES_PER_MS, endMs * BYTES_PER_MS);
    if (extent === undefined) continue;
    const shares = runs.map((run) => share(run, extent));
    if (!shares.some((value) => value >= WHOLE_SHARE)) lost.push(text);
    if (shares.filter((value) => value >= DOUBLED_SHARE).length > 1) doubled.push(text);
  }
  return { lost, doubled };
}

/** Where each distinctive piece of the audio stands; those that stand in two places are left out. */
function placesOf(audio: Uint8Array): Map<string, number> {
  const places = new Map<string, number>();
  const twice = new Set<string>();
  for (let at = 0; at + PIECE_BYTES <= audio.length; at++) {
    const piece = audio.subarray(at, at + PIECE_BYTES);
    if (rms(piece) < DISTINCTIVE_RMS) continue;
    const key = keyOf(piece);
    if (places.has(key)) twice.add(key);
    places.set(key, at);
  }
  for (const key of twice) places.delete(key);
  return places;
}

function runsOf(recorded: Uint8Array, places: ReadonlyMap<string, number>): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at + PIECE_BYTES <= recorded.length; at += PIECE_BYTES) {
    const from = places.get(keyOf(recorded.subarray(at, at + PIECE_BYTES)));
    if (from === undefined) continue;
    const last = runs.at(-1);
    if (last?.shift === from - at) last.to = from + PIECE_BYTES;
    else runs.push({ from, to: from + PIECE_BYTES, shift: from - at });
  }
  return runs;
}

/** The part of a word that is loud enough to be found; undefined where none is. */
function loudExtent(audio: Uint8Array, from: number, to: number): { from: number; to: number } | undefined {
  let extent: { from: number; to: number } | undefined;
  for (let at = Math.round(from); at + PIECE_BYTES <= to; at += PIECE_BYTES) {
    if (rms(audio.subarray(at, at + PIECE_BYTES)) < DISTINCTIVE_RMS) continue;
    extent = { from: extent?.from ?? at, to: at + PIECE_BYTES };
  }
  return extent;
}

function share(run: Run, { from, to }: { from: number; to: number }): number {
  // Pieces of the recording do not begin where the word does: up to one of them is missed at either end.
  const heard = Math.min(run.to + PIECE_BYTES, to) - Math.max(run.from - PIECE_BYTES, from);
  return Math.max(0, heard) / (to - from);
}

function keyOf(piece: Uint8Array): string {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
}
