/**
 * The voice of one reply: text goes to a voice stream as it is generated, audio comes back and goes to the playout in
 * the order of the text. When a stream dies, the next voice of the chain goes on from the first word not spoken.
 */

import type { Playout } from '../audio/playout.ts';
import { BYTES_PER_MS } from '../telephony/index.ts';
import { type TextToSpeech, TtsError, type TtsOptions, type TtsStream } from '../tts/index.ts';
import type { CachedPrompt } from '../tts/prompt-cache/index.ts';
import type { SpokenRun, SpokenText } from './spoken.ts';

export interface ReplyVoiceOptions {
  /** In order of preference; the first speaks, each further one takes over from the one before. */
  chain: readonly TextToSpeech[];
  options: Omit<TtsOptions, 'signal'>;
  /** A stream of audio that is ready for a text, where there is one: it plays without the vendor. */
  ready(text: string): TtsStream | undefined;
  playout: Playout;
  spoken: SpokenText;
  signal: AbortSignal;
  onFirstByte(): void;
  onCharacters(count: number): void;
  onTrouble(code: string, provider: string): void;
  /** All audio of all text so far has been handed to the playout. */
  onDelivered(): void;
}

/** One stretch of text for one voice stream, or several in turn where streams die. */
interface Run {
  spoken: SpokenRun;
  stream: TtsStream;
  /** Place in the chain. */
  link: number;
  ended: boolean;
}

export class ReplyVoice {
  readonly #options: ReplyVoiceOptions;
  #open: Run | undefined;
  #undelivered = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(options: ReplyVoiceOptions) {
    this.#options = options;
  }

  /** True while text was given whose audio is not all there yet. */
  get owesAudio(): boolean {
    return this.#undelivered > 0;
  }

  /** Speaks this next. What must not be interrupted gets a stream of its own, so that it is known where it ends. */
  say(partId: string, text: string, interruptible: boolean): void {
    if (this.#options.signal.aborted || text.trim() === '') return;
    const ready = this.#options.ready(text);
    if (ready !== undefined) return this.#sayReady(ready, partId, text, !interruptible);
    if (this.#open !== undefined && this.#open.spoken.isProtected === interruptible) this.pauseText();
    this.#open ??= this.#begin(!interruptible, this.#openStream(0));
    const spoken = this.#open.spoken.say(partId, text);
    this.#open.stream.say(spoken);
    this.#options.onCharacters(spoken.length);
  }

  /** What is ready is a run of its own, in its place among the others. */
  #sayReady(stream: TtsStream, partId: string, text: string, isProtected: boolean): void {
    this.pauseText();
    const run = this.#begin(isProtected, stream);
    run.spoken.say(partId, text);
    run.ended = true;
    stream.end();
  }

  /** No more text for now: what there is must not wait for more. */
  pauseText(): void {
    const run = this.#open;
    this.#open = undefined;
    if (run === undefined) return;
    run.ended = true;
    run.stream.end();
  }

  /** Audio that is ready, heard before whatever the voice still owes. */
  interject(partId: string, text: string, { audio, words }: CachedPrompt): void {
    const run = this.#options.spoken.beginRun(false);
    run.say(partId, text);
    for (const word of words) run.word(word.text, word.startMs, word.endMs);
    run.audio(this.#options.playout.appendedBytes / BYTES_PER_MS, audio.length / BYTES_PER_MS);
    run.end();
    this.#options.playout.append(audio);
  }

  #begin(isProtected: boolean, stream: TtsStream): Run {
    const run: Run = {
      spoken: this.#options.spoken.beginRun(isProtected),
      stream,
      link: 0,
      ended: false,
    };
    this.#undelivered++;
    this.#last = this.#last.then(() => this.#deliver(run));
    return run;
  }

  #openStream(link: number): TtsStream {
    const voice = this.#options.chain[link];
    if (voice === undefined) throw new Error('a voice chain needs at least one voice');
    return voice.open({ ...this.#options.options, signal: this.#options.signal });
  }

  async #deliver(run: Run): Promise<void> {
    while (!this.#options.signal.aborted) {
      try {
        for await (const event of run.stream) {
          if (event.type === 'audio') this.#play(run.spoken, event.audio);
          else if (event.type === 'word') run.spoken.word(event.text, event.startMs, event.endMs);
        }
        break;
      } catch (error) {
        if (!this.#takeOver(run, error)) break;
      }
    }
    run.spoken.end();
    if (this.#open === run) this.#open = undefined;
    this.#undelivered--;
    if (this.#undelivered === 0 && !this.#options.signal.aborted) this.#options.onDelivered();
  }

  #play(run: SpokenRun, audio: Uint8Array): void {
    const { playout } = this.#options;
    this.#options.onFirstByte();
    run.audio(playout.appendedBytes / BYTES_PER_MS, audio.length / BYTES_PER_MS);
    playout.append(audio);
  }

  /** The next voice says what this one did not. False: there is none. */
  #takeOver(run: Run, error: unknown): boolean {
    const { chain, spoken } = this.#options;
    const provider = chain[run.link]?.provider ?? 'voice';
    this.#options.onTrouble(error instanceof TtsError ? error.code : 'tts-failed', provider);
    const rest = run.spoken.takeUnspoken();
    const worthAnotherTry = error instanceof TtsError && error.retryable && error.code !== 'tts-stalled';
    const next = chain.findIndex(
      (voice, link) => link > run.link && (worthAnotherTry || voice.provider !== provider),
    );
    if (next === -1) return false;
    run.link = next;
    run.stream = this.#openStream(run.link);
    run.spoken = spoken.beginRun(run.spoken.isProtected, run.spoken);
    for (const { partId, text } of rest) {
      run.stream.say(run.spoken.say(partId, text));
    }
    if (run.ended) run.stream.end();
    return true;
  }
}
