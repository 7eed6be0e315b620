/** The agent's replies and draft on a simulated call, and what becomes of them: as in `src/call/live-call.ts` and `drafting.ts`. */
import type { LeavePlan } from '../../src/call/reply-contract.ts';
import type { ReplyInput, TurnEvent } from '../../src/call/turn-events.ts';
import type { VirtualConversation } from './conversation.ts';
import type { Coverage } from './coverage.ts';
import type { HeardHistory } from './heard-history.ts';
import type { Invariants } from './invariants.ts';
import { type ReplyContext, type ReplyEvents, VirtualReply } from './reply.ts';
import { fail } from './violation.ts';

export interface SpeakingOptions {
  readonly context: ReplyContext;
  readonly conversation: VirtualConversation;
  readonly heard: HeardHistory;
  readonly coverage: Coverage;
  /** Said while an answer is late. */
  readonly fillers: readonly string[];
  /** The rules for the stream at hand. */
  invariants(): Invariants;
  dispatch(event: TurnEvent): void;
}

export class Speaking {
  reply: VirtualReply | undefined;
  draft: VirtualReply | undefined;
  readonly #options: SpeakingOptions;
  /** How each reply that leaves wants to. */
  readonly #plans = new Map<number, LeavePlan>();
  #stateAtDraft: unknown;
  #fillers = 0;

  constructor(options: SpeakingOptions) {
    this.#options = options;
  }

  /** How the call leaves, now that the last reply was played. */
  get plan(): LeavePlan {
    return this.#plans.get(this.reply?.id ?? 0) ?? { type: 'hang-up', reason: 'error' };
  }

  /** What is being played just now. */
  get playing(): { protected: boolean; remainingMs: number } {
    const { isProtected = false, playout } = this.reply ?? {};
    return { protected: isProtected, remainingMs: playout?.remainingMs ?? 0 };
  }

  permit(replyId: number, callId: string, run: boolean): void {
    this.#replyOf(replyId)?.permit(callId, run);
  }

  #replyOf(id: number): VirtualReply | undefined {
    return this.reply?.id === id ? this.reply : this.draft?.id === id ? this.draft : undefined;
  }

  start(id: number, input: ReplyInput): void {
    this.reply = this.#makeReply(id, input, false, this.#options.conversation);
    this.reply.start();
  }

  #makeReply(
    id: number,
    input: ReplyInput,
    isDraft: boolean,
    conversation: VirtualConversation,
  ): VirtualReply {
    return new VirtualReply(
      this.#options.context,
      { id, input, isDraft, conversation },
      this.#replyEvents(id),
    );
  }

  #replyEvents(id: number): ReplyEvents {
    const at = (): { atMs: number; replyId: number } => ({
      atMs: this.#options.context.clock.nowMs,
      replyId: id,
    });
    return {
      audible: () => {
        const reply = this.#replyOf(id);
        if (reply !== undefined) this.#options.invariants().sounds(reply);
        this.#options.dispatch({ type: 'reply-audible', ...at() });
      },
      sounded: (fromMs, toMs) => {
        const reply = this.#replyOf(id);
        if (reply === undefined) return;
        this.#options.invariants().sounds(reply);
        this.#options.heard.sounded(reply, fromMs, toMs);
      },
      worded: () => this.#options.dispatch({ type: 'reply-worded', ...at() }),
      idle: (more) => this.#options.dispatch({ type: 'playout-idle', ...at(), more }),
      complete: (expect) => this.#options.dispatch({ type: 'reply-complete', ...at(), expect }),
      leaving: (plan) => {
        this.#plans.set(id, plan);
        this.#options.dispatch({ type: 'reply-leaving', ...at() });
      },
      toolRequested: (command) => {
        this.#options.invariants().toolRequested(id, command);
        const { callId, effect } = command;
        this.#options.dispatch({ type: 'tool-requested', ...at(), callId, effect });
      },
      toolStarted: (command) => {
        this.#options.invariants().toolStarted(id, command);
        this.#options.coverage.count(`tools that ${command.effect === 'writes' ? 'write' : 'read'}`);
      },
    };
  }

  startDraft(id: number, input: ReplyInput): void {
    const conversation = this.#options.conversation.fork();
    if (conversation === undefined) {
      this.#options.coverage.count('drafts declined');
      return this.#options.dispatch({
        type: 'draft-declined',
        atMs: this.#options.context.clock.nowMs,
        replyId: id,
      });
    }
    this.#stateAtDraft = this.#options.conversation.state;
    this.draft = this.#makeReply(id, input, true, conversation);
    this.draft.start();
  }

  adoptDraft(): void {
    const draft = this.draft;
    this.draft = undefined;
    if (draft === undefined) return;
    draft.conversation.merge();
    this.reply = draft;
    draft.adopt();
  }

  dropDraft(): void {
    const draft = this.draft;
    this.draft = undefined;
    draft?.cancel(true);
    if (this.#options.conversation.state !== this.#stateAtDraft)
      fail('draft-leaves-no-trace', `the flow moved while draft ${draft?.id} was made and dropped`);
  }

  cancel(rollback: boolean): void {
    const reply = this.reply;
    if (reply === undefined) return;
    const heardMs = reply.cancel(rollback);
    this.reply = undefined;
    if (!rollback) this.#settle(reply, heardMs);
  }

  finish(): void {
    const reply = this.reply;
    if (reply === undefined) return;
    const heardMs = reply.finish();
    this.reply = undefined;
    this.#settle(reply, heardMs);
  }

  #settle(reply: VirtualReply, heardMs: number): void {
    const parts = reply.spoken.parts(heardMs);
    this.#options.heard.settle(reply, heardMs, parts);
    this.#options.conversation.step({
      type: 'reply-heard',
      parts: parts.map(({ partId, heard, complete }) => ({ partId, heard, complete })),
    });
    this.#options.heard.checkParts(reply, this.#options.conversation.state);
  }

  resume(): void {
    const reply = this.reply;
    if (reply === undefined) return;
    const pausedMs = reply.playout.heardMs();
    this.#options.heard.checkResume(reply, pausedMs, reply.spoken.resumeMs(pausedMs));
    reply.resume();
  }

  sayFiller(): void {
    const { fillers } = this.#options;
    this.reply?.interject(fillers[this.#fillers++ % fillers.length] ?? 'One moment.');
  }
}
