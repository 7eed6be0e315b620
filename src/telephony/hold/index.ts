/** Serves the sounds that a caller hears while waiting for a transfer. */
import express, { type Router } from 'express';
import type { HoldKind } from '../index.ts';
import { holdAudioPath } from '../twiml.ts';
import { renderMusic, renderNoise } from './sounds.ts';
import { toMulawWave } from './wave.ts';

export { HOLD_LOOP_MS } from './sounds.ts';

export const HOLD_KINDS = ['music', 'noise'] as const satisfies readonly HoldKind[];

const MIME_TYPE = 'audio/wav';
/** The sound changes only with the program; the carrier may keep it for a day. */
const CACHE_CONTROL = 'public, max-age=86400';

const rendered = new Map<HoldKind, Buffer>();

/** A WAV file in μ-law at 8 kHz. Rendered once in a process. */
export function holdAudio(kind: HoldKind): Buffer {
  const known = rendered.get(kind);
  if (known !== undefined) return known;
  const file = toMulawWave(kind === 'music' ? renderMusic() : renderNoise());
  rendered.set(kind, file);
  return file;
}

/**
 * `GET /twilio/hold/{music,noise}.wav`, for anybody: of the files that `<Play>` names, the carrier promises no signature
 * and keeps copies (Twilio docs: "Play"), and there is nothing in them to hide. Renders the sounds now, so that no call
 * has to wait for it.
 */
export function createHoldAudio(): Router {
  const router = express.Router();
  for (const kind of HOLD_KINDS) {
    const file = holdAudio(kind);
    router.get(holdAudioPath(kind), (_req, res) => {
      res.type(MIME_TYPE).set('cache-control', CACHE_CONTROL).send(file);
    });
  }
  return router;
}
