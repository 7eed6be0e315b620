const MINUTE_MS = 60_000;

/**
 * Bounds how much one source of trouble may write to the log. Each call asks for one line: the answer is undefined
 * when the minute's lines are used up, else how many were held back since the last one that was let through.
 */
export function createLogBudget(linesPerMinute: number, now: () => number = Date.now) {
  let minuteStartedAt = now();
  let lines = 0;
  let heldBack = 0;
  return (): { heldBack: number } | undefined => {
    const at = now();
    if (at - minuteStartedAt >= MINUTE_MS) {
      minuteStartedAt = at;
      lines = 0;
    }
    if (lines >= linesPerMinute) {
      heldBack += 1;
      return undefined;
    }
    lines += 1;
    const line = { heldBack };
    heldBack = 0;
    return line;
  };
}
