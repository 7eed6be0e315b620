/** The parts of the benchmark, by name, in the order in which they run. */
import type { PartReport } from './figures.ts';
import type { LoadOptions } from './load.ts';

/** Yields its reports as they are there; rejects when the signal aborts. */
type Part = (options: LoadOptions) => AsyncGenerator<PartReport>;

/** Each is loaded when it is wanted. */
export const PARTS = {
  speculation: one(async (signal) => (await import('./speculation.ts')).measureSpeculation(signal)),
  ear: one(async (signal) => (await import('./ear.ts')).measureEar(signal)),
  'barge-in': one(async (signal) => (await import('./barge-in.ts')).measureBargeIn(signal)),
  'back-channels': one(async (signal) => (await import('./back-channels.ts')).measureBackChannels(signal)),
  noise: one(async (signal) => (await import('./noise.ts')).measureNoise(signal)),
  vad: one(async (signal) => (await import('./vad.ts')).measureVad(signal)),
  load: async function* (options) {
    yield* (await import('./load.ts')).measureLoad(options);
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as readonly PartName[]; // the keys of a constant object are those of its type

/** A part with one report. */
function one(measure: (signal: AbortSignal) => Promise<PartReport>): Part {
  return async function* ({ signal }) {
    yield await measure(signal);
  };
}
