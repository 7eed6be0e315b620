/** What is tried: every stage, with every way in which it can fail, at every moment of a call. */
import type { FaultInput } from '../../src/sandbox/faults.ts';
import { MOMENTS, type Moment } from '../../src/sandbox/moments.ts';
import { Random, seedOf } from '../simulation/random.ts';

export const STAGES = ['stt', 'llm', 'tts', 'telephony', 'redis', 'postgres', 'process'] as const;
export type Stage = (typeof STAGES)[number];

/** What is sent to the process that carries the call, one after the other. */
export type ProcessSignal = 'SIGKILL' | 'SIGTERM';

export interface ChaosCase {
  /** `stt/stall/speaking` */
  name: string;
  stage: Stage;
  fault: string;
  moment: Moment;
  /** What is told to the sandbox. */
  faults: readonly FaultInput[];
  process?: { signals: readonly ProcessSignal[]; nth: number; afterMs: number };
  /** The longest silence that is still good. */
  longestSilenceMs: number;
}

const VENDOR_SILENCE_MS = 2000;
const PROCESS_SILENCE_MS = 3000;
/** How long a vendor or a store is away, where it is away for a time. */
const AWAY_MS = 5000;
/** Long enough to strike all that is open at a moment, and nothing that is opened later. */
const AT_ONCE_MS = 50;

/** In the midst of a moment, not at its first instant. `nth`: the second request of a tool is the one that books. */
const WHEN: Record<Moment, { at: Moment; nth: number; afterMs: number }> = {
  greeting: { at: 'greeting', nth: 1, afterMs: 800 },
  listening: { at: 'listening', nth: 1, afterMs: 400 },
  thinking: { at: 'thinking', nth: 1, afterMs: 0 },
  speaking: { at: 'speaking', nth: 1, afterMs: 700 },
  tool: { at: 'tool', nth: 2, afterMs: 100 },
};
type When = (typeof WHEN)[Moment];
type Make = (when: When) => FaultInput[];

const VENDOR = { stt: 'deepgram', llm: 'anthropic', tts: 'cartesia' } as const;
const messageKinds = ['malformed', 'duplicate', 'reorder'] as const;

/** A vendor with sockets that stay open: what meets the next opening comes with a cut of what is open. */
function socketFaults(vendor: 'deepgram' | 'cartesia'): Record<string, Make> {
  const cut: Make = (when) => [{ ...when, vendor, kind: 'disconnect', forMs: AT_ONCE_MS }];
  const status = (code: number, more: object): Make => {
    return (when) => [{ ...when, ...more, vendor, kind: 'status', status: code }, ...cut(when)];
  };
  return {
    outage: (when) => [{ ...when, vendor, kind: 'outage', forMs: AWAY_MS }],
    refuse: (when) => [{ ...when, vendor, kind: 'refuse', times: 2 }, ...cut(when)],
    '401': status(401, { forMs: AWAY_MS }),
    '429': status(429, { times: 2 }),
    '429-retry-after': status(429, { times: 2, retryAfterSec: 1 }),
    '503': status(503, { times: 2 }),
    disconnect: cut,
    stall: (when) => [{ ...when, vendor, kind: 'stall', forMs: AT_ONCE_MS }],
    'half-open': (when) => [{ ...when, vendor, kind: 'half-open', forMs: AT_ONCE_MS }],
    slow: (when) => [{ ...when, vendor, kind: 'slow', delayMs: 1500, forMs: AT_ONCE_MS }],
    ...messageFaults(vendor),
  };
}

function messageFaults(vendor: 'deepgram' | 'cartesia' | 'anthropic' | 'twilio'): Record<string, Make> {
  const make = (kind: (typeof messageKinds)[number] | 'wrong-audio-length'): Make => {
    return (when) => [{ ...when, vendor, kind, times: 1 }];
  };
  const hasAudio = vendor === 'cartesia' || vendor === 'twilio';
  return {
    ...Object.fromEntries(messageKinds.map((kind) => [kind, make(kind)])),
    ...(hasAudio ? { 'wrong-audio-length': make('wrong-audio-length') } : {}),
  };
}

const modelFaults: Record<string, Make> = {
  outage: (when) => [{ ...when, vendor: 'anthropic', kind: 'outage', forMs: AWAY_MS }],
  refuse: (when) => [{ ...when, vendor: 'anthropic', kind: 'refuse', times: 2 }],
  '401': (when) => [{ ...when, vendor: 'anthropic', kind: 'status', status: 401, forMs: AWAY_MS }],
  '429': (when) => [{ ...when, vendor: 'anthropic', kind: 'status', status: 429, times: 2 }],
  '429-retry-after': (when) => [
    { ...when, vendor: 'anthropic', kind: 'status', status: 429, retryAfterSec: 1, times: 2 },
  ],
  '503': (when) => [{ ...when, vendor: 'anthropic', kind: 'status', status: 503, times: 2 }],
  '529': (when) => [{ ...when, vendor: 'anthropic', kind: 'status', status: 529, times: 2 }],
  disconnect: (when) => [{ ...when, vendor: 'anthropic', kind: 'disconnect', times: 1 }],
  stall: (when) => [{ ...when, vendor: 'anthropic', kind: 'stall', times: 1 }],
  // A stream that dies after its first words have gone to the voice.
  'stall-in-answer': (when) => [{ ...when, vendor: 'anthropic', kind: 'stall', times: 1, afterMessages: 8 }],
  'disconnect-in-answer': (when) => [
    { ...when, vendor: 'anthropic', kind: 'disconnect', times: 1, afterMessages: 8 },
  ],
  slow: (when) => [{ ...when, vendor: 'anthropic', kind: 'slow', delayMs: 1500, times: 1 }],
  ...messageFaults('anthropic'),
};

const lineFaults: Record<string, Make> = {
  disconnect: (when) => [{ ...when, vendor: 'twilio', kind: 'disconnect' }],
  stall: (when) => [{ ...when, vendor: 'twilio', kind: 'stall' }],
  'half-open': (when) => [{ ...when, vendor: 'twilio', kind: 'half-open' }],
  slow: (when) => [{ ...when, vendor: 'twilio', kind: 'slow', delayMs: 800 }],
  ...messageFaults('twilio'),
};

function storeFaults(vendor: 'redis' | 'postgres'): Record<string, Make> {
  return {
    stop: (when) => [{ ...when, vendor, kind: 'stop', forMs: AWAY_MS }],
    pause: (when) => [{ ...when, vendor, kind: 'pause', forMs: AWAY_MS }],
    restart: (when) => [{ ...when, vendor, kind: 'restart' }],
    slow: (when) => [{ ...when, vendor, kind: 'slow', delayMs: 300, forMs: 2 * AWAY_MS }],
    'fill-up': (when) => [{ ...when, vendor, kind: 'fill-up', forMs: AWAY_MS }],
  };
}

const SANDBOX_FAULTS: Record<Exclude<Stage, 'process'>, Record<string, Make>> = {
  stt: socketFaults(VENDOR.stt),
  llm: modelFaults,
  tts: socketFaults(VENDOR.tts),
  telephony: lineFaults,
  redis: storeFaults('redis'),
  postgres: storeFaults('postgres'),
};

/** All of them, stage by stage. */
export function allCases(): ChaosCase[] {
  return [
    ...Object.entries(SANDBOX_FAULTS).flatMap(([stage, faults]) => sandboxCases(stage as Stage, faults)),
    ...processCases(),
  ];
}

function sandboxCases(stage: Stage, faults: Record<string, Make>): ChaosCase[] {
  return Object.entries(faults).flatMap(([fault, make]) =>
    MOMENTS.map((moment) => ({
      name: `${stage}/${fault}/${moment}`,
      stage,
      fault,
      moment,
      faults: make(WHEN[moment]),
      longestSilenceMs: VENDOR_SILENCE_MS,
    })),
  );
}

/** The second SIGTERM hands the calls over at once. */
const PROCESS_FAULTS: Record<string, readonly ProcessSignal[]> = {
  SIGKILL: ['SIGKILL'],
  SIGTERM: ['SIGTERM'],
  'SIGTERM-twice': ['SIGTERM', 'SIGTERM'],
};

function processCases(): ChaosCase[] {
  return Object.entries(PROCESS_FAULTS).flatMap(([fault, signals]) =>
    MOMENTS.map((moment) => ({
      name: `process/${fault}/${moment}`,
      stage: 'process' as const,
      fault,
      moment,
      faults: [],
      process: { signals, nth: WHEN[moment].nth, afterMs: WHEN[moment].afterMs },
      longestSilenceMs: PROCESS_SILENCE_MS,
    })),
  );
}

export interface Selection {
  /** Words, all of which must be a stage, a fault or a moment of the case, joined by slashes: `stt/stall`. Any of them. */
  only: readonly string[];
  /** At most so many, drawn with the seed. */
  count?: number | undefined;
  seed: number;
}

/** In the order of {@link allCases}, or as the seed draws them. */
export function selectCases({ only, count, seed }: Selection): ChaosCase[] {
  const wanted = allCases().filter(
    (each) => only.length === 0 || only.some((pattern) => matches(each, pattern)),
  );
  if (count === undefined || count >= wanted.length) return wanted;
  const random = new Random(seedOf(seed));
  const drawn = wanted.map((each) => ({ each, at: random.next() })).sort((a, b) => a.at - b.at);
  return drawn.slice(0, count).map(({ each }) => each);
}

function matches({ stage, fault, moment }: ChaosCase, pattern: string): boolean {
  return pattern.split('/').every((word) => word === stage || word === fault || word === moment);
}
