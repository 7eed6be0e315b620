import { EventQueue } from '../../async/event-queue.ts';
import type { TtsEvent, TtsStream } from '../index.ts';
import type { CachedPrompt } from './entry.ts';

/**
 * A cached prompt in the place of a voice's stream. Its text is known and its audio is there: `say` and `end` do
 * nothing, and it is done without them. Needs no closing.
 */
export function replay({ audio, words }: CachedPrompt): TtsStream {
  const events = new EventQueue<TtsEvent>({ capacity: words.length + 2 });
  for (const word of words) events.push({ type: 'word', ...word });
  events.push({ type: 'audio', audio });
  events.push({ type: 'done' });
  events.end();
  return {
    say: () => {},
    end: () => {},
    cancel: () => events.discard(),
    [Symbol.asyncIterator]: () => events[Symbol.asyncIterator](),
  };
}
