/**
 * The voice of one reply: text goes to a voice stream as it is generated, audio comes back and goes to the playout in
 * the order of the text. When a stream dies, the next voice of the chain goes on from the first word not spoken.
 */

import { MULAW_SILENCE } from '../audio/mulaw.ts';
import type { Playout } from '../audio/playout.ts';
import type { SpokenAs } from '../flows/index.ts';
import { BYTES_PER_MS } from '../telephony/index.ts';
import { type TextToSpeech, TtsError, type TtsOptions, type TtsStream } from '../tts/index.ts';
import type { CachedPrompt, PromptWord } from '../tts/prompt-cache/index.ts';
import type { SpokenRun, SpokenText } from './spoken.ts';

export interface ReplyVoiceOptions {
  /** In order of preference; the first speaks, each further one takes over from the one before. */
  chain: readonly TextToSpeech[];
  /** How a voice is to speak; `as`: where it is not the flow's own way. */
  optionsOf(as: SpokenAs | undefined): Omit<TtsOptions, 'signal'>;
  /** A stream of audio that is ready for a text, where there is one: it plays without the vendor. */
  ready(text: string, as: SpokenAs | undefined): TtsStream | undefined;
  /** A text that is the same on every call was spoken whole by the first voice of the chain. */
  onFixedSpoken(text: string, prompt: CachedPrompt, as: SpokenAs | undefined): void;
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
  /** How it is spoken where it is not the flow's own way. */
  readonly as: SpokenAs | undefined;
  stream: TtsStream;
  /** Place in the chain. */
  link: number;
  ended: boolean;
  /** Of a fixed text: what was heard of it so far, to be kept if it comes whole. */
  fixed?: { text: string; audio: Uint8Array[]; words: PromptWord[] } | undefined;
  /** A text of its own: it stands a little apart from what comes before it. */
  isApart: boolean;
}

/** What a voice leaves between two sentences; runs that stand alone have it from nobody. */
const APART_MS = 200;

export class ReplyVoice {
  readonly #options: ReplyVoiceOptions;
  #open: Run | undefined;
  /** The run begun last stands alone. */
  #wasAlone = false;
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
  say(
    partId: string,
    text: string,
    { interruptible, fixed, as }: { interruptible: boolean; fixed: boolean; as?: SpokenAs },
  ): void {
    if (this.#options.signal.aborted || text.trim() === '') return;
    const ready = this.#options.ready(text, as);
    const how = { isProtected: !interruptible, as };
    if (ready !== undefined) {
      this.#sayAlone({ stream: ready, isPaid: false }, partId, text, how);
      return;
    }
    if (fixed) {
      const run = this.#sayAlone({ stream: this.#openStream(0, as), isPaid: true }, partId, text, how);
      run.fixed = { text, audio: [], words: [] };
      return;
    }
    const isOther = this.#open?.spoken.isProtected === interruptible || !isSame(this.#open?.as, as);
    if (isOther) this.pauseText();
    this.#open ??= this.#begin(how, this.#openStream(0, as));
    // What follows a text that stands alone stands apart from it, too.
    this.#open.isApart ||= this.#wasAlone;
    this.#wasAlone = false;
    const spoken = this.#open.spoken.say(partId, text);
    this.#open.stream.say(spoken);
    this.#options.onCharacters(spoken.length);
  }

  /** What is ready, or will be kept, is a run of its own, in its place among the others. */
  #sayAlone(
    { stream, isPaid }: { stream: TtsStream; isPaid: boolean },
    partId: string,
    text: string,
    how: { isProtected: boolean; as: SpokenAs | undefined },
  ): Run {
    this.pauseText();
    const run = this.#begin(how, stream);
    run.isApart = true;
    this.#wasAlone = true;
    run.ended = true;
    const spoken = run.spoken.say(partId, text);
    if (isPaid) this.#options.onCharacters(spoken.length);
    stream.say(spoken);
    stream.end();
    return run;
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

  #begin({ isProtected, as }: { isProtected: boolean; as: SpokenAs | undefined }, stream: TtsStream): Run {
    const run: Run = {
      as,
      spoken: this.#options.spoken.beginRun(isProtected, { as }),
      stream,
      link: 0,
      ended: false,
      isApart: false,
    };
    this.#undelivered++;
    this.#last = this.#last.then(() => this.#deliver(run));
    return run;
  }

  #openStream(link: number, as: SpokenAs | undefined): TtsStream {
    const voice = this.#options.chain[link];
    if (voice === undefined) throw new Error('a voice chain needs at least one voice');
    return voice.open({ ...this.#options.optionsOf(as), signal: this.#options.signal });
  }

  async #deliver(run: Run): Promise<void> {
    while (!this.#options.signal.aborted) {
      try {
        for await (const event of run.stream) {
          if (event.type === 'audio') this.#play(run, event.audio);
          else if (event.type === 'word') {
            run.spoken.word(event.text, event.startMs, event.endMs);
            run.fixed?.words.push({ text: event.text, startMs: event.startMs, endMs: event.endMs });
          }
        }
        this.#keep(run);
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

  #keep({ fixed, as }: Run): void {
    if (fixed === undefined || fixed.audio.length === 0 || this.#options.signal.aborted) return;
    const prompt = { audio: Buffer.concat(fixed.audio), words: fixed.words };
    this.#options.onFixedSpoken(fixed.text, prompt, as);
  }

  #play(run: Run, audio: Uint8Array): void {
    const { playout } = this.#options;
    this.#options.onFirstByte();
    if (run.isApart && playout.appendedBytes > 0)
      playout.append(new Uint8Array(APART_MS * BYTES_PER_MS).fill(MULAW_SILENCE));
    run.isApart = false;
    run.fixed?.audio.push(audio);
    run.spoken.audio(playout.appendedBytes / BYTES_PER_MS, audio.length / BYTES_PER_MS);
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
    run.fixed = undefined;
    run.stream = this.#openStream(run.link, run.as);
    run.spoken = spoken.beginRun(run.spoken.isProtected, { after: run.spoken, as: run.as });
    for (const { partId, text } of rest) {
      run.stream.say(run.spoken.say(partId, text));
    }
    if (run.ended) run.stream.end();
    return true;
  }
}

function isSame(as: SpokenAs | undefined, other: SpokenAs | undefined): boolean {
  return JSON.stringify(as) === JSON.stringify(other);
}
