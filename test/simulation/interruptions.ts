/** What everybody would call an interruption. */
import {
  isBackchannel,
  isInterruptingWord,
  mayBecomeBackchannel,
} from '../../src/call/endpointing-phrases.ts';
import type { TurnEvent } from '../../src/call/turn-events.ts';
import { type TurnState, unfinishedText } from '../../src/call/turn-state.ts';

/** Sounds without words, known to be speech, count as an interruption from this probability on. */
const SURE_SPEECH = 0.75;

/** `text`: all the caller has said since the last turn, these words included. */
export function isInterruption(event: TurnEvent, before: TurnState, text: string): boolean {
  if (!('protected' in event) || event.protected) return false;
  const { language, interruptByLengthMs } = before.settings;
  switch (event.type) {
    case 'words':
      if (event.text.trim() === '') return false;
      if (!before.reply?.audible || isInterruptingWord(text, language)) return true;
      return !isBackchannel(text, language) && (event.final || !mayBecomeBackchannel(text, language));
    case 'speech-continues':
      return (
        before.reply?.paused === true &&
        !(before.reply.audible && before.reply.state === 'complete') &&
        unfinishedText(before) === '' &&
        interruptByLengthMs > 0 &&
        event.lengthMs >= interruptByLengthMs &&
        event.probability >= SURE_SPEECH
      );
    case 'key':
      return true;
    case 'speech-started':
    case 'turn-ended':
      return false;
  }
}
