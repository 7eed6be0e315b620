/**
 * A scripted person at the phone. It listens before it speaks: every step waits for what it hears, so a script fits an
 * agent that is fast, slow or talkative, and one that says nothing at all is given up on.
 */

import type { Voice } from '../../tts/flite/index.ts';
import type { KnownSpeech } from '../known-speech.ts';
import type { Caller, CallerEvent, Handset, HeardFrame, SpokenFrame } from './caller.ts';
import { type CallerScriptInput, checkCallerScript, type Step, stepsOf, type When } from './caller-script.ts';
import { ComfortNoise, type Room, SoundingRoom } from './comfort-noise.ts';
import { Hearing } from './hearing.ts';
import { toSound, toUtterance, type Utterance } from './utterance.ts';

/** Less of the agent's voice than this is the end of what it was saying before, not an answer. */
const SHORTEST_ANSWER_MS = 240;
/** Between two keys; people take about this long. */
const KEY_GAP_MS = 200;

export interface PhoneCallerOptions {
  voice: Pick<Voice, 'speak'>;
  /** Told of every utterance just before its first frame goes out, so that a stand-in recogniser knows its words. */
  knownSpeech: Pick<KnownSpeech, 'register'>;
}

interface Speaking {
  readonly text: string;
  readonly utterance: Utterance;
  nextFrame: number;
  startedAtMs: number;
}

interface Pressing {
  readonly digits: string;
  readonly nextAtMs: number;
}

export class PhoneCaller implements Caller {
  readonly #voice: Pick<Voice, 'speak'>;
  readonly #knownSpeech: Pick<KnownSpeech, 'register'>;
  readonly #steps: readonly Step[];
  readonly #stepTimeoutMs: number;
  readonly #quietMs: number;
  readonly #room: Room;
  readonly #hearing: Hearing;
  readonly #ready = new Map<Step, Utterance>();
  #handset: Handset | undefined;
  #nextStep = 0;
  /** When the last step was finished. */
  #sinceMs = 0;
  #speaking: Speaking | undefined;
  #pressing: Pressing | undefined;

  /** Throws CallerScriptError for a script that cannot be used. */
  constructor(script: CallerScriptInput, options: PhoneCallerOptions) {
    const { quietMs, seed, stepTimeoutMs, room, ...rest } = checkCallerScript(script);
    this.#voice = options.voice;
    this.#knownSpeech = options.knownSpeech;
    this.#steps = stepsOf({ quietMs, seed, stepTimeoutMs, ...rest });
    this.#stepTimeoutMs = stepTimeoutMs;
    this.#quietMs = quietMs;
    this.#room = room === undefined ? new ComfortNoise(seed) : new SoundingRoom(room);
    this.#hearing = new Hearing(quietMs, (event) => this.#report(event));
  }

  /** Synthesises everything the script says. Rejects as the voice does. */
  async prepare(): Promise<void> {
    for (const step of this.#steps) {
      const { action } = step;
      if (action.type === 'say') {
        this.#ready.set(step, toUtterance(await this.#voice.speak(action.text, action.voice)));
      } else if (action.type === 'play') {
        this.#ready.set(step, toSound(action.sound.audio, action.sound.words ?? []));
      }
    }
  }

  answered(handset: Handset, atMs: number): void {
    this.#handset = handset;
    this.#sinceMs = atMs;
    this.#hearing.expectAnswer(atMs);
  }

  tick(heard: HeardFrame, atMs: number): SpokenFrame {
    this.#hearing.hear(heard, atMs);
    if (this.#speaking === undefined) {
      if (this.#pressing === undefined) this.#considerNextStep(atMs);
      else this.#pressNextKey(this.#pressing, atMs);
    }
    return this.#speaking === undefined ? this.#room.next() : this.#speak(this.#speaking, atMs);
  }

  ended(): void {
    this.#handset = undefined;
  }

  #report(event: CallerEvent): void {
    this.#handset?.report(event);
  }

  #considerNextStep(atMs: number): void {
    const step = this.#steps[this.#nextStep];
    if (step !== undefined && this.#isTimeFor(step.when, atMs)) this.#take(step, atMs);
    else if (!isTimed(step?.when) && atMs - this.#sinceMs > this.#stepTimeoutMs) {
      this.#report({ type: 'stuck', atMs, step: step?.name ?? 'the agent was to hang up' });
      this.#handset?.hangUp();
    }
  }

  #isTimeFor(when: When, atMs: number): boolean {
    if (when === 'agent-quiet') {
      return this.#hearing.heardMs >= SHORTEST_ANSWER_MS && this.#hearing.quietForMs(atMs) >= this.#quietMs;
    }
    if ('agentSpokeMs' in when) {
      return this.#hearing.heardMs > 0 && this.#hearing.spokeForMs(atMs) >= when.agentSpokeMs;
    }
    return atMs - this.#sinceMs >= when.afterMs;
  }

  #take(step: Step, atMs: number): void {
    this.#nextStep++;
    switch (step.action.type) {
      case 'say':
        return this.#begin(step, step.action.text, { register: true, atMs });
      case 'play': {
        const { name, words } = step.action.sound;
        return this.#begin(step, name, { register: words !== undefined, atMs });
      }
      case 'press':
        this.#pressNextKey({ digits: step.action.digits, nextAtMs: atMs }, atMs);
        return;
      case 'pass':
        this.#finishStep(atMs);
        return;
      case 'hang-up':
        this.#handset?.hangUp();
        return;
    }
  }

  #begin(step: Step, text: string, { register, atMs }: { register: boolean; atMs: number }): void {
    const utterance = this.#ready.get(step);
    if (utterance === undefined) throw new Error(`${step.name}: prepare() was not awaited before the call`);
    if (register) this.#knownSpeech.register(utterance.speech);
    this.#speaking = { text, utterance, nextFrame: 0, startedAtMs: atMs };
  }

  #pressNextKey(pressing: Pressing, atMs: number): void {
    this.#pressing = pressing;
    if (atMs < pressing.nextAtMs) return;
    const digit = pressing.digits.charAt(0);
    this.#hearing.interrupt();
    this.#handset?.press(digit);
    this.#report({ type: 'pressed', atMs, digit });
    this.#pressing =
      pressing.digits.length > 1
        ? { digits: pressing.digits.slice(1), nextAtMs: atMs + KEY_GAP_MS }
        : undefined;
    if (this.#pressing === undefined) this.#finishStep(atMs);
  }

  #speak(speaking: Speaking, atMs: number): SpokenFrame {
    const { text, nextFrame } = speaking;
    const { frames, firstAudible, lastAudible } = speaking.utterance;
    const frame = frames[nextFrame] ?? this.#room.next();
    speaking.nextFrame++;
    if (nextFrame === firstAudible) {
      speaking.startedAtMs = atMs;
      this.#hearing.interrupt();
      this.#report({ type: 'saying', atMs, text });
    }
    if (nextFrame === lastAudible)
      this.#report({ type: 'said', atMs, startedAtMs: speaking.startedAtMs, text });
    if (speaking.nextFrame >= frames.length) {
      this.#speaking = undefined;
      this.#finishStep(atMs);
    }
    return frame;
  }

  #finishStep(atMs: number): void {
    this.#sinceMs = atMs;
    this.#hearing.expectAnswer(atMs);
  }
}

/** A step that only waits for time to pass cannot get stuck. */
function isTimed(when: When | undefined): boolean {
  return typeof when === 'object' && 'afterMs' in when;
}
