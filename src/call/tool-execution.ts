/**
 * Tools of one reply. Effects wait for the turn: a tool starts only when the turn-taking core permits it. Its intent is
 * in the journal before it runs and its result after; a tool once started is never aborted by an interruption, and its
 * result is never lost.
 */
import type { FlowCommand, ToolEffect } from '../flows/index.ts';
import type { CallContext } from './context.ts';
import { type ConversationEvent, notRun } from './conversation.ts';

export type RunTool = Extract<FlowCommand, { type: 'run-tool' }>;

/** How long a tool that changes something may go on after the call has ended, so that its result is known. */
const AFTER_CALL_MS = 5000;
/** Results longer than this are cut in the journal; the model gets them whole. */
const MOST_RESULT_CHARACTERS = 16_000;

export class ToolExecution {
  readonly #context: CallContext;
  readonly #request: (callId: string, effect: ToolEffect) => void;
  readonly #permits = new Map<string, (run: boolean) => void>();
  readonly #running = new Set<Promise<ConversationEvent>>();
  #state: 'current' | 'abandoned' | 'forgotten' = 'current';

  constructor(context: CallContext, request: (callId: string, effect: ToolEffect) => void) {
    this.#context = context;
    this.#request = request;
  }

  /** Runs one tool; undefined when the reply was cut short meanwhile and the result went elsewhere. */
  async run(command: RunTool, node: string): Promise<ConversationEvent | undefined> {
    if (this.#state === 'forgotten') return undefined;
    if (this.#state === 'abandoned') {
      this.#context.conversation.adopt(Promise.resolve(notRun(command.callId)));
      return undefined;
    }
    const work = this.#perform(command, node);
    this.#running.add(work);
    const result = await work;
    this.#running.delete(work);
    return this.#isCurrent() ? result : undefined;
  }

  /** Resolves when none of them is at work. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  permit(callId: string, run: boolean): void {
    this.#permits.get(callId)?.(run);
    this.#permits.delete(callId);
  }

  /** The reply is gone. `forget`: it was rolled back, so nobody asked for these tools. */
  abandon(forget: boolean): void {
    this.#state = forget ? 'forgotten' : 'abandoned';
    for (const callId of [...this.#permits.keys()]) this.permit(callId, false);
    if (!forget) for (const work of this.#running) this.#context.conversation.adopt(work);
  }

  /** A method, because the answer changes while `run` waits. */
  #isCurrent(): boolean {
    return this.#state === 'current';
  }

  async #perform(command: RunTool, node: string): Promise<ConversationEvent> {
    const permitted = new Promise<boolean>((resolve) => this.#permits.set(command.callId, resolve));
    this.#request(command.callId, command.effect);
    if (!(await permitted)) return notRun(command.callId);
    const { conversation, journal, tools } = this.#context;
    const { callId, tool: name, effect, input, idempotencyKey, timeoutMs, call } = command;
    const shown = conversation.masked(input);
    journal.add('tool-started', { callId, name, effect, input: shown, node, idempotencyKey });
    if (effect === 'writes') await journal.flush();
    using signal = toolSignal(this.#context.signal, effect);
    const { result, isError } = await tools.run(
      { tool: name, input, idempotencyKey, timeoutMs, ...(call === undefined ? {} : { call }) },
      signal.value,
    );
    const kept = conversation.masked(result);
    const isText = typeof kept === 'string';
    const text = (isText ? kept : JSON.stringify(kept)).slice(0, MOST_RESULT_CHARACTERS);
    journal.add('tool-finished', { callId, result: text, isError, ...(isText ? { isText } : {}) });
    return { type: 'tool-finished', callId, result, isError };
  }
}

/** Reading stops with the call; changing gets {@link AFTER_CALL_MS} more. */
function toolSignal(call: AbortSignal, effect: ToolEffect): { value: AbortSignal } & Disposable {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onEnd = (): void => {
    if (effect === 'reads') controller.abort(call.reason);
    else timer = setTimeout(() => controller.abort(call.reason), AFTER_CALL_MS);
  };
  if (call.aborted) onEnd();
  else call.addEventListener('abort', onEnd, { once: true });
  return {
    value: controller.signal,
    [Symbol.dispose]() {
      call.removeEventListener('abort', onEnd);
      clearTimeout(timer);
    },
  };
}
