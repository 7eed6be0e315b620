/** The WAV of a call, as anybody would read it: which channel was audible when. */
import { rms } from '../../src/audio/mulaw.ts';

export interface StereoRecording {
  /** μ-law at 8 kHz. */
  readonly caller: Uint8Array;
  readonly agent: Uint8Array;
  readonly lengthMs: number;
}

/** A stretch of sound; milliseconds since the beginning of the recording. */
export interface Sound {
  startMs: number;
  endMs: number;
}

const FORMAT_MULAW = 7;
const BYTES_PER_MS = 8;
const WINDOW_MS = 20;
/** Above any comfort noise, below the softest speech. */
const AUDIBLE_RMS = 230;
/** Pauses between words and sentences are shorter. */
const PAUSE_MS = 400;

/** Throws where the file is not a stereo μ-law WAV at 8 kHz whose sizes are right. */
export function readRecording(file: Buffer): StereoRecording {
  const chunks = new Map<string, Buffer>();
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    chunks.set(file.toString('latin1', at, at + 4), file.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size % 2);
  }
  const format = chunks.get('fmt ');
  const data = chunks.get('data');
  if (file.toString('latin1', 0, 4) !== 'RIFF' || format === undefined || data === undefined)
    throw new Error('the audio is not a WAV file');
  const [tag, channels, rate] = [format.readUInt16LE(0), format.readUInt16LE(2), format.readUInt32LE(4)];
  if (tag !== FORMAT_MULAW || channels !== 2 || rate !== 8000)
    throw new Error(`the audio has format ${tag}, ${channels} channels and ${rate} Hz`);
  if (file.readUInt32LE(4) !== file.length - 8) throw new Error('the size in the WAV header is wrong');
  const channel = (offset: number): Uint8Array =>
    Uint8Array.from({ length: data.length / 2 }, (_, i) => data[2 * i + offset] ?? 0);
  return { caller: channel(0), agent: channel(1), lengthMs: data.length / 2 / BYTES_PER_MS };
}

/** The stretches of a channel in which somebody can be heard. */
export function soundsOf(channel: Uint8Array): Sound[] {
  const sounds: Sound[] = [];
  for (let startMs = 0; startMs * BYTES_PER_MS < channel.length; startMs += WINDOW_MS) {
    const window = channel.subarray(startMs * BYTES_PER_MS, (startMs + WINDOW_MS) * BYTES_PER_MS);
    if (rms(window) < AUDIBLE_RMS) continue;
    const last = sounds.at(-1);
    const endMs = startMs + WINDOW_MS;
    if (last !== undefined && startMs - last.endMs < PAUSE_MS) last.endMs = endMs;
    else sounds.push({ startMs, endMs });
  }
  return sounds;
}

/** Which part of this time somebody was audible, 0 to 1; pauses count as silence. */
export function audibleShare(channel: Uint8Array, startMs: number, endMs: number): number {
  let windows = 0;
  let audible = 0;
  for (let atMs = startMs; atMs < endMs; atMs += WINDOW_MS) {
    const window = channel.subarray(atMs * BYTES_PER_MS, (atMs + WINDOW_MS) * BYTES_PER_MS);
    windows++;
    if (rms(window) >= AUDIBLE_RMS) audible++;
  }
  return audible / windows;
}
