/** The rules of a call that no recogniser hears: the caller is told of keys, once, and no sound stops the agent. */
import type { TurnCommand, TurnEvent } from '../../src/call/turn-events.ts';
import { fail } from './violation.ts';

export class Deaf {
  #isDeaf = false;
  /** The caller does not know it yet. */
  #owesKeys = false;

  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  given({ type }: TurnEvent): void {
    if (type !== 'recognition-lost' && type !== 'recognition-back') return;
    this.#isDeaf = type === 'recognition-lost';
    this.#owesKeys = this.#isDeaf;
  }

  command(command: TurnCommand): void {
    if (command.type === 'start-reply') return this.#begins(command.input.type);
    if (!this.#isDeaf) return;
    if (command.type === 'pause-line')
      fail('a-deaf-call-goes-on', 'a sound that no word can follow stops the agent');
    if (command.type === 'cancel-reply' && (command.by === 'words' || command.by === 'length'))
      fail('a-deaf-call-goes-on', `cut short by ${command.by}, and nobody listens`);
  }

  #begins(type: string): void {
    if (type === 'recognition-lost' && !this.#isDeaf)
      fail('keys-are-told-of', 'the caller is told of keys alone, and is understood');
    if (type === 'unheard' && this.#isDeaf)
      fail('keys-are-told-of', 'the caller is asked to say it again, and nobody listens');
    if (type === 'recognition-lost') this.#owesKeys = false;
  }

  /** All commands are carried out. `isListening`: nothing is said, and nothing the caller said or pressed waits. */
  check(type: string, isListening: boolean): void {
    if (this.#owesKeys && isListening)
      fail('keys-are-told-of', `the caller is listened to by nobody after ${type}, and was not told`);
  }
}
