/**
 * The call as the caller's ear had it: stereo, caller left, agent right, clocked by the caller's own frames. The right
 * channel follows the carrier's buffer: audio is played in the order it was sent, and a clear empties it.
 */
import { BYTES_PER_MS } from '../telephony/index.ts';
import { MULAW_SILENCE } from './mulaw.ts';

/** Where the interleaved bytes go (left, right, left, …); see `AudioSink` in the records. */
export interface StereoSink {
  /** What is recorded already of this call. */
  readonly earlierMs: number;
  write(interleaved: Uint8Array): void;
}

/** Written in pieces of one second, so that a call costs one small write a second. */
const FLUSH_BYTES = 2 * 1000 * BYTES_PER_MS;
/** A hole in the caller's media longer than this is not filled: the clock jumped. */
const LONGEST_GAP_MS = 60_000;
/** A first frame is never later than this by the carrier's doing; more is our own delay in taking it. */
const LONGEST_LEAD_MS = 200;
/** Half a second of frames: longer than a burst of late ones takes to catch up, short enough to keep times true. */
const FRAMES_OF_A_HOLE = 25;
/** Carrier timestamps jitter by a few ms; less than this is no hole. */
const GAP_TOLERANCE_MS = 60;

export class StereoRecording {
  readonly #sink: StereoSink;
  #agent: { audio: Uint8Array; notBeforeMs: number }[] = [];
  #agentOffset = 0;
  #pending = new Uint8Array(FLUSH_BYTES);
  #pendingBytes = 0;
  /** Where the recording ends, in the call's time; undefined before the first frame. */
  #endMs: number | undefined;
  #framesBehind = 0;
  #callerMuted = false;

  constructor(sink: StereoSink) {
    this.#sink = sink;
  }

  /**
   * Audio was handed to the carrier at `atMs` of the call's time. Bounded by how far the playout sends ahead. What begins
   * to play has its place by the clock: the caller's frames that are taken at that moment may be late ones.
   */
  agentSent(audio: Uint8Array, atMs: number): void {
    if (audio.length > 0) this.#agent.push({ audio, notBeforeMs: this.#agent.length === 0 ? atMs : 0 });
  }

  /** The carrier's buffer was cleared. */
  agentCleared(): void {
    this.#agent = [];
    this.#agentOffset = 0;
  }

  /** While muted the caller's side is silent; the agent's goes on. */
  muteCaller(muted: boolean): void {
    this.#callerMuted = muted;
  }

  /** The caller's next frame, by the call's own time. A hole is filled with silence on the caller's side. */
  callerFrame(frame: Uint8Array, atMs: number): void {
    if (this.#endMs === undefined) {
      this.#endMs = this.#sink.earlierMs;
      this.#fill(this.#leadMs(atMs));
    }
    // Late frames come in a burst and catch up with their times; a hole is what is not caught up with.
    const isBehind = atMs - this.#endMs > GAP_TOLERANCE_MS;
    this.#framesBehind = isBehind ? this.#framesBehind + 1 : 0;
    if (this.#framesBehind >= FRAMES_OF_A_HOLE) {
      this.#fill(atMs - this.#endMs);
      this.#framesBehind = 0;
    }
    this.#put(this.#callerMuted ? new Uint8Array(frame.length).fill(MULAW_SILENCE) : frame, atMs);
    this.#endMs += frame.length / BYTES_PER_MS;
  }

  /** Writes what is pending. */
  flush(): void {
    if (this.#pendingBytes === 0) return;
    this.#sink.write(this.#pending.subarray(0, this.#pendingBytes));
    this.#pending = new Uint8Array(FLUSH_BYTES);
    this.#pendingBytes = 0;
  }

  /** Silence before the first frame: the time the line was away, or what little the carrier takes to begin. */
  #leadMs(atMs: number): number {
    const { earlierMs } = this.#sink;
    return earlierMs === 0 ? Math.min(atMs, LONGEST_LEAD_MS) : atMs - earlierMs;
  }

  #fill(gapMs: number): void {
    if (gapMs <= 0 || gapMs > LONGEST_GAP_MS) return;
    const wholeMs = Math.round(gapMs);
    const fromMs = this.#endMs ?? 0;
    this.#put(new Uint8Array(wholeMs * BYTES_PER_MS).fill(MULAW_SILENCE), fromMs);
    this.#endMs = fromMs + wholeMs;
  }

  /** The caller's audio from `atMs` on, and beside it what of the agent's is heard meanwhile. */
  #put(caller: Uint8Array, atMs: number): void {
    for (let at = 0; at < caller.length; ) {
      const span = Math.min(caller.length - at, (FLUSH_BYTES - this.#pendingBytes) / 2);
      this.#interleave(caller, at, at + span, atMs);
      at += span;
      if (this.#pendingBytes === FLUSH_BYTES) this.flush();
    }
  }

  #interleave(caller: Uint8Array, from: number, to: number, atMs: number): void {
    const pending = this.#pending;
    let out = this.#pendingBytes;
    for (let at = from; at < to; ) {
      const { audio, offset, bytes } = this.#agentNext(to - at, atMs + at / BYTES_PER_MS);
      for (let i = 0; i < bytes; i++, at++) {
        pending[out++] = caller[at] ?? MULAW_SILENCE;
        pending[out++] = audio === undefined ? MULAW_SILENCE : (audio[offset + i] ?? MULAW_SILENCE);
      }
    }
    this.#pendingBytes = out;
  }

  /** The agent's next stretch, at most `most` bytes, from `atMs` on; without audio it is silence. */
  #agentNext(most: number, atMs: number): { audio?: Uint8Array; offset: number; bytes: number } {
    const head = this.#agent[0];
    if (head === undefined) return { offset: 0, bytes: most };
    const leadBytes = Math.ceil((head.notBeforeMs - atMs) * BYTES_PER_MS);
    if (leadBytes > 0) return { offset: 0, bytes: Math.min(most, leadBytes) };
    const offset = this.#agentOffset;
    const bytes = Math.min(most, head.audio.length - offset);
    this.#agentOffset += bytes;
    if (this.#agentOffset >= head.audio.length) {
      this.#agent.shift();
      this.#agentOffset = 0;
    }
    return { audio: head.audio, offset, bytes };
  }
}
