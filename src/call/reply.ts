/**
 * One reply of the agent: from what the caller said to the last word heard. It carries out the interpreter's commands,
 * streams the model into the voice and the voice into the playout. Cancelling it aborts both within the same turn of
 * the event loop and settles what was really heard.
 */
import { Playout } from '../audio/playout.ts';
import type { FindKnowledge, FlowCommand, ListenExpectation, SpokenAs } from '../flows/index.ts';
import type { KnowledgeSource, Turn, TurnLatency } from '../records/index.ts';
import type { CachedPrompt } from '../tts/prompt-cache/index.ts';
import { agentTurn } from './agent-turn.ts';
import { callerTurn } from './caller-turn.ts';
import type { CallContext } from './context.ts';
import type { Snapshot } from './conversation.ts';
import { NO_COST, type ReplyCost, withRequest } from './cost.ts';
import type { ReplyInFlight } from './in-flight.ts';
import type { JournalData } from './journal.ts';
import { answeredBy, answerOf } from './model-answer.ts';
import type { LeavePlan, ReplyEvents, ReplyOptions } from './reply-contract.ts';
import { toConversationEvent } from './reply-input.ts';
import { sourcesOf } from './sources.ts';
import { SpokenText } from './spoken.ts';
import { type RunTool, ToolExecution } from './tool-execution.ts';
import type { ReplyInput } from './turn-events.ts';
import { measured } from './turn-latency.ts';
import { ReplyVoice } from './voice.ts';

/** Failures that nobody knows of before the time is up. */
const SILENT_FAILURES: ReadonlySet<string> = new Set(['tts-stalled', 'llm-no-first-token', 'llm-stalled']);

/** As most things are said. */
const ALOUD = { interruptible: true, fixed: false } as const;

export class Reply {
  readonly id: number;
  readonly startedMs: number;
  readonly latency: TurnLatency = {};
  readonly playout: Playout;
  readonly spoken: SpokenText;
  /** What it has cost by now. */
  cost: ReplyCost = NO_COST;
  /** Resolves once nothing of it is at work any more. */
  settled: Promise<void> = Promise.resolve();
  #input: ReplyInput;
  #callerStartMs: number;
  #isDraft: boolean;
  readonly #context: CallContext;
  readonly #events: ReplyEvents;
  readonly #controller = new AbortController();
  readonly #voice: ReplyVoice;
  readonly #tools: ToolExecution;
  /** Where the call stood when the reply was asked for, and where it first spoke. */
  readonly #node: string;
  #spokenAt: string | undefined;
  /** Where what it says may come from. */
  readonly #sources: KnowledgeSource[] = [];
  #answeredBy: ReturnType<typeof answeredBy> = {};
  #before: Snapshot;
  /** What a tool of an earlier reply left to be said, with which this one began. */
  #carried: readonly FlowCommand[] = [];
  #generated = false;
  #fillers = 0;
  #inputJournalled = false;
  /** What it answers is kept nowhere. */
  readonly #isPrivate: boolean;
  #over = false;
  /** The flow knows what it answers. */
  #isKnown = false;
  #firstAudibleMs: number | undefined;
  /** How it wants to leave, where it does. */
  #plan: LeavePlan | undefined;

  constructor(context: CallContext, options: ReplyOptions, events: ReplyEvents) {
    this.id = options.id;
    this.#input = options.input;
    this.#callerStartMs = options.callerStartMs;
    this.#isDraft = options.isDraft;
    this.#context = context;
    this.#events = events;
    this.startedMs = context.nowMs();
    if (options.isDraft) this.latency.draftMs = this.startedMs;
    else this.#turnIsOver(options.input);
    this.#before = context.conversation.snapshot();
    this.#node = context.conversation.node;
    this.#isPrivate = context.conversation.isPrivate;
    const { flow } = context;
    this.spoken = new SpokenText((text, before, as) =>
      context.prompts.spokenForm(flow.spoken(as), text, before),
    );
    this.playout = new Playout(
      context.line,
      {
        audible: () => this.#onAudible(),
        sounds: (inMs) => {
          this.latency.firstSoundMs ??= context.nowMs() + inMs;
        },
        idle: () => {
          if (!this.#over) this.#idle(this.#voice.owesAudio);
        },
      },
      { held: options.isDraft },
    );
    this.#voice = new ReplyVoice({
      voices: context.voices,
      soundOf: (as) => flow.spoken(as).settings,
      ready: (text, as) => context.prompts.ready(flow.spoken(as), text),
      onFixedSpoken: (text, prompt, as) => context.prompts.keep(flow.spoken(as), text, prompt),
      playout: this.playout,
      spoken: this.spoken,
      signal: this.#controller.signal,
      onFirstByte: () => this.#mark('voiceFirstByteMs'),
      onCharacters: (characters, provider) => {
        this.cost = { ...this.cost, spokenCharacters: this.cost.spokenCharacters + characters };
        context.journal.add('spoken', { characters, provider });
      },
      onTrouble: (code, provider) => {
        context.trouble('tts', code, provider);
        this.#onSilence(code);
      },
      onSwitched: ({ from, to, code }) => context.switched('tts', from, to, code),
      onDelivered: () => this.#checkIdle(),
    });
    this.#tools = new ToolExecution(context, (callId, effect) => events.toolRequested(callId, effect));
  }

  /** The turn is over, and this draft is its reply. */
  adopt(input: ReplyInput, callerStartMs: number): void {
    this.#isDraft = false;
    this.#input = input;
    this.#callerStartMs = callerStartMs;
    this.#turnIsOver(input);
    this.playout.release();
    this.#checkIdle();
  }

  #turnIsOver(input: ReplyInput): void {
    this.latency.turnEndMs = this.#context.nowMs();
    if ('speechEndMs' in input && input.speechEndMs !== undefined)
      this.latency.speechEndMs = input.speechEndMs;
  }

  /** Sets it going. Never rejects: what fails is heard, or ends the call. */
  start(): void {
    this.settled = this.#run().catch((error: unknown) => {
      if (this.#over) return;
      this.#context.logger.error({ err: error, replyId: this.id }, 'reply failed');
      this.#context.trouble('reply', 'reply-failed', 'callwright');
      this.#leave({ type: 'hang-up', reason: 'error' });
    });
  }

  /** The core's answer to a tool's request. */
  permit(callId: string, run: boolean): void {
    if (run && !this.#isDraft) this.#journalInput();
    this.#tools.permit(callId, run);
  }

  /** Something is said while the reply is waited for. */
  interject(text: string, prompt: CachedPrompt): void {
    if (!this.#over) this.#voice.interject(`filler:${this.id}:${this.#fillers++}`, text, prompt);
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

  /** What another process would need to go on with it. Undefined while the flow does not know what it answers. */
  get inFlight(): ReplyInFlight | undefined {
    if (!this.#isKnown || this.#over) return undefined;
    const answers = this.#inputJournalled ? undefined : this.#answers;
    const { playout, spoken } = this;
    const told = answers === undefined ? {} : { answers };
    return { ...playout.progress, parts: spoken.words(), ...this.#where, ...told };
  }

  /** What it answers, in words. */
  get inputText(): string {
    return 'text' in this.#input ? this.#input.text : '';
  }

  /** Resolves when none of its tools is at work. */
  async toolsSettled(): Promise<void> {
    await this.#tools.settled();
  }

  /** Cuts it short: the line is cleared, model and voice are aborted, and the history keeps what was heard. */
  cancel(rollback: boolean): void {
    if (this.#over) return;
    const heardMs = this.playout.cancel();
    this.#over = true;
    this.#controller.abort();
    this.#tools.abandon(rollback);
    if (rollback) {
      this.#context.conversation.restore(this.#before);
      this.#context.conversation.giveBack(this.#carried);
    } else this.#settle(heardMs, true);
  }

  /** It was heard to its end. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#voice.leaveToCarrier();
    this.#settle(this.playout.cancel(), false);
    this.#controller.abort();
  }

  async #run(): Promise<void> {
    const { conversation } = this.#context;
    await conversation.settled();
    if (this.#over) return;
    const carried = conversation.takeCarried();
    if (carried.length > 0) {
      this.#carried = carried;
      this.#before = conversation.snapshot();
      await this.#execute(carried);
      if (carried.some((command) => command.type === 'hang-up' || command.type === 'transfer')) return;
    }
    this.#isKnown = true;
    const event = toConversationEvent(this.#input, this.#context.facts);
    if (event === undefined) return this.#askAgain();
    const commands = conversation.step(event);
    // The flow makes nothing of a machine where it has ended already.
    if (commands.length === 0 && event.type === 'machine-answered')
      return this.#complete(this.#context.lastExpectation());
    await this.#execute(commands);
  }

  /** The caller was audible and nothing was understood: asked again without a step of the flow. */
  #askAgain(): void {
    const expect = this.#context.lastExpectation();
    const { unheardText = 'Sorry, I did not catch that. Could you say it again?' } =
      this.#context.flow.spoken(expect.as).settings.timing;
    const how = { ...ALOUD, ...(expect.as === undefined ? {} : { as: expect.as }) };
    this.#voice.say(`unheard:${this.id}`, unheardText, how);
    this.#complete(expect);
  }

  async #execute(commands: readonly FlowCommand[]): Promise<void> {
    for (const command of commands) {
      if (this.#over && command.type !== 'run-tool') continue;
      switch (command.type) {
        case 'say':
          this.#say(command.partId, command.text, command);
          break;
        case 'ask-model':
          await this.#askModel(command);
          break;
        case 'run-tool':
          await this.#runTool(command);
          break;
        case 'find-knowledge':
          await this.#findKnowledge(command);
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

  #say(partId: string, text: string, how: { interruptible: boolean; fixed: boolean; as?: SpokenAs }): void {
    const isFirst = this.latency.firstClauseMs === undefined;
    if (isFirst) this.#spokenAt = this.#context.conversation.node;
    this.#mark('firstClauseMs');
    this.#voice.say(partId, text, how);
    if (isFirst) this.#events.worded();
  }

  async #askModel(command: Extract<FlowCommand, { type: 'ask-model' }>): Promise<void> {
    const { requestId, request, speak } = command;
    const how = { ...command, fixed: false };
    const result = await answerOf({
      context: this.#context,
      request,
      signal: this.#controller.signal,
      onClause: (text) => {
        if (speak && !this.#over) this.#say(requestId, text, how);
      },
      onRequest: () => this.#mark('modelRequestMs'),
      onFirstToken: () => this.#mark('modelFirstTokenMs'),
      onUsed: (used) => this.#used(used),
      onSwitch: (code) => this.#onSilence(code),
    });
    if (result === undefined || this.#over) return;
    const { answer, failed } = result;
    await this.#execute(
      this.#context.conversation.step(
        failed === undefined
          ? { type: 'model-replied', requestId, ...answer }
          : { type: 'model-failed', requestId, code: failed, spoken: answer.text },
      ),
    );
  }

  async #findKnowledge(wanted: FindKnowledge): Promise<void> {
    // What came before is spoken meanwhile.
    this.#voice.pauseText();
    const found = await this.#context.flow.findKnowledge(wanted, this.#controller.signal);
    if (this.#over) return;
    this.#sources.push(...sourcesOf(found));
    await this.#execute(this.#context.conversation.step(found));
  }

  #used(used: JournalData<'model-used'>): void {
    this.cost = withRequest(this.cost, used);
    this.#answeredBy = answeredBy(used);
    this.#context.journal.add('model-used', used);
  }

  async #runTool(command: RunTool): Promise<void> {
    if (command.sayWhile !== undefined && !this.#over)
      this.#say(command.sayWhile.partId, command.sayWhile.text, { ...ALOUD, ...command.sayWhile });
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
    this.#plan = plan;
    this.#voice.pauseText();
    this.#generated = true;
    this.#events.leaving(plan);
    this.#checkIdle();
  }

  /** A provider failed; one that took its time to do so has left the caller in silence. */
  #onSilence(code: string): void {
    if (SILENT_FAILURES.has(code) && !this.#over) this.#events.delayed();
  }

  #onAudible(): void {
    this.#firstAudibleMs ??= this.#context.nowMs();
    this.#journalInput();
    this.#mark('firstFrameMs');
    this.#events.audible();
  }

  /** The last audio may have been played before it was known to be the last. */
  #checkIdle(): void {
    if (this.#generated && !this.#over && this.playout.isIdle && !this.#voice.owesAudio) this.#idle(false);
  }

  /** All that voices could speak was heard; what none could is left to the carrier, and the call goes on as it would. */
  #idle(more: boolean): void {
    const words = more || !this.#generated || this.#isDraft ? [] : this.#voice.unspoken;
    if (words.length > 0) this.#events.leaving({ type: 'say', words, next: this.#plan });
    this.#events.idle(more);
  }

  #mark(stage: keyof TurnLatency): void {
    this.latency[stage] ??= this.#context.nowMs();
  }

  /** The caller's turn is written down once it can no longer be rolled back. */
  #journalInput(): void {
    if (this.#inputJournalled) return;
    this.#inputJournalled = true;
    const turn = this.#answers;
    if (turn !== undefined) this.#context.journal.add('turn', turn);
  }

  get #answers(): Turn | undefined {
    const turn = callerTurn(this.#input, {
      startMs: this.#callerStartMs,
      replyStartMs: this.startedMs,
      node: this.#node,
      isPrivate: this.#isPrivate,
      keepable: (text) => this.#context.flow.keepable(this.#before.state, text),
    });
    return turn === undefined ? undefined : this.#context.conversation.masked(turn);
  }

  /** The flow's history and the call's record get what was heard. */
  #settle(heardMs: number, interrupted: boolean): void {
    this.#journalInput();
    const parts = this.spoken.parts(heardMs);
    this.#context.conversation.step({ type: 'reply-heard', parts });
    const latency = measured(this.latency, this.#input.type === 'keys');
    const turn = agentTurn(parts, {
      ...this.#where,
      endMs: this.#context.nowMs(),
      interrupted,
      latency,
      ...(this.#voice.heard.length === 0 ? {} : { voices: [...this.#voice.heard] }),
      ...(this.#sources.length === 0 ? {} : { sources: this.#sources }),
      ...this.#answeredBy,
    });
    if (turn === undefined) return;
    this.#context.turnMeasured(latency);
    this.#context.journal.add('turn', turn);
  }

  get #where(): { startMs: number; node: string } {
    return { startMs: this.#firstAudibleMs ?? this.startedMs, node: this.#spokenAt ?? this.#node };
  }
}
