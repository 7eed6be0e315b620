/** What the line should expect of an answer. */

import type { SlotSpec } from '../flow.ts';
import type { NodeExpectation as Expectation } from '../step.ts';

/** A pause between keys after which a number is complete: long enough to look at a card, short enough not to annoy. */
const BETWEEN_KEYS_MS = 3000;
/** The longest number ITU-T E.164 allows. */
const MOST_PHONE_DIGITS = 15;
const MOST_NUMBER_DIGITS = 10;

/** Keys that mean something one by one. */
export const oneKey = { max: 1, betweenMs: BETWEEN_KEYS_MS };
const manyKeys = (max: number) => ({ max, terminator: '#', betweenMs: BETWEEN_KEYS_MS });

export const expectYesNo: Expectation = { kind: 'yes-no', keys: oneKey };

/** @param hasKeys whether a key means something here. */
export function expectOpen(hasKeys: boolean): Expectation {
  return hasKeys ? { kind: 'open', keys: oneKey } : { kind: 'open' };
}

/**
 * A message: open words, ended by the hash key or a silence of `pauseMs`, at the latest after `maxTurnMs`. Whoever
 * dictates pauses to think, so the silence is the same whatever the last words were.
 */
export function expectMessage({ maxTurnMs, pauseMs }: { maxTurnMs: number; pauseMs: number }): Expectation {
  const endpointing = { completeMs: pauseMs, openMs: pauseMs, unfinishedMs: pauseMs, numberMs: pauseMs };
  return { kind: 'open', keys: oneKey, endKey: '#', maxTurnMs, endpointing };
}

export function expectChoice(
  options: Readonly<Record<string, { key?: unknown; words?: string[] | undefined }>>,
): Expectation {
  const keyterms = Object.entries(options).flatMap(
    ([name, { words }]) => words ?? [name.replaceAll(/[-_]/g, ' ')],
  );
  const hasKeys = Object.values(options).some(({ key }) => key !== undefined);
  return { kind: 'choice', keyterms, ...(hasKeys ? { keys: oneKey } : {}) };
}

/** Of the answer to a slot, or to whether its value is right. */
export function expectAnswer(
  slot: SlotSpec,
  how: { isReadBack: boolean; isSensitive: boolean },
): Expectation {
  return {
    ...(how.isReadBack ? expectYesNo : expectSlot(slot)),
    ...(how.isSensitive ? { private: true } : {}),
    ...(isKeysOnly(slot) ? { keysOnly: true } : {}),
  };
}

/** True where nothing that is said answers it. */
export function isKeysOnly(slot: SlotSpec): boolean {
  return 'keys_only' in slot && slot.keys_only === true;
}

function expectSlot(slot: SlotSpec): Expectation {
  const expectation = expectType(slot);
  return slot.keyterms === undefined ? expectation : { ...expectation, keyterms: slot.keyterms };
}

function expectType(slot: SlotSpec): Expectation {
  switch (slot.type) {
    case 'yes_no':
      return expectYesNo;
    case 'choice':
      return expectChoice(slot.choices);
    case 'phone':
      return { kind: 'phone', keys: manyKeys(MOST_PHONE_DIGITS) };
    case 'number':
    case 'money':
      return { kind: 'number', keys: manyKeys(MOST_NUMBER_DIGITS) };
    case 'postcode':
      return { kind: 'digits', keys: manyKeys(MOST_NUMBER_DIGITS) };
    case 'email':
      return { kind: 'name' };
    case 'digits':
      return { kind: 'digits', keys: manyKeys(slot.length ?? slot.max_length ?? 32) };
    case 'text':
    case 'name':
    case 'date':
    case 'time':
      return { kind: slot.type };
  }
}
