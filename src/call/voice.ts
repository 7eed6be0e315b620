/**
 * The voice of one reply: text goes to a voice stream as it is generated, audio comes back and goes to the playout in
 * the order of the text. When a stream dies, the next voice of the chain goes on from the first word not spoken.
 */

import { MULAW_SILENCE } from '../audio/mulaw.ts';
import type { Playout } from '../audio/playout.ts';
import type { SpokenAs } from '../flows/index.ts';
import { BYTES_PER_MS } from '../telephony/index.ts';
import { TtsError, type TtsStream } from '../tts/index.ts';
import type { CachedPrompt, PromptWord } from '../tts/prompt-cache/index.ts';
import type { Sound } from '../tts/voice-links.ts';
import type { CallVoices, VoiceAttempt } from './call-voices.ts';
import type { SpokenRun, SpokenText } from './spoken.ts';

export interface ReplyVoiceOptions {
  /** Who speaks on this call, and who when that fails. */
  voices: Pick<CallVoices, 'beginReply' | 'begin' | 'after'>;
  /** How a text is to sound; `as`: where it is not the flow's own way. */
  soundOf(as: SpokenAs | undefined): Sound;
  /** A stream of audio that is ready for a text, where there is one: it plays without the vendor. */
  ready(text: string, as: SpokenAs | undefined): TtsStream | undefined;
  /** A text that is the same on every call was spoken whole by the first voice of the chain. */
  onFixedSpoken(text: string, prompt: CachedPrompt, as: SpokenAs | undefined): void;
  playout: Playout;
  spoken: SpokenText;
  signal: AbortSignal;
  onFirstByte(): void;
  onCharacters(count: number, provider: string): void;
  onTrouble(code: string, provider: string): void;
  onSwitched(change: { from: string; to: string; code: string }): void;
  /** All audio of all text so far has been handed to the playout. */
  onDelivered(): void;
}

/** One stretch of text for one voice stream, or several in turn where streams die. */
interface Run {
  spoken: SpokenRun;
  /** How it is spoken where it is not the flow's own way. */
  readonly as: SpokenAs | undefined;
  /** Undefined: nobody speaks it. */
  stream: TtsStream | undefined;
  /** Whose voice it is; undefined: audio that was ready. */
  attempt: VoiceAttempt | undefined;
  /** Some audio came of this attempt. */
  isHeard: boolean;
  ended: boolean;
  /** Of a fixed text: what was heard of it so far, to be kept if it comes whole. */
  fixed?: { text: string; audio: Uint8Array[]; words: PromptWord[] } | undefined;
  /** A text of its own: it stands a little apart from what comes before it. */
  isApart: boolean;
}

/** Words that no voice could speak, and their language (BCP 47). */
export interface UnspokenWords {
  text: string;
  language: string;
}

/** What tells who speaks where nobody needed to. */
const KEPT = 'prompt-cache';
/** And where it is left to the carrier. */
const CARRIER = 'carrier';
/**
 * How long audio may be waited for: four times what is usual (150 to 200 ms), and so short that with the model's share a
 * filler, or the voice that takes over, is heard within two seconds.
 */
const PATIENCE_MS = 800;
/** The next voice is asked so long before the caller would hear that nothing comes: what it needs to be heard. */
const LEAD_MS = 700;
/** What a voice leaves between two sentences; runs that stand alone have it from nobody. */
const APART_MS = 200;

export class ReplyVoice {
  readonly #options: ReplyVoiceOptions;
  #open: Run | undefined;
  /** The run begun last stands alone. */
  #wasAlone = false;
  #undelivered = 0;
  readonly #heard = new Set<string>();
  /** What no voice could speak, in order. From the first of it on everything is left to whoever says that. */
  readonly #unspoken: { run: SpokenRun; as: SpokenAs | undefined }[] = [];
  #isSpeechless = false;
  #last: Promise<void> = Promise.resolve();

  constructor(options: ReplyVoiceOptions) {
    this.#options = options;
    options.voices.beginReply();
  }

  /** Whose voices are in the audio so far, in order; one that was kept is `prompt-cache`. */
  get heard(): readonly string[] {
    return [...this.#heard];
  }

  /** True while text was given whose audio is not all there yet. */
  get owesAudio(): boolean {
    return this.#undelivered > 0;
  }

  /** What is left for the carrier to say, once all that voices could speak has been. */
  get unspoken(): readonly UnspokenWords[] {
    return this.#unspoken.flatMap(({ run, as }) => {
      const text = run.text.trim();
      return text === '' ? [] : [{ text, language: this.#options.soundOf(as).language }];
    });
  }

  /** The carrier says it: it counts as heard. */
  leaveToCarrier(): void {
    for (const { run } of this.#unspoken) run.end();
    if (this.#unspoken.length > 0) this.#heard.add(CARRIER);
  }

  /** Speaks this next. What must not be interrupted gets a stream of its own, so that it is known where it ends. */
  say(
    partId: string,
    text: string,
    { interruptible, fixed, as }: { interruptible: boolean; fixed: boolean; as?: SpokenAs },
  ): void {
    if (this.#options.signal.aborted || text.trim() === '') return;
    const ready = this.#isSpeechless ? undefined : this.#options.ready(text, as);
    const how = { isProtected: !interruptible, as };
    if (ready !== undefined) {
      this.#sayAlone(this.#begin(how, { stream: ready }), partId, text);
      return;
    }
    if (fixed) {
      this.#sayAlone(this.#begin(how), partId, text);
      return;
    }
    const isOther = this.#open?.spoken.isProtected === interruptible || !isSame(this.#open?.as, as);
    if (isOther) this.pauseText();
    this.#open ??= this.#begin(how);
    // What follows a text that stands alone stands apart from it, too.
    this.#open.isApart ||= this.#wasAlone;
    this.#wasAlone = false;
    this.#give(this.#open, partId, text);
  }

  #give(run: Run, partId: string, text: string): void {
    const spoken = run.spoken.say(partId, text);
    run.stream?.say(spoken);
    if (run.attempt !== undefined) this.#options.onCharacters(spoken.length, run.attempt.link.voice.provider);
  }

  /** What is ready, or will be kept, is a run of its own, in its place among the others. */
  #sayAlone(run: Run, partId: string, text: string): void {
    run.isApart = true;
    this.#wasAlone = true;
    run.ended = true;
    // Only the preferred voice is worth keeping.
    if (run.attempt !== undefined && run.attempt.link === run.attempt.chain[0])
      run.fixed = { text, audio: [], words: [] };
    this.#give(run, partId, text);
    run.stream?.end();
  }

  /** No more text for now: what there is must not wait for more. */
  pauseText(): void {
    const run = this.#open;
    this.#open = undefined;
    if (run === undefined) return;
    run.ended = true;
    run.stream?.end();
  }

  /** Audio that is ready, heard before whatever the voice still owes. */
  interject(partId: string, text: string, { audio, words }: CachedPrompt): void {
    const run = this.#options.spoken.beginInterjection();
    run.say(partId, text);
    for (const word of words) run.word(word.text, word.startMs, word.endMs);
    run.audio(this.#options.playout.appendedBytes / BYTES_PER_MS, audio.length / BYTES_PER_MS);
    run.end();
    this.#options.playout.append(audio);
  }

  /** Ends the text before it. `ready`: audio that needs no voice. */
  #begin(
    { isProtected, as }: { isProtected: boolean; as: SpokenAs | undefined },
    ready?: { stream: TtsStream },
  ): Run {
    if (this.#open !== undefined) this.pauseText();
    const isAsked = ready === undefined && !this.#isSpeechless;
    const attempt = isAsked ? this.#options.voices.begin(this.#options.soundOf(as)) : undefined;
    const run: Run = {
      as,
      spoken: this.#options.spoken.beginRun(isProtected, { as }),
      stream: ready?.stream ?? (attempt && this.#openStream(attempt)),
      attempt,
      isHeard: false,
      ended: false,
      isApart: false,
    };
    this.#undelivered++;
    this.#last = this.#last.then(() => this.#deliver(run));
    return run;
  }

  #openStream(attempt: VoiceAttempt): TtsStream {
    const { link, switched } = attempt;
    if (switched !== undefined) this.#options.onSwitched(switched);
    return link.voice.open({
      ...link.options,
      patienceMs: () => Math.max(PATIENCE_MS, this.#options.playout.remainingMs - LEAD_MS),
      signal: this.#options.signal,
    });
  }

  async #deliver(run: Run): Promise<void> {
    this.#isSpeechless ||= run.stream === undefined;
    while (!this.#options.signal.aborted && !this.#isSpeechless) {
      try {
        if (await this.#hear(run)) run.attempt?.use?.succeeded();
        this.#keep(run);
        break;
      } catch (error) {
        run.attempt?.use?.failed();
        if (!(await this.#takeOver(run, error))) break;
      }
    }
    // Cut short: that something came says that it works.
    if (run.isHeard) run.attempt?.use?.succeeded();
    else run.attempt?.use?.abandoned();
    if (this.#isSpeechless) this.#leaveUnspoken(run);
    else run.spoken.end();
    if (this.#open === run) this.#open = undefined;
    this.#undelivered--;
    if (this.#undelivered === 0 && !this.#options.signal.aborted) this.#options.onDelivered();
  }

  /** True where all of it was spoken, false where it was cut short. */
  async #hear(run: Run): Promise<boolean> {
    for await (const event of run.stream ?? []) {
      if (event.type === 'audio') this.#play(run, event.audio);
      else if (event.type === 'word') {
        run.spoken.word(event.text, event.startMs, event.endMs);
        run.fixed?.words.push({ text: event.text, startMs: event.startMs, endMs: event.endMs });
      } else return true;
    }
    return false;
  }

  #keep({ fixed, as }: Run): void {
    if (fixed === undefined || fixed.audio.length === 0 || this.#options.signal.aborted) return;
    const prompt = { audio: Buffer.concat(fixed.audio), words: fixed.words };
    this.#options.onFixedSpoken(fixed.text, prompt, as);
  }

  #play(run: Run, audio: Uint8Array): void {
    const { playout } = this.#options;
    this.#options.onFirstByte();
    run.isHeard = true;
    this.#heard.add(run.attempt?.link.voice.provider ?? KEPT);
    if (run.isApart && playout.appendedBytes > 0)
      playout.append(new Uint8Array(APART_MS * BYTES_PER_MS).fill(MULAW_SILENCE));
    run.isApart = false;
    run.fixed?.audio.push(audio);
    run.spoken.audio(playout.appendedBytes / BYTES_PER_MS, audio.length / BYTES_PER_MS);
    playout.append(audio);
  }

  /** The next voice says what this one did not. False: there is none. */
  async #takeOver(run: Run, error: unknown): Promise<boolean> {
    const { attempt } = run;
    if (attempt === undefined) return false;
    const { signal } = this.#options;
    const code = error instanceof TtsError ? error.code : 'tts-failed';
    this.#options.onTrouble(code, attempt.link.voice.provider);
    const next = this.#options.voices.after(attempt, error);
    this.#isSpeechless = next === undefined;
    if (next === undefined) return false;
    run.attempt = next.attempt;
    run.isHeard = false;
    run.fixed = undefined;
    if (next.waitMs > 0) await passed(next.waitMs, signal);
    if (signal.aborted) return false;
    // What was said meanwhile is among it.
    const rest = this.#takeUnspoken(run);
    run.stream = this.#openStream(next.attempt);
    for (const { partId, text } of rest) this.#give(run, partId, text);
    if (run.ended) run.stream.end();
    return true;
  }

  /** Nobody speaks the rest of it. */
  #leaveUnspoken(run: Run): void {
    run.stream?.cancel();
    for (const { partId, text } of this.#takeUnspoken(run)) run.spoken.say(partId, text);
    this.#unspoken.push({ run: run.spoken, as: run.as });
  }

  /** What is left of the run's text becomes a run of its own, empty so far; returns the text. */
  #takeUnspoken(run: Run): { partId: string; text: string }[] {
    const { playout, spoken } = this.#options;
    const { rest, endMs } = run.spoken.takeUnspoken(playout.appendedBytes / BYTES_PER_MS);
    // The piece of a word that is there would be heard, and then the whole word.
    if (endMs !== undefined) run.spoken.cutAt(playout.takeBack(endMs));
    run.spoken = spoken.beginRun(run.spoken.isProtected, { after: run.spoken, as: run.as });
    return rest;
  }
}

/** Resolves after so long, or when the signal aborts. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

function isSame(as: SpokenAs | undefined, other: SpokenAs | undefined): boolean {
  return JSON.stringify(as) === JSON.stringify(other);
}
