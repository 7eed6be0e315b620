/**
 * The audio of one answered call: every 20 ms the caller hears a frame and says one, whatever the call is doing, and
 * both are recorded.
 */
import { MULAW_SILENCE } from '../../audio/mulaw.ts';
import { FRAME_BYTES } from '../../telephony/index.ts';
import type { Caller, Handset, HeardFrame, SpokenFrame } from '../phone/index.ts';
import { Recording } from './recording.ts';
import type { Ticker } from './ticker.ts';

/** What the caller is connected to: a media stream or an announcement. */
export interface AudioSource {
  pull(): HeardFrame;
  /** Takes what the caller says; true when it was sent on. */
  speak(frame: SpokenFrame, atMs: number): boolean;
}

const NOTHING: HeardFrame = {
  audio: new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE),
  playing: false,
  receivedAtMs: 0,
};

export class CallAudio {
  readonly recording = new Recording();
  /** When each frame of the caller's was sent to the service. */
  readonly sentAtMs: number[] = [];
  readonly #caller: Caller;
  readonly #ticker: Ticker;
  #source: AudioSource | undefined;
  #stopTicking: (() => void) | undefined;

  constructor(caller: Caller, ticker: Ticker) {
    this.#caller = caller;
    this.#ticker = ticker;
  }

  /** The call is answered. */
  start(handset: Handset): void {
    this.#caller.answered(handset, performance.now());
    this.#stopTicking = this.#ticker.add((atMs) => this.#tick(atMs));
  }

  connect(source: AudioSource): void {
    this.#source = source;
  }

  /** Leaves the caller in silence, unless something else was connected meanwhile. */
  disconnect(source: AudioSource): void {
    if (this.#source === source) this.#source = undefined;
  }

  /** The call is over. Idempotent. */
  stop(): void {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
    this.#source = undefined;
    this.#caller.ended();
  }

  #tick(atMs: number): void {
    const source = this.#source;
    const heard = source?.pull() ?? NOTHING;
    const spoken = this.#caller.tick(heard, atMs);
    this.recording.add(spoken.audio, heard.audio, atMs);
    if (source?.speak(spoken, atMs)) this.sentAtMs.push(atMs);
  }
}
