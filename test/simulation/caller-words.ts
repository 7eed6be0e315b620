/** The rule that every word of the caller's is answered, once: what they have said, kept apart from the core. */
import { comparable } from '../../src/call/comparable.ts';
import { type TurnState, unfinishedText } from '../../src/call/turn-state.ts';
import { fail } from './violation.ts';

export class CallerWords {
  #finals: string[] = [];
  #interim = '';
  /** The first word of an interim that was answered, or put aside, before its final came. */
  #unsettled: string | undefined;
  /** The words at hand may be another reading of that interim: whether they are is the core's to say. */
  #isReread = false;
  /** The words at hand are an interim that has come before. */
  #isRepeated = false;

  /** All since the last turn. */
  get text(): string {
    return [...this.#finals, this.#interim].filter((part) => part !== '').join(' ');
  }

  /** Of the words just taken: they may be what was answered already. */
  get isReread(): boolean {
    return this.#isReread;
  }

  /** Of the words just taken: the same interim again, as recognisers send it in a pause, says nothing new. */
  get isRepeated(): boolean {
    return this.#isRepeated;
  }

  /** The recogniser has heard this. False for words that may be known already. */
  take(words: string, final: boolean): boolean {
    this.#isRepeated = !final && words === this.#interim;
    // An empty interim takes back the last one.
    if (words === '' && (final || this.#interim === '')) return false;
    // A final takes the place of whatever interim came before it.
    this.#isReread = this.#unsettled !== undefined && (final || firstWord(words) === this.#unsettled);
    // A final that has an interim of its own may be of later words; that of the answered ones is still to come.
    if (final && this.#interim === '') this.#unsettled = undefined;
    if (this.#isReread) return false;
    if (final) this.#finals.push(words);
    this.#interim = final ? '' : words;
    return true;
  }

  /** Keys win over words half said, also where their final is yet to come. */
  keyPressed(): void {
    this.#finals = [];
  }

  /** They are answered. */
  answered(input: { type: string; text?: string }): void {
    const { type, text: said } = input;
    if (type === 'speech' || type === 'looking-up') {
      if (said !== this.text) fail('words-lost', `answered is "${said}", said was "${this.text}"`);
    } else if ((type === 'go-on' || type === 'silence' || type === 'unheard') && this.text !== '')
      fail('words-lost', `${type}, while "${this.text}" waits for an answer`);
    this.#forget();
  }

  /** They were no turn. */
  noted(text: string): void {
    if (text !== this.text) fail('words-lost', `noted "${text}", said was "${this.text}"`);
    this.#forget();
  }

  /** Their answer was taken back. */
  takenBack(text: string): void {
    if (text !== '') this.#finals = [text, ...this.#finals];
  }

  /** The core holds the same. */
  check(type: string, after: TurnState): void {
    const text = unfinishedText(after);
    if (this.#isReread) {
      this.#finals = [...after.heard.finals];
      this.#interim = after.heard.interim;
    }
    this.#isReread = false;
    if (text !== this.text)
      fail('words-lost', `the caller has said "${this.text}", and the core holds "${text}" after ${type}`);
  }

  #forget(): void {
    if (this.#interim !== '') this.#unsettled = firstWord(this.#interim);
    this.#finals = [];
    this.#interim = '';
  }
}

function firstWord(text: string): string {
  return comparable(text).split(' ')[0] ?? '';
}
