/**
 * Playout of one reply: hands its audio to the line a little ahead of time and knows at any moment how much of it the
 * caller has really heard.
 *
 * The position comes from marks: one follows every piece of audio, and the carrier returns it when that piece was
 * played. Between two marks the clock carries the position on. After a `clear` the carrier returns all marks that are
 * left, so marks carry a generation, and those of an older one say nothing.
 *
 * Little waits in the carrier's buffer ({@link AHEAD_MS}), so what is not yet sent can be kept back at once.
 */
import { BYTES_PER_MS } from '../telephony/index.ts';
import { startOfSound } from './energy.ts';

/** What a playout needs of the line. */
export interface PlayoutLine {
  play(audio: Uint8Array, mark?: string): boolean;
  clear(): void;
}

export interface PlayoutEvents {
  /** Audio begins to play after there was none. */
  audible(): void;
  /** The first sound of the reply is heard in so long: a voice may begin with silence. Once. */
  sounds(inMs: number): void;
  /** All audio appended so far was played. */
  idle(): void;
}

/** How much is sent ahead. Longer than any stall of the process that should go unheard. */
const AHEAD_MS = 800;
/** One message to the carrier, and one mark. Shorter: more exact and more messages. */
const PIECE_MS = 200;
/** With this much still to be played there is time to wait for a whole piece: messages cost more than bytes. */
const ENOUGH_MS = 300;
/** How long after its time a last mark may still come. Longer than a round trip to the carrier, shorter than patience. */
const LATE_MARK_MS = 1000;

/** Marks are unique over all replies of a process, so one reply never takes another's for its own. */
let generations = 0;

export class Playout {
  readonly #line: PlayoutLine;
  readonly #events: PlayoutEvents;
  readonly #now: () => number;
  #audio: Uint8Array[] = [];
  #appendedBytes = 0;
  #sentBytes = 0;
  /** By marks: everything before this was played. */
  #playedBytes = 0;
  /** When the byte after `#playedBytes` began to play. */
  #playedAtMs = 0;
  #generation = 0;
  #paused = false;
  /** Audio is taken, and nothing is played, not even silence that could be paused. */
  #held: boolean;
  #closed = false;
  #sounding = false;
  #hasSound = false;
  #timer: NodeJS.Timeout | undefined;

  /** `held`: nothing reaches the line before {@link release}. */
  constructor(
    line: PlayoutLine,
    events: PlayoutEvents,
    { now = () => performance.now(), held = false }: { now?: () => number; held?: boolean } = {},
  ) {
    this.#line = line;
    this.#held = held;
    this.#events = events;
    this.#now = now;
    this.#generation = ++generations;
  }

  /** Bytes of the reply's audio so far. */
  get appendedBytes(): number {
    return this.#appendedBytes;
  }

  /** Lets a held reply begin. Idempotent. */
  release(): void {
    this.#held = false;
    this.#send();
  }

  /** What is there of the reply and was not heard yet, in milliseconds. */
  get remainingMs(): number {
    return (this.#appendedBytes - this.#position()) / BYTES_PER_MS;
  }

  /** How far the reply is, in milliseconds of its audio: heard by now, and in the carrier's hands. */
  get progress(): { heardMs: number; sentMs: number; sounding: boolean } {
    return { heardMs: this.heardMs(), sentMs: this.#sentBytes / BYTES_PER_MS, sounding: this.#sounding };
  }

  /** Everything appended was played. */
  get isIdle(): boolean {
    return !this.#sounding && this.#playedBytes === this.#appendedBytes;
  }

  /** Audio of the reply, in order. */
  append(audio: Uint8Array): void {
    if (this.#closed || audio.length === 0) return;
    this.#audio.push(audio);
    this.#appendedBytes += audio.length;
    this.#send();
  }

  /**
   * Takes back what comes after `fromMs` of the reply's audio, as far as the carrier does not have it yet. Returns where
   * the audio ends then.
   */
  takeBack(fromMs: number): number {
    const end = Math.max(this.#sentBytes, Math.round(fromMs * BYTES_PER_MS));
    if (end < this.#appendedBytes) {
      this.#audio = end === 0 ? [] : [this.#slice(0, end)];
      this.#appendedBytes = end;
      this.#schedule();
    }
    return this.#appendedBytes / BYTES_PER_MS;
  }

  /** How much of the reply the caller has heard, in milliseconds of its audio. */
  heardMs(): number {
    return this.#position() / BYTES_PER_MS;
  }

  /** Silences the line at once; what was not heard is kept. */
  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    if (this.#sounding) this.#rewind(this.#position());
  }

  /** Goes on; from `fromMs` of the reply's audio where given (the first word not heard), else from where it stopped. */
  resume(fromMs?: number): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    if (fromMs !== undefined) this.#rewindTo(Math.min(this.#playedBytes, Math.round(fromMs * BYTES_PER_MS)));
    this.#send();
    if (this.isIdle) this.#events.idle();
  }

  /** Ends this reply: the line is cleared, nothing more is sent. Returns what was heard, in milliseconds. */
  cancel(): number {
    if (!this.#closed) {
      if (this.#sounding) this.#rewind(this.#position());
      this.#closed = true;
      this.#stopTimer();
      this.#audio = [];
    }
    return this.heardMs();
  }

  /** A mark came back. Marks of other replies and of before a clear are ignored. */
  played(mark: string): void {
    const [kind, generation, offset] = mark.split(':');
    if (kind !== 'r' || Number(generation) !== this.#generation || this.#closed) return;
    const bytes = Number(offset);
    if (!(bytes > this.#playedBytes)) return;
    this.#playedBytes = Math.min(bytes, this.#sentBytes);
    this.#playedAtMs = this.#now();
    this.#settle();
  }

  /** The carrier stopped by itself, so much before this mark: what is left is sent again, unless somebody pauses it. */
  stopped(mark: string, unheardBytes: number): void {
    const [kind, generation, offset] = mark.split(':');
    if (kind !== 'r' || Number(generation) !== this.#generation || this.#closed) return;
    this.#generation = ++generations;
    this.#sounding = false;
    this.#rewindTo(Math.max(0, Math.min(Number(offset) - unheardBytes, this.#sentBytes)));
    this.#send();
  }

  #position(): number {
    if (!this.#sounding) return this.#playedBytes;
    const elapsedBytes = Math.floor((this.#now() - this.#playedAtMs) * BYTES_PER_MS);
    return Math.min(this.#sentBytes, this.#playedBytes + elapsedBytes);
  }

  #rewind(position: number): void {
    // First the generation: the marks that the clear returns belong to the old one.
    this.#generation = ++generations;
    this.#sounding = false;
    this.#stopTimer();
    this.#rewindTo(position);
    this.#line.clear();
  }

  #rewindTo(position: number): void {
    this.#playedBytes = position;
    this.#sentBytes = position;
  }

  #send(): void {
    if (this.#paused || this.#held || this.#closed) return;
    const limit = Math.min(this.#appendedBytes, this.#position() + AHEAD_MS * BYTES_PER_MS);
    if (this.#sentBytes < limit && !this.#sounding) {
      this.#sounding = true;
      this.#playedAtMs = this.#now();
      this.#events.audible();
      if (this.#paused || this.#closed) return;
    }
    for (let end = this.#nextEnd(limit); end > this.#sentBytes; end = this.#nextEnd(limit)) {
      const piece = this.#slice(this.#sentBytes, end);
      this.#findSound(piece);
      this.#sentBytes = end;
      this.#line.play(piece, `r:${this.#generation}:${end}`);
    }
    this.#schedule();
  }

  /** Where the next piece ends; where nothing needs to be sent yet, it ends where it begins. */
  #nextEnd(limit: number): number {
    const whole = this.#sentBytes + PIECE_MS * BYTES_PER_MS;
    if (limit >= whole) return whole;
    const isEnough = this.#sentBytes - this.#position() > ENOUGH_MS * BYTES_PER_MS;
    return isEnough ? this.#sentBytes : limit;
  }

  #findSound(piece: Uint8Array): void {
    const start = this.#hasSound ? undefined : startOfSound(piece);
    if (start === undefined) return;
    this.#hasSound = true;
    this.#events.sounds((this.#sentBytes + start - this.#position()) / BYTES_PER_MS);
  }

  /** One timer at a time: to send more while there is more, else to be sure that the end is noticed without its mark. */
  #schedule(): void {
    this.#stopTimer();
    if (!this.#sounding) return;
    const waitingBytes = this.#appendedBytes - this.#sentBytes;
    const more = waitingBytes > 0;
    const leftMs = (this.#sentBytes - this.#position()) / BYTES_PER_MS;
    const untilMs = waitingBytes < PIECE_MS * BYTES_PER_MS ? ENOUGH_MS : AHEAD_MS - PIECE_MS;
    const afterMs = more ? Math.max(0, leftMs - untilMs) : leftMs + LATE_MARK_MS;
    this.#timer = setTimeout(() => (more ? this.#send() : this.#expire()), afterMs);
  }

  #expire(): void {
    this.#playedBytes = this.#sentBytes;
    this.#playedAtMs = this.#now();
    this.#settle();
  }

  #settle(): void {
    if (this.#playedBytes < this.#sentBytes || !this.#sounding) return;
    if (this.#sentBytes < this.#appendedBytes) return this.#send();
    this.#sounding = false;
    this.#stopTimer();
    this.#events.idle();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #slice(start: number, end: number): Uint8Array {
    let offset = 0;
    const parts: Uint8Array[] = [];
    for (const piece of this.#audio) {
      const from = Math.max(0, start - offset);
      const to = Math.min(piece.length, end - offset);
      if (from < to) parts.push(piece.subarray(from, to));
      offset += piece.length;
      if (offset >= end) break;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}
