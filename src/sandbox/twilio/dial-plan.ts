/**
 * How a `<Dial>` goes: with which DialCallStatus it ends, and after how long. A call into
 * a conference rings so long, and is picked up where it ends as `completed`.
 */
export interface DialPlan {
  result: 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';
  afterMs: number;
}
