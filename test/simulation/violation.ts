/** A rule of a conversation was broken. `rule`: its name. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** Throws the {@link Violation}. */
export function fail(rule: string, message: string): never {
  throw new Violation(rule, message);
}
