/** Which phones of an utterance belong to which of its words. */
import type { SpokenWord } from './index.ts';

/** One sounding phone of an utterance. */
export interface Phone {
  name: string;
  startMs: number;
  endMs: number;
}

/** A word and the phones it has when spoken alone. */
export interface WordPhones {
  text: string;
  phones: readonly string[];
}

/**
 * Aligns the utterance's phones with those of its words by least edits, and gives each word the time from its first
 * phone to its last. Times are moved by `span.startMs` and kept within the span. Words that get no phone are left out.
 */
export function alignWords(
  phones: readonly Phone[],
  words: readonly WordPhones[],
  span: { startMs: number; endMs: number },
): SpokenWord[] {
  const expected = words.flatMap((word, index) => word.phones.map((name) => ({ name, word: index })));
  const owners = ownersOf(phones, expected);
  const timed = new Map<number, SpokenWord>();
  const inSpan = (ms: number) => Math.round(Math.max(0, Math.min(ms, span.endMs) - span.startMs));
  phones.forEach((phone, index) => {
    const owner = owners[index] ?? 0;
    const word = words[owner];
    if (word === undefined) return;
    const startMs = timed.get(owner)?.startMs ?? inSpan(phone.startMs);
    timed.set(owner, { text: word.text, startMs, endMs: inSpan(phone.endMs) });
  });
  return [...timed.values()];
}

/** For each phone of the utterance the word it belongs to, never going back a word. */
function ownersOf(phones: readonly Phone[], expected: readonly { name: string; word: number }[]): number[] {
  const width = expected.length + 1;
  // edits[i * width + j]: fewest edits between the first i phones and the first j expected ones.
  const edits = new Uint16Array((phones.length + 1) * width);
  const at = (i: number, j: number) => edits[i * width + j] ?? 0;
  const differs = (i: number, j: number) => (phones[i - 1]?.name === expected[j - 1]?.name ? 0 : 1);
  for (let i = 0; i <= phones.length; i++) {
    for (let j = 0; j <= expected.length; j++) {
      edits[i * width + j] =
        i === 0 || j === 0
          ? i + j
          : Math.min(at(i - 1, j - 1) + differs(i, j), at(i - 1, j) + 1, at(i, j - 1) + 1);
    }
  }
  const owners = new Array<number>(phones.length).fill(0);
  let i = phones.length;
  let j = expected.length;
  while (i > 0) {
    owners[i - 1] = expected[Math.max(0, j - 1)]?.word ?? 0;
    if (j > 0 && at(i, j) === at(i - 1, j - 1) + differs(i, j)) {
      i--;
      j--;
    } else if (j > 0 && at(i, j) === at(i, j - 1) + 1) {
      j--;
    } else {
      i--;
    }
  }
  return owners;
}
