/** How long the stand-ins take, where the vendors would. Settable at any time; the next exchange goes by it. */
import { z } from 'zod';

const ms = z.number().min(0).max(600_000);

export const delaysSchema = z.strictObject({
  deepgram: z.strictObject({
    /** Speech heard between two interim results of Nova, and audio between two updates of Flux. */
    interimMs: ms.min(20),
    /**
     * From the last frame with speech energy to Nova's `speech_final` result or Flux's `EndOfTurn`. Null: for Nova the
     * `endpointing` the client asked for, for Flux 300 ms.
     */
    endOfSpeechMs: ms.nullable(),
    /** From the last frame with speech energy to Flux's `EagerEndOfTurn`. */
    eagerEndMs: ms,
  }),
  /** ElevenLabs' recogniser: speech heard between two partial transcripts. Its client says when speech is over. */
  scribe: z.strictObject({ interimMs: ms.min(20) }),
  /** A transcription server: from a recording to its words. */
  transcription: z.strictObject({ answerMs: ms }),
  cartesia: z.strictObject({
    /** From the first transcript of a context to its first audio. Synthesis itself takes some 0.1 s of it. */
    firstByteMs: ms,
    /** Audio sent after the first chunk, in times real time. */
    realTimeFactor: z.number().min(0.1).max(1000),
  }),
  /** As of Cartesia, for the voices that speak where it fails. */
  otherVoices: z.strictObject({ firstByteMs: ms, realTimeFactor: z.number().min(0.1).max(1000) }),
  anthropic: z.strictObject({
    /** From the request to the first content of the answer. */
    firstTokenMs: ms,
    tokensPerSecond: z.number().min(0.1).max(100_000),
  }),
  openai: z.strictObject({
    /** From the request to the first content of the answer. */
    firstTokenMs: ms,
    tokensPerSecond: z.number().min(0.1).max(100_000),
  }),
  booking: z.strictObject({ responseMs: ms }),
});

export type Delays = z.infer<typeof delaysSchema>;

/** What a change may bring: any part of the delays. */
export const delaysPatchSchema = z.strictObject({
  deepgram: delaysSchema.shape.deepgram.partial().optional(),
  scribe: delaysSchema.shape.scribe.partial().optional(),
  transcription: delaysSchema.shape.transcription.partial().optional(),
  cartesia: delaysSchema.shape.cartesia.partial().optional(),
  otherVoices: delaysSchema.shape.otherVoices.partial().optional(),
  anthropic: delaysSchema.shape.anthropic.partial().optional(),
  openai: delaysSchema.shape.openai.partial().optional(),
  booking: delaysSchema.shape.booking.partial().optional(),
});

export type DelaysPatch = z.input<typeof delaysPatchSchema>;

/** About what the vendors take from a server in their own region. */
export function defaultDelays(): Delays {
  return {
    deepgram: { interimMs: 250, endOfSpeechMs: null, eagerEndMs: 100 },
    scribe: { interimMs: 250 },
    transcription: { answerMs: 400 },
    cartesia: { firstByteMs: 90, realTimeFactor: 5 },
    otherVoices: { firstByteMs: 150, realTimeFactor: 5 },
    anthropic: { firstTokenMs: 350, tokensPerSecond: 80 },
    openai: { firstTokenMs: 350, tokensPerSecond: 80 },
    booking: { responseMs: 40 },
  };
}

/** Changes the given delays in place. Throws a `ZodError` that names the field, and then nothing is changed. */
export function changeDelays(delays: Delays, patch: unknown): Delays {
  const { deepgram, scribe, transcription, cartesia, otherVoices, anthropic, openai, booking } =
    delaysPatchSchema.parse(patch);
  Object.assign(delays.deepgram, deepgram);
  Object.assign(delays.scribe, scribe);
  Object.assign(delays.transcription, transcription);
  Object.assign(delays.cartesia, cartesia);
  Object.assign(delays.otherVoices, otherVoices);
  Object.assign(delays.anthropic, anthropic);
  Object.assign(delays.openai, openai);
  Object.assign(delays.booking, booking);
  return delays;
}
