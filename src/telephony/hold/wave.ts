/** 16-bit samples at 8 kHz as a WAV file in μ-law, which the carrier plays as it is. */
import codec from 'alawmulaw';

const RATE_HZ = 8000;
/** WAVE_FORMAT_MULAW. */
const FORMAT_MULAW = 7;
/** Up to where the sound begins: `RIFF`, `fmt ` with an empty extension, and the `fact` that formats but PCM need. */
const HEADER_BYTES = 58;

/** An even number of samples, please: chunks of a RIFF file are. */
export function toMulawWave(samples: Int16Array): Buffer {
  const sound = codec.mulaw.encode(samples);
  const file = Buffer.alloc(HEADER_BYTES + sound.length);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(18, 16);
  file.writeUInt16LE(FORMAT_MULAW, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE_HZ, 24);
  file.writeUInt32LE(RATE_HZ, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.writeUInt16LE(0, 36);
  file.write('fact', 38, 'latin1');
  file.writeUInt32LE(4, 42);
  file.writeUInt32LE(sound.length, 46);
  file.write('data', 50, 'latin1');
  file.writeUInt32LE(sound.length, 54);
  file.set(sound, HEADER_BYTES);
  return file;
}
