/** The voice's thread: texts in, {@link Speech} out, one at a time. */
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { synthesise } from './flite.ts';

const request = z.object({ id: z.number(), text: z.string(), voice: z.string() });

// Requests wait in the port while one is being spoken; the owner bounds how many there are.
parentPort?.on('message', (message: unknown) => {
  const { id, text, voice } = request.parse(message);
  try {
    const { audio, words } = synthesise(text, voice);
    parentPort?.postMessage({ id, audio, words }, [audio.buffer]);
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
