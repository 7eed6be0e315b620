/** How somebody ends the service: in order, and then now. */
export interface StopSignals {
  /** Calls may go on for a while. */
  inOrder: AbortSignal;
  /** They may not. */
  now: AbortSignal;
}
