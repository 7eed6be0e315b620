/** Word times where a recogniser tells none: the stretch of speech, shared out by the words' lengths. */
import type { SttWord } from './index.ts';

/** Where a recogniser does not say how sure it is: neither certain nor doubtful. */
export const UNTOLD_CONFIDENCE = 0.9;

/** The words of `text` one after another from `startMs` to `endMs`, as long as they are written. */
export function estimatedWords(
  text: string,
  startMs: number,
  endMs: number,
  confidence: number = UNTOLD_CONFIDENCE,
): SttWord[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  const msPerLetter = letters === 0 ? 0 : Math.max(0, endMs - startMs) / letters;
  let atMs = startMs;
  return words.map((word) => {
    const wordStartMs = atMs;
    atMs += word.length * msPerLetter;
    return { text: word, startMs: wordStartMs, endMs: atMs, confidence };
  });
}
