/**
 * Stand-ins for everything a live call touches, driven by hand: tests say when the recogniser hears, when the model
 * speaks and when the voice has audio. The carrier plays in the time of the test.
 */
import pino from 'pino';
import { EventQueue } from '../async/event-queue.ts';
import type {
  CallFlow,
  FlowCommand,
  FlowEvent,
  FlowState,
  ListenExpectation,
  ToolRunner,
} from '../flows/index.ts';
import { type LanguageModel, LlmError, type LlmEvent, type ModelRequest } from '../llm/index.ts';
import type { JournalEntry, Session } from '../sessions/index.ts';
import { createMemorySessions } from '../sessions/memory.ts';
import type { SpeechToText, SttEvent, SttStream } from '../stt/index.ts';
import { BYTES_PER_MS, type Line, type LineCloseReason, type LineEvent } from '../telephony/index.ts';
import { type TextToSpeech, TtsError, type TtsEvent, type TtsStream } from '../tts/index.ts';
import type { CallEnd } from './call-end.ts';
import { Conversation } from './conversation.ts';
import { Fillers } from './fillers.ts';
import { Journal } from './journal.ts';
import { LiveCall } from './live-call.ts';
import type { LeavePlan } from './reply.ts';

const logger = pino({ level: 'silent' });

/** A carrier that plays what it is sent in the test's time, returns marks, and on `clear` all that are left. */
class FakeLine implements Line {
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
class FakeRecogniser implements SpeechToText {
  readonly provider = 'fake-stt';
  readonly streams: FakeSttStream[] = [];
  open({ signal }: { signal: AbortSignal }): SttStream {
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
  closed = false;
  constructor() {
    super({ capacity: 1000 });
  }
  write(frame: Uint8Array): void {
    this.writtenBytes += frame.length;
  }
  finalize(): void {}
  mute(): void {}
  close(): void {
    this.closed = true;
    this.end();
  }
}

/** A model whose answers the test streams. */
class FakeModel implements LanguageModel {
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
  async warm(): Promise<void> {}
  async close(): Promise<void> {}
}

/** 60 ms a letter: "Hello" lasts 300 ms. */
const MS_PER_LETTER = 60;

/** A voice that answers at once with audio as long as its text, and word times; or dies after so many words. */
class FakeVoice implements TextToSpeech {
  readonly provider: string;
  readonly streams: FakeTtsStream[] = [];
  /** Words after which a stream dies; undefined: none does. */
  diesAfterWords: number | undefined;
  /** No audio comes at all. */
  silent = false;
  constructor(provider = 'fake-tts') {
    this.provider = provider;
  }
  open({ signal }: { signal: AbortSignal }): TtsStream {
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

const listenOpen: ListenExpectation = { kind: 'open', silenceMs: 8000 };

/** The least flow there is: greets, asks the model about everything, says what it is told to say about the rest. */
class FakeFlow implements CallFlow {
  readonly events: FlowEvent[] = [];
  readonly toolRuns: {
    tool: string;
    signal: AbortSignal;
    answer: PromiseWithResolvers<{ result: unknown; isError: boolean }>;
  }[] = [];
  readonly numbers = [];
  /** What to do on an event; undefined: the usual. */
  script: (event: FlowEvent) => FlowCommand[] | undefined = () => undefined;
  greeting = 'Hello, how can I help?';
  interruptible = true;
  readonly settings = {
    id: 'fake',
    version: '1',
    language: 'en-US',
    recognition: { keyterms: [], endpointingMs: 300, utteranceEndMs: 1000 },
    usesModel: true,
    timing: {
      watchdogMs: 4000,
      watchdogText: 'One moment please.',
      maxCallMs: 600_000,
      bargeInDecideMs: 1000,
    },
  };
  readonly tools: ToolRunner = {
    run: (call, signal) => {
      const answer = Promise.withResolvers<{ result: unknown; isError: boolean }>();
      this.toolRuns.push({ tool: call.tool, signal, answer });
      return answer.promise;
    },
  };
  #requests = 0;

  initialState(): FlowState {
    return {} as FlowState;
  }
  restoreState(): FlowState {
    return {} as FlowState;
  }
  describe(): { node: string; slots: Record<string, unknown> } {
    return { node: 'start', slots: {} };
  }
  step(state: FlowState, event: FlowEvent): { state: FlowState; commands: FlowCommand[] } {
    this.events.push(event);
    return { state, commands: this.script(event) ?? this.#usual(event) };
  }
  #usual(event: FlowEvent): FlowCommand[] {
    switch (event.type) {
      case 'call-started':
        return [this.say('greeting', this.greeting), { type: 'listen', expect: listenOpen }];
      case 'caller-said':
      case 'caller-pressed':
        return [this.ask()];
      case 'model-replied':
      case 'line-resumed':
        return [{ type: 'listen', expect: listenOpen }];
      case 'caller-silent':
        return [this.say('silent', 'Are you there?'), { type: 'listen', expect: listenOpen }];
      case 'model-failed':
        return [this.say('sorry', 'Sorry about that.'), { type: 'listen', expect: listenOpen }];
      case 'time-up':
        return [this.say('bye', 'Goodbye.'), { type: 'hang-up', reason: 'time-up' }];
      case 'tool-finished':
        return [this.ask()];
      default:
        return [];
    }
  }
  say(partId: string, text: string): FlowCommand {
    return { type: 'say', partId, text, interruptible: this.interruptible, fixed: true };
  }
  ask(): FlowCommand {
    const request: ModelRequest = { system: [], messages: [], tools: [], maxTokens: 100 };
    return {
      type: 'ask-model',
      requestId: `m${++this.#requests}`,
      request,
      interruptible: true,
      speak: true,
    };
  }
}

/** One live call with everything faked but the call itself. Use with fake timers. */
export class CallBench {
  readonly line = new FakeLine();
  readonly recogniser = new FakeRecogniser();
  readonly model = new FakeModel();
  readonly voice = new FakeVoice();
  readonly spare = new FakeVoice('spare-tts');
  readonly flow = new FakeFlow();
  readonly sessions = createMemorySessions({});
  readonly left: LeavePlan[] = [];
  readonly journal: Journal;
  readonly call: LiveCall;
  end: CallEnd | undefined;

  constructor(prepare: (bench: CallBench) => void = () => {}) {
    prepare(this);
    const started = performance.now();
    const nowMs = (): number => performance.now() - started;
    const session: Session = {
      callId: 'call-1',
      callSid: this.line.callSid,
      direction: 'inbound',
      from: '+15550123',
      to: '+15550100',
      flowId: 'fake',
      flowVersion: '1',
      createdAt: Date.now(),
      streams: 1,
      plan: { type: 'reconnect' },
      ended: false,
    };
    this.journal = new Journal({ sessions: this.sessions, callId: session.callId, logger, now: nowMs });
    this.call = new LiveCall({
      line: this.line,
      session,
      flow: this.flow,
      conversation: new Conversation(this.flow, this.journal),
      journal: this.journal,
      sink: undefined,
      logger,
      nowMs,
      input: { type: 'call-started' },
      onMoved: () => {},
      onLeave: (plan) => {
        this.left.push(plan);
        this.line.close();
      },
      recogniser: this.recogniser,
      model: this.model,
      voices: [this.voice, this.spare],
      fillers: new Fillers([this.spare], logger),
      counters: { inc: () => {} },
      onTurn: () => {},
    });
    void this.call.ended.then((end) => {
      this.end = end;
    });
    this.call.start();
  }

  entries(type: string): JournalEntry['data'][] {
    return this.journal.entries.filter((entry) => entry.type === type).map((entry) => entry.data);
  }
}
