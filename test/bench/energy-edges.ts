/** When a channel of a recording sounds, to 5 ms. */
import { rms } from '../../src/audio/mulaw.ts';
import { BYTES_PER_MS } from '../../src/telephony/index.ts';

/** A stretch of sound; milliseconds since the beginning of the recording. */
export interface Sounding {
  fromMs: number;
  toMs: number;
}

const WINDOW_MS = 5;
/** About −41 dBFS: over any room on a telephone, under the soft sounds that words begin and end with. */
const LOUD_RMS = 300;

/** Silences shorter than `joinMs` are part of what is around them. */
export function soundings(channel: Uint8Array, joinMs: number): Sounding[] {
  const found: Sounding[] = [];
  for (let fromMs = 0; fromMs * BYTES_PER_MS < channel.length; fromMs += WINDOW_MS) {
    const toMs = fromMs + WINDOW_MS;
    if (rms(channel.subarray(fromMs * BYTES_PER_MS, toMs * BYTES_PER_MS)) < LOUD_RMS) continue;
    const last = found.at(-1);
    if (last !== undefined && fromMs - last.toMs < joinMs) last.toMs = toMs;
    else found.push({ fromMs, toMs });
  }
  return found;
}
