/** Why a step of a test failed, in words for whoever wrote it. */

/** What a report shows of a failed step. `add`: the very lines that would help, as YAML. */
export interface FailureDetail {
  message: string;
  expected?: string;
  got?: string;
  add?: readonly string[];
}

export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly code = 'test-step-failed';
  readonly detail: FailureDetail;

  constructor(detail: FailureDetail) {
    super(detail.message);
    this.detail = detail;
  }
}

/** A value on one line, as it would be written in a test: `{ date: "2026-11-23", people: 4 }`. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${key}: ${inline(entry)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
