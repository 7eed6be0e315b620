/**
 * WAV headers for what the line carries: stereo, 8 kHz, μ-law (format tag 7, WAVE_FORMAT_MULAW). A format that is not
 * PCM has an extension size in its `fmt ` chunk and a `fact` chunk with the number of samples a channel
 * (Microsoft/IBM, "Multimedia Programming Interface and Data Specifications 1.0" and its "New Multimedia Data Types").
 */
const FORMAT_MULAW = 7;
const CHANNELS = 2;
const SAMPLE_RATE_HZ = 8_000;

/** RIFF 12, `fmt ` 8 + 18, `fact` 8 + 4, `data` 8. */
export const WAV_HEADER_BYTES = 58;

/** Stereo μ-law at 8 kHz. */
export const WAV_BYTES_PER_MS = (CHANNELS * SAMPLE_RATE_HZ) / 1000;

/** The header of a file with so many bytes of interleaved audio. Throws RangeError beyond 4 GiB (three days). */
export function wavHeader(audioBytes: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + audioBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(FORMAT_MULAW, 20);
  header.writeUInt16LE(CHANNELS, 22);
  header.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  header.writeUInt32LE(SAMPLE_RATE_HZ * CHANNELS, 28); // bytes a second
  header.writeUInt16LE(CHANNELS, 32); // bytes a sample of all channels
  header.writeUInt16LE(8, 34); // bits a sample
  header.writeUInt16LE(0, 36); // no extension
  header.write('fact', 38);
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(audioBytes / CHANNELS, 46);
  header.write('data', 50);
  header.writeUInt32LE(audioBytes, 54);
  return header;
}
