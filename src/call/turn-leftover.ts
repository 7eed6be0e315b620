/**
 * The rest of a sentence whose beginning went with a lost line: on the new line the caller may still be saying it. It is
 * no turn; once it is over, they are asked to say all of it again. Pure.
 */
import { noteWords } from './turn-caller.ts';
import type { TurnEvent } from './turn-events.ts';
import { type Step, startReply } from './turn-step.ts';

/** So long the caller must be silent to be asked: a pause within the sentence is shorter, and they have waited already. */
const QUIET_MS = 400;
/** Whoever talks on and on is asked all the same. */
const LONGEST_MS = 3000;

/** The line is there again, and what was said on the one before is lost. */
export function awaitLeftover(step: Step): void {
  step.set({ leftoverUntilMs: step.atMs + LONGEST_MS });
  step.arm('unheard', QUIET_MS);
}

/** True where the event was about the rest of that sentence, and is dealt with. */
export function takeLeftover(step: Step, event: TurnEvent): boolean {
  if (step.state.leftoverUntilMs === undefined) return false;
  switch (event.type) {
    case 'speech-started':
    case 'speech-continues':
      step.set({ callerSpeaking: true, soundAtMs: event.atMs });
      return goesOn(step);
    case 'speech-stopped':
      step.set({ callerSpeaking: false });
      return goesOn(step);
    case 'words':
      if (event.final && event.text.trim() !== '') noteWords(step, event.text.trim());
      return goesOn(step);
    case 'words-assessed':
    case 'speech-paused':
    case 'turn-likely':
    case 'turn-resumed':
    case 'turn-ended':
    case 'voice-started':
    case 'voice-stopped':
      return true;
    case 'timer':
      if (event.name !== 'unheard') return false;
      startReply(step, { type: step.state.deaf ? 'recognition-lost' : 'unheard' });
      return true;
    case 'key':
      step.set({ leftoverUntilMs: undefined });
      step.disarm('unheard');
      return false;
    default:
      return false;
  }
}

function goesOn(step: Step): true {
  const { leftoverUntilMs = step.atMs } = step.state;
  step.arm('unheard', Math.min(QUIET_MS, leftoverUntilMs - step.atMs));
  return true;
}
