/** A voice for tests that speaks at once, and in which every way of failing can be had. */
import { EventQueue } from '../../async/event-queue.ts';
import type { TextToSpeech, TtsEvent, TtsOptions, TtsStream } from '../index.ts';
import type { CachedPrompt } from './index.ts';

/** What a voice does with one text; ends the queue itself. */
export type Speak = (events: EventQueue<TtsEvent>, text: string) => void;

/** 100 ms of audio a letter, filled with its code, and the words' times to match. */
export const plainly: Speak = (events, text) => {
  for (const word of spoken(text).words) events.push({ type: 'word', ...word });
  for (const letter of Buffer.from(text))
    events.push({ type: 'audio', audio: new Uint8Array(800).fill(letter) });
  events.push({ type: 'done' });
  events.end();
};

/** What {@link plainly} makes of a text. */
export function spoken(text: string): CachedPrompt {
  const words = [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
    text: word,
    startMs: index * 100,
    endMs: (index + word.length) * 100,
  }));
  return {
    audio: Uint8Array.from({ length: text.length * 800 }, (_, at) => text.charCodeAt(at / 800)),
    words,
  };
}

export class FakeVoice implements TextToSpeech {
  readonly provider: string;
  /** Every text it was asked for, and how. */
  readonly asked: { text: string; options: Omit<TtsOptions, 'signal'> }[] = [];
  /** How many streams were open at once, at most. */
  mostOpen = 0;
  speak: Speak = plainly;
  #open = 0;

  constructor(provider = 'fake') {
    this.provider = provider;
  }

  open({ signal, ...options }: TtsOptions): TtsStream {
    const events = new EventQueue<TtsEvent>({ capacity: 10_000 });
    let text = '';
    let over = false;
    this.mostOpen = Math.max(this.mostOpen, ++this.#open);
    const cancel = () => {
      if (!over) this.#open--;
      over = true;
      events.discard();
    };
    signal.addEventListener('abort', cancel, { once: true });
    return {
      say: (more) => {
        text += more;
      },
      end: () => {
        this.asked.push({ text, options });
        this.speak(events, text);
      },
      cancel,
      [Symbol.asyncIterator]: () => events[Symbol.asyncIterator](),
    };
  }

  async warm(): Promise<void> {}

  async close(): Promise<void> {}
}
