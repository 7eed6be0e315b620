/** How a call's media ended, and how that reads in its record. */
import type { CallOutcome } from '../records/index.ts';
import type { LineCloseReason } from '../telephony/index.ts';
import type { Departure } from './reply-contract.ts';

/** `handed-over`: another node goes on with it. `taken-over`: another node has it already. */
export type MediaEnd = LineCloseReason | 'handed-over' | 'taken-over';

/** How a call's media ended. `plan`: what the flow had decided, where the call got so far. */
export interface CallEnd {
  reason: MediaEnd;
  plan: Departure | undefined;
}

/** How a call's end reads in its record; undefined: the line dropped, and the call may come back. */
export function outcomeOf(end: CallEnd): CallOutcome | undefined {
  const plan = end.plan?.type === 'say' ? end.plan.next : end.plan;
  if (plan?.type === 'transfer') return 'transferred';
  if (plan?.type === 'hang-up') {
    switch (plan.reason) {
      case 'flow':
        return 'completed';
      case 'silence':
        return 'silent';
      case 'time-up':
        return 'too-long';
      case 'error':
        return 'failed';
    }
  }
  switch (end.reason) {
    case 'stopped':
      return 'caller-hung-up';
    case 'disconnected':
    case 'handed-over':
    case 'taken-over':
      return undefined;
    // Not by the flow: the service was stopped.
    case 'closed-here':
    case 'protocol-error':
    case 'overflow':
      return 'failed';
  }
}
