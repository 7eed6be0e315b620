/** eSpeak's thread: texts in, sound and words out, one text at a time. */
import { parentPort } from 'node:worker_threads';
import { loadEngine } from './engine.ts';
import { order, type Report } from './messages.ts';

const tell = (message: Report, transfer: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, transfer);

// Where it cannot be loaded the thread ends with the error, which tells its owner.
const engine = await loadEngine();
parentPort?.on('message', (message: unknown) => {
  const { id, ...utterance } = order.parse(message);
  try {
    const words = engine.speak(utterance, (audio) => tell({ type: 'audio', id, audio }, [audio.buffer]));
    tell({ type: 'spoken', id, words });
  } catch (error) {
    tell({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
});
tell({ type: 'ready' });
