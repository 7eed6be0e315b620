/**
 * The carrier's playout buffer: audio is queued as it comes and played at the speed of a phone line, one frame a tick.
 * A mark is reached when everything before it has been played; `clear` reaches all of them at once.
 * Source: Twilio docs, "Media Streams: WebSocket messages".
 */
import { MULAW_SILENCE } from '../../audio/mulaw.ts';
import { BYTES_PER_MS, FRAME_BYTES } from '../../telephony/index.ts';
import type { HeardFrame } from '../phone/index.ts';

export interface Mark {
  readonly name: string;
  /** True: the audio before it was thrown away by `clear`. */
  readonly cleared: boolean;
}

/** Ten minutes. Twilio states no limit, but a service that sends without end must not eat the machine. */
const LARGEST_BUFFER_BYTES = 10 * 60 * 1000 * BYTES_PER_MS;
const MOST_MARKS = 10_000;

export class Playout {
  readonly #onMark: (mark: Mark) => void;
  #chunks: { audio: Uint8Array; receivedAtMs: number }[] = [];
  /** Bytes of the first chunk that were already played. */
  #offset = 0;
  #queuedBytes = 0;
  /** Bytes since the beginning: handed to the ear, and (`#heardBytes`) heard by it in full. */
  #playedBytes = 0;
  #heardBytes = 0;
  #marks: { name: string; position: number }[] = [];
  /** What is reaching the ear; one buffer for the whole call. */
  readonly #frame = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);

  /** `onMark` is called within `pull`, `mark` and `clear`. */
  constructor(onMark: (mark: Mark) => void) {
    this.#onMark = onMark;
  }

  /** Audio that waits to be played. */
  get queuedMs(): number {
    return this.#queuedBytes / BYTES_PER_MS;
  }

  /** Queues audio. False: the buffer is full and the audio is dropped. */
  enqueue(audio: Uint8Array, receivedAtMs: number): boolean {
    if (this.#queuedBytes + audio.length > LARGEST_BUFFER_BYTES) return false;
    if (audio.length > 0) this.#chunks.push({ audio, receivedAtMs });
    this.#queuedBytes += audio.length;
    return true;
  }

  /** Marks this place in the audio; reached at once when all before it has been heard. False: too many marks. */
  mark(name: string): boolean {
    if (this.#marks.length >= MOST_MARKS) return false;
    this.#marks.push({ name, position: this.#playedBytes + this.#queuedBytes });
    this.#reachMarks();
    return true;
  }

  /** Throws away what is queued and reaches all marks. */
  clear(): void {
    this.#chunks = [];
    this.#offset = 0;
    this.#queuedBytes = 0;
    const marks = this.#marks;
    this.#marks = [];
    for (const { name } of marks) this.#onMark({ name, cleared: true });
  }

  /** A tick: the last frame has been heard, the next one begins. What is returned is overwritten by the next tick. */
  pull(): HeardFrame {
    this.#heardBytes = this.#playedBytes;
    this.#reachMarks();
    const receivedAtMs = this.#chunks[0]?.receivedAtMs ?? 0;
    const filled = this.#fillFrame();
    this.#frame.fill(MULAW_SILENCE, filled);
    this.#queuedBytes -= filled;
    this.#playedBytes += filled;
    return { audio: this.#frame, playing: filled > 0, receivedAtMs };
  }

  #fillFrame(): number {
    let filled = 0;
    for (let head = this.#chunks[0]; head !== undefined && filled < FRAME_BYTES; head = this.#chunks[0]) {
      const piece = head.audio.subarray(this.#offset, this.#offset + FRAME_BYTES - filled);
      this.#frame.set(piece, filled);
      filled += piece.length;
      this.#offset += piece.length;
      if (this.#offset < head.audio.length) break;
      this.#chunks.shift();
      this.#offset = 0;
    }
    return filled;
  }

  #reachMarks(): void {
    for (
      let first = this.#marks[0];
      first !== undefined && first.position <= this.#heardBytes;
      first = this.#marks[0]
    ) {
      this.#marks.shift();
      this.#onMark({ name: first.name, cleared: false });
    }
  }
}
