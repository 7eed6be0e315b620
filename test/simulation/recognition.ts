/**
 * The rules of a call whose recogniser is lost. Where none is left, the caller is told of keys, once, and no sound stops
 * the agent; where another hears late what was said, it is waited for.
 */
import type { TurnCommand, TurnEvent } from '../../src/call/turn-events.ts';
import { fail } from './violation.ts';

/** Words that are later than this come no more. */
const MOST_BEHIND_MS = 6000;

export class Recognition {
  #isDeaf = false;
  /** The caller does not know it yet. */
  #owesKeys = false;
  /** Since when words are yet to come that were said already. */
  #behindSinceMs: number | undefined;

  /** No word will come, and none ever decide anything. */
  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  given(event: TurnEvent): void {
    switch (event.type) {
      case 'recognition-lost':
        this.#isDeaf = true;
        this.#owesKeys = event.movesOn !== true;
        this.#behindSinceMs = undefined;
        return;
      case 'recognition-back':
        this.#isDeaf = false;
        this.#owesKeys = false;
        return;
      case 'recognition-behind':
        this.#behindSinceMs = event.atMs;
        return;
      case 'recognition-caught-up':
        this.#behindSinceMs = undefined;
        return;
      default:
        return;
    }
  }

  command(command: TurnCommand, event: TurnEvent): void {
    if (command.type === 'start-reply' || command.type === 'adopt-draft')
      this.#begins(command.input.type, event);
    if (!this.#isDeaf) return;
    if (command.type === 'pause-line')
      fail('a-deaf-call-goes-on', 'a sound that no word can follow stops the agent');
    if (command.type === 'cancel-reply' && (command.by === 'words' || command.by === 'length'))
      fail('a-deaf-call-goes-on', `cut short by ${command.by}, and nobody listens`);
  }

  #begins(type: string, event: TurnEvent): void {
    if (type === 'recognition-lost' && !this.#isDeaf)
      fail('keys-are-told-of', 'the caller is told of keys alone, and is understood');
    if (type === 'unheard' && this.#isDeaf)
      fail('keys-are-told-of', 'the caller is asked to say it again, and nobody listens');
    if (type === 'recognition-lost') this.#owesKeys = false;
    const isWords = type === 'speech' || type === 'looking-up';
    if (!isWords || event.type === 'key' || this.#behindSinceMs === undefined) return;
    if (event.atMs - this.#behindSinceMs < MOST_BEHIND_MS)
      fail('late-words-are-waited-for', 'half a sentence is answered, the rest is on its way');
  }

  /** All commands are carried out. `isListening`: nothing is said, and nothing the caller said or pressed waits. */
  check(type: string, isListening: boolean): void {
    if (this.#owesKeys && isListening)
      fail('keys-are-told-of', `the caller is listened to by nobody after ${type}, and was not told`);
  }
}
