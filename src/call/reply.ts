/**
 * One reply of the agent: from what the caller said to the last word heard. It carries out the interpreter's commands,
 * streams the model into the voice and the voice into the playout. Cancelling it aborts both within the same turn of
 * the event loop and settles what was really heard.
 */
import { Playout } from '../audio/playout.ts';
import type { FlowCommand, ListenExpectation } from '../flows/index.ts';
import { LlmError, type ToolCall, type Usage } from '../llm/index.ts';
import { SpeechSegmenter } from '../llm/speakable.ts';
import type { TurnLatency } from '../records/index.ts';
import type { CallContext } from './context.ts';
import type { ConversationEvent, Snapshot } from './conversation.ts';
import { SpokenText } from './spoken.ts';
import { ToolExecution } from './tool-execution.ts';
import type { ReplyInput } from './turn-events.ts';
import { ReplyVoice } from './voice.ts';

/** What a reply tells the call it belongs to. */
export interface ReplyEvents {
  audible(): void;
  idle(more: boolean): void;
  complete(expect: ListenExpectation): void;
  leaving(plan: LeavePlan): void;
  toolRequested(callId: string, effect: 'reads' | 'writes'): void;
}

/** How the call leaves the agent. */
export type LeavePlan = Extract<FlowCommand, { type: 'hang-up' | 'transfer' }>;

/** One more try for a model that failed at once; a second failure is the flow's to deal with. */
const MODEL_TRIES = 2;

export class Reply {
  readonly id: number;
  readonly input: ReplyInput;
  readonly startedMs: number;
  readonly latency: TurnLatency = {};
  readonly playout: Playout;
  readonly spoken = new SpokenText();
  readonly #context: CallContext;
  readonly #events: ReplyEvents;
  readonly #controller = new AbortController();
  readonly #voice: ReplyVoice;
  readonly #tools: ToolExecution;
  /** Where the call stood when the reply was asked for, and where it first spoke. */
  readonly #node: string;
  #spokenAt: string | undefined;
  readonly #callerStartMs: number;
  #before: Snapshot;
  #generated = false;
  #inputJournalled = false;
  #over = false;
  #firstAudibleMs: number | undefined;

  /** `callerStartMs`: when the caller began what this reply answers. */
  constructor(
    context: CallContext,
    id: number,
    input: ReplyInput,
    callerStartMs: number,
    events: ReplyEvents,
  ) {
    this.id = id;
    this.#callerStartMs = callerStartMs;
    this.input = input;
    this.#context = context;
    this.#events = events;
    this.startedMs = context.nowMs();
    this.latency.turnEndMs = this.startedMs;
    if (input.type === 'speech' && input.speechEndMs !== undefined)
      this.latency.speechEndMs = input.speechEndMs;
    this.#before = context.conversation.snapshot();
    this.#node = context.conversation.node;
    this.playout = new Playout(context.line, {
      audible: () => this.#onAudible(),
      idle: () => {
        if (!this.#over) events.idle(this.#voice.owesAudio);
      },
    });
    this.#voice = new ReplyVoice({
      chain: context.voices,
      options: context.voiceOptions,
      playout: this.playout,
      spoken: this.spoken,
      signal: this.#controller.signal,
      onFirstByte: () => this.#mark('voiceFirstByteMs'),
      onCharacters: (characters) => context.journal.add('spoken', { characters }),
      onTrouble: (code, provider) => context.trouble('tts', code, provider),
      onDelivered: () => this.#checkIdle(),
    });
    this.#tools = new ToolExecution(context, (callId, effect) => events.toolRequested(callId, effect));
  }

  /** Sets it going. Never rejects: what fails is heard, or ends the call. */
  start(): void {
    this.#run().catch((error: unknown) => {
      if (this.#over) return;
      this.#context.logger.error({ err: error, replyId: this.id }, 'reply failed');
      this.#context.trouble('reply', 'reply-failed', 'callwright');
      this.#leave({ type: 'hang-up', reason: 'error' });
    });
  }

  /** The core's answer to a tool's request. */
  permit(callId: string, run: boolean): void {
    if (run) this.#journalInput();
    this.#tools.permit(callId, run);
  }

  /** Something is said while the reply is waited for. */
  interject(text: string, audio: Uint8Array): void {
    if (!this.#over) this.#voice.interject(`filler:${this.id}`, text, audio);
  }

  pause(): void {
    this.playout.pause();
  }

  resume(): void {
    this.playout.resume(this.spoken.resumeMs(this.playout.heardMs()));
  }

  get isProtected(): boolean {
    return this.spoken.isProtectedAt(this.playout.heardMs());
  }

  /** Cuts it short: the line is cleared, model and voice are aborted, and the history keeps what was heard. */
  cancel(rollback: boolean): void {
    if (this.#over) return;
    const heardMs = this.playout.cancel();
    this.#over = true;
    this.#controller.abort();
    this.#tools.abandon(rollback);
    if (rollback) this.#context.conversation.restore(this.#before);
    else this.#settle(heardMs, true);
  }

  /** It was heard to its end. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#settle(this.playout.cancel(), false);
    this.#controller.abort();
  }

  async #run(): Promise<void> {
    const { conversation } = this.#context;
    const carried = await conversation.settled();
    if (this.#over) return;
    if (carried.length > 0) {
      await this.#execute(carried);
      if (carried.some((command) => command.type === 'hang-up' || command.type === 'transfer')) return;
      this.#before = conversation.snapshot();
    }
    const event = toConversationEvent(this.input, this.#context);
    if (event === undefined) return this.#askAgain();
    await this.#execute(conversation.step(event));
  }

  /** The caller was audible and nothing was understood: asked again without a step of the flow. */
  #askAgain(): void {
    const { unheardText = 'Sorry, I did not catch that. Could you say it again?' } =
      this.#context.flow.settings.timing;
    this.#voice.say(`unheard:${this.id}`, unheardText, true);
    this.#complete(this.#context.lastExpectation);
  }

  async #execute(commands: readonly FlowCommand[]): Promise<void> {
    for (const command of commands) {
      if (this.#over && command.type !== 'run-tool') continue;
      switch (command.type) {
        case 'say':
          this.#say(command.partId, command.text, command.interruptible);
          break;
        case 'ask-model':
          await this.#askModel(command);
          break;
        case 'run-tool':
          await this.#runTool(command);
          break;
        case 'listen':
          this.#complete(command.expect);
          break;
        case 'transfer':
        case 'hang-up':
          this.#leave(command);
          break;
        case 'note':
          break;
      }
    }
  }

  #say(partId: string, text: string, interruptible: boolean): void {
    if (this.latency.firstClauseMs === undefined) this.#spokenAt = this.#context.conversation.node;
    this.#mark('firstClauseMs');
    this.#voice.say(partId, text, interruptible);
  }

  async #askModel(command: Extract<FlowCommand, { type: 'ask-model' }>): Promise<void> {
    const answer: ModelAnswer = { text: '', toolCalls: [], stopReason: 'end' };
    for (let attempt = 1; ; attempt++) {
      answer.toolCalls = [];
      try {
        await this.#streamModel(command, answer);
        break;
      } catch (error) {
        const code = error instanceof LlmError ? error.code : 'llm-failed';
        if (this.#over) return;
        this.#context.trouble('llm', code, this.#context.model.provider);
        const again =
          attempt < MODEL_TRIES && answer.text === '' && error instanceof LlmError && error.retryable;
        if (again) continue;
        const failed = {
          type: 'model-failed',
          requestId: command.requestId,
          code,
          spoken: answer.text,
        } as const;
        return this.#execute(this.#context.conversation.step(failed));
      }
    }
    // A stream that was aborted ends silently: whatever cancelled it has the word.
    if (this.#over) return;
    const replied = { type: 'model-replied', requestId: command.requestId, ...answer } as const;
    await this.#execute(this.#context.conversation.step(replied));
  }

  async #streamModel(
    command: Extract<FlowCommand, { type: 'ask-model' }>,
    answer: ModelAnswer,
  ): Promise<void> {
    const segmenter = new SpeechSegmenter();
    const speak = (clauses: readonly string[]): void => {
      for (const clause of clauses) {
        const text =
          answer.text === '' || /^\s/.test(clause) || /\s$/.test(answer.text) ? clause : ` ${clause}`;
        answer.text += text;
        if (command.speak && !this.#over) this.#say(command.requestId, text, command.interruptible);
      }
    };
    this.#mark('modelRequestMs');
    for await (const event of this.#context.model.stream(command.request, this.#controller.signal)) {
      switch (event.type) {
        case 'text':
          this.#mark('modelFirstTokenMs');
          speak(segmenter.push(event.text));
          break;
        case 'tool-call':
          this.#mark('modelFirstTokenMs');
          answer.toolCalls.push(event.call);
          break;
        case 'done':
          answer.stopReason = event.stopReason;
          this.#used(event.usage);
      }
    }
    speak(segmenter.end());
  }

  #used(usage: Usage): void {
    this.#context.journal.add('model-used', {
      modelInputTokens: usage.inputTokens,
      modelOutputTokens: usage.outputTokens,
      modelCacheReadTokens: usage.cacheReadTokens,
      modelCacheWriteTokens: usage.cacheWriteTokens,
    });
  }

  async #runTool(command: RunTool): Promise<void> {
    if (command.sayWhile !== undefined && !this.#over)
      this.#say(command.sayWhile.partId, command.sayWhile.text, true);
    // The voice may still be speaking what came before; it must not wait for the tool's answer to say it.
    this.#voice.pauseText();
    const result = await this.#tools.run(command, this.#node);
    // A reply that was cut short has handed its tools over; their results are kept there.
    if (result === undefined) return;
    await this.#execute(this.#context.conversation.step(result));
  }

  #complete(expect: ListenExpectation): void {
    if (this.#over) return;
    this.#voice.pauseText();
    this.#generated = true;
    this.#events.complete(expect);
    this.#checkIdle();
  }

  #leave(plan: LeavePlan): void {
    if (this.#over) return;
    this.#voice.pauseText();
    this.#generated = true;
    this.#events.leaving(plan);
    this.#checkIdle();
  }

  #onAudible(): void {
    this.#firstAudibleMs ??= this.#context.nowMs();
    this.#journalInput();
    this.#mark('firstFrameMs');
    this.#events.audible();
  }

  /** The last audio may have been played before it was known to be the last. */
  #checkIdle(): void {
    if (this.#generated && !this.#over && this.playout.isIdle && !this.#voice.owesAudio)
      this.#events.idle(false);
  }

  #mark(stage: keyof TurnLatency): void {
    this.latency[stage] ??= this.#context.nowMs();
  }

  /** The caller's turn is written down once it can no longer be rolled back. */
  #journalInput(): void {
    if (this.#inputJournalled) return;
    this.#inputJournalled = true;
    const { input } = this;
    if (input.type !== 'speech' && input.type !== 'keys') return;
    const endMs = (input.type === 'speech' ? input.speechEndMs : undefined) ?? this.startedMs;
    this.#context.journal.add('turn', {
      role: 'caller',
      text: input.type === 'speech' ? input.text : '',
      ...(input.type === 'keys' ? { keys: input.digits } : {}),
      startMs: Math.round(Math.min(this.#callerStartMs, endMs)),
      endMs: Math.round(endMs),
      interrupted: false,
      node: this.#node,
    });
  }

  /** The flow's history and the call's record get what was heard. */
  #settle(heardMs: number, interrupted: boolean): void {
    this.#journalInput();
    const parts = this.spoken.parts(heardMs);
    this.#context.conversation.step({
      type: 'reply-heard',
      parts: parts.map(({ partId, heard, complete }) => ({ partId, heard, complete })),
    });
    const said = parts
      .map((part) => part.said)
      .join(' ')
      .trim();
    const heard = parts
      .map((part) => part.heard)
      .filter((text) => text !== '')
      .join(' ');
    if (said === '') return;
    const { speechEndMs, turnEndMs, firstFrameMs } = this.latency;
    const fromMs = speechEndMs ?? (this.input.type === 'keys' ? turnEndMs : undefined);
    if (fromMs !== undefined && firstFrameMs !== undefined)
      this.latency.voiceToVoiceMs = firstFrameMs - fromMs;
    const latency = roundAll(this.latency);
    this.#context.turnMeasured(latency);
    this.#context.journal.add('turn', {
      role: 'agent',
      text: heard,
      ...(heard === said ? {} : { generated: said }),
      startMs: Math.round(this.#firstAudibleMs ?? this.startedMs),
      endMs: Math.round(this.#context.nowMs()),
      interrupted: interrupted && heard !== said,
      node: this.#spokenAt ?? this.#node,
      latency,
    });
  }
}

type RunTool = Extract<FlowCommand, { type: 'run-tool' }>;

interface ModelAnswer {
  text: string;
  toolCalls: ToolCall[];
  stopReason: Extract<ConversationEvent, { type: 'model-replied' }>['stopReason'];
}

function toConversationEvent(input: ReplyInput, context: CallContext): ConversationEvent | undefined {
  switch (input.type) {
    case 'call-started':
      return { type: 'call-started', call: context.facts };
    case 'speech':
      return { type: 'caller-said', text: input.text };
    case 'keys':
      return { type: 'caller-pressed', digits: input.digits };
    case 'silence':
      return { type: 'caller-silent', count: input.count };
    case 'time-up':
      return { type: 'time-up' };
    case 'line-resumed':
      return { type: 'line-resumed', lostMs: input.lostMs };
    case 'transfer-failed':
      return { type: 'transfer-failed', status: input.status };
    case 'unheard':
      return undefined;
  }
}

function roundAll(latency: TurnLatency): TurnLatency {
  return Object.fromEntries(
    Object.entries(latency).map(([stage, ms]) => [stage, ms === undefined ? ms : Math.round(ms * 10) / 10]),
  );
}
