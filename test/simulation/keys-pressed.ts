/** The rule that every key pressed reaches the flow, in order: what was pressed, kept apart from the core. */
import type { CutBy, ReplyInput } from '../../src/call/turn-events.ts';
import { isLeaving, type TurnState } from '../../src/call/turn-state.ts';
import { fail } from './violation.ts';

/** Ends a number that the flow has not asked for. */
const UNASKED_TERMINATOR = '#';

/** What begins while keys wait for an answer must be their answer; only what befalls the call itself wins over them. */
const KEEP_KEYS: ReadonlySet<ReplyInput['type']> = new Set([
  'speech',
  'looking-up',
  'go-on',
  'silence',
  'unheard',
]);

export class KeysPressed {
  #keys = '';

  pressed(digit: string, before: TurnState): void {
    // Nothing changes a decision to leave.
    if (!isLeaving(before.reply)) this.#keys += digit;
  }

  /** A reply begins: one that answers keys answers all of them. `before`: what was waited for is in it. */
  answered(input: ReplyInput, { expect }: TurnState): void {
    const keys = this.#keys;
    this.#keys = '';
    if (input.type === 'keys') {
      const terminator = expect.keys === undefined ? UNASKED_TERMINATOR : expect.keys.terminator;
      const isEnded = keys.length > 1 && keys.at(-1) === terminator;
      const wanted = isEnded ? keys.slice(0, -1) : keys;
      if (input.digits !== wanted) fail('keys-lost', `answered is "${input.digits}", pressed was "${keys}"`);
    } else if (KEEP_KEYS.has(input.type) && keys !== '')
      fail('keys-lost', `${input.type}, while "${keys}" waits for an answer`);
  }

  /** What is said after keys, over a reply that they were pressed over, wins over them. */
  cut(by: CutBy): void {
    if (by !== 'keys') this.#keys = '';
  }

  /** The core holds the same. */
  check(type: string, { keys }: TurnState): void {
    if (keys !== this.#keys)
      fail('keys-lost', `pressed was "${this.#keys}", and the core holds "${keys}" after ${type}`);
  }
}
