/** How a call goes on when its media comes back, and what is planned for the moment it ends. */
import type { JournalEntry, PlanAfterSpeech, ResumePlan, Session } from '../sessions/index.ts';
import type { Departure, LeavePlan } from './reply-contract.ts';

/** In the journal: the carrier found an answering machine on the line. */
export const MACHINE_ENTRY = 'machine-answered';

/** What the carrier will be told when the stream has ended as the flow wished. */
export function toResumePlan(plan: Departure): ResumePlan {
  if (plan.type !== 'say') return toPlanOf(plan);
  const next: PlanAfterSpeech = plan.next === undefined ? { type: 'reconnect' } : toPlanOf(plan.next);
  return { type: 'say', words: [...plan.words], next };
}

function toPlanOf(plan: LeavePlan): PlanAfterSpeech {
  if (plan.type === 'hang-up') return { type: 'hang-up' };
  const { to, timeoutSec, callerId, hold, summary } = plan;
  return {
    type: 'transfer',
    to,
    timeoutSec,
    ...(callerId === undefined ? {} : { callerId }),
    ...(hold === undefined ? {} : { hold }),
    ...(summary === undefined ? {} : { summary }),
  };
}

/** What is written down of a call that is perhaps carried by nobody. */
export function entryOf(session: Session, type: string, data: JournalEntry['data']): JournalEntry {
  const at = Date.now();
  return { at, atMs: at - session.createdAt, type, data };
}
