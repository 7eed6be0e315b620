/** What can be heard of a simulated caller, as the core is told of it. */
import type { TurnEvent } from '../../src/call/turn-events.ts';
import type { Random } from './random.ts';

type OmitOf<T> = T extends TurnEvent ? Omit<T, 'atMs' | 'protected' | 'remainingMs'> : never;
type HeardType =
  | 'speech-started'
  | 'speech-continues'
  | 'speech-paused'
  | 'speech-stopped'
  | 'words'
  | 'turn-likely'
  | 'turn-resumed'
  | 'turn-ended'
  | 'voice-started'
  | 'voice-stopped'
  | 'key';
/** What is heard; the call adds what is being played. */
export type Heard = OmitOf<Extract<TurnEvent, { type: HeardType }>>;

/** What is heard, with its moment and what is being played. */
export function toTurnEvent(
  event: Heard,
  atMs: number,
  playing: { protected: boolean; remainingMs: number },
): TurnEvent {
  switch (event.type) {
    case 'speech-started':
    case 'speech-continues':
    case 'turn-ended':
    case 'key':
      return { ...event, atMs, protected: playing.protected };
    case 'words':
      return { ...event, atMs, ...playing };
    case 'speech-paused':
    case 'speech-stopped':
    case 'turn-likely':
    case 'turn-resumed':
    case 'voice-started':
    case 'voice-stopped':
      return { ...event, atMs };
  }
}

/** Told by the recogniser: where none listens, nobody tells it. */
export function isRecognised(event: Heard): boolean {
  switch (event.type) {
    case 'speech-started':
      return event.by === 'recogniser';
    case 'words':
    case 'turn-likely':
    case 'turn-resumed':
    case 'turn-ended':
      return true;
    case 'speech-continues':
    case 'speech-paused':
    case 'speech-stopped':
    case 'voice-started':
    case 'voice-stopped':
    case 'key':
      return false;
  }
}

/** What a vendor may say out of the blue. */
export function spurious(random: Random): Heard {
  return random.pick<Heard>([
    { type: 'speech-started', by: 'recogniser' },
    { type: 'turn-ended' },
    { type: 'turn-likely' },
    { type: 'turn-resumed' },
    { type: 'words', text: '', final: true },
    { type: 'words', text: 'the', final: false },
    { type: 'voice-stopped' },
  ]);
}
