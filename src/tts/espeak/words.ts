/** From eSpeak's events to words as they stand in the text. */

/** Where eSpeak begins a word of its own: in characters (code points) of the text, from 0, and milliseconds of its audio. */
export interface WordStart {
  at: number;
  startMs: number;
}

export interface TimedWord {
  text: string;
  startMs: number;
  endMs: number;
}

const SPEAKABLE = /[\p{L}\p{N}]/u;

/**
 * Words by their blanks: `555-0134` is one, however many eSpeak makes of it, and `of the`, which it speaks as one, are two
 * that share its time. A word ends where the next begins.
 */
export function timedWords(text: string, starts: readonly WordStart[], lengthMs: number): TimedWord[] {
  const words = wordsOf(text);
  const begins: (number | undefined)[] = words.map(
    ({ from, to }) => starts.find(({ at }) => at >= from && at < to)?.startMs,
  );
  // What comes first begins with the audio, whatever was told of it.
  if (begins.length > 0) begins[0] = 0;
  const spoken = words.map((word, index) => ({ ...word, beginMs: begins[index] }));
  const kept = spoken.filter(({ text: word, beginMs }) => beginMs !== undefined || SPEAKABLE.test(word));
  return kept.map((word, index) => ({
    text: word.text,
    startMs: beginOf(kept, index, lengthMs),
    endMs: index + 1 < kept.length ? beginOf(kept, index + 1, lengthMs) : lengthMs,
  }));
}

interface Begun {
  beginMs: number | undefined;
}

/** Its own, else its share of the time between those that are known around it. Never before what precedes it. */
function beginOf(words: readonly Begun[], index: number, lengthMs: number): number {
  const own = words[index]?.beginMs;
  if (own !== undefined) return Math.min(own, lengthMs);
  let before = index - 1;
  while (before > 0 && words[before]?.beginMs === undefined) before--;
  let after = index + 1;
  while (after < words.length && words[after]?.beginMs === undefined) after++;
  const fromMs = words[before]?.beginMs ?? 0;
  const toMs = Math.min(words[after]?.beginMs ?? lengthMs, lengthMs);
  return fromMs + ((toMs - fromMs) * (index - before)) / (after - before);
}

/** Places count code points, as eSpeak does. */
function wordsOf(text: string): { text: string; from: number; to: number }[] {
  const words: { text: string; from: number; to: number }[] = [];
  let from = 0;
  for (const [part] of text.matchAll(/\s+|\S+/g)) {
    const to = from + [...part].length;
    if (part.trim() !== '') words.push({ text: part, from, to });
    from = to;
  }
  return words;
}
