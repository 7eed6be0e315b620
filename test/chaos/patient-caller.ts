/**
 * A caller who does as people do when a line has dropped: asked again, they say again what they said. What is said while
 * there is no line, nobody can hear.
 */
import type { Caller, Handset, HeardFrame, SpokenFrame } from '../../src/sandbox/phone/caller.ts';
import { PhoneCaller, type PhoneCallerOptions } from '../../src/sandbox/phone/phone-caller.ts';

export interface PatientCallerOptions extends PhoneCallerOptions {
  /** In order. After the last one the caller listens until the agent hangs up. */
  says: readonly string[];
  voiceName: string;
  quietMs: number;
  stepTimeoutMs: number;
  /** Whether the agent has asked to say it again, judged by all it has said since this time (`performance.now()`). */
  asksAgain: (sinceMs: number) => boolean;
}

/** A person asked more often hangs up; here the caller goes on. */
const MOST_REPEATS = 2;

/** One who may speak next, listening in silence until it is time to. */
interface Candidate {
  readonly caller: PhoneCaller;
  /** Which of the utterances it is to say; beyond the last: none. */
  readonly says: number;
  speaks: boolean;
}

export class PatientCaller implements Caller {
  readonly #options: PatientCallerOptions;
  readonly #ready = new Map<number, PhoneCaller[]>();
  #handset: Handset | undefined;
  /** The first of them tells what is heard. */
  #candidates: Candidate[] = [];
  #saidAtMs = 0;
  /** How often something was said again. */
  repeats = 0;

  constructor(options: PatientCallerOptions) {
    this.#options = options;
  }

  async prepare(): Promise<void> {
    const { says, voiceName, quietMs, stepTimeoutMs } = this.#options;
    for (let i = 0; i <= says.length; i++) {
      const say = says[i];
      const callers = Array.from(
        { length: 1 + MOST_REPEATS },
        () =>
          new PhoneCaller(
            { voice: voiceName, quietMs, stepTimeoutMs, steps: say === undefined ? [] : [{ say }] },
            this.#options,
          ),
      );
      for (const caller of callers) await caller.prepare();
      this.#ready.set(i, callers);
    }
  }

  answered(handset: Handset, atMs: number): void {
    this.#handset = handset;
    this.#listenFor([0], atMs);
  }

  tick(heard: HeardFrame, atMs: number): SpokenFrame {
    const spoken = this.#candidates.map((candidate) => ({
      candidate,
      frame: candidate.caller.tick(heard, atMs),
    }));
    const chosen = this.#choose(atMs) ?? spoken[0]?.candidate;
    const frame = spoken.find(({ candidate }) => candidate === chosen)?.frame ?? spoken[0]?.frame;
    if (frame === undefined) throw new Error('the call was not answered');
    return frame;
  }

  ended(): void {
    this.#handset = undefined;
    for (const { caller } of this.#candidates) caller.ended();
  }

  /** Of those who begin to speak now, the one who says the right thing; the others are dropped. */
  #choose(atMs: number): Candidate | undefined {
    const speaking = this.#candidates.filter(({ speaks }) => speaks);
    if (speaking.length === 0 || this.#candidates.length === 1) return speaking[0];
    const [next, again] = this.#candidates;
    const isRepeat = again !== undefined && this.#options.asksAgain(this.#saidAtMs);
    const chosen = isRepeat ? again : next;
    if (chosen === undefined) return undefined;
    if (isRepeat) this.repeats++;
    this.#candidates = [chosen];
    const text = this.#options.says[chosen.says];
    if (text !== undefined) this.#handset?.report({ type: 'saying', atMs, text });
    return chosen;
  }

  /** The first of `says` is what comes next by itself. */
  #listenFor(says: readonly number[], atMs: number): void {
    this.#saidAtMs = atMs;
    this.#candidates = says.flatMap((index) => {
      const caller = this.#ready.get(index)?.shift();
      return caller === undefined ? [] : [{ caller, says: index, speaks: false }];
    });
    for (const candidate of this.#candidates) candidate.caller.answered(this.#earOf(candidate), atMs);
  }

  #earOf(candidate: Candidate): Handset {
    return {
      press: (digit) => this.#handset?.press(digit),
      hangUp: () => {
        if (candidate === this.#candidates[0]) this.#handset?.hangUp();
      },
      report: (event) => {
        if (event.type === 'saying') {
          candidate.speaks = true;
          // With others, who speaks is chosen first.
          if (this.#candidates.length > 1) return;
        }
        if (candidate === this.#candidates[0]) this.#handset?.report(event);
        // Nobody is at the end of an utterance but who says it; a last faint frame is not missed.
        if (event.type === 'said') this.#listenFor([candidate.says + 1, candidate.says], event.atMs);
      },
    };
  }
}
