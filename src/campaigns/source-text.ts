/** The bytes of a list as text: whichever encoding a spreadsheet has written, with `\n` at the end of each line. */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** So much of a file tells how it is written. */
export const SAMPLE_BYTES = 64 * 1024;

/** By its byte order mark, else by where its zero bytes are, else by whether it is UTF-8 at all. */
export function detectEncoding(sample: Uint8Array): Encoding {
  const [first, second] = sample;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  // Text in western letters has a zero in every other byte of UTF-16, and none in anything else.
  if (odd > sample.length / 8 && odd > 4 * even) return 'utf-16le';
  if (even > sample.length / 8 && even > 4 * odd) return 'utf-16be';
  return isUtf8(sample) ? 'utf-8' : 'windows-1252';
}

function isUtf8(sample: Uint8Array): boolean {
  try {
    // A letter that the sample cuts in two is no mistake.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * The text in pieces: without byte order mark, with `\n` for `\r\n` and `\r`, and without NUL, which no database takes.
 * `onBytes` hears how much of the source has been read so far.
 */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  encoding: Encoding,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<string, void, undefined> {
  // The decoder drops a byte order mark by itself.
  const decoder = new TextDecoder(encoding);
  let held = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    onBytes(bytes);
    const text = held + decoder.decode(chunk, { stream: true });
    // Whether a line feed follows, the next piece says.
    held = text.endsWith('\r') ? '\r' : '';
    const piece = plain(text.slice(0, text.length - held.length));
    if (piece !== '') yield piece;
  }
  const last = plain(held + decoder.decode());
  if (last !== '') yield last;
}

function plain(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return lines.includes('\0') ? lines.replaceAll('\0', '') : lines;
}
