import type { Session } from './index.ts';

/**
 * How many of its newest entries a journal keeps, give or take a hundredth: far more than a call of hours writes,
 * few enough that a runaway writer cannot fill the store.
 */
export const JOURNAL_LIMIT = 20_000;

/** What the owner of a call may change about its session. */
export type SessionChange = Partial<Omit<Session, 'callId' | 'callSid'>>;

/** The session after a change: fields given as undefined stay as they are, and a call that has ended stays ended. */
export function mergeChange(session: Session, change: SessionChange): Session {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...session, ...given, ended: session.ended || change.ended === true };
}
