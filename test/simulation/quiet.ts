/** The rule that the line is never silent for longer than the settings allow. */
import type { TurnState } from '../../src/call/turn-state.ts';
import type { VirtualReply } from './reply.ts';
import { fail } from './violation.ts';

/** A caller who seems to speak, without a word for so long, does not. */
const MOST_WORDLESS_MS = 4000;
/** Rounding, and the time between a command and its sound. */
const SLACK_MS = 400;

/** What stands at the moment of the check. */
interface Standing {
  readonly nowMs: number;
  readonly reply: VirtualReply | undefined;
  /** The agent has yielded. */
  readonly isPaused: boolean;
  /** Words of the caller wait for an answer. */
  readonly hasWords: boolean;
}

export class Quiet {
  /** What late timers may add. */
  readonly #lateMs: number;
  /** When something was last heard of either side. */
  #aliveAtMs: number;
  /** When the agent was last seen to have yielded. */
  #pausedAtMs = Number.NEGATIVE_INFINITY;

  constructor(lateMs: number, nowMs: number) {
    this.#lateMs = lateMs;
    this.#aliveAtMs = nowMs;
  }

  /** One side can be heard, or the agent has taken the turn. */
  alive(nowMs: number): void {
    this.#aliveAtMs = nowMs;
  }

  check(state: TurnState, standing: Standing): void {
    const { nowMs, reply, isPaused } = standing;
    if (isPaused) this.#pausedAtMs = nowMs;
    this.#aliveAtMs = Math.max(this.#aliveAtMs, reply?.playout.soundedUntilMs ?? 0);
    const quietMs = nowMs - this.#aliveAtMs;
    const mostMs = SLACK_MS + this.#lateMs + this.#longestWaitMs(state, standing);
    if (quietMs > mostMs)
      fail('something-is-heard', `silence for ${Math.round(quietMs)} ms, at most ${mostMs}`);
  }

  /** How long the settings let nothing be heard, as things stand: longer where the agent has yielded meanwhile. */
  #longestWaitMs({ settings, expect }: TurnState, { reply, hasWords }: Standing): number {
    const { watchdogMs, endpointMs, decideMs } = settings;
    if (reply !== undefined) return watchdogMs + (this.#pausedAtMs > this.#aliveAtMs ? decideMs : 0);
    return hasWords ? MOST_WORDLESS_MS + endpointMs : decideMs + expect.silenceMs;
  }
}
