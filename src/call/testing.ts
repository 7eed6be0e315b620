/**
 * Stand-ins for everything a live call touches, driven by hand: tests say when the recogniser hears, when the model
 * speaks and when the voice has audio. The carrier plays in the time of the test.
 */
import pino from 'pino';
import {
  type AnswerProgress,
  type CallFlow,
  type FindKnowledge,
  type FlowCommand,
  type FlowEvent,
  type FlowState,
  type KnowledgeFound,
  type ListenExpectation,
  SENSITIVE_TURN,
  type SpokenAs,
  type SpokenFlow,
  type ToolRunner,
} from '../flows/index.ts';
import type { ModelRequest } from '../llm/index.ts';
import { ProviderHealth } from '../provider-health.ts';
import type { JournalEntry, Session } from '../sessions/index.ts';
import { createMemorySessions } from '../sessions/memory.ts';
import { createRecogniserChain } from '../stt/fallback.ts';
import { Voices } from '../tts/voice-links.ts';
import type { CallEnd } from './call-end.ts';
import { Conversation } from './conversation.ts';
import { Journal } from './journal.ts';
import { LiveCall } from './live-call.ts';
import { Prompts } from './prompts.ts';
import type { Departure } from './reply-contract.ts';
import {
  FakeLine,
  FakeModel,
  FakePrompts,
  FakeRecogniser,
  FakeVoice,
  FakeVoiceActivity,
} from './testing-vendors.ts';
import type { ReplyInput } from './turn-events.ts';

const logger = pino({ level: 'silent' });

const listenOpen: ListenExpectation = {
  kind: 'open',
  silenceMs: 8000,
  endpointing: { completeMs: 0, openMs: 0, unfinishedMs: 1800, numberMs: 2200 },
};

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
  /** Something sensitive is asked for. */
  isPrivate = false;
  /** What a journal must not hold. */
  secret = '';
  readonly settings = {
    id: 'fake',
    version: '1',
    language: 'en-US',
    pronunciation: {},
    openings: [],
    turnTaking: {
      voiceActivity: { threshold: 0.5, minSpeechMs: 128, hangoverMs: 200 },
      interruptByLengthMs: 600,
      drafts: { enabled: true, perTurn: 2, wastedPerCall: 20 },
      fillerAfterMs: 4000,
      fillers: ['One moment please.'],
    },
    recognition: { keyterms: [], endpointingMs: 300, utteranceEndMs: 1000 },
    providers: {},
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
  expectation(): undefined {}
  answerProgress(): AnswerProgress {
    return 'unknown';
  }
  warm(): void {}
  /** What is found, whatever is looked up. */
  knowledge: KnowledgeFound['chunks'] = [];
  async findKnowledge({ queryId }: FindKnowledge): Promise<KnowledgeFound> {
    return { type: 'knowledge-found', queryId, chunks: this.knowledge };
  }
  async close(): Promise<void> {}
  prompts(): string[] {
    return [this.greeting];
  }
  readonly #spoken = new Map<string, SpokenFlow>();
  spoken(as: SpokenAs | undefined): SpokenFlow {
    if (as === undefined) return this;
    const known = this.#spoken.get(JSON.stringify(as));
    if (known !== undefined) return known;
    const made = { settings: { ...this.settings, ...as }, prompts: () => this.prompts() };
    this.#spoken.set(JSON.stringify(as), made);
    return made;
  }
  spokenForms(): SpokenFlow[] {
    return [this];
  }
  readonly variants = [];
  forCaller(): this {
    return this;
  }
  storable(state: FlowState): unknown {
    return state;
  }
  masked<T>(_state: FlowState, value: T): T {
    if (this.secret === '') return value;
    return JSON.parse(JSON.stringify(value).replaceAll(this.secret, '•••'));
  }
  keepable(state: FlowState, text: string): string {
    return this.isPrivate ? SENSITIVE_TURN : this.masked(state, text);
  }
  describe(): { node: string; slots: Record<string, unknown>; private: boolean } {
    return { node: 'start', slots: {}, private: this.isPrivate };
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
  readonly voiceActivity = new FakeVoiceActivity();
  readonly prompts = new FakePrompts();
  readonly sessions = createMemorySessions({});
  readonly left: Departure[] = [];
  /** The recording: the caller's byte, the agent's byte, and so on. */
  readonly recorded: number[] = [];
  readonly journal: Journal;
  readonly call: LiveCall;
  /** Milliseconds since the call's media started. */
  readonly nowMs: () => number;
  end: CallEnd | undefined;
  /** What the first reply answers. */
  input: ReplyInput = { type: 'call-started' };
  /** Where the session is another than the usual. */
  session: Partial<Session> = {};

  constructor(prepare: (bench: CallBench) => void = () => {}) {
    prepare(this);
    const started = performance.now();
    const nowMs = (): number => performance.now() - started;
    this.nowMs = nowMs;
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
      ...this.session,
    };
    this.journal = new Journal({ sessions: this.sessions, callId: session.callId, logger, now: nowMs });
    this.call = new LiveCall({
      line: this.line,
      session,
      flow: this.flow,
      conversation: new Conversation(this.flow, this.journal),
      journal: this.journal,
      control: { sendSms: async () => 'SM1' },
      sink: {
        earlierMs: 0,
        write: (interleaved) => this.recorded.push(...interleaved),
        commit: async () => ({ path: '', sizeBytes: 0 }),
        discard: async () => {},
      },
      logger,
      nowMs,
      input: this.input,
      onMoved: () => {},
      onProgress: () => {},
      onLeave: (plan) => {
        this.left.push(plan);
        this.line.close();
      },
      recogniser: createRecogniserChain({
        recognisers: [this.recogniser],
        health: new ProviderHealth(),
        logger,
      }),
      model: this.model,
      voices: new Voices({ vendors: [this.voice], inProcess: [this.spare] }),
      prompts: new Prompts({
        cache: this.prompts,
        voices: new Voices({ vendors: [this.spare] }),
        logger,
      }),
      voiceActivity: this.voiceActivity,
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
