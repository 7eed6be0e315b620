/** How long nobody was heard on a call: measured where the caller hears it. */
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { soundsOf } from '../e2e/recording.ts';

/** The silence that lies at, or comes first after, this moment (`performance.now()`): neither side was audible. */
export function silenceMsAfter({ recording }: SandboxCall, atMs: number): number {
  const { caller, agent, startedAtMs = 0 } = recording;
  const from = atMs - startedAtMs;
  const sounds = [...soundsOf(caller), ...soundsOf(agent)].sort((a, b) => a.startMs - b.startMs);
  const next = sounds.find(({ startMs }) => startMs > from);
  if (next === undefined) return Number.POSITIVE_INFINITY;
  const before = sounds.filter(({ startMs }) => startMs < next.startMs).map(({ endMs }) => endMs);
  return Math.max(0, next.startMs - Math.max(0, ...before));
}
