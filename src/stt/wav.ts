/** A WAV file of what a caller said, in the format that every transcription server reads: PCM, 16 bits, 8 kHz, mono. */
import { MULAW_TO_LINEAR } from '../audio/mulaw.ts';

const HEADER_BYTES = 44;
const SAMPLE_RATE_HZ = 8000;
const BYTES_PER_SAMPLE = 2;
const FORMAT_PCM = 1;

/** `audio`: 8 kHz μ-law. */
export function wavOf(audio: Uint8Array): Buffer {
  const dataBytes = audio.length * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(HEADER_BYTES + dataBytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(FORMAT_PCM, 20);
  file.writeUInt16LE(1, 22); // channels
  file.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  file.writeUInt32LE(SAMPLE_RATE_HZ * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  file.write('data', 36);
  file.writeUInt32LE(dataBytes, 40);
  audio.forEach((byte, index) => {
    file.writeInt16LE(MULAW_TO_LINEAR[byte] ?? 0, HEADER_BYTES + index * BYTES_PER_SAMPLE);
  });
  return file;
}
