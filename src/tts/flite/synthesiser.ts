/** Flite as a voice of calls: plain, English only, and always there. */
import type { SpokenPiece, Synthesiser } from '../in-process.ts';
import { createVoice, type Voice } from './index.ts';

/** 100 ms: what is cancelled after a few pieces has not all been handed over. */
const PIECE_BYTES = 800;

/** It speaks at one pace. Closing it closes the voice. */
export function createFliteSynthesiser(voice: Pick<Voice, 'speak' | 'close'> = createVoice()): Synthesiser {
  return {
    provider: 'in-process',
    // Other languages are for whoever has them; the carrier does at the latest.
    speaks: (language) => /^en\b/i.test(language),
    async *speak(text): AsyncGenerator<SpokenPiece> {
      const { audio, words } = await voice.speak(text);
      for (const word of words) yield { type: 'word', ...word };
      for (let at = 0; at < audio.length; at += PIECE_BYTES)
        yield { type: 'audio', audio: audio.subarray(at, at + PIECE_BYTES) };
    },
    close: () => voice.close(),
  };
}
