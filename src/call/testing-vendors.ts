/** Stand-ins for the carrier and the vendors of one live call, driven by hand. The carrier plays in the time of the test. */
import { EventQueue } from '../async/event-queue.ts';
import type { VoiceActivity, VoiceActivityEvent, VoiceActivityStream } from '../audio/vad/index.ts';
import { type LanguageModel, LlmError, type LlmEvent, type ModelRequest } from '../llm/index.ts';
import type { SpeechToText, SttEvent, SttOptions, SttStream } from '../stt/index.ts';
import { BYTES_PER_MS, type Line, type LineCloseReason, type LineEvent } from '../telephony/index.ts';
import { type TextToSpeech, TtsError, type TtsEvent, type TtsOptions, type TtsStream } from '../tts/index.ts';
import type { CachedPrompt, PromptCache, PromptRequest } from '../tts/prompt-cache/index.ts';

/** A carrier that plays what it is sent in the test's time, returns marks, and on `clear` all that are left. */
export class FakeLine implements Line {
  readonly streamId = 'MZ00000000000000000000000000000001';
  readonly callSid = 'CA00000000000000000000000000000001';
  readonly parameters = {};
  readonly bufferedBytes = 0;
  clears = 0;
  playedBytes = 0;
  #listener: ((event: LineEvent) => void) | undefined;
  #queue: { bytes: number; mark: string | undefined }[] = [];
  #timer: NodeJS.Timeout | undefined;
  closed = false;

  get queuedBytes(): number {
    return this.#queue.reduce((sum, piece) => sum + piece.bytes, 0);
  }
  listen(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }
  happens(event: LineEvent): void {
    this.#listener?.(event);
  }
  play(audio: Uint8Array, mark?: string): boolean {
    this.#queue.push({ bytes: audio.length, mark });
    this.#timer ??= setInterval(() => this.#tick(), 20);
    return !this.closed;
  }
  clear(): void {
    this.clears++;
    const marks = this.#queue.map((piece) => piece.mark);
    this.#queue = [];
    queueMicrotask(() => this.#played(marks));
  }
  close(): void {
    this.end('closed-here');
  }
  end(reason: LineCloseReason): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.#timer);
    this.#listener?.({ type: 'closed', reason });
  }
  #played(marks: readonly (string | undefined)[]): void {
    for (const mark of marks) if (mark !== undefined) this.#listener?.({ type: 'played', mark });
  }
  #tick(): void {
    let left = 20 * BYTES_PER_MS;
    for (let head = this.#queue[0]; head !== undefined && left > 0; head = this.#queue[0]) {
      const taken = Math.min(left, head.bytes);
      head.bytes -= taken;
      left -= taken;
      this.playedBytes += taken;
      if (head.bytes > 0) return;
      this.#queue.shift();
      this.#played([head.mark]);
    }
  }
}

/** A recogniser whose events the test pushes. */
export class FakeRecogniser implements SpeechToText {
  readonly provider = 'fake-stt';
  readonly streams: FakeSttStream[] = [];
  /** What each stream was asked for. */
  readonly opened: Omit<SttOptions, 'signal'>[] = [];
  open({ signal, onSign, ...options }: SttOptions): SttStream {
    this.opened.push(options);
    onSign?.();
    const stream = new FakeSttStream();
    signal.addEventListener('abort', () => stream.close(), { once: true });
    this.streams.push(stream);
    return stream;
  }
  get stream(): FakeSttStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no recogniser stream was opened');
    return stream;
  }
  async close(): Promise<void> {}
}

class FakeSttStream extends EventQueue<SttEvent> implements SttStream {
  writtenBytes = 0;
  /** The last frame. */
  lastWritten: Uint8Array | undefined;
  muted = false;
  closed = false;
  constructor() {
    super({ capacity: 1000 });
  }
  write(frame: Uint8Array): void {
    this.writtenBytes += frame.length;
    this.lastWritten = frame;
  }
  finalize(): void {}
  mute(muted: boolean): void {
    this.muted = muted;
  }
  close(): void {
    this.closed = true;
    this.end();
  }
}

/** A model whose answers the test streams. */
export class FakeModel implements LanguageModel {
  readonly provider = 'fake-llm';
  readonly requests: { request: ModelRequest; signal: AbortSignal; answer: EventQueue<LlmEvent> }[] = [];
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<LlmEvent> {
    const answer = new EventQueue<LlmEvent>({ capacity: 1000 });
    signal.addEventListener('abort', () => answer.discard(), { once: true });
    this.requests.push({ request, signal, answer });
    return answer;
  }
  get current(): EventQueue<LlmEvent> {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('the model was not asked');
    return request.answer;
  }
  says(text: string): void {
    this.current.push({ type: 'text', text });
  }
  isDone(stopReason: 'end' | 'tool-calls' = 'end'): void {
    const usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 };
    this.current.push({ type: 'done', stopReason, usage });
    this.current.end();
  }
  fails(retryable = false): void {
    this.current.fail(new LlmError('llm-overloaded', this.provider, 'overloaded', { retryable }));
  }
  priceUsd(): number {
    return 0.001;
  }
  async warm(): Promise<void> {}
  async close(): Promise<void> {}
}

/** 60 ms a letter: "Hello" lasts 300 ms. */
const MS_PER_LETTER = 60;

/** A voice that answers at once with audio as long as its text, and word times; or dies after so many words. */
export class FakeVoice implements TextToSpeech {
  readonly provider: string;
  readonly streams: FakeTtsStream[] = [];
  /** Words after which a stream dies; undefined: none does. */
  diesAfterWords: number | undefined;
  /** No audio comes at all. */
  silent = false;
  constructor(provider = 'fake-tts') {
    this.provider = provider;
  }
  /** What each stream was asked for. */
  readonly opened: Omit<TtsOptions, 'signal'>[] = [];
  open({ signal, patienceMs: _, ...options }: TtsOptions): TtsStream {
    this.opened.push(options);
    const stream = new FakeTtsStream(this);
    signal.addEventListener('abort', () => stream.cancel(), { once: true });
    this.streams.push(stream);
    return stream;
  }
  async warm(): Promise<void> {}
  async close(): Promise<void> {}
}

class FakeTtsStream extends EventQueue<TtsEvent> implements TtsStream {
  readonly said: string[] = [];
  cancelled = false;
  ended = false;
  readonly #voice: FakeVoice;
  #atMs = 0;
  #words = 0;
  constructor(voice: FakeVoice) {
    super({ capacity: 10_000 });
    this.#voice = voice;
  }
  say(text: string): void {
    this.said.push(text);
    if (this.#voice.silent) return;
    for (const word of text.match(/\S+/g) ?? []) {
      if (this.#words === this.#voice.diesAfterWords) {
        this.fail(
          new TtsError('tts-disconnected', this.#voice.provider, 'socket closed', { retryable: true }),
        );
        return;
      }
      const lengthMs = word.length * MS_PER_LETTER;
      this.push({ type: 'word', text: word, startMs: this.#atMs, endMs: this.#atMs + lengthMs });
      this.push({ type: 'audio', audio: new Uint8Array(lengthMs * BYTES_PER_MS) });
      this.#atMs += lengthMs;
      this.#words++;
    }
  }
  override end(): void {
    if (!this.ended && !this.cancelled && !this.#voice.silent) this.push({ type: 'done' });
    this.ended = true;
    if (!this.#voice.silent) super.end();
  }
  cancel(): void {
    this.cancelled = true;
    this.discard();
  }
}

/** Voice activity that hears what the test says; unavailable until it is told otherwise. */
export class FakeVoiceActivity implements VoiceActivity {
  available = false;
  hears: (event: VoiceActivityEvent) => void = () => {};
  closed = false;
  open(_options: unknown, onEvent: (event: VoiceActivityEvent) => void): VoiceActivityStream {
    this.hears = onEvent;
    return {
      write: () => {},
      configure: () => {},
      close: () => {
        this.closed = true;
      },
    };
  }
  async close(): Promise<void> {}
}

/** Prompts kept in a map, by text; rendered by whichever fake voice is asked. */
export class FakePrompts implements PromptCache {
  readonly kept = new Map<string, CachedPrompt>();
  keyOf(_provider: string, { text }: PromptRequest): string {
    return text;
  }
  peek(key: string): CachedPrompt | undefined {
    return this.kept.get(key);
  }
  async load(key: string): Promise<CachedPrompt | undefined> {
    return this.peek(key);
  }
  async render(voice: TextToSpeech, { text }: PromptRequest): Promise<CachedPrompt | undefined> {
    const stream = voice.open({ language: 'en-US', signal: new AbortController().signal });
    stream.say(text);
    stream.end();
    const audio: Uint8Array[] = [];
    const words: CachedPrompt['words'][number][] = [];
    for await (const event of stream) {
      if (event.type === 'audio') audio.push(event.audio);
      else if (event.type === 'word') words.push(event);
    }
    const prompt = { audio: Buffer.concat(audio), words };
    this.kept.set(text, prompt);
    return prompt;
  }
  async keep(_provider: string, { text }: PromptRequest, prompt: CachedPrompt): Promise<void> {
    this.kept.set(text, prompt);
  }
  async close(): Promise<void> {}
}
