/** What the agent said, as the record of the call has it: what was heard of it. */
import type { Turn } from '../records/index.ts';

/** Undefined where nothing was said. */
export function agentTurn(
  parts: readonly { said?: string; heard: string }[],
  turn: Pick<
    Turn,
    'startMs' | 'endMs' | 'interrupted' | 'node' | 'latency' | 'sources' | 'voices' | 'provider' | 'model'
  >,
): Turn | undefined {
  const said = parts
    .map((part) => part.said ?? part.heard)
    .join(' ')
    .trim();
  if (said === '') return undefined;
  const heard = parts
    .map((part) => part.heard)
    .filter((text) => text !== '')
    .join(' ');
  return {
    ...turn,
    role: 'agent',
    text: heard,
    ...(heard === said ? {} : { generated: said }),
    startMs: Math.round(turn.startMs),
    endMs: Math.round(turn.endMs),
    interrupted: turn.interrupted && heard !== said,
  };
}
