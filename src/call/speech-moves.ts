/**
 * Where no vendor hears or none speaks, calls go on over the carrier's own recognition and voice (a relay), and come back
 * when the vendors do: as soon as nobody is cut short where nothing could be understood, at once where nothing could be
 * said, at the caller's next turn where all goes well.
 */
import type { CallFlow } from '../flows/index.ts';
import type { ResumePlan } from '../sessions/index.ts';
import type { HandOverTime } from './live-call-options.ts';

/** What this process knows of its vendors of speech. */
export interface SpeechHealth {
  /** No vendor of recognition is left, or none that speaks. */
  readonly isDown: boolean;
  /** Some vendor speaks: what is being said can be said to its end. */
  readonly canSpeak: boolean;
  /** Called whenever that changes. */
  onChange(listener: () => void): void;
}

/** A call whose media is open here. */
export interface MovableCall {
  readonly flow: CallFlow;
  readonly isRelayed: boolean;
  /** How often it was moved before. */
  readonly moves: number;
  /** Ends the media, for the call to go on as planned. */
  move(plan: ResumePlan, when: HandOverTime): void;
}

/** Vendors that come and go so often are not worth another interruption: the relay works. */
const MOST_MOVES = 8;

export class SpeechMoves {
  readonly #speech: SpeechHealth | undefined;
  readonly #calls = new Set<MovableCall>();

  /** Undefined: calls stay where they are. */
  constructor(speech: SpeechHealth | undefined) {
    this.#speech = speech;
    speech?.onChange(() => {
      for (const call of this.#calls) this.#consider(call);
    });
  }

  /** How a call's next media begins that would be a stream of audio if all were well. */
  planOf(flow: CallFlow | undefined, plan: ResumePlan): ResumePlan {
    if (flow === undefined || plan.type !== 'reconnect' || this.#speech?.isDown !== true) return plan;
    return relayPlan(flow);
  }

  /** Moves the call when it is time to, until the signal aborts. */
  follow(call: MovableCall, signal: AbortSignal): void {
    if (this.#speech === undefined || signal.aborted) return;
    this.#calls.add(call);
    signal.addEventListener('abort', () => this.#calls.delete(call), { once: true });
    this.#consider(call);
  }

  #consider(call: MovableCall): void {
    const isDown = this.#speech?.isDown === true;
    if (isDown === call.isRelayed || call.moves >= MOST_MOVES) return;
    if (isDown) call.move(relayPlan(call.flow), this.#speech?.canSpeak === true ? 'at-pause' : 'now');
    else call.move({ type: 'reconnect' }, 'at-turn');
  }
}

function relayPlan({ settings: { language, recognition } }: CallFlow): ResumePlan {
  const { keyterms } = recognition;
  return { type: 'relay', language, ...(keyterms === undefined ? {} : { hints: [...keyterms] }) };
}
