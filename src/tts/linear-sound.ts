/**
 * Linear sound as servers give it (16-bit samples, bare at 24 kHz or as WAV), into 8 kHz μ-law, as it comes. WAV is known
 * by its first bytes: some servers send it whatever they were asked for.
 */
import codec from 'alawmulaw';
import { Downsampler } from '../audio/downsampler.ts';

/** OpenAI docs, "Text to speech": `pcm` is 24 kHz, 16-bit signed, low-endian, without a header. */
const BARE_RATE_HZ = 24_000;
/** Where a WAV has more than this before its samples, it is none. */
const MOST_HEADER_BYTES = 4096;
/** Content that is no linear sound for sure. */
const OTHER_CONTENT = /json|text|html|xml|mpeg|mp3|ogg|opus|aac|flac|webm/;

/** What came cannot be heard as sound. */
export class SoundError extends Error {
  override readonly name = 'SoundError';
  readonly code = 'no-linear-sound';
}

/** One answer's sound. Needs no closing. */
export class LinearSound {
  #pending: Buffer = Buffer.alloc(0);
  #channels = 1;
  #down: Downsampler | undefined;
  /** Of a WAV that says how long it is: what comes after it is no sound. */
  #leftBytes = Number.POSITIVE_INFINITY;

  /** @throws SoundError where the content type is another's */
  constructor(contentType: string) {
    if (OTHER_CONTENT.test(contentType)) throw new SoundError(`an answer of the type ${contentType}`);
  }

  /** Returns the μ-law that these bytes complete. Throws {@link SoundError}. */
  push(bytes: Uint8Array): Uint8Array {
    this.#pending = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes]);
    this.#down ??= this.#begin();
    if (this.#down === undefined) return new Uint8Array();
    return codec.mulaw.encode(this.#down.push(this.#takeSamples()));
  }

  /** The rest. Half a sample at the end is left out. Throws {@link SoundError}. */
  end(): Uint8Array {
    if (this.#down === undefined && this.#pending.length > 0)
      throw new SoundError('an answer that ends within its header');
    return this.#down === undefined ? new Uint8Array() : codec.mulaw.encode(this.#down.end());
  }

  /** Undefined while the header is not whole. */
  #begin(): Downsampler | undefined {
    if (this.#pending.length < 4) return undefined;
    if (this.#pending.toString('latin1', 0, 4) !== 'RIFF') return new Downsampler(BARE_RATE_HZ);
    const header = readHeader(this.#pending);
    if (header === undefined) {
      if (this.#pending.length > MOST_HEADER_BYTES) throw new SoundError('a WAV without samples');
      return undefined;
    }
    const { channels, rateHz, samplesAt, lengthBytes } = header;
    this.#channels = channels;
    this.#leftBytes = lengthBytes;
    this.#pending = this.#pending.subarray(samplesAt);
    return new Downsampler(rateHz);
  }

  /** Of the first channel. */
  #takeSamples(): Int16Array {
    const frameBytes = 2 * this.#channels;
    const usable = Math.min(this.#pending.length, this.#leftBytes);
    const frames = Math.floor(usable / frameBytes);
    const samples = new Int16Array(frames);
    for (let i = 0; i < frames; i++) samples[i] = this.#pending.readInt16LE(i * frameBytes);
    this.#leftBytes -= frames * frameBytes;
    this.#pending = this.#pending.subarray(frames * frameBytes);
    return samples;
  }
}

interface Header {
  channels: number;
  rateHz: number;
  samplesAt: number;
  lengthBytes: number;
}

/** RIFF: chunks of a name, a length and so many bytes. Undefined while it is not all there. */
function readHeader(bytes: Buffer): Header | undefined {
  let format: { channels: number; rateHz: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    if (name === 'data') {
      if (format === undefined) throw new SoundError('a WAV without a format');
      // Servers that stream do not know the length yet, and write none or the longest.
      const isKnown = length > 0 && length < 0x7fff_ffff;
      return { ...format, samplesAt: at + 8, lengthBytes: isKnown ? length : Number.POSITIVE_INFINITY };
    }
    if (name === 'fmt ' && at + 24 <= bytes.length) format = readFormat(bytes, at + 8);
    at += 8 + length + (length % 2);
  }
  return undefined;
}

function readFormat(bytes: Buffer, at: number): { channels: number; rateHz: number } {
  const channels = bytes.readUInt16LE(at + 2);
  const rateHz = bytes.readUInt32LE(at + 4);
  const bits = bytes.readUInt16LE(at + 14);
  if (bits !== 16 || channels < 1 || channels > 2 || rateHz < 8000)
    throw new SoundError(`a WAV of ${bits} bits, ${channels} channels and ${rateHz} Hz`);
  return { channels, rateHz };
}
