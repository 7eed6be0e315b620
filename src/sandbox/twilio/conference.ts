/**
 * Conferences by name: until there are two of them, and one who may start it, everybody waits; from then on each hears
 * all others. Source: Twilio docs, "TwiML: Conference".
 */
import codec from 'alawmulaw';
import { MULAW_SILENCE, MULAW_TO_LINEAR } from '../../audio/mulaw.ts';
import { FRAME_BYTES } from '../../telephony/index.ts';
import type { HeardFrame, SpokenFrame } from '../phone/index.ts';
import type { AudioSource } from './call-audio.ts';
import type { DialPlan } from './dial-plan.ts';
import { newSid } from './sid.ts';
import type { ConferenceNoun } from './twiml.ts';

/** Clocks of two calls differ by up to a frame, and a process may stall: what is older is dropped. */
const MOST_WAITING_FRAMES = 5;

/** All conferences of an account that somebody is in or is being called into. */
export class Conferences {
  readonly #byName = new Map<string, Conference>();

  /** The conference of this name that has not ended; begins one where there is none. */
  named(name: string): Conference {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const conference = new Conference(name, () => {
      if (this.#byName.get(name) === conference) this.#byName.delete(name);
    });
    this.#byName.set(name, conference);
    return conference;
  }
}

export class Conference {
  readonly sid = newSid('CF');
  readonly name: string;
  readonly #members = new Set<Member>();
  readonly #attended = Promise.withResolvers<Member>();
  readonly #onEnd: () => void;
  #started = false;
  #ended = false;

  constructor(name: string, onEnd: () => void) {
    this.name = name;
    this.#onEnd = onEnd;
  }

  /** The first who comes. */
  get attended(): Promise<Member> {
    return this.#attended.promise;
  }

  /** `dialPlan`: what becomes of calls into this conference that nobody else has a say in. */
  join(noun: ConferenceNoun, dialPlan: DialPlan): Member {
    const member = new Member(this, noun, dialPlan);
    this.#members.add(member);
    this.#attended.resolve(member);
    this.#started ||= this.#members.size > 1 && [...this.#members].some(({ startOnEnter }) => startOnEnter);
    if (this.#started) for (const present of this.#members) present.onStarted();
    return member;
  }

  /** Idempotent. */
  leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    if (member.endOnExit || this.#members.size === 0) this.#end();
  }

  /** Whoever was being called into it will not come. */
  releaseIfEmpty(): void {
    if (this.#members.size === 0) this.#end();
  }

  othersThan(member: Member): Member[] {
    return this.#started ? [...this.#members].filter((other) => other !== member) : [];
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    for (const member of this.#members) member.onEnded();
    this.#members.clear();
  }
}

/** One call's place in a conference. */
export class Member implements AudioSource {
  readonly startOnEnter: boolean;
  readonly endOnExit: boolean;
  readonly dialPlan: DialPlan;
  /** Aborted once the conference has started, or ended before that. */
  readonly #waiting = new AbortController();
  readonly #over = new AbortController();
  readonly #conference: Conference;
  /** What each of the others has said and this one not yet heard. */
  readonly #unheard = new Map<Member, SpokenFrame[]>();

  constructor(conference: Conference, { startOnEnter, endOnExit }: ConferenceNoun, dialPlan: DialPlan) {
    this.#conference = conference;
    this.startOnEnter = startOnEnter;
    this.endOnExit = endOnExit;
    this.dialPlan = dialPlan;
  }

  /** Aborts when waiting is over: the conference has started, or has ended. */
  get noLongerWaits(): AbortSignal {
    return this.#waiting.signal;
  }

  /** Aborts when the conference ends. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  pull(): HeardFrame {
    const frames = [...this.#unheard.values()].flatMap((queue) => queue.shift() ?? []);
    const [first] = frames;
    return {
      audio: frames.length > 1 ? mixed(frames) : (first?.audio ?? SILENCE),
      playing: frames.length > 0,
      receivedAtMs: performance.now(),
    };
  }

  speak(frame: SpokenFrame): boolean {
    for (const other of this.#conference.othersThan(this)) other.#hear(this, frame);
    return false;
  }

  /** Idempotent. */
  leave(): void {
    this.#conference.leave(this);
    this.onEnded();
  }

  onStarted(): void {
    this.#waiting.abort();
  }

  onEnded(): void {
    this.#waiting.abort();
    this.#over.abort();
  }

  #hear(speaker: Member, frame: SpokenFrame): void {
    const queue = this.#unheard.get(speaker) ?? [];
    this.#unheard.set(speaker, queue);
    queue.push(frame);
    if (queue.length > MOST_WAITING_FRAMES) queue.shift();
  }
}

const SILENCE = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);

function mixed(frames: readonly SpokenFrame[]): Uint8Array {
  const sum = Int16Array.from({ length: FRAME_BYTES }, (_, i) => {
    const sample = frames.reduce((total, { audio }) => total + (MULAW_TO_LINEAR[audio[i] ?? 0] ?? 0), 0);
    return Math.max(-32_000, Math.min(32_000, sample));
  });
  return codec.mulaw.encode(sum);
}
