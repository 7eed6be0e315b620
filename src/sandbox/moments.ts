/** Where a call stands, as those at its ends can tell: for faults that strike at a certain moment of it. */

/**
 * `greeting`: the agent begins to be heard, before the caller has said or pressed anything. `listening`: the caller
 * begins to speak. `thinking`: the caller has ended, or pressed a key, and the agent owes an answer. `speaking`: that
 * answer begins to be heard. `tool`: a request of a tool has come in, and is not answered yet.
 */
export const MOMENTS = ['greeting', 'listening', 'thinking', 'speaking', 'tool'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A call of the sandbox's telephone, as far as it is looked at here. */
interface WatchedCall {
  listen(listener: (event: { readonly type: string }) => void): () => void;
  readonly ended: Promise<unknown>;
}

/** Tells those who follow when a moment comes, on whichever call. */
export class Moments {
  readonly #listeners = new Set<(moment: Moment) => void>();

  came(moment: Moment): void {
    for (const listener of [...this.#listeners]) listener(moment);
  }

  /** Returns what ends it. The listener must not throw. */
  follow(listener: (moment: Moment) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells of this call's moments, tools left out, until the call is over. */
  watch(call: WatchedCall): void {
    let callerActed = false;
    let agentAnswered = false;
    const acted = (moment: Moment): void => {
      callerActed = true;
      agentAnswered = false;
      this.came(moment);
    };
    const stop = call.listen(({ type }) => {
      if (type === 'saying') acted('listening');
      else if (type === 'said' || type === 'pressed') acted('thinking');
      else if (type === 'heard-agent-start' && !agentAnswered) {
        agentAnswered = true;
        this.came(callerActed ? 'speaking' : 'greeting');
      }
    });
    const end = (): void => stop();
    call.ended.then(end, end);
  }
}
