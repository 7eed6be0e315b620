/**
 * The voice of one simulated reply: what `src/call/voice.ts` does, with generated vendors. Text becomes audio piece by
 * piece, faster than it is spoken; a voice that dies is followed by the next, and the last never fails.
 */
import type { SpokenRun, SpokenText } from '../../src/call/spoken.ts';
import type { VirtualClock } from './clock.ts';
import type { VirtualPlayout } from './playout.ts';
import type { Random } from './random.ts';
import type { Faults } from './scenario.ts';

/** A word as it really lies in the reply's audio. */
export interface TrueWord {
  readonly partId: string;
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Text on its way to becoming audio. */
interface Piece {
  readonly partId: string;
  /** Words as written, white space included. */
  readonly words: readonly string[];
  /** It has become audio. */
  isReady: boolean;
  /** What went wrong with it. */
  fault: 'dies' | 'untimed' | undefined;
}

interface Run {
  spoken: SpokenRun;
  readonly pieces: Piece[];
  audioMs: number;
  /** Which voice of the chain. */
  link: number;
  ended: boolean;
  /** When its last piece so far is ready. */
  readyAtMs: number;
  /** Plays without a vendor. */
  readonly isReady: boolean;
}

export interface VirtualVoiceOptions {
  clock: VirtualClock;
  faults: Faults;
  random: Random;
  playout: VirtualPlayout;
  spoken: SpokenText;
  /** True for a text whose audio is there already. */
  ready(text: string): boolean;
  onDelivered(): void;
}

const LAST_LINK = 2;
const LETTER_MS = 55;
const WORD_MS = 80;
/** Rounding of sums. */
const SLACK_MS = 0.001;
/** No audio for so long: the voice is given up. */
const FIRST_BYTE_TIMEOUT_MS = 2000;

export class VirtualVoice {
  /** Every word that was given to the playout. */
  readonly words: TrueWord[] = [];
  /** The voice told all word times as they are, so what was heard is known exactly. */
  isExact = true;
  readonly #options: VirtualVoiceOptions;
  readonly #runs: Run[] = [];
  #open: Run | undefined;
  #isOver = false;

  constructor(options: VirtualVoiceOptions) {
    this.#options = options;
  }

  get owesAudio(): boolean {
    return this.#runs.length > 0;
  }

  say(partId: string, text: string, interruptible: boolean): void {
    if (this.#isOver || text.trim() === '') return;
    if (this.#options.ready(text)) {
      this.pauseText();
      const run = this.#begin(!interruptible, true);
      run.ended = true;
      this.#give(run, partId, run.spoken.say(partId, text));
      return;
    }
    if (this.#open !== undefined && this.#open.spoken.isProtected === interruptible) this.pauseText();
    this.#open ??= this.#begin(!interruptible, false);
    this.#give(this.#open, partId, this.#open.spoken.say(partId, text));
  }

  pauseText(): void {
    const run = this.#open;
    this.#open = undefined;
    if (run === undefined) return;
    run.ended = true;
    this.#deliver();
  }

  /** Audio that is ready, heard before whatever the voice still owes. */
  interject(partId: string, text: string): void {
    const { spoken, playout } = this.#options;
    const run = spoken.beginRun(false);
    const words = wordsOf(run.say(partId, text));
    const lengthMs = this.#tell(run, partId, words, 0, true);
    run.audio(playout.appendedMs, lengthMs);
    run.end();
    playout.append(lengthMs);
  }

  close(): void {
    this.#isOver = true;
    this.#runs.length = 0;
    this.#open = undefined;
  }

  #begin(isProtected: boolean, isReady: boolean): Run {
    const run: Run = {
      spoken: this.#options.spoken.beginRun(isProtected),
      pieces: [],
      audioMs: 0,
      link: isReady ? LAST_LINK : 0,
      ended: false,
      readyAtMs: this.#options.clock.nowMs,
      isReady,
    };
    this.#runs.push(run);
    return run;
  }

  #give(run: Run, partId: string, text: string): void {
    const words = wordsOf(text);
    if (words.length === 0) return;
    const { clock, faults, random } = this.#options;
    const fault = run.link < LAST_LINK && !run.isReady ? faults.next('voice') : undefined;
    const piece: Piece = { partId, words, isReady: run.isReady, fault: undefined };
    run.pieces.push(piece);
    if (run.isReady) return this.#soon();
    if (fault?.what === 'dies' || fault?.what === 'untimed') piece.fault = fault.what;
    if (fault?.what === 'silent') piece.fault = 'dies';
    const firstMs =
      run.pieces.length === 1 && run.audioMs === 0 ? random.between(60, 250) : random.between(10, 60);
    const lateMs = fault?.what === 'late' ? Math.min(fault.ms, FIRST_BYTE_TIMEOUT_MS - 300) : 0;
    const silentMs = fault?.what === 'silent' ? FIRST_BYTE_TIMEOUT_MS : 0;
    run.readyAtMs = Math.max(run.readyAtMs, clock.nowMs) + firstMs + lateMs + silentMs;
    clock.at(run.readyAtMs, () => {
      piece.isReady = true;
      this.#deliver();
    });
  }

  #soon(): void {
    this.#options.clock.after(0, () => this.#deliver());
  }

  /** Hands over what is ready, in the order of the text. */
  #deliver(): void {
    for (let run = this.#runs[0]; run !== undefined; run = this.#runs[0]) {
      for (let piece = run.pieces[0]; piece?.isReady; piece = run.pieces[0]) {
        run.pieces.shift();
        if (piece.fault === 'dies') this.#die(run, piece);
        else this.#play(run, piece.partId, piece.words, piece.fault !== 'untimed');
      }
      if (run.pieces.length > 0 || !run.ended) return;
      run.spoken.end();
      this.#runs.shift();
      if (this.#runs.length === 0 && !this.#isOver) this.#options.onDelivered();
    }
  }

  #play(run: Run, partId: string, words: readonly string[], isTimed: boolean, cutMs = 0): void {
    const { playout } = this.#options;
    const lengthMs = this.#tell(run.spoken, partId, words, run.audioMs, isTimed) + cutMs;
    run.audioMs += lengthMs;
    run.spoken.audio(playout.appendedMs, lengthMs);
    playout.append(lengthMs);
  }

  /** Where the words lie; returns how long they are. */
  #tell(run: SpokenRun, partId: string, words: readonly string[], runMs: number, isTimed: boolean): number {
    const { playout } = this.#options;
    let atMs = 0;
    for (const text of words) {
      // A mark that stands by itself is no word: no voice says it, or tells when.
      const isWord = /[\p{L}\p{N}]/u.test(text);
      const endMs = isWord ? atMs + WORD_MS + text.length * LETTER_MS : atMs;
      if (isTimed) run.word(text.trim(), runMs + atMs, runMs + endMs);
      else this.isExact = false;
      this.words.push({
        partId,
        text: text.trim(),
        startMs: playout.appendedMs + atMs,
        endMs: playout.appendedMs + endMs,
      });
      atMs = endMs;
    }
    return atMs;
  }

  /** In the middle of a piece, and of a word; the next voice says the rest. */
  #die(run: Run, piece: Piece): void {
    const { spoken, clock, playout } = this.#options;
    const half = piece.words.slice(0, piece.words.length >> 1);
    this.#play(run, piece.partId, half, true, 60);
    const { rest, endMs } = run.spoken.takeUnspoken(playout.appendedMs);
    // The piece of a word that is there would be heard, and then the whole word.
    if (endMs !== undefined) this.#takeBack(run, endMs);
    run.link++;
    run.pieces.length = 0;
    run.audioMs = 0;
    run.readyAtMs = clock.nowMs;
    run.spoken = spoken.beginRun(run.spoken.isProtected, { after: run.spoken });
    for (const { partId, text } of rest) this.#give(run, partId, run.spoken.say(partId, text));
  }

  #takeBack(run: Run, fromMs: number): void {
    const endMs = this.#options.playout.takeBack(fromMs);
    run.spoken.cutAt(endMs);
    // Words without times, which the next voice says again.
    while ((this.words.at(-1)?.endMs ?? 0) > endMs + SLACK_MS) this.words.pop();
  }
}

function wordsOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}
