/**
 * Text in the place of audio. A call hands μ-law to its line and thinks in milliseconds of it; a relay takes text. So
 * the relay's voice makes audio that nobody hears: silence as long as the carrier will probably take for each word,
 * with a number where the word begins. Whoever carries the line finds the numbers, wherever the audio was cut, paused
 * and begun again, and looks the words up here.
 *
 * One script a call. It grows with what the agent says, some ten bytes a second.
 */
import { MULAW_SILENCE } from '../audio/mulaw.ts';
import { BYTES_PER_MS, FRAME_BYTES } from '../telephony/index.ts';

/** What is handed over in one go: a clause, a sentence or more. Words are counted through the whole script. */
export interface Passage {
  readonly firstWord: number;
  /** The word after the last. */
  readonly endWord: number;
  readonly language: string;
  /** Nothing follows that belongs to it. */
  isLast: boolean;
}

export interface ScriptedSpeech {
  passage: Passage;
  audio: Uint8Array;
  words: { text: string; startMs: number; endMs: number }[];
}

/** The carrier's voices take about this long; a little more, as silence after words costs less than words cut off. */
const MS_A_LETTER = 72;
const LEAST_WORD_MS = 160;
const SENTENCE_PAUSE_MS = 320;
const CLAUSE_PAUSE_MS = 160;

/** No byte of silence, nor of a number: those have the high bit. */
const MARKER = 0x00;
const DIGITS = 4;
const DIGIT_BITS = 7;
const HIGH_BIT = 0x80;
const LOW_BITS = 0x7f;
const MARKER_BYTES = 1 + DIGITS;

export class RelayScript {
  readonly #words: { text: string; passage: Passage }[] = [];
  #onLast: (passage: Passage) => void = () => undefined;

  /** Called when a passage turns out to have been the last of its kind. */
  listen(onLast: (passage: Passage) => void): void {
    this.#onLast = onLast;
  }

  /** Undefined for a text without words. */
  write(text: string, language: string): ScriptedSpeech | undefined {
    const written = text.match(/\s*\S+/g) ?? [];
    if (written.length === 0) return undefined;
    const firstWord = this.#words.length;
    const passage = { firstWord, endWord: firstWord + written.length, language, isLast: false };
    const pieces: Uint8Array[] = [];
    const words: ScriptedSpeech['words'] = [];
    let startMs = 0;
    for (const [index, word] of written.entries()) {
      this.#words.push({ text: word, passage });
      const piece = toAudio(firstWord + index, lengthMsOf(word));
      const endMs = startMs + piece.length / BYTES_PER_MS;
      pieces.push(piece);
      words.push({ text: word.trim(), startMs, endMs });
      startMs = endMs;
    }
    return { passage, audio: Buffer.concat(pieces), words };
  }

  /** The passage was the last: nothing more is waited for. */
  finish(passage: Passage): void {
    passage.isLast = true;
    this.#onLast(passage);
  }

  passageOf(word: number): Passage | undefined {
    return this.#words[word]?.passage;
  }

  /** From this word up to that one, that one left out. */
  textOf(firstWord: number, endWord: number): string {
    return this.#words
      .slice(firstWord, endWord)
      .map(({ text }) => text)
      .join('');
  }
}

/** Finds the words' numbers in the audio, however it is cut. */
export class MarkerReader {
  /** Of a number that was cut. */
  #begun: number[] | undefined;

  /** Each word that begins in this piece, and where in it; a number that began in the piece before has a negative place. */
  *read(audio: Uint8Array): Generator<{ word: number; atByte: number }> {
    for (let at = 0; at < audio.length; at++) {
      if (this.#begun === undefined) {
        at = audio.indexOf(MARKER, at);
        if (at === -1) return;
        this.#begun = [];
        continue;
      }
      this.#begun.push((audio[at] ?? 0) & LOW_BITS);
      if (this.#begun.length < DIGITS) continue;
      const word = this.#begun.reduce((sum, digit) => (sum << DIGIT_BITS) | digit, 0);
      this.#begun = undefined;
      yield { word, atByte: at + 1 - MARKER_BYTES };
    }
  }

  /** What follows is no continuation of what came before. */
  reset(): void {
    this.#begun = undefined;
  }
}

function toAudio(word: number, lengthMs: number): Uint8Array {
  const frames = Math.ceil((lengthMs * BYTES_PER_MS) / FRAME_BYTES);
  const audio = new Uint8Array(frames * FRAME_BYTES).fill(MULAW_SILENCE);
  audio[0] = MARKER;
  for (let digit = 0; digit < DIGITS; digit++)
    audio[DIGITS - digit] = HIGH_BIT | ((word >> (digit * DIGIT_BITS)) & LOW_BITS);
  return audio;
}

function lengthMsOf(word: string): number {
  const letters = word.replace(/[^\p{L}\p{N}]/gu, '').length;
  const pauseMs = /[.!?…]["')]*$/.test(word)
    ? SENTENCE_PAUSE_MS
    : /[,;:–—-]$/.test(word)
      ? CLAUSE_PAUSE_MS
      : 0;
  return Math.max(LEAST_WORD_MS, (letters + 1) * MS_A_LETTER) + pauseMs;
}
