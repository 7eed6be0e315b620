/** From a synthesiser's PCM to what a telephone line carries: 8 kHz μ-law without silence around it. */
import codec from 'alawmulaw';
import { Downsampler } from '../../audio/downsampler.ts';
import { MULAW_SILENCE } from '../../audio/mulaw.ts';
import { FRAME_BYTES } from '../../telephony/index.ts';

const RATE_HZ = 8000;

/** A gap this loud or louder is speech: −46 dB of full scale, measured after levelling. */
const SPEECH_RMS = 160;
const WINDOW_SAMPLES = 80;

/** Speech on a telephone line sits near −20 dB of full scale. */
const TARGET_RMS = 3000;
const MAX_PEAK = 28_000;

/**
 * `startMs` and `endMs` say which part of the given sound the audio holds; without padding. Sound without any speech
 * gives no audio.
 */
export function toTelephone(sound: { samples: Int16Array; rateHz: number }): {
  audio: Uint8Array<ArrayBuffer>;
  startMs: number;
  endMs: number;
} {
  const levelled = level(toRate8000(sound.samples, sound.rateHz));
  const [from, to] = speechSpan(levelled);
  const encoded = codec.mulaw.encode(levelled.subarray(from, to));
  const audio = new Uint8Array(Math.ceil(encoded.length / FRAME_BYTES) * FRAME_BYTES).fill(MULAW_SILENCE);
  audio.set(encoded);
  return { audio, startMs: (from * 1000) / RATE_HZ, endMs: (to * 1000) / RATE_HZ };
}

function toRate8000(samples: Int16Array, rateHz: number): Int16Array {
  const down = new Downsampler(rateHz);
  return Int16Array.from([...down.push(samples), ...down.end()]);
}

function level(samples: Int16Array): Int16Array {
  const rms = rmsOf(samples);
  if (rms === 0) return samples;
  const peak = samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 1);
  const gain = Math.min(TARGET_RMS / rms, MAX_PEAK / peak);
  return samples.map((sample) => Math.round(sample * gain));
}

/** First and last sample of what is loud enough to be speech. */
function speechSpan(samples: Int16Array): [from: number, to: number] {
  let from = samples.length;
  let to = samples.length;
  for (let start = 0; start < samples.length; start += WINDOW_SAMPLES) {
    const end = Math.min(start + WINDOW_SAMPLES, samples.length);
    if (rmsOf(samples.subarray(start, end)) < SPEECH_RMS) continue;
    from = Math.min(from, start);
    to = end;
  }
  return [from, to];
}

function rmsOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
