/** How a call goes on when its media comes back, and what is planned for the moment it ends. */
import type { JournalEntry, ResumePlan, Session } from '../sessions/index.ts';
import type { LeavePlan } from './reply.ts';
import type { ReplyInput } from './turn-events.ts';

/** In the journal: the carrier found an answering machine on the line. */
export const MACHINE_ENTRY = 'machine-answered';

/** Why the agent speaks first on a new stream. `restored`: the call has stood in its flow before. */
export function firstInput(
  session: Session,
  restored: boolean,
  earlier: readonly JournalEntry[],
): ReplyInput {
  if (!restored) {
    const isMachine = earlier.some((entry) => entry.type === MACHINE_ENTRY);
    return { type: isMachine ? 'machine-answered' : 'call-started' };
  }
  const failed = session.plan.type === 'reconnect' ? session.plan.transferFailed : undefined;
  if (failed !== undefined) return { type: 'transfer-failed', status: failed };
  const end = earlier.findLast((entry) => entry.type === 'stream-ended');
  // The caller was speaking and not a word of it was caught: only asking helps.
  if (end?.data['lostSpeech'] === true) return { type: 'unheard' };
  const endedAt = end?.at ?? earlier.at(-1)?.at ?? Date.now();
  return { type: 'line-resumed', lostMs: Math.max(0, Date.now() - endedAt) };
}

/** What the carrier will be told when the stream has ended as the flow wished. */
export function toResumePlan(plan: LeavePlan): ResumePlan {
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
