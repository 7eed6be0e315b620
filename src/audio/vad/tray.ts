/**
 * Audio on its way to the model's thread, in memory that both threads see: a message with its own memory costs each
 * tick as much as a good part of the model does. Only one thread has the tray at a time: the owner fills it and tells
 * the other, who has it until it answers.
 */
import { BYTES_PER_MS } from '../../telephony/index.ts';

/** Four times what 200 calls say in a tick. */
const AUDIO_BYTES = 512 * 1024;
const MAX_PIECES = 4096;
/** Stream, time and length of each piece. */
const NUMBERS_A_PIECE = 3;
const HEAD_BYTES = MAX_PIECES * NUMBERS_A_PIECE * Float64Array.BYTES_PER_ELEMENT;
/** Frames of a stream less far apart than this follow each other. */
const SAME_MS = 1;

export class AudioTray {
  readonly memory: SharedArrayBuffer;
  readonly #pieces: Float64Array;
  readonly #audio: Uint8Array;
  #count = 0;
  #filled = 0;

  constructor(memory = new SharedArrayBuffer(HEAD_BYTES + AUDIO_BYTES)) {
    this.memory = memory;
    this.#pieces = new Float64Array(memory, 0, MAX_PIECES * NUMBERS_A_PIECE);
    this.#audio = new Uint8Array(memory, HEAD_BYTES, AUDIO_BYTES);
  }

  /** Pieces in it. */
  get count(): number {
    return this.#count;
  }

  /** Adds a copy of a stream's next audio; false: there is no room left. Frames without a hole become one piece. */
  add(id: number, atMs: number, audio: Uint8Array): boolean {
    if (this.#count === MAX_PIECES || this.#filled + audio.length > AUDIO_BYTES) return false;
    this.#audio.set(audio, this.#filled);
    this.#filled += audio.length;
    const last = (this.#count - 1) * NUMBERS_A_PIECE;
    const lastBytes = this.#pieces[last + 2] ?? 0;
    const isNext =
      this.#count > 0 &&
      this.#pieces[last] === id &&
      Math.abs((this.#pieces[last + 1] ?? 0) + lastBytes / BYTES_PER_MS - atMs) < SAME_MS;
    if (isNext) {
      this.#pieces[last + 2] = lastBytes + audio.length;
      return true;
    }
    const at = NUMBERS_A_PIECE * this.#count++;
    this.#pieces[at] = id;
    this.#pieces[at + 1] = atMs;
    this.#pieces[at + 2] = audio.length;
    return true;
  }

  /** Empty again. */
  clear(): void {
    this.#count = 0;
    this.#filled = 0;
  }

  /** The other side's look at the first `count` pieces. The audio is that of the tray itself. */
  read(count: number, onPiece: (id: number, atMs: number, audio: Uint8Array) => void): void {
    let from = 0;
    for (let at = 0; at < count * NUMBERS_A_PIECE; at += NUMBERS_A_PIECE) {
      const to = from + (this.#pieces[at + 2] ?? 0);
      onPiece(this.#pieces[at] ?? 0, this.#pieces[at + 1] ?? 0, this.#audio.subarray(from, to));
      from = to;
    }
  }
}
