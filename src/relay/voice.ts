/** The voice of a relay: what it is given to say goes into the call's script, and out as the audio that stands for it. */
import { EventQueue } from '../async/event-queue.ts';
import { BYTES_PER_MS } from '../telephony/index.ts';
import type { TextToSpeech, TtsEvent, TtsOptions, TtsStream } from '../tts/index.ts';
import type { Passage, RelayScript } from './script.ts';

export const RELAY_PROVIDER = 'twilio-relay';

/** Events of one reply that nobody has read: a reply has a few hundred words. Beyond it, words are left out. */
const MOST_UNREAD = 5000;

export function createRelayVoice(script: RelayScript): TextToSpeech {
  return {
    provider: RELAY_PROVIDER,
    open: (options) => new RelayVoiceStream(script, options),
    warm: async () => {},
    close: async () => {},
  };
}

class RelayVoiceStream implements TtsStream {
  readonly #script: RelayScript;
  readonly #options: TtsOptions;
  readonly #events = new EventQueue<TtsEvent>({ capacity: MOST_UNREAD, onAbandoned: () => this.cancel() });
  readonly #onAbort = (): void => this.cancel();
  #last: Passage | undefined;
  #spokenMs = 0;
  #isOver = false;

  constructor(script: RelayScript, options: TtsOptions) {
    this.#script = script;
    this.#options = options;
    if (options.signal.aborted) this.cancel();
    else options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  say(text: string): void {
    if (this.#isOver) return;
    const speech = this.#script.write(text, this.#options.language);
    if (speech === undefined) return;
    this.#last = speech.passage;
    const afterMs = this.#spokenMs;
    for (const { text: word, startMs, endMs } of speech.words)
      this.#events.push({ type: 'word', text: word, startMs: afterMs + startMs, endMs: afterMs + endMs });
    this.#events.push({ type: 'audio', audio: speech.audio });
    this.#spokenMs += speech.audio.length / BYTES_PER_MS;
  }

  end(): void {
    if (this.#isOver) return;
    if (this.#last !== undefined) this.#script.finish(this.#last);
    this.#events.push({ type: 'done' });
    this.#events.end();
    this.#release();
  }

  cancel(): void {
    this.#events.discard();
    this.#release();
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  #release(): void {
    this.#isOver = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}
