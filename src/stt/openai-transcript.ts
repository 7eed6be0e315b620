/** What `/v1/audio/transcriptions` answers (OpenAI's API reference, and servers that speak it), as far as it is used. */
import { z } from 'zod';
import { estimatedWords, UNTOLD_CONFIDENCE } from './estimated-words.ts';
import type { SttWord } from './index.ts';
import type { Utterance } from './utterances.ts';

/** `json` brings the text alone; the rest comes with `verbose_json`, where a server offers it. Times are seconds. */
const transcriptSchema = z.object({
  text: z.string(),
  words: z.array(z.object({ word: z.string(), start: z.number(), end: z.number() })).nullish(),
  segments: z
    .array(
      z.object({
        no_speech_prob: z.number().nullish(),
        avg_logprob: z.number().nullish(),
      }),
    )
    .nullish(),
});

/** Whisper makes words of noise, and is unsure of them (its own rule for what is silence). */
const NO_SPEECH = { probability: 0.6, logprob: -1 };

export interface Transcript {
  text: string;
  words: SttWord[];
  confidence: number;
}

/** Throws where it is none. No words: nothing was said. */
export function readTranscript(answer: unknown, utterance: Utterance): Transcript {
  const { text, words, segments } = transcriptSchema.parse(answer);
  const isNoise = (segments ?? []).some(
    ({ no_speech_prob: silence, avg_logprob: sure }) =>
      (silence ?? 0) > NO_SPEECH.probability && (sure ?? 0) < NO_SPEECH.logprob,
  );
  const said = isNoise ? '' : text.trim();
  if (said === '') return { text: '', words: [], confidence: 0 };
  const confidence = confidenceOf(segments ?? []);
  const told = timed(words ?? [], utterance, confidence);
  const { speechStartMs, speechEndMs } = utterance;
  return {
    text: said,
    words: told ?? estimatedWords(said, speechStartMs, speechEndMs, confidence),
    confidence,
  };
}

/** Undefined where the times are none: missing, or not in order. */
function timed(
  words: readonly { word: string; start: number; end: number }[],
  { startMs, audio }: Utterance,
  confidence: number,
): SttWord[] | undefined {
  const lengthSec = audio.length / 8000;
  let lastStart = 0;
  for (const { start, end } of words) {
    if (start < lastStart || end < start || start > lengthSec) return undefined;
    lastStart = start;
  }
  if (words.length === 0) return undefined;
  return words.map(({ word, start, end }) => ({
    text: word.trim(),
    startMs: startMs + start * 1000,
    endMs: startMs + Math.min(end, lengthSec) * 1000,
    confidence,
  }));
}

function confidenceOf(segments: readonly { avg_logprob?: number | null | undefined }[]): number {
  const told = segments.flatMap(({ avg_logprob: logprob }) => logprob ?? []);
  if (told.length === 0) return UNTOLD_CONFIDENCE;
  return Math.min(1, Math.exp(told.reduce((sum, value) => sum + value, 0) / told.length));
}
