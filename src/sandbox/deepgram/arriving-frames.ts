/** Audio as it comes over a socket, in pieces of any size, cut into frames again. */
import { BYTES_PER_MS, FRAME_BYTES } from '../../telephony/index.ts';

export class ArrivingFrames {
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * The whole frames there are by now. `spokenAt`, by `performance.now()`: when the frame's end was spoken, had the
   * piece been sent as soon as its last frame was; so it does not matter how many frames a client sends together.
   */
  *take(audio: Uint8Array): Generator<{ frame: Uint8Array; spokenAt: number }> {
    const bytes = this.#rest.length === 0 ? audio : Buffer.concat([this.#rest, audio]);
    const whole = bytes.length - (bytes.length % FRAME_BYTES);
    this.#rest = bytes.slice(whole);
    const now = performance.now();
    for (let start = 0; start < whole; start += FRAME_BYTES) {
      const end = start + FRAME_BYTES;
      yield { frame: bytes.subarray(start, end), spokenAt: now - (whole - end) / BYTES_PER_MS };
    }
  }
}
