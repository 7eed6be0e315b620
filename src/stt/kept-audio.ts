/**
 * What the caller said last, kept for the next recogniser should this one die: in pieces of a second, so that hundreds of
 * calls keep a few buffers each and not their every frame.
 */
import { BYTES_PER_MS } from './audio-clock.ts';

const PIECE_MS = 1000;
/** Frames that are so far from where the piece ends begin another: there was a hole. */
const HOLE_MS = 60;

interface Piece {
  /** Of its first byte, in the time of whoever pushes. */
  atMs: number;
  readonly bytes: Uint8Array;
  length: number;
}

export class KeptAudio {
  readonly #mostMs: number;
  #pieces: Piece[] = [];

  /** Keeps the newest `mostMs`, and up to a second more. */
  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  /** When what is kept begins; undefined: nothing is. */
  get beganMs(): number | undefined {
    return this.#pieces[0]?.atMs;
  }

  /** 8 kHz μ-law that began at `atMs`; it is copied. */
  push(audio: Uint8Array, atMs: number): void {
    let piece = this.#pieces.at(-1);
    const isHole = piece !== undefined && Math.abs(atMs - endOf(piece)) > HOLE_MS;
    if (piece === undefined || isHole || piece.length + audio.length > piece.bytes.length) {
      const bytes = new Uint8Array(Math.max(PIECE_MS * BYTES_PER_MS, audio.length));
      piece = { atMs, bytes, length: 0 };
      this.#pieces.push(piece);
      this.covered(atMs - this.#mostMs);
    }
    piece.bytes.set(audio, piece.length);
    piece.length += audio.length;
  }

  /** What was said before `untilMs` is needed no more. */
  covered(untilMs: number): void {
    this.#pieces = this.#pieces.filter((piece) => endOf(piece) > untilMs);
    const [first] = this.#pieces;
    if (first === undefined || first.atMs >= untilMs) return;
    const bytes = Math.round((untilMs - first.atMs) * BYTES_PER_MS);
    first.bytes.copyWithin(0, bytes, first.length);
    first.length -= bytes;
    first.atMs = untilMs;
  }

  /** Copies of all of it, in order. */
  *audio(): Generator<Uint8Array> {
    for (const { bytes, length } of this.#pieces) yield bytes.slice(0, length);
  }
}

function endOf({ atMs, length }: Piece): number {
  return atMs + length / BYTES_PER_MS;
}
