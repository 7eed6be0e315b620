/** The voice of a relay: speaks tokens sentence by sentence, and knows at any moment which words were heard. */

import { BYTES_PER_MS, FRAME_MS } from '../../telephony/index.ts';
import type { Voice } from '../../tts/flite/index.ts';
import type { HeardFrame } from '../phone/index.ts';
import { Playout } from './playout.ts';

export interface RelayVoiceEvents {
  speaking(isSpeaking: boolean): void;
  /** A sentence was played to its end. */
  played(text: string): void;
}

/** The end of a sentence with something after it: what may be spoken before the rest is there. */
const SENTENCE = /^.*?[.!?…]["')]*\s+/s;

export class RelayVoice {
  readonly #voice: Pick<Voice, 'speak'>;
  readonly #events: RelayVoiceEvents;
  #playout: Playout;
  #buffer = '';
  #speaking: Promise<void> = Promise.resolve();
  #isPlaying = false;
  /** What is synthesised for an earlier say is thrown away. */
  #generation = 0;
  #words: { text: string; endMs: number }[] = [];
  #queuedMs = 0;
  #playedMs = 0;
  #unsaid = 0;

  constructor(voice: Pick<Voice, 'speak'>, events: RelayVoiceEvents) {
    this.#voice = voice;
    this.#events = events;
    this.#playout = this.#newPlayout();
  }

  /** Something is being said, or is about to be. */
  get isSpeaking(): boolean {
    return this.#isPlaying || this.#unsaid > 0;
  }

  take(token: string, isLast: boolean): void {
    this.#buffer += token;
    for (let found = SENTENCE.exec(this.#buffer); found !== null; found = SENTENCE.exec(this.#buffer)) {
      this.#buffer = this.#buffer.slice(found[0].length);
      this.#say(found[0]);
    }
    if (!isLast) return;
    this.#say(this.#buffer);
    this.#buffer = '';
  }

  /** Falls silent; returns what was heard since it last was. */
  interrupt(): { heard: string; afterMs: number } {
    const heard = this.#words.filter(({ endMs }) => endMs <= this.#playedMs).map(({ text }) => text);
    const afterMs = this.#playedMs;
    this.#generation++;
    this.#playout = this.#newPlayout();
    this.#buffer = '';
    this.#unsaid = 0;
    this.#quiet();
    return { heard: heard.join(' '), afterMs };
  }

  pull(): HeardFrame {
    const frame = this.#playout.pull();
    if (frame.playing) {
      this.#playedMs += FRAME_MS;
      if (!this.#isPlaying) this.#events.speaking(true);
      this.#isPlaying = true;
    } else if (this.#isPlaying && this.#unsaid === 0) this.#quiet();
    return frame;
  }

  #quiet(): void {
    const wasPlaying = this.#isPlaying;
    this.#isPlaying = false;
    this.#words = [];
    this.#queuedMs = 0;
    this.#playedMs = 0;
    if (wasPlaying) this.#events.speaking(false);
  }

  #say(text: string): void {
    if (text.trim() === '') return;
    const generation = this.#generation;
    this.#unsaid++;
    this.#speaking = this.#speaking.then(async () => {
      const speech = await this.#voice
        .speak(text.trim())
        .catch(() => ({ audio: new Uint8Array(0), words: [] }));
      if (generation !== this.#generation) return;
      for (const word of speech.words)
        this.#words.push({ text: word.text, endMs: this.#queuedMs + word.endMs });
      this.#queuedMs += speech.audio.length / BYTES_PER_MS;
      this.#playout.enqueue(speech.audio, performance.now());
      this.#playout.mark(text);
    });
  }

  #newPlayout(): Playout {
    return new Playout(({ name }) => {
      this.#unsaid--;
      this.#events.played(name);
    });
  }
}
