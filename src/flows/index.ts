/**
 * What passes between the flow interpreter and whoever runs a call. The interpreter is pure:
 *
 *   step(flow, state, event) → { state, commands }
 *
 * Its state is plain JSON, so a call can be checkpointed after any step and go on elsewhere. It knows no audio, no
 * clock and no vendor. A *reply* is everything between two `listen`s: prompts, model requests and tools in any number.
 *
 * The runner executes the commands of a step in order and feeds back what happens as further events. It keeps these
 * promises: one event at a time; a `run-tool` is always answered by a `tool-finished`, also after an interruption;
 * `caller-said` and its like never come while a tool is running (the runner holds them back); any caller event
 * supersedes an unanswered `ask-model`.
 */

import type { JsonSchema, Message, ModelRequest, StopReason, ToolCall } from '../llm/index.ts';
import type { ProviderLink, Stage } from '../provider-health.ts';
import type { FoundChunk } from './knowledge/index.ts';

export { armsOfVersion } from './experiments.ts';
export type { JsonSchema, Message, ModelRequest, ToolCall };

/** The tool that sends text messages; it is there in every flow, and no tool of a flow may take its name. */
export const SMS_TOOL = 'sms';

/** Stands in history, transcript and journal for what the caller said or keyed while something sensitive was asked. */
export const SENSITIVE_TURN = '(sensitive)';

/** Whether a tool only looks or changes something. Only `reads` may ever run for a reply that might be discarded. */
export type ToolEffect = 'reads' | 'writes';

/** What is known of the call when the flow starts; templates see it as `call`. */
export interface CallFacts {
  callId: string;
  direction: 'inbound' | 'outbound';
  /** E.164 where the carrier knows it. */
  from: string;
  to: string;
  /** ISO 8601, UTC: the call's start. */
  startedAt: string;
  /** What a campaign, or whoever placed the call, gives it; templates see the declared ones as `vars`. Default: none. */
  variables?: Readonly<Record<string, unknown>>;
}

/** What happened. `now`: ISO 8601, UTC; the interpreter reads no clock, so each event that may matter brings it. */
export type FlowEvent =
  /** `slots`: what it begins with, as a subflow would; only tests of a part give any. */
  | { type: 'call-started'; call: CallFacts; slots?: Readonly<Record<string, unknown>>; now: string }
  /** A whole turn of the caller's, committed. */
  | { type: 'caller-said'; text: string; now: string }
  /** Keys pressed, complete as far as the last `listen` asked (`*` and `#` included where not a terminator). */
  | { type: 'caller-pressed'; digits: string; now: string }
  /** Nothing came after the last `listen`; `count` is 1 for the first time in a row. */
  | { type: 'caller-silent'; count: number; now: string }
  /** The caller asked for a moment ("let me get my card"): not an answer, and worth more patience. */
  | { type: 'caller-looking-up'; text: string; now: string }
  /** Said over something that must not be interrupted: no turn, but the model should know. */
  | { type: 'caller-overheard'; text: string; now: string }
  /** The agent was cut short and nothing meaningful followed: it goes on from the first word not heard. */
  | { type: 'go-on'; now: string }
  /** The flow's longest call time is reached: say goodbye. */
  | { type: 'time-up'; now: string }
  /** The whole answer to `ask-model` of this id. */
  | {
      type: 'model-replied';
      requestId: string;
      text: string;
      toolCalls: ToolCall[];
      stopReason: StopReason;
      now: string;
    }
  /** No answer will come. `spoken`: what had already been sent to the voice. */
  | { type: 'model-failed'; requestId: string; code: string; spoken: string; now: string }
  /** `notRun`: it was never started, so whoever asked for it by itself may ask again. */
  | { type: 'tool-finished'; callId: string; result: unknown; isError: boolean; notRun?: true; now: string }
  /** What was found for `find-knowledge` of this id. `missed`: nothing could be, or not in time. */
  | {
      type: 'knowledge-found';
      queryId: string;
      chunks: readonly FoundChunk[];
      missed?: 'late' | 'failed';
      now: string;
    }
  /** An answering machine has the line: nobody is there to talk with. */
  | { type: 'machine-answered'; now: string }
  /**
   * What was heard of the parts of the reply that just ended or was cut short (a part is a `say` or an `ask-model`).
   * `said`: what the voice was given of it.
   */
  | { type: 'reply-heard'; parts: { partId: string; heard: string; complete: boolean; said?: string }[] }
  /** The transfer did not connect (busy, no answer, failed) and the caller is back on the line. */
  | { type: 'transfer-failed'; status: string; now: string }
  /**
   * The line had dropped and is back. `lostMs`: how long it was gone. `goesOn`: it is known what the caller heard and
   * that they said nothing meanwhile, so after a moment nobody need be asked again. `tool`: what is known of the tool
   * that the flow waits for, where the process that ran it is gone.
   */
  | { type: 'line-resumed'; lostMs: number; goesOn?: boolean; tool?: ToolFate; now: string }
  /** What the caller says is not understood any more, until further notice: only keys are. */
  | { type: 'recognition-lost'; now: string };

/** What became of a tool whose process is gone. `wasSent`: it may have been done. `answer`: it was, and said this. */
export interface ToolFate {
  callId: string;
  wasSent: boolean;
  answer?: { result: unknown; isError: boolean };
}

/** What to do. */
export type FlowCommand =
  /** Speak. `partId` names it in `reply-heard`. `fixed`: the same words on every call, so worth caching. */
  | { type: 'say'; partId: string; text: string; interruptible: boolean; fixed: boolean; as?: SpokenAs }
  /** Ask the model and speak its text as it comes; the text's part id is the request id. */
  | {
      type: 'ask-model';
      requestId: string;
      request: ModelRequest;
      interruptible: boolean;
      speak: boolean;
      as?: SpokenAs;
    }
  /**
   * Run a tool of the flow. `idempotencyKey` is the same for the same call of the same turn. `sayWhile`: spoken at
   * once, before the tool has an answer.
   */
  | {
      type: 'run-tool';
      callId: string;
      tool: string;
      input: Record<string, unknown>;
      effect: ToolEffect;
      timeoutMs: number;
      idempotencyKey: string;
      call?: CallFacts;
      sayWhile?: { partId: string; text: string; as?: SpokenAs };
    }
  /**
   * Look something up in what the flow knows, and come back within `timeoutMs`, with or without it: the caller waits.
   * It changes nothing, so it may be done for a reply that is discarded.
   */
  | {
      type: 'find-knowledge';
      queryId: string;
      /** The id of the flow that knows it: the one that answered the call, or a subflow. */
      flow: string;
      text: string;
      limit: number;
      sources?: readonly string[];
      timeoutMs: number;
    }
  /** The reply is complete: it is the caller's turn. */
  | { type: 'listen'; expect: ListenExpectation }
  /**
   * Leave the agent. Spoken parts before it are played to the end first. `hold`: what the caller hears while it rings,
   * instead of the ringing.
   */
  | {
      type: 'transfer';
      to: string;
      timeoutSec: number;
      callerId?: string;
      hold?: 'music' | 'noise';
      /** Whoever answers is told this before, or as, the caller is connected. */
      summary?: { text: string; language: string; to: 'person' | 'both' };
    }
  /** End the call. Spoken parts before it are played to the end first. `result`: the flow's own word for the outcome. */
  | { type: 'hang-up'; result?: string; reason: 'flow' | 'silence' | 'time-up' | 'error' }
  /** For journal and record; nothing to do. */
  | { type: 'note'; note: FlowNote };

/** How something is said or listened to where it is not as the flow has it: in another language, by a voice of its own. */
export interface SpokenAs {
  /** BCP 47. */
  language: string;
  /** What is different about the voice. */
  voice?: VoiceSettings;
}

export interface VoiceSettings {
  id?: string;
  model?: string;
  speed?: number;
}

/** A flow as far as it is heard: what a voice and a recogniser need of it. */
export type SpokenFlow = Pick<CallFlow, 'settings' | 'prompts'>;

export type FlowNote =
  | { type: 'node-entered'; node: string; from?: string; outcome?: string }
  /** `path`: what settled it: the declared words and parsers, or the model. Sensitive slots carry no value. */
  | { type: 'slot-filled'; slot: string; value?: unknown; path: 'parser' | 'model' | 'keys' | 'rule' }
  | { type: 'slot-refused'; slot: string; reason: string }
  /** An optional slot was left empty. */
  | { type: 'slot-skipped'; slot: string }
  | {
      type: 'outcome';
      node: string;
      outcome: string;
      path: 'rule' | 'keys' | 'words' | 'model' | 'tool' | 'limit';
    }
  /**
   * What the next answer of the model may rest on, best first: where it stands, and never the words it was found by.
   * `missed`: why there is none.
   */
  | {
      type: 'knowledge';
      node: string;
      sources: { source: string; heading: string; score: number }[];
      missed?: 'late' | 'failed';
    }
  /** The call goes on in this language. */
  | { type: 'language'; language: string }
  /** The caller left a message; the slot holds its words. */
  | { type: 'message-taken'; slot: string }
  | { type: 'problem'; node: string; problem: string };

export type FindKnowledge = Extract<FlowCommand, { type: 'find-knowledge' }>;
export type KnowledgeFound = Omit<Extract<FlowEvent, { type: 'knowledge-found' }>, 'now'>;

/** What the interpreter waits for, so that the line can wait well. */
export interface ListenExpectation {
  /** Keys that mean something here. `max` 1 is a menu; more is a number ended by `terminator`, `max` or a pause. */
  keys?: { max: number; terminator?: string; betweenMs: number };
  /**
   * What the caller says or keys here is kept nowhere: the transcript, the journal and the logs do without it, and the
   * caller's side of the recording is silent. Default: false.
   */
  private?: boolean;
  /** How the caller is listened to from here on. Default: as the flow has it. */
  as?: SpokenAs;
  /** Only keys answer here; where it is private too, nobody listens. Default: false. */
  keysOnly?: boolean;
  /** Words the recogniser should expect here. */
  keyterms?: readonly string[];
  /** Silence after which the caller is prompted. */
  silenceMs: number;
  /** A turn that has lasted so long is taken as it is. Default: turns may be as long as they are. */
  maxTurnMs?: number;
  /** This key ends the turn, and what was said by then is the answer. */
  endKey?: string;
  /** How long the caller must have been silent here before the turn is over. */
  endpointing: EndpointSettings;
  /** What an answer looks like here; endpointing waits for numbers as for numbers. */
  kind: 'open' | 'yes-no' | 'choice' | 'number' | 'date' | 'time' | 'phone' | 'digits' | 'name' | 'text';
}

/**
 * Silence, in milliseconds from the end of the caller's speech, after which the turn is over, by what the words so far
 * are. Each is a least wait: the recogniser's own end of speech must have come too, except for a `whole` answer.
 */
export interface EndpointSettings {
  /** A finished thought, or the whole answer to the question just asked. */
  completeMs: number;
  /** Neither clearly finished nor clearly unfinished. */
  openMs: number;
  /** It breaks off: a trailing conjunction, preposition, article or filler. */
  unfinishedMs: number;
  /** A number, phone number, date, spelling or list that is not finished. */
  numberMs: number;
}

/**
 * How far words answer the question just asked. `whole`: they settle it, and nothing could be added. `extendable`:
 * they settle it, and more could follow ("twenty", "twenty five"). `partial`: an answer has begun. `unknown`: the flow
 * cannot tell.
 */
export type AnswerProgress = 'whole' | 'extendable' | 'partial' | 'unknown';

/** How a flow takes turns: everything about it that is the same on every node. */
export interface TurnTakingSettings {
  /** Voice activity from audio. `threshold`: probability of speech, 0 to 1. */
  voiceActivity: { threshold: number; minSpeechMs: number; hangoverMs: number };
  /** Speech over the agent without words is an interruption once it is so long; 0: only words are. */
  interruptByLengthMs: number;
  /** Replies drafted before the turn is really over. */
  drafts: { enabled: boolean; perTurn: number; wastedPerCall: number };
  /** Without a first word of the answer for so long, a filler is said. */
  fillerAfterMs: number;
  fillers: readonly string[];
}

/** A flow's settings that are not its conversation: everything the call runtime and the vendors need. */
export interface FlowSettings {
  id: string;
  /** Content hash; of a variant, with its arms: `a1b2c3d4e5f6+greeting.long`. */
  version: string;
  /** BCP 47. */
  language: string;
  voice?: VoiceSettings;
  /** Written word to how it is spoken. */
  pronunciation: Readonly<Record<string, string>>;
  /** Beginnings of answers whose audio is kept ready. */
  openings: readonly string[];
  /** What is said while no model answers: ready before it is needed. Default: nothing. */
  offlinePrompts?: readonly string[];
  turnTaking: TurnTakingSettings;
  recognition: { model?: string; keyterms: readonly string[]; endpointingMs: number; utteranceEndMs: number };
  /** In order of preference, where the flow says so. */
  providers: { [S in Stage]?: readonly ProviderLink[] | undefined };
  /** True when some node needs the model; the sandbox and `callwright doctor` want to know. */
  usesModel: boolean;
  timing: CallTiming;
  /** Absent only in stand-ins: a flow of a file has its language's words. */
  reception?: ReceptionSettings;
}

/** What the carrier says and does where the agent cannot take a call. Its own words: no templates. */
export interface ReceptionSettings {
  /** Nothing else works. */
  fallback: { say: string; goodbye: string; transfer?: { to: string; timeoutSec: number } };
  /** There is no room for one more call. `transfer`: also for whoever has waited too long. */
  whenBusy: {
    do: 'wait' | 'elsewhere' | 'transfer' | 'apologise';
    say: string;
    goodbye: string;
    mostWaitMs: number;
    transfer?: { to: string; timeoutSec: number };
  };
}

/** Every duration of a conversation that a flow may set. */
export interface CallTiming {
  /** Once the caller has finished, something is heard within this time, whatever has failed. Default 4000. */
  watchdogMs: number;
  /** What the watchdog says. */
  watchdogText: string;
  /** Said when the caller was audible and nothing could be understood. Default: English, asks to say it again. */
  unheardText?: string;
  /** The longest a call may last. Default 30 minutes. */
  maxCallMs: number;
  /**
   * After the caller's onset over the agent, how long words may take to arrive before the sound is held to be a noise
   * and the agent goes on. Longer than the recogniser's slowest first interim, else every interruption is lost.
   */
  bargeInDecideMs: number;
}

/** One run of a tool. */
export interface ToolRun {
  tool: string;
  input: Record<string, unknown>;
  idempotencyKey: string;
  timeoutMs: number;
  /** The call it runs for; functions of flows see it. */
  call?: CallFacts;
}

/** Runs the tools of one flow. Errors of a tool are results (`isError`), in words the model can act on; never throws. */
export interface ToolRunner {
  run(run: ToolRun, signal: AbortSignal): Promise<{ result: unknown; isError: boolean }>;
}

/** One loaded flow, ready to answer calls. The state is opaque to everybody else; it is plain JSON. */
export interface CallFlow {
  readonly settings: FlowSettings;
  /** E.164 numbers this flow answers. */
  readonly numbers: readonly string[];
  initialState(): FlowState;
  /** Checks a state that came from outside (a checkpoint); throws where it is not one of this flow's. */
  restoreState(state: unknown): FlowState;
  step(state: FlowState, event: FlowEvent): { state: FlowState; commands: FlowCommand[] };
  /** What the caller is listened to for in this state; undefined where nothing is asked any more, or yet. */
  expectation(state: FlowState): ListenExpectation | undefined;
  /** How far the words answer the question that was asked last. Pure and cheap: it is asked for every interim. */
  answerProgress(state: FlowState, text: string): AnswerProgress;
  /** Makes the first answer as quick as all others: what understands them is set up now, in some tenths of a second. */
  warm(): void;
  /** Everything it says that is the same on every call, as it would be said. */
  prompts(): readonly string[];
  /** The flow as something of it is said; itself where `as` is undefined. The same `as` gives the same object. */
  spoken(as: SpokenAs | undefined): SpokenFlow;
  /** All the ways in which it may be spoken: its own, those of its other languages, those of nodes with their own voice. */
  spokenForms(): readonly SpokenFlow[];
  /** What reviewers see of a state: never sensitive values. `private`: the caller is asked for one just now.
   * `language`: where it is not the flow's own. `tool`: the call of a tool that the flow waits for. */
  describe(state: FlowState): {
    node: string;
    slots: Record<string, unknown>;
    result?: string;
    private?: boolean;
    language?: string;
    tool?: string;
  };
  /** A state as it may be written down: its sensitive values can be read by this process only. */
  storable(state: FlowState): unknown;
  /** A value for a journal or a record: whatever sensitive value stands in it is masked. */
  masked<T>(state: FlowState, value: T): T;
  /** What the caller says just now, as it may be written down: before it is a step of the flow. */
  keepable(state: FlowState, text: string): string;
  readonly tools: ToolRunner;
  /** Looks up what the flow asked for, within its time. Never rejects: what is not found is not there. */
  findKnowledge(wanted: FindKnowledge, signal: AbortSignal): Promise<KnowledgeFound>;
  /** Ends what its tools hold: connections, and programs of MCP servers. Idempotent; nothing runs afterwards. */
  close(): Promise<void>;
  /** The flow in each combination of its experiments' arms; none without experiments. */
  readonly variants: readonly CallFlow[];
  /** The variant that this caller gets, always the same one; the flow itself without experiments. */
  forCaller(caller: string): CallFlow;
}

declare const flowState: unique symbol;
/** The interpreter's state; only the interpreter looks inside. */
export type FlowState = { readonly [flowState]: true };

/** All flows of a folder. */
export interface FlowCatalogue {
  readonly flows: readonly CallFlow[];
  byId(id: string, version?: string): CallFlow | undefined;
  /** The flow whose `numbers` hold the dialled number, else the default one. */
  forNumber(number: string): CallFlow | undefined;
  /** Closes every flow. Idempotent. */
  close(): Promise<void>;
}
