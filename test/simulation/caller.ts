/**
 * The caller of a simulated call, and everything that hears them: voice activity and the recogniser, with their delays
 * and faults. The caller knows what a person on the phone knows: whether the agent speaks, and what was asked.
 */
import type { ListenExpectation } from '../../src/flows/index.ts';
import type { VirtualClock } from './clock.ts';
import type { Heard } from './heard.ts';
import { keysFor, sayFor } from './phrases.ts';
import { Random } from './random.ts';
import type { Act, Channel, Faults, Moment, Scenario } from './scenario.ts';

export interface CallerWorld {
  readonly clock: VirtualClock;
  readonly faults: Faults;
  /** Voice activity is told from audio just now. */
  readonly hearsVoice: boolean;
  /** There is audio to hear; on a relay there are only words. */
  readonly hasAudio: boolean;
  readonly moment: Moment;
  readonly asked: ListenExpectation;
  hears(event: Heard): void;
  /** A carrier that listens by itself stops the agent by itself. */
  carrierStops(): void;
  hangUp(): void;
}

/** No caller waits longer than this for their moment. */
const PATIENCE_MS = 12_000;
const ONSET_MS = 130;
/** A gap in the sound that is told. */
const PAUSE_MS = 120;
const CONTINUES_EVERY_MS = 190;
/** From a cough to the words after it, once voice activity has let go of it. */
const AFTER_COUGH_MS = [50, 500] as const;
const WORD_MS = 280;
/** From a word to the interim that has it. */
const INTERIM_MS = 350;
const FINAL_MS = 280;
const TURN_END_MS = 420;
/** By then the recogniser is done with what was said, unless something goes wrong. */
const RECOGNISED_MS = TURN_END_MS + 30;
/** A pause that is longer ends a phrase. */
const ENDPOINT_MS = 300;

/** One stretch of sound. */
interface Sound {
  readonly lengthMs: number;
  readonly probability: number;
  /** Silence after it, until the next; undefined: it is the last. */
  readonly pauseMs: number | undefined;
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export class Caller {
  readonly #world: CallerWorld;
  readonly #scenario: Scenario;
  #at = 0;
  /** The act at hand has been waited for, and comes or has come. */
  #isActing = false;
  /** The moment of the act at hand is no longer waited for. */
  #isImpatient = false;
  #isOver = false;
  /** When the caller speaks, in the act at hand or the last one; coughs are no speech. */
  #speech: readonly Stretch[] = [];
  /** When they make any sound. */
  #sounds: readonly Stretch[] = [];
  /** So much later than at best the recogniser is in this act. */
  #lagMs = 0;

  constructor(world: CallerWorld, scenario: Scenario) {
    this.#world = world;
    this.#scenario = scenario;
    this.#nextAct();
  }

  /** Something has changed: perhaps it is time for the next act. */
  look(): void {
    if (this.#isActing || this.#isOver) return;
    const act = this.#scenario.acts[this.#at];
    if (act === undefined) return;
    const { moment, clock } = this.#world;
    if (!this.#isImpatient && act.on !== 'anything' && act.on !== moment) return;
    this.#isActing = true;
    clock.after(act.delayMs, () => {
      if (!this.#isOver) this.#perform(act);
    });
  }

  /** For how long the caller has not spoken. */
  get quietMs(): number {
    const last = this.#speech.findLast(({ fromMs }) => fromMs <= this.#nowMs);
    return last === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.#nowMs - last.toMs);
  }

  /** Something of theirs can be heard just now. */
  get isSounding(): boolean {
    return this.#sounds.some(({ fromMs, toMs }) => fromMs <= this.#nowMs && this.#nowMs < toMs);
  }

  get #nowMs(): number {
    return this.#world.clock.nowMs;
  }

  /** The call is over. */
  stop(): void {
    this.#isOver = true;
  }

  #nextAct(): void {
    const { clock } = this.#world;
    this.#isActing = false;
    this.#isImpatient = false;
    const at = this.#at;
    if (at >= this.#scenario.acts.length) {
      if (!this.#scenario.staysOn) clock.after(4000, () => this.#hangUp());
      return;
    }
    clock.after(PATIENCE_MS, () => {
      if (this.#at !== at || this.#isOver) return;
      this.#isImpatient = true;
      this.look();
    });
  }

  #hangUp(): void {
    if (!this.#isOver) this.#world.hangUp();
  }

  #doneAfter(ms: number): void {
    this.#world.clock.after(ms, () => this.#done());
  }

  #done(): void {
    this.#at++;
    this.#nextAct();
    if (!this.#isOver) this.look();
  }

  #perform(act: Act): void {
    const random = new Random(act.seed);
    const { asked, clock } = this.#world;
    switch (act.type) {
      case 'hang-up':
        return this.#hangUp();
      case 'silence':
        return clock.after(random.between(4000, 16_000), () => this.#done());
      case 'keys':
        return this.#press(keysFor(asked, random), random);
      case 'cough':
        return this.#make(noiseOf(random.between(150, 450), random));
      case 'noise':
        return this.#make(noiseOf(random.between(500, 4000), random));
      case 'clear-throat': {
        const lengthMs = this.#sound([noiseOf(random.between(200, 900), random)]);
        const { hangoverMs } = this.#scenario;
        return clock.after(lengthMs + hangoverMs + random.between(...AFTER_COUGH_MS), () => {
          if (!this.#isOver) this.#say(sayFor(act.type, this.#world.asked, random), random);
        });
      }
      case 'answer':
      case 'chat':
      case 'back-channel':
      case 'interrupt':
      case 'hold-on':
      case 'bye':
        return this.#say(sayFor(act.type, asked, random), random);
    }
  }

  #press(keys: readonly string[], random: Random): void {
    const { clock } = this.#world;
    let atMs = 0;
    for (const digit of keys) {
      clock.after(atMs, () => {
        if (!this.#isOver) this.#world.hears({ type: 'key', digit });
      });
      atMs += random.between(80, 600);
    }
    this.#doneAfter(atMs);
  }

  // ── what the ear makes of it ─────────────────────────────────────────────────────────────────────────────────────

  /** One sound, and nothing else until it is over for voice activity too. */
  #make(sound: Sound): void {
    this.#doneAfter(this.#sound([sound]) + this.#scenario.hangoverMs);
  }

  /** Sounds one after the other; returns how long they take together. */
  #sound(sounds: readonly Sound[]): number {
    this.#sounds = stretchesOf(sounds, this.#nowMs);
    let atMs = 0;
    let onsetMs: number | undefined;
    for (const { lengthMs, probability, pauseMs } of sounds) {
      if (onsetMs === undefined) this.#onset(atMs);
      onsetMs ??= atMs;
      this.#continues(atMs, lengthMs, { sinceMs: onsetMs, probability });
      if (pauseMs === undefined || pauseMs > PAUSE_MS)
        this.#tell('ear', atMs + lengthMs + PAUSE_MS, () =>
          this.#world.hearsVoice ? { type: 'speech-paused' } : undefined,
        );
      if (pauseMs === undefined || pauseMs >= this.#scenario.hangoverMs) {
        this.#stops(atMs + lengthMs, atMs + lengthMs - onsetMs);
        onsetMs = undefined;
      }
      atMs += lengthMs + (pauseMs ?? 0);
    }
    return atMs;
  }

  #onset(atMs: number): void {
    this.#tell('ear', atMs + ONSET_MS, () => {
      if (this.#world.hearsVoice) return { type: 'speech-started', by: 'voice' };
      if (this.#world.hasAudio) return { type: 'voice-started' };
      this.#world.carrierStops();
      return undefined;
    });
  }

  #continues(atMs: number, lengthMs: number, speech: { sinceMs: number; probability: number }): void {
    const { sinceMs, probability } = speech;
    for (let toMs = atMs + CONTINUES_EVERY_MS; toMs < atMs + lengthMs; toMs += CONTINUES_EVERY_MS)
      this.#tell('ear', toMs, () =>
        this.#world.hearsVoice
          ? { type: 'speech-continues', lengthMs: toMs - sinceMs, probability }
          : undefined,
      );
  }

  #stops(endMs: number, lengthMs: number): void {
    const { clock } = this.#world;
    const trueEndMs = clock.nowMs + endMs;
    this.#tell('ear', endMs + this.#scenario.hangoverMs, () => {
      if (this.#world.hearsVoice) return { type: 'speech-stopped', endMs: trueEndMs, lengthMs };
      return lengthMs > 500 && this.#world.hasAudio ? { type: 'voice-stopped' } : undefined;
    });
  }

  // ── what the recogniser makes of it ──────────────────────────────────────────────────────────────────────────────

  #say(pieces: readonly string[], random: Random): void {
    const sounds = pieces.map((text, index) => ({
      lengthMs: Math.max(200, text.split(' ').length * WORD_MS),
      probability: 0.92,
      pauseMs: index === pieces.length - 1 ? undefined : random.pick([100, 250, 450, 700, 1100, 1600]),
    }));
    this.#speech = stretchesOf(sounds, this.#nowMs);
    this.#lagMs = random.pick([0, 0, 120, 300]);
    if (this.#scenario.recogniser === 'phrases') this.#recognisePhrases(pieces, sounds, random);
    else this.#recogniseTurns(pieces, sounds, random);
    const { hangoverMs } = this.#scenario;
    const recognisedMs = Math.max(RECOGNISED_MS + this.#lagMs, hangoverMs);
    const lengthMs = this.#sound(sounds);
    this.#doneAfter(lengthMs + recognisedMs);
    const { asked, clock } = this.#world;
    const { endKey } = asked;
    if (endKey === undefined || !random.chance(0.4)) return;
    // The words may not be there yet.
    clock.after(lengthMs + random.between(0, 2 * recognisedMs), () => {
      if (!this.#isOver) this.#world.hears({ type: 'key', digit: endKey });
    });
  }

  /** Finals phrase by phrase; the turn ends with every longer pause. */
  #recognisePhrases(pieces: readonly string[], sounds: readonly Sound[], random: Random): void {
    let atMs = 0;
    let phrase = '';
    for (const [index, text] of pieces.entries()) {
      const { lengthMs = 0, pauseMs } = sounds[index] ?? {};
      if (phrase === '') this.#recogniserOnset(atMs, random);
      this.#interims(atMs, lengthMs, phrase, text);
      phrase = `${phrase} ${text}`.trim();
      const endMs = atMs + lengthMs;
      const isOver = pauseMs === undefined || pauseMs > ENDPOINT_MS;
      if (isOver) {
        const final = phrase;
        phrase = '';
        this.#words(endMs + FINAL_MS, final, true);
        this.#turnEnded(endMs);
      }
      atMs = endMs + (pauseMs ?? 0);
    }
  }

  /** One transcript for the whole turn; its end is told when it is likely, and when it is sure. */
  #recogniseTurns(pieces: readonly string[], sounds: readonly Sound[], random: Random): void {
    let atMs = 0;
    let turn = '';
    this.#recogniserOnset(0, random);
    for (const [index, text] of pieces.entries()) {
      const { lengthMs = 0, pauseMs } = sounds[index] ?? {};
      this.#interims(atMs, lengthMs, turn, text);
      turn = `${turn} ${text}`.trim();
      const endMs = atMs + lengthMs;
      atMs = endMs + (pauseMs ?? 0);
      if (pauseMs !== undefined && pauseMs < 250) continue;
      const soFar = turn;
      this.#words(endMs + 150, soFar, false);
      this.#tell('recogniser', endMs + 160, () => ({ type: 'turn-likely' }));
      const isOver = pauseMs === undefined || pauseMs > 1200;
      if (isOver) {
        turn = '';
        this.#words(endMs + TURN_END_MS, soFar, true);
        this.#turnEnded(endMs);
      } else this.#tell('recogniser', atMs + ONSET_MS, () => ({ type: 'turn-resumed' }));
    }
  }

  #recogniserOnset(atMs: number, random: Random): void {
    if (random.chance(0.6))
      this.#tell('recogniser', atMs + 220, () => ({ type: 'speech-started', by: 'recogniser' }));
  }

  /** Growing, and at times with another last word than in the end. */
  #interims(atMs: number, lengthMs: number, before: string, text: string): void {
    const words = text.split(' ');
    for (let count = 2; count < words.length; count += 3) {
      const soFar = `${before} ${words.slice(0, count).join(' ')}`.trim();
      this.#words(atMs + count * WORD_MS + INTERIM_MS, soFar, false);
    }
    if (lengthMs > 0) this.#words(atMs + lengthMs + 100, `${before} ${text}`.trim(), false);
  }

  #words(atMs: number, text: string, final: boolean): void {
    this.#tell('recogniser', atMs, () => ({ type: 'words', text, final }));
  }

  #turnEnded(endMs: number): void {
    const speechEndMs = this.#world.clock.nowMs + endMs;
    this.#tell('recogniser', endMs + TURN_END_MS + 20, () => ({ type: 'turn-ended', speechEndMs }));
  }

  /** So much later the event happens, unless something goes wrong with it. */
  #tell(channel: Channel, afterMs: number, make: () => Heard | undefined): void {
    const { clock, faults } = this.#world;
    const fault = faults.next(channel);
    if (fault?.what === 'missing') return;
    const say = (): void => {
      const event = this.#isOver ? undefined : make();
      if (event !== undefined) this.#world.hears(changed(event, fault?.what));
    };
    const lagMs = channel === 'recogniser' ? this.#lagMs : 0;
    clock.after(afterMs + lagMs + (fault?.what === 'late' ? fault.ms : 0), say);
    if (fault?.what === 'repeated') clock.after(afterMs + lagMs + (fault.ms % 300), say);
  }
}

function stretchesOf(sounds: readonly Sound[], startMs: number): Stretch[] {
  let fromMs = startMs;
  return sounds.map(({ lengthMs, pauseMs = 0 }) => {
    const stretch = { fromMs, toMs: fromMs + lengthMs };
    fromMs += lengthMs + pauseMs;
    return stretch;
  });
}

/** A sound that is no speech. */
function noiseOf(lengthMs: number, random: Random): Sound {
  return { lengthMs, probability: random.pick([0.5, 0.6, 0.8]), pauseMs: undefined };
}

function changed(event: Heard, fault: string | undefined): Heard {
  if (event.type !== 'words') return event;
  if (fault === 'empty') return { ...event, text: '' };
  return fault === 'retracted' ? { ...event, text: event.text.split(' ').slice(0, -1).join(' ') } : event;
}
