/** The parts of the benchmark, by name, in the order in which they run. */
import type { PartReport } from './figures.ts';

type Measure = (signal: AbortSignal) => Promise<PartReport>;

/** Those about conversations; loaded when they are wanted. They reject when the signal aborts. */
export const PARTS = {
  speculation: async (signal) => (await import('./speculation.ts')).measureSpeculation(signal),
  ear: async (signal) => (await import('./ear.ts')).measureEar(signal),
  'barge-in': async (signal) => (await import('./barge-in.ts')).measureBargeIn(signal),
  'back-channels': async (signal) => (await import('./back-channels.ts')).measureBackChannels(signal),
  noise: async (signal) => (await import('./noise.ts')).measureNoise(signal),
  vad: async (signal) => (await import('./vad.ts')).measureVad(signal),
} as const satisfies Record<string, Measure>;

export const PART_NAMES = [
  'speculation',
  'ear',
  'barge-in',
  'back-channels',
  'noise',
  'vad',
  'load',
] as const satisfies readonly (keyof typeof PARTS | 'load')[];
export type PartName = (typeof PART_NAMES)[number];
