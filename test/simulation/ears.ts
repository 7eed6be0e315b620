/**
 * What hears the caller of a simulated call, as far as it works just now: voice activity may be lost and come back,
 * recognisers may be gone, or hear late what another left.
 */
import type { TurnEvent } from '../../src/call/turn-events.ts';
import type { VirtualClock } from './clock.ts';
import { type Heard, isRecognised, toTurnEvent } from './heard.ts';

export interface EarsWorld {
  readonly clock: VirtualClock;
  /** The carrier hears by itself, whatever has become of everybody else's ears. */
  readonly isRelayed: boolean;
  /** There is a line, or the call is over and late events must do no harm. */
  readonly takesEvents: boolean;
  /** What is being played just now. */
  readonly playing: { protected: boolean; remainingMs: number };
  dispatch(event: TurnEvent): void;
}

export class Ears {
  readonly #world: EarsWorld;
  /** What tells speech in audio works. */
  #hasVoice: boolean;
  /** No recogniser is left. */
  #isDeaf = false;
  /** What was heard and is not told yet, while a recogniser is behind. */
  #late: Heard[] | undefined;
  #lines = 0;

  constructor(world: EarsWorld, hasVoice: boolean) {
    this.#world = world;
    this.#hasVoice = hasVoice;
  }

  get hearsVoice(): boolean {
    return this.#hasVoice && !this.#world.isRelayed;
  }

  hear(event: Heard): void {
    const { takesEvents, isRelayed, clock, playing } = this.#world;
    if (!takesEvents) return;
    if (isRecognised(event) && !isRelayed) {
      if (this.#isDeaf) return;
      if (this.#late !== undefined) return void this.#late.push(event);
    }
    this.#world.dispatch(toTurnEvent(event, clock.nowMs, playing));
  }

  /** A line begins with recognisers of its own. */
  opened(): void {
    this.#lines++;
    this.#late = undefined;
    if (this.#isDeaf) this.#tell('recognition-lost');
  }

  /** Returns whether that changed anything. */
  voiceChanges(hasVoice: boolean): boolean {
    const before = this.hearsVoice;
    this.#hasVoice = hasVoice;
    const { hearsVoice } = this;
    if (before === hearsVoice) return false;
    this.#world.dispatch({ type: 'hearing-changed', atMs: this.#world.clock.nowMs, hearsVoice });
    return true;
  }

  /** `movesOn`: the call is about to go on where somebody listens. */
  lost(movesOn?: true): void {
    if (this.#isDeaf) return;
    this.#isDeaf = true;
    this.#late = undefined;
    this.#tell('recognition-lost', movesOn === undefined ? {} : { movesOn });
  }

  back(): void {
    if (!this.#isDeaf) return;
    this.#isDeaf = false;
    this.#tell('recognition-back');
  }

  /** Another recogniser takes over, and tells so much later what is said until then. */
  fallBehind(ms: number): void {
    if (this.#isDeaf || this.#late !== undefined || this.#world.isRelayed) return;
    const late: Heard[] = [];
    this.#late = late;
    const { clock, isRelayed, takesEvents } = this.#world;
    if (takesEvents && !isRelayed)
      this.#world.dispatch({ type: 'recognition-behind', atMs: clock.nowMs, untold: true });
    const line = this.#lines;
    this.#world.clock.after(ms, () => {
      if (this.#late !== late || this.#lines !== line) return;
      this.#late = undefined;
      for (const event of late) this.hear(event);
      this.#tell('recognition-caught-up');
    });
  }

  #tell(
    type: 'recognition-lost' | 'recognition-back' | 'recognition-caught-up',
    more: { movesOn?: true } = {},
  ): void {
    const { clock, isRelayed, takesEvents } = this.#world;
    if (takesEvents && !isRelayed) this.#world.dispatch({ type, atMs: clock.nowMs, ...more });
  }
}
