/**
 * The draft of a call: a reply that is made while the turn is probably, not certainly, over. It lives in a conversation
 * and a journal of its own, so that dropping it leaves no trace but what it cost.
 */
import type { CallContext } from './context.ts';
import type { Conversation } from './conversation.ts';
import { NO_COST } from './cost.ts';
import { HeldJournal } from './journal.ts';
import { Reply } from './reply.ts';
import type { ReplyEvents, ReplyOptions } from './reply-contract.ts';
import type { DropReason } from './turn-events.ts';

interface Draft {
  readonly reply: Reply;
  readonly conversation: Conversation;
  readonly journal: HeldJournal;
}

export class Drafting {
  readonly #context: CallContext;
  #draft: Draft | undefined;

  constructor(context: CallContext) {
    this.#context = context;
  }

  replyOf(id: number): Reply | undefined {
    return this.#draft?.reply.id === id ? this.#draft.reply : undefined;
  }

  /** False where none can be made now: a tool of an earlier reply is still at work. */
  start(options: ReplyOptions, events: ReplyEvents): boolean {
    const journal = new HeldJournal(this.#context.journal);
    const conversation = this.#context.conversation.fork(journal);
    if (conversation === undefined) return false;
    const reply = new Reply({ ...this.#context, conversation, journal }, options, events);
    this.#draft = { reply, conversation, journal };
    reply.start();
    return true;
  }

  /** The draft becomes the reply, and what it has done so far becomes the call's. */
  adopt(): Reply | undefined {
    const draft = this.#take();
    if (draft === undefined) return undefined;
    draft.conversation.merge();
    draft.journal.release();
    this.#note(draft.reply, 'adopted');
    return draft.reply;
  }

  /** Ends it at once. Its cost is written down as soon as it is known. */
  drop(reason: DropReason): void {
    const draft = this.#take();
    if (draft === undefined) return;
    const { reply } = draft;
    reply.cancel(true);
    void reply.settled.then(() => this.#note(reply, 'dropped', reason));
  }

  #take(): Draft | undefined {
    const draft = this.#draft;
    this.#draft = undefined;
    return draft;
  }

  /** What an adopted draft cost is counted with the reply it has become. */
  #note(reply: Reply, outcome: 'adopted' | 'dropped', reason?: DropReason): void {
    const { journal, nowMs, draftEnded } = this.#context;
    const cost = outcome === 'adopted' ? NO_COST : reply.cost;
    draftEnded(outcome, cost);
    journal.add('draft', {
      outcome,
      ...(reason === undefined ? {} : { reason }),
      lengthMs: Math.round(nowMs() - reply.startedMs),
      ...cost,
    });
  }
}
