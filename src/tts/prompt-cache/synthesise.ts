import { type TextToSpeech, TtsError } from '../index.ts';
import { type CachedPrompt, isWord, MOST_AUDIO_BYTES, type PromptWord } from './entry.ts';
import type { PromptRequest } from './key.ts';

/** Why a voice's speech is no prompt, where the voice itself did not fail. */
export class PromptError extends Error {
  override readonly name = 'PromptError';
  readonly code: 'no-audio' | 'not-finished' | 'too-long';

  constructor(code: PromptError['code']) {
    super(`the prompt is not usable: ${code}`);
    this.code = code;
  }
}

/** Speaks it once, to the end. Throws {@link PromptError}, and whatever the voice throws. */
export async function synthesise(
  voice: TextToSpeech,
  { text, options }: PromptRequest,
  signal: AbortSignal,
): Promise<CachedPrompt> {
  const stream = voice.open({ ...options, signal });
  stream.say(text.trim());
  stream.end();
  const pieces: Uint8Array[] = [];
  const words: PromptWord[] = [];
  let audioBytes = 0;
  let done = false;
  try {
    for await (const event of stream) {
      if (event.type === 'audio') {
        pieces.push(event.audio);
        audioBytes += event.audio.length;
        if (audioBytes > MOST_AUDIO_BYTES) throw new PromptError('too-long');
      } else if (event.type === 'word') {
        const { text: word, startMs, endMs } = event;
        words.push({ text: word, startMs, endMs });
      } else {
        done = true;
      }
    }
  } finally {
    stream.cancel();
  }
  if (!done) throw new PromptError('not-finished');
  if (audioBytes === 0) throw new PromptError('no-audio');
  return { audio: new Uint8Array(Buffer.concat(pieces)), words: words.filter(isWord) };
}

/** For logs and counters: never the message, in which a vendor may have quoted the text. */
export function failureCode(error: unknown): string {
  return error instanceof TtsError || error instanceof PromptError ? error.code : 'tts-failed';
}
