/**
 * The media of a simulated call as it ends and comes back: what `src/call/take-up.ts`, `speech-moves.ts` and the desk's
 * handing over do. A call goes on after a dropped line, a transfer that failed, on another node, and on a relay (where the
 * carrier recognises and speaks) or off it.
 */
import type { LeavePlan } from '../../src/call/reply-contract.ts';
import type { ReplyInput } from '../../src/call/turn-events.ts';
import type { Random } from './random.ts';
import type { VirtualReply } from './reply.ts';

export interface MovesWorld {
  readonly random: Random;
  readonly reply: VirtualReply | undefined;
  /** The reply at hand ends the call, or this stream of it. */
  readonly isLeaving: boolean;
  /** Somebody speaks: the agent can be heard, or the caller. */
  readonly isSpoken: boolean;
  /** Runs it once the event at hand is done with. */
  soon(run: () => void): void;
  after(ms: number, run: () => void): void;
  lineCloses(): void;
}

/** No call is tried more often. */
const MOST_STREAMS = 6;
/** A call that waits for a pause to be handed over waits no longer. */
const LONGEST_SAY_MS = 15_000;
/** A call that was handed over goes on in silence, even if that took a little longer than nobody notices. */
const HANDED_OVER_MS = 3000;

export class Moves {
  /** The carrier recognises and speaks. */
  isRelayed = false;
  /** The media that comes next is a relay. */
  isRelayNext = false;
  readonly #world: MovesWorld;
  #streams = 0;
  #isDropped = false;
  /** Another node takes the call up at the caller's next turn. */
  #handsOver = false;
  #isHandedOver = false;
  /** As soon as nobody speaks. */
  #leavesAtPause = false;

  constructor(world: MovesWorld) {
    this.#world = world;
  }

  /** Media is there. */
  opened(): void {
    this.#streams++;
    this.#isDropped = false;
    this.#handsOver = false;
    this.#isHandedOver = false;
    this.#leavesAtPause = false;
    this.isRelayed = this.isRelayNext;
  }

  drop(): void {
    this.#isDropped = true;
    this.#world.lineCloses();
  }

  /** No vendor hears or none speaks; `when`: at a pause where something can still be said. False: the call stays. */
  speechLost(when: 'now' | 'at-pause'): boolean {
    this.isRelayNext = true;
    if (this.isRelayed || this.#world.isLeaving) return false;
    if (when === 'now') this.#handOver();
    else this.#atPause();
    return true;
  }

  /** All is well again. */
  speechBack(): void {
    this.isRelayNext = false;
    if (this.isRelayed && !this.#world.isLeaving) this.#handsOver = true;
  }

  #atPause(): void {
    this.#leavesAtPause = true;
    const streams = this.#streams;
    this.#world.after(LONGEST_SAY_MS, () => {
      if (streams === this.#streams) this.#leave();
    });
  }

  /** Something has happened: perhaps nobody speaks any more. */
  look(): void {
    if (this.#leavesAtPause && !this.#world.isSpoken) this.#leave();
  }

  #leave(): void {
    if (!this.#leavesAtPause) return;
    this.#leavesAtPause = false;
    this.#handOver();
  }

  drain(): void {
    this.#handsOver = true;
  }

  /** The agent has the turn: by the end of the event at hand the flow knows what was said. */
  turnTaken({ type }: ReplyInput): void {
    if (!this.#handsOver || (type !== 'speech' && type !== 'keys')) return;
    this.#world.soon(() => {
      if (!this.#world.isLeaving) this.#handOver();
    });
  }

  #handOver(): void {
    const close = (): void => {
      this.#isHandedOver = true;
      this.#world.lineCloses();
    };
    const { reply } = this.#world;
    if (reply === undefined) close();
    else reply.whenToolsSettled(close);
  }

  /** How the call goes on, and after how long; undefined: it is over. `lostSpeech`: the caller was audible. */
  next(plan: LeavePlan | undefined, lostSpeech: boolean): { input: ReplyInput; afterMs: number } | undefined {
    const { random } = this.#world;
    if (this.#streams >= MOST_STREAMS) return undefined;
    if (plan !== undefined) {
      if (plan.type !== 'transfer' || this.#streams >= 4 || !random.chance(0.6)) return undefined;
      return { input: { type: 'transfer-failed', status: 'no-answer' }, afterMs: 3000 };
    }
    if (!this.#isDropped && !this.#isHandedOver) return undefined;
    const lostMs = this.#isHandedOver ? random.between(50, 3500) : random.between(300, 4000);
    return { input: this.#inputAfter(lostMs, lostSpeech), afterMs: lostMs };
  }

  #inputAfter(lostMs: number, lostSpeech: boolean): ReplyInput {
    // The caller was in the middle of a sentence: only asking helps.
    if (lostSpeech) return { type: 'unheard' };
    if (this.#isHandedOver && lostMs < HANDED_OVER_MS) return { type: 'go-on' };
    return { type: 'line-resumed', lostMs };
  }
}
