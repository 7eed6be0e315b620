/** One simulated reply: what `src/call/reply.ts` and `tool-execution.ts` do, in virtual time and without promises. */
import type { LeavePlan } from '../../src/call/reply-contract.ts';
import { toConversationEvent } from '../../src/call/reply-input.ts';
import { SpokenText } from '../../src/call/spoken.ts';
import type { ReplyInput } from '../../src/call/turn-events.ts';
import type { CallFacts, FlowCommand, FlowState, ListenExpectation } from '../../src/flows/index.ts';
import type { VirtualClock } from './clock.ts';
import { notRun, type VirtualConversation } from './conversation.ts';
import { askModel } from './model.ts';
import { VirtualPlayout } from './playout.ts';
import type { Random } from './random.ts';
import type { Faults, Scenario } from './scenario.ts';
import { VirtualVoice } from './voice.ts';

export type RunTool = Extract<FlowCommand, { type: 'run-tool' }>;

export interface ReplyEvents {
  worded(): void;
  audible(): void;
  idle(more: boolean): void;
  complete(expect: ListenExpectation): void;
  leaving(plan: LeavePlan): void;
  toolRequested(command: RunTool): void;
  toolStarted(command: RunTool): void;
  sounded(fromMs: number, toMs: number): void;
}

export interface ReplyContext {
  readonly clock: VirtualClock;
  readonly faults: Faults;
  readonly random: Readonly<Record<'model' | 'voice' | 'tool', Random>>;
  readonly facts: CallFacts;
  readonly model: Scenario['model'];
  ready(text: string): boolean;
  lastExpectation(): ListenExpectation;
  /** Runs it once the event at hand is done with, as promises do. */
  soon(run: () => void): void;
}

interface Tool {
  readonly command: RunTool;
  /** Undefined: not yet permitted. */
  isRunning: boolean;
  finish: (isRun: boolean) => void;
}

export class VirtualReply {
  readonly id: number;
  readonly input: ReplyInput;
  readonly playout: VirtualPlayout;
  readonly voice: VirtualVoice;
  readonly spoken = new SpokenText();
  readonly conversation: VirtualConversation;
  isDraft: boolean;
  isOver = false;
  /** All of it is generated. */
  isGenerated = false;
  readonly #context: ReplyContext;
  readonly #events: ReplyEvents;
  #before: FlowState;
  #carried: FlowCommand[] = [];
  #todo: FlowCommand[][] = [];
  #tool: Tool | undefined;
  #giveUp: () => void = () => undefined;
  #hasWords = false;
  #whenSettled: (() => void)[] = [];

  constructor(
    context: ReplyContext,
    options: { id: number; input: ReplyInput; isDraft: boolean; conversation: VirtualConversation },
    events: ReplyEvents,
  ) {
    this.id = options.id;
    this.input = options.input;
    this.isDraft = options.isDraft;
    this.conversation = options.conversation;
    this.#context = context;
    this.#events = events;
    this.#before = this.conversation.state;
    const { clock, faults } = context;
    this.playout = new VirtualPlayout(
      clock,
      faults,
      {
        audible: () => events.audible(),
        idle: () => {
          if (!this.isOver) events.idle(this.voice.owesAudio);
        },
        sounded: (fromMs, toMs) => events.sounded(fromMs, toMs),
      },
      options.isDraft,
    );
    this.voice = new VirtualVoice({
      clock,
      faults,
      random: context.random.voice,
      playout: this.playout,
      spoken: this.spoken,
      ready: (text) => context.ready(text),
      onDelivered: () => this.#checkIdle(),
    });
  }

  get isProtected(): boolean {
    return this.spoken.isProtectedAt(this.playout.heardMs());
  }

  start(): void {
    this.#context.soon(() => {
      if (this.isOver) return;
      const giveUp = this.conversation.whenSettled((carried) => this.#begin(carried));
      if (giveUp !== undefined) this.#giveUp = giveUp;
    });
  }

  #begin(carried: FlowCommand[]): void {
    this.#carried = carried;
    if (carried.some(({ type }) => type === 'hang-up' || type === 'transfer')) return this.#execute(carried);
    this.#before = this.conversation.state;
    const event = toConversationEvent(this.input, this.#context.facts);
    if (event !== undefined) {
      const commands = this.conversation.step(event);
      // The flow makes nothing of a machine where it has ended already.
      if (commands.length === 0 && event.type === 'machine-answered')
        return this.#complete(this.#context.lastExpectation());
      return this.#execute([...carried, ...commands]);
    }
    this.#execute(carried);
    this.voice.say(`unheard:${this.id}`, 'Sorry, I did not catch that. Could you say it again?', true);
    this.#complete(this.#context.lastExpectation());
  }

  adopt(): void {
    this.isDraft = false;
    this.playout.release();
    this.#checkIdle();
  }

  interject(text: string): void {
    if (!this.isOver) this.voice.interject(`filler:${this.id}`, text);
  }

  pause(): void {
    this.playout.pause();
  }

  resume(): void {
    this.playout.resume(this.spoken.resumeMs(this.playout.heardMs()));
  }

  /** The core's answer to a tool's request. */
  permit(callId: string, run: boolean): void {
    const tool = this.#tool;
    if (tool === undefined || tool.isRunning || tool.command.callId !== callId) return;
    tool.finish(run);
  }

  /** Calls back when no tool of it is at work. */
  whenToolsSettled(then: () => void): void {
    if (this.#tool?.isRunning === true) this.#whenSettled.push(then);
    else then();
  }

  /** Returns what was heard of its audio, in milliseconds. */
  cancel(rollback: boolean): number {
    const heardMs = this.playout.cancel();
    this.isOver = true;
    this.voice.close();
    this.#giveUp();
    this.#abandonTool(rollback);
    if (rollback) {
      this.conversation.restore(this.#before);
      this.conversation.carryAgain(this.#carried);
    }
    return heardMs;
  }

  finish(): number {
    this.isOver = true;
    this.voice.close();
    return this.playout.cancel();
  }

  // ── what the flow wants ──────────────────────────────────────────────────────────────────────────────────────────

  #execute(commands: readonly FlowCommand[]): void {
    this.#todo.push([...commands]);
    for (let list = this.#todo.at(-1); list !== undefined; list = this.#todo.at(-1)) {
      const command = list.shift();
      if (command === undefined) {
        this.#todo.pop();
        continue;
      }
      if (this.#do(command) === 'waits') return;
    }
  }

  #do(command: FlowCommand): 'waits' | undefined {
    switch (command.type) {
      case 'say':
        this.#say(command.partId, command.text, command.interruptible);
        return undefined;
      case 'ask-model':
        this.#askModel(command);
        return 'waits';
      case 'run-tool':
        this.#runTool(command);
        return 'waits';
      case 'find-knowledge':
        // The flows of the simulation know nothing by heart.
        this.#todo.push(
          this.conversation.step({ type: 'knowledge-found', queryId: command.queryId, chunks: [] }),
        );
        return undefined;
      case 'listen':
        this.#complete(command.expect);
        return undefined;
      case 'transfer':
      case 'hang-up':
        this.voice.pauseText();
        this.isGenerated = true;
        this.#events.leaving(command);
        this.#checkIdle();
        return undefined;
      case 'note':
        return undefined;
    }
  }

  #say(partId: string, text: string, interruptible: boolean): void {
    this.voice.say(partId, text, interruptible);
    if (!this.#hasWords) this.#events.worded();
    this.#hasWords = true;
  }

  #askModel({ requestId, request, speak, interruptible }: Extract<FlowCommand, { type: 'ask-model' }>): void {
    const { clock, faults, random, model } = this.#context;
    this.#giveUp = askModel({ clock, faults, model, random: random.model }, request, {
      clause: (text) => {
        if (speak) this.#say(requestId, text, interruptible);
      },
      done: (answer) =>
        this.#execute(this.conversation.step({ type: 'model-replied', requestId, ...answer })),
      failed: (code, spoken) =>
        this.#execute(this.conversation.step({ type: 'model-failed', requestId, code, spoken })),
    });
  }

  #complete(expect: ListenExpectation): void {
    this.voice.pauseText();
    this.isGenerated = true;
    this.#events.complete(expect);
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.isGenerated && !this.isOver && this.playout.isIdle && !this.voice.owesAudio)
      this.#events.idle(false);
  }

  // ── tools ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #runTool(command: RunTool): void {
    if (command.sayWhile !== undefined) this.#say(command.sayWhile.partId, command.sayWhile.text, true);
    this.voice.pauseText();
    const tool: Tool = {
      command,
      isRunning: false,
      finish: (isRun) => {
        if (isRun) this.#startTool(tool);
        else this.#toolFinished(notRun(command.callId));
      },
    };
    this.#tool = tool;
    this.#events.toolRequested(command);
  }

  #startTool(tool: Tool): void {
    tool.isRunning = true;
    this.#events.toolStarted(tool.command);
    const { faults, random, clock } = this.#context;
    const fault = faults.next('tool');
    const isError = fault?.what === 'fails' || random.tool.chance(0.1);
    const lengthMs = random.tool.between(20, 900) + (fault?.what === 'slow' ? fault.ms : 0);
    let tell = (event: ReturnType<typeof notRun>): void => this.#toolFinished(event);
    this.#loose = () => {
      tell = this.conversation.adopt();
    };
    this.#forget = () => {
      tell = () => undefined;
    };
    const { callId } = tool.command;
    clock.after(lengthMs, () =>
      tell({ type: 'tool-finished', callId, result: isError ? 'It went wrong.' : { ok: true }, isError }),
    );
  }

  #loose: () => void = () => undefined;
  #forget: () => void = () => undefined;

  #toolFinished(event: ReturnType<typeof notRun>): void {
    this.#tool = undefined;
    this.#execute(this.conversation.step(event));
    for (const then of this.#whenSettled.splice(0)) this.whenToolsSettled(then);
  }

  #abandonTool(forget: boolean): void {
    const tool = this.#tool;
    if (tool === undefined) return;
    this.#tool = undefined;
    if (forget) return this.#forget();
    if (tool.isRunning) return this.#loose();
    const tell = this.conversation.adopt();
    this.#context.soon(() => tell(notRun(tool.command.callId)));
  }
}
