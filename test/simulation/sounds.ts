/** The rules of a sound over the agent: one that no words follow costs the reply nothing, and the caller half a second. */
import type { CutBy, ReplyInput, TurnEvent } from '../../src/call/turn-events.ts';
import type { TurnState } from '../../src/call/turn-state.ts';
import { fail } from './violation.ts';

/** A sound told of so lately has not ended: voice activity tells of it more often. */
const SOUNDS_STILL_MS = 250;
/** One that goes on for so long after it cut the agent short is a radio. */
const LONGEST_CUT_MS = 2900;
/** From the end of a sound to the agent going on. */
const GOES_ON_WITHIN_MS = 500;
/** The same from when an end was told that was told late. */
const AFTER_TOLD_MS = 100;

export class SoundsOver {
  /** What late timers may add. */
  readonly #lateMs: number;
  /** When the agent has gone on at the latest; undefined while there is no sound that is over. */
  #goesOnByMs: number | undefined;
  /** When the sound at hand was told of last; undefined where there is none. */
  #soundAtMs: number | undefined;
  /** When a sound without words cut the agent short; undefined once there are words. */
  #cutAtMs: number | undefined;

  constructor(lateMs: number) {
    this.#lateMs = lateMs;
  }

  /** The core is about to be given an event. `isPaused`: the agent has yielded and not gone on yet. */
  given(event: TurnEvent, isPaused: boolean): void {
    if (!isPaused) this.#goesOnByMs = undefined;
    const byMs = this.#goesOnByMs;
    if (byMs !== undefined && event.atMs > byMs)
      fail('goes-on-after-a-sound', `paused ${Math.round(event.atMs - byMs)} ms too long after its end`);
    this.#hear(event);
    switch (event.type) {
      case 'speech-stopped': {
        const { endMs, atMs } = event;
        if (isPaused)
          this.#goesOnByMs = this.#lateMs + Math.max(endMs + GOES_ON_WITHIN_MS, atMs + AFTER_TOLD_MS);
        return;
      }
      case 'speech-started':
        if (event.by === 'voice') this.#goesOnByMs = undefined;
        return;
      case 'speech-continues':
      case 'words':
      case 'hearing-changed':
        this.#goesOnByMs = undefined;
        return;
      default:
        return;
    }
  }

  #hear(event: TurnEvent): void {
    const { atMs } = event;
    if (event.type === 'speech-started' && event.by === 'voice') this.#soundAtMs = atMs;
    else if (event.type === 'speech-continues' && this.#soundAtMs !== undefined) this.#soundAtMs = atMs;
    else if (event.type === 'speech-stopped' || event.type === 'hearing-changed') this.#soundAtMs = undefined;
    else if (event.type === 'words') this.#cutAtMs = undefined;
  }

  /** The agent begins to speak: the rest of what a sound cut short is not said while words of it may come. */
  answered({ type }: ReplyInput, { type: by, atMs }: TurnEvent): void {
    const cutAtMs = this.#cutAtMs;
    this.#cutAtMs = undefined;
    if (type !== 'go-on' || by !== 'timer' || this.#soundAtMs === undefined || cutAtMs === undefined) return;
    if (atMs - this.#soundAtMs <= SOUNDS_STILL_MS && atMs - cutAtMs < LONGEST_CUT_MS)
      fail(
        'waits-for-the-words',
        `said the rest ${Math.round(atMs - cutAtMs)} ms after a sound that goes on`,
      );
  }

  /** A reply is cut short. `before`: the core's state as it was. */
  cut(by: CutBy, atMs: number, { reply }: TurnState): void {
    this.#cutAtMs = by === 'length' ? atMs : undefined;
    if (by === 'length' && reply?.audible && reply.state === 'complete')
      fail('a-whole-reply-waits-for-words', `reply ${reply.id} was whole, and is cut short by a sound`);
  }
}
