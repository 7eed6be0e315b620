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

/** What a key is to the call: part of an answer, the end of the words before it, or nothing. */
type KeyUse = 'answers' | 'ends-words' | 'nothing';

export class KeysPressed {
  #keys = '';
  /** A number that ended with its last digit: this key, pressed by then over its answer, is still part of it. */
  #complete: { replyId: number; terminator: string | undefined; untilMs: number } | undefined;
  /** What the key at hand is. */
  #use: KeyUse | undefined;

  /** `text`: the words that wait for an answer. */
  pressed({ digit, atMs }: { digit: string; atMs: number }, before: TurnState, text: string): KeyUse {
    this.#use = this.#useOf(digit, atMs, before, text);
    if (this.#use === 'answers') this.#keys += digit;
    return this.#use;
  }

  #useOf(digit: string, atMs: number, { reply, expect }: TurnState, text: string): KeyUse {
    // Nothing changes a decision to leave.
    if (isLeaving(reply)) return 'nothing';
    if (this.#keys !== '') return 'answers';
    if (reply === undefined) return digit === expect.endKey && text !== '' ? 'ends-words' : 'answers';
    const { replyId, terminator, untilMs = 0 } = this.#complete ?? {};
    return reply.id === replyId && digit === terminator && atMs <= untilMs ? 'nothing' : 'answers';
  }

  /** A reply begins: one that answers keys answers all of them. `before`: what was waited for is in it. */
  answered(replyId: number, input: ReplyInput, atMs: number, { expect }: TurnState): void {
    const keys = this.#keys;
    this.#keys = '';
    if (this.#use === 'ends-words' && input.type !== 'speech' && input.type !== 'looking-up')
      fail('keys-lost', `the key that ends what was said is answered as ${input.type}`);
    if (this.#use === 'ends-words') this.#use = undefined;
    const { max = 0, terminator: end, betweenMs = 0 } = expect.keys ?? {};
    const isComplete = input.type === 'keys' && max > 1 && input.digits.length >= max;
    this.#complete = isComplete ? { replyId, terminator: end, untilMs: atMs + betweenMs } : undefined;
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
    if (by === 'keys' && this.#use === 'nothing')
      fail('keys-lost', 'a key that means nothing any more cuts the agent short');
    if (by !== 'keys') this.#keys = '';
  }

  /** The core holds the same. */
  check(type: string, { keys }: TurnState): void {
    if (this.#use === 'ends-words') fail('keys-lost', 'the key that ends what was said ended nothing');
    this.#use = undefined;
    if (keys !== this.#keys)
      fail('keys-lost', `pressed was "${this.#keys}", and the core holds "${keys}" after ${type}`);
  }
}
