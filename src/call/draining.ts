/**
 * How a process gives up its calls. They go on for as long as it may take; what is left then goes on in other nodes,
 * where there are any, and says goodbye where there are none.
 */
import type { Logger } from 'pino';
import type { Desk } from './desk.ts';

export interface DrainOptions {
  desk: Pick<Desk, 'liveCalls' | 'idle' | 'handOver' | 'sayGoodbye'>;
  /** Other nodes may go on with the calls. */
  hasOthers: boolean;
  /** How long calls may go on here. */
  timeoutMs: number;
  /** Whoever cannot wait any longer aborts it: calls are handed over, or end, at once. */
  now: AbortSignal;
  /** From here on calls leave: this node should take none of them back. */
  onLeaving(): void;
  logger: Logger;
}

/** For each call to come to the next turn, where nobody notices that it changes hands. */
const AT_TURN_MS = 5000;
/** For a tool that changes something to come to its end, and the last entries of a journal to be written. */
const HAND_OVER_MS = 8000;
/** For a goodbye. */
const GOODBYE_MS = 12_000;

/** Resolves when no call is live here, or when nothing more can be done for those that are. Never rejects. */
export async function drain(options: DrainOptions): Promise<void> {
  const { desk, timeoutMs, now, hasOthers, onLeaving, logger } = options;
  logger.info({ liveCalls: desk.liveCalls, timeoutMs }, 'draining: no new calls');
  await desk.idle(AbortSignal.any([now, AbortSignal.timeout(timeoutMs)]));
  onLeaving();
  if (desk.liveCalls === 0) return logger.info('drained: every call has ended');
  if (!hasOthers) return await end(options);
  logger.info({ liveCalls: desk.liveCalls }, 'handing calls over to other nodes');
  if (!now.aborted) {
    desk.handOver('at-turn');
    await desk.idle(AbortSignal.any([now, AbortSignal.timeout(AT_TURN_MS)]));
  }
  desk.handOver('now');
  await desk.idle(AbortSignal.timeout(HAND_OVER_MS));
  logger.info({ liveCalls: desk.liveCalls }, 'handed over');
}

async function end({ desk, now, logger }: DrainOptions): Promise<void> {
  logger.warn(
    { liveCalls: desk.liveCalls },
    'calls end here: without Redis no other node can go on with them',
  );
  if (now.aborted) return;
  desk.sayGoodbye();
  await desk.idle(AbortSignal.any([now, AbortSignal.timeout(GOODBYE_MS)]));
}
