/**
 * A caller's ear: tells by the energy of what was really played whether the agent is speaking, and since when.
 */
import { FRAME_MS } from '../../telephony/index.ts';
import { isAudible } from '../audible.ts';
import type { CallerEvent, HeardFrame } from './caller.ts';

/**
 * After the caller has spoken or pressed a key, this much silence is enough to tell what the agent was still saying
 * from its answer; at any other time a pause must be as long as the caller's patience, or it is one between words.
 */
const CUT_OFF_MS = 100;

export class Hearing {
  readonly #quietMs: number;
  readonly #report: (event: CallerEvent) => void;
  #startedAtMs: number | undefined;
  #lastAudibleAtMs = Number.NEGATIVE_INFINITY;
  #awaitingAnswer = false;
  /** When the caller last finished a step: what was heard before is not an answer to it. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  #heardMs = 0;

  constructor(quietMs: number, report: (event: CallerEvent) => void) {
    this.#quietMs = quietMs;
    this.#report = report;
  }

  /** How much agent's speech was audible since {@link expectAnswer}, pauses left out. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** How long the agent has been speaking, counted at most from {@link expectAnswer}; 0 while it is silent. */
  spokeForMs(atMs: number): number {
    return this.#startedAtMs === undefined ? 0 : atMs - Math.max(this.#startedAtMs, this.#sinceMs);
  }

  /** How long nothing has been heard. */
  quietForMs(atMs: number): number {
    return atMs - this.#lastAudibleAtMs;
  }

  /** The caller has begun to speak or pressed a key: what comes after even a short silence is another say. */
  interrupt(): void {
    this.#awaitingAnswer = true;
  }

  /** The caller has finished a step: from here on, what is heard is the answer to it. */
  expectAnswer(atMs: number): void {
    this.#sinceMs = atMs;
    this.#heardMs = 0;
  }

  hear(heard: HeardFrame, atMs: number): void {
    if (heard.playing && isAudible(heard.audio)) this.#audible(heard, atMs);
    else if (this.#startedAtMs !== undefined && this.quietForMs(atMs) >= this.#gapMs()) this.#silent(atMs);
  }

  #gapMs(): number {
    return this.#awaitingAnswer ? Math.min(CUT_OFF_MS, this.#quietMs) : this.#quietMs;
  }

  #audible(heard: HeardFrame, atMs: number): void {
    this.#lastAudibleAtMs = atMs + FRAME_MS;
    this.#heardMs += FRAME_MS;
    if (this.#startedAtMs !== undefined) return;
    this.#startedAtMs = atMs;
    this.#awaitingAnswer = false;
    this.#report({ type: 'heard-agent-start', atMs, receivedAtMs: heard.receivedAtMs });
  }

  #silent(atMs: number): void {
    const startedAtMs = this.#startedAtMs ?? atMs;
    this.#startedAtMs = undefined;
    this.#report({ type: 'heard-agent-end', atMs, startedAtMs, lastAudibleAtMs: this.#lastAudibleAtMs });
  }
}
