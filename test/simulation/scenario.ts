/**
 * What happens on one simulated call: what the caller does, what goes wrong, and when. Plain data made of a seed; every
 * entry can be left out by itself, which is what makes a failure small (`minimise.ts`).
 */
import { Random, seedOf } from './random.ts';

/** Where something may go wrong. `nth`: at which of its occurrences, from 0. */
export type Channel = 'ear' | 'recogniser' | 'model' | 'voice' | 'tool' | 'mark' | 'timer';

const FAULTS = {
  ear: ['late', 'missing', 'repeated'],
  recogniser: ['late', 'missing', 'repeated', 'empty', 'retracted'],
  model: ['fails', 'fails-twice', 'stalls', 'silent', 'empty', 'late'],
  voice: ['late', 'dies', 'untimed', 'silent'],
  tool: ['slow', 'fails'],
  mark: ['late', 'missing'],
  timer: ['late'],
} as const satisfies Record<Channel, readonly string[]>;

export type FaultKind = (typeof FAULTS)[Channel][number];

export interface Fault {
  readonly on: Channel;
  readonly nth: number;
  readonly what: FaultKind;
  /** Of those that are late. */
  readonly ms: number;
}

/** What one act of the caller waits for. */
export type Moment = 'listening' | 'speaking' | 'thinking' | 'anything';

export type ActType =
  | 'answer'
  | 'chat'
  | 'back-channel'
  | 'cough'
  /** A cough, and then words. */
  | 'clear-throat'
  | 'noise'
  | 'interrupt'
  | 'keys'
  | 'hold-on'
  | 'silence'
  | 'bye'
  | 'hang-up';

export interface Act {
  readonly type: ActType;
  readonly on: Moment;
  /** From that moment on. */
  readonly delayMs: number;
  /** Its words and pauses are drawn from this. */
  readonly seed: number;
}

/** What may befall the call by itself: how often, and when at the latest. */
const HAPPENINGS = {
  'line-closed': { share: 0.1, latestMs: 40_000 },
  'line-dropped': { share: 0.12, latestMs: 30_000 },
  'ear-lost': { share: 0.1, latestMs: 30_000 },
  'ear-back': { share: 0.1, latestMs: 40_000 },
  /** No recogniser is left, or one listens again. */
  'recognition-lost': { share: 0.12, latestMs: 30_000 },
  'recognition-back': { share: 0.08, latestMs: 50_000 },
  /** Another recogniser hears late what the one before has left. */
  'recogniser-switched': { share: 0.15, latestMs: 40_000 },
  'machine-answered': { share: 0.05, latestMs: 12_000 },
  /** The carrier has to recognise and speak by itself (a relay), or no longer. */
  'speech-down': { share: 0.1, latestMs: 30_000 },
  'speech-up': { share: 0.1, latestMs: 60_000 },
  /** Another node goes on with the call, from the caller's next turn. */
  'node-drains': { share: 0.08, latestMs: 40_000 },
} as const;

/** What befalls the call by itself. */
export interface Happening {
  readonly what: keyof typeof HAPPENINGS | 'spurious';
  readonly atMs: number;
  readonly seed: number;
}

export interface Scenario {
  /** Of the whole run; with `index` it makes this scenario again. */
  readonly seed: number;
  readonly index: number;
  readonly flow: string;
  /** Voice activity is told from audio. */
  readonly hearsVoice: boolean;
  /** How long voice activity takes to let go of a sound that is over. */
  readonly hangoverMs: number;
  /** `phrases`: finals phrase by phrase, the end by silence; `turns`: a model of turns, with likely ends. */
  readonly recogniser: 'phrases' | 'turns';
  /** Fixed prompts are ready without the voice. */
  readonly isWarm: boolean;
  /** `acts`: the model uses its tools, mostly without a word before. */
  readonly model: 'talks' | 'acts';
  /** After the last act: hangs up, or waits for the agent to end the call. */
  readonly staysOn: boolean;
  readonly acts: readonly Act[];
  readonly faults: readonly Fault[];
  readonly happenings: readonly Happening[];
}

type Weights = readonly (readonly [ActType, number])[];

/** Coughs while the agent thinks, and goes on: the hardest moment for tools. */
const CLEARS_THROAT: Weights = [
  ['answer', 2],
  ['chat', 3],
  ['clear-throat', 6],
];

/** Kinds of callers; each does mostly one thing. */
const CALLERS: readonly Weights[] = [
  [
    ['answer', 10],
    ['back-channel', 1],
    ['chat', 1],
    ['keys', 1],
    ['bye', 1],
  ],
  [
    ['answer', 4],
    ['chat', 4],
    ['interrupt', 4],
    ['back-channel', 2],
    ['hang-up', 0.3],
  ],
  [
    ['answer', 4],
    ['back-channel', 6],
    ['cough', 5],
    ['noise', 2],
  ],
  CLEARS_THROAT,
  [
    ['keys', 6],
    ['answer', 3],
    ['interrupt', 1],
    ['silence', 1],
  ],
  [
    ['answer', 3],
    ['hold-on', 3],
    ['silence', 3],
    ['chat', 1],
  ],
  [
    ['answer', 3],
    ['chat', 2],
    ['interrupt', 2],
    ['back-channel', 2],
    ['cough', 2],
    ['noise', 1],
    ['keys', 2],
    ['hold-on', 1],
    ['silence', 1],
    ['bye', 1],
    ['hang-up', 0.5],
  ],
];

const MOMENTS: Readonly<Record<ActType, readonly Moment[]>> = {
  answer: ['listening', 'listening', 'listening', 'speaking', 'thinking'],
  chat: ['listening', 'listening', 'speaking', 'thinking'],
  'back-channel': ['speaking', 'speaking', 'speaking', 'thinking', 'listening'],
  cough: ['speaking', 'speaking', 'thinking', 'listening', 'anything'],
  'clear-throat': ['thinking', 'thinking', 'thinking', 'speaking', 'listening'],
  noise: ['speaking', 'listening', 'anything'],
  interrupt: ['speaking', 'speaking', 'speaking', 'thinking'],
  keys: ['listening', 'listening', 'speaking', 'thinking', 'anything'],
  'hold-on': ['listening', 'listening', 'speaking'],
  silence: ['listening'],
  bye: ['listening'],
  'hang-up': ['anything', 'speaking', 'listening', 'thinking'],
};

const MOST_ACTS = 8;
/** Calls on which nothing goes wrong: the rules must hold there too, and are strictest. */
const FAULTLESS = 0.35;

/** The default, and one that outlasts the recogniser's end and most pauses. */
const HANGOVERS_MS = [200, 200, 600] as const;

/** Made for the simulation, so that what is rare on other calls happens: of so many calls, one of these. */
const MADE_FOR_IT: ReadonlySet<string> = new Set(['desk', 'talk']);
const MADE_FOR_IT_SHARE = 0.5;

function pickFlow(random: Random, flows: readonly string[]): string {
  const made = flows.filter((name) => MADE_FOR_IT.has(name));
  return random.pick(made.length > 0 && random.chance(MADE_FOR_IT_SHARE) ? made : flows);
}

/** The scenario of one call; the same for the same arguments. `flows`: their names. */
export function makeScenario(seed: number, index: number, flows: readonly string[]): Scenario {
  const random = new Random(seedOf(seed, index));
  const weights = random.pick(CALLERS);
  const acts = Array.from({ length: random.between(1, MOST_ACTS) }, () => makeAct(random, weights));
  const isFaultless = random.chance(FAULTLESS);
  return {
    seed,
    index,
    flow: pickFlow(random, flows),
    hearsVoice: random.chance(0.75),
    recogniser: random.chance(0.5) ? 'phrases' : 'turns',
    isWarm: random.chance(0.5),
    model: random.chance(weights === CLEARS_THROAT ? 0.8 : 0.3) ? 'acts' : 'talks',
    staysOn: random.chance(0.25),
    acts,
    faults: isFaultless ? [] : makeFaults(random),
    happenings: isFaultless ? [] : makeHappenings(random),
    hangoverMs: random.pick(HANGOVERS_MS),
  };
}

function makeAct(random: Random, weights: Weights): Act {
  const type = weighted(random, weights);
  return {
    type,
    on: random.pick(MOMENTS[type]),
    // While the agent thinks, which is not for long.
    delayMs: random.chance(type === 'clear-throat' ? 0.8 : 0.3)
      ? random.between(0, type === 'clear-throat' ? 500 : 150)
      : random.between(150, 2500),
    seed: random.between(0, 0x7fff_ffff),
  };
}

function weighted(random: Random, weights: Weights): ActType {
  let left = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [type, weight] of weights) {
    left -= weight;
    if (left < 0) return type;
  }
  return 'answer';
}

const OFTEN: Readonly<Record<Channel, number>> = {
  ear: 25,
  recogniser: 40,
  model: 5,
  voice: 12,
  tool: 3,
  mark: 10,
  timer: 30,
};

function makeFaults(random: Random): Fault[] {
  const channels = Object.keys(FAULTS) as Channel[]; // the table's own keys
  return Array.from({ length: random.between(0, 9) }, () => {
    const on = random.pick(channels);
    return {
      on,
      nth: random.between(0, OFTEN[on]),
      what: random.pick<FaultKind>(FAULTS[on]),
      ms: random.chance(0.5) ? random.between(20, 400) : random.between(400, 3000),
    };
  });
}

function makeHappenings(random: Random): Happening[] {
  const happenings: Happening[] = [];
  const add = (what: Happening['what'], latestMs: number): void => {
    happenings.push({ what, atMs: random.between(0, latestMs), seed: random.between(0, 0x7fff_ffff) });
  };
  const names = Object.keys(HAPPENINGS) as (keyof typeof HAPPENINGS)[]; // the table's own keys
  for (const what of names) {
    const { share, latestMs } = HAPPENINGS[what];
    if (random.chance(share)) add(what, latestMs);
  }
  while (random.chance(0.3)) add('spurious', 40_000);
  return happenings;
}

/** The faults of one call as they come up. */
export class Faults {
  readonly #planned = new Map<string, Fault>();
  readonly #counts = new Map<Channel, number>();

  constructor(faults: readonly Fault[]) {
    for (const fault of faults) this.#planned.set(`${fault.on}:${fault.nth}`, fault);
  }

  /** What goes wrong with the next occurrence on this channel. */
  next(channel: Channel): Fault | undefined {
    if (this.#planned.size === 0) return undefined;
    const nth = this.#counts.get(channel) ?? 0;
    this.#counts.set(channel, nth + 1);
    return this.#planned.get(`${channel}:${nth}`);
  }
}
