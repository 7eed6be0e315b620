/** `<Gather>`: prompts that a key press ends, then keys until there are enough of them or no more come. */
import type { Announcer } from './announcer.ts';
import type { Verb } from './twiml.ts';

/** The keys the caller presses while no media stream takes them. */
export class Keypad {
  #listener: ((digit: string) => void) | undefined;

  press(digit: string): void {
    this.#listener?.(digit);
  }

  /** One listener at a time. */
  listen(listener: ((digit: string) => void) | undefined): void {
    this.#listener = listener;
  }
}

/** The keys that were pressed, the finishing one left out. Rejects with the signal's reason when it aborts. */
export async function gatherDigits(
  verb: Extract<Verb, { type: 'gather' }>,
  keypad: Keypad,
  announcer: Announcer,
  signal: AbortSignal,
): Promise<string> {
  const finished = Promise.withResolvers<void>();
  const keyPressed = new AbortController();
  let digits = '';
  let timer: NodeJS.Timeout | undefined;
  const awaitNextKey = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => finished.resolve(), verb.timeoutSec * 1000);
  };
  keypad.listen((digit) => {
    keyPressed.abort();
    if (digit !== verb.finishOnKey) digits += digit;
    if (digit === verb.finishOnKey || digits.length === verb.numDigits) finished.resolve();
    else awaitNextKey();
  });
  const onAbort = (): void => finished.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const untilKey = AbortSignal.any([signal, keyPressed.signal]);
    try {
      for (const prompt of verb.prompts) await announcer.announce(prompt, untilKey);
      awaitNextKey();
    } catch (error) {
      if (!keyPressed.signal.aborted || signal.aborted) throw error;
    }
    await finished.promise;
    return digits;
  } finally {
    // Also keeps an abort that came with another error from being an unhandled rejection.
    finished.resolve();
    clearTimeout(timer);
    keypad.listen(undefined);
    signal.removeEventListener('abort', onAbort);
  }
}
