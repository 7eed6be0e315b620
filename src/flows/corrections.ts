/**
 * Corrections of what was answered before: "no, I meant Thursday", "actually make it five people", "change the name to
 * Miller". Which earlier slot is meant is told by its name, or by a value that fits no other; what may be meant for the
 * question just asked is left to it.
 */
import type { EntityContext } from './entities/entity.ts';
import { findDistinct, parseSaid } from './entities/parse.ts';
import { tokens } from './entities/words.ts';
import { parseYesNo } from './entities/yes-no.ts';
import type { SlotSpec } from './flow.ts';

/** A slot that has its value. */
export interface Filled {
  node: string;
  slot: SlotSpec;
  value: unknown;
}

export interface Correction extends Filled {
  /** What it is to be from now on, as the parser understood it; not yet checked against the slot's rules. */
  corrected: unknown;
}

/** What was asked when the caller spoke. */
export interface Asked {
  slot: SlotSpec;
  /** Nothing was answered to it yet: "I meant" cannot be about it. */
  isFresh: boolean;
}

/** Words that take something back, at any place. */
const TAKES_BACK = [
  '\\bi (?:actually |really )?(?:meant?|said)\\b|\\bactually\\b|\\bmake (?:it|that)\\b|\\bchange (?:it|that|the|my)\\b|\\bcorrection\\b|\\bscratch that\\b|\\bon second thoughts?\\b|\\binstead\\b|\\bshould (?:be|have been)\\b|\\brather\\b|\\bwait\\b|\\bsorry\\b',
  '(?<!\\p{L})(?:quise decir|quería decir|quiero decir|en realidad|mejor|cambi[ea]|perdón|mejor dicho|corrección)(?!\\p{L})',
  '(?<!\\p{L})(?:je voulais dire|je veux dire|plutôt|en fait|finalement|changez|pardon|correction)(?!\\p{L})',
  '(?<!\\p{L})(?:ich mein(?:te|e)|eigentlich|(?:doch )?lieber|korrektur|entschuldigung|ändern|doch|vielmehr)(?!\\p{L})',
  '(?<!\\p{L})(?:volevo dire|intendevo|anzi|in realtà|scusi|meglio|cambi)(?!\\p{L})',
  '(?<!\\p{L})(?:quis dizer|queria dizer|na verdade|aliás|desculpe|melhor|mude)(?!\\p{L})',
  '(?<!\\p{L})(?:ik bedoel(?:de)?|eigenlijk|liever|toch|wacht|verander)(?!\\p{L})',
].join('|');
const STRONG = new RegExp(TAKES_BACK, 'iu');
const WEAK = /^\W*(?:no|nope|non|nein|nee|não)(?!\p{L})(?=.*\p{L})/iu;
/** Of what was said already, so never of a question that nobody has answered yet. */
const MEANT =
  /^\W*(?:(?:no|oh|sorry|wait|actually|non|nein|nee|não)\W+)*(?:i (?:actually |really )?(?:meant?|said)|quise decir|quería decir|je voulais dire|ich meinte|volevo dire|intendevo|quis dizer|ik bedoelde)(?!\p{L})/iu;
/** Between the name of a slot and its value. */
const COPULA =
  /^(?:[\s,:]*(?:is|was|to|be|should|would|it's|its|actually|not|the|es|sea|está|est|soit|ist|soll|sein|auf|è|sia|a|à|é|seja|moet|zijn|naar|op)(?!\p{L}))*[\s,:]*/iu;

/** What of the earlier answers is corrected; empty where nothing is. `earlier`: the latest last. */
export function findCorrections(
  said: string,
  asked: Asked,
  earlier: readonly Filled[],
  context: EntityContext,
): Correction[] {
  const isStrong = STRONG.test(said);
  if (!isStrong && !WEAK.test(said)) return [];
  if (asked.slot.type === 'yes_no') {
    const { answer, rest } = parseYesNo(said, context.language);
    const isBare = answer === false && rest !== '';
    if (!isStrong) return isBare ? onlyCorrection(rest, earlier, context) : [];
    if (isBare && !MEANT.test(said)) {
      const one = onlyCorrection(rest, earlier, context);
      if (one.length > 0) return one;
    }
  }
  const latestFirst = [...earlier].reverse();
  const named = isStrong ? latestFirst.flatMap((filled) => correctionByName(said, filled, context)) : [];
  const taken = new Set(named.map(({ slot }) => slot.type));
  const isOfBefore = asked.isFresh && MEANT.test(said);
  if (!isOfBefore) taken.add(asked.slot.type);
  const unnamed = latestFirst.flatMap((filled) => {
    if (taken.has(filled.slot.type)) return [];
    const corrected = valueFor(said, filled.slot, asked.slot, context);
    if (corrected === undefined) return [];
    // Two slots of one type cannot both be meant by one value.
    taken.add(filled.slot.type);
    return corrected === filled.value ? [] : [{ ...filled, corrected }];
  });
  return [...named, ...unnamed];
}

/** "No, on Sunday" is a correction; with more words than these, a "no" to a question is mostly its own reason. */
const MOST_WORDS_AFTER_NO = 5;

/** What follows a "no" to a question that has no such value, where it fits one earlier slot and no other. */
function onlyCorrection(rest: string, earlier: readonly Filled[], context: EntityContext): Correction[] {
  if (tokens(rest).length > MOST_WORDS_AFTER_NO) return [];
  const fitting = earlier.flatMap((filled) => {
    const corrected = valueAfterNo(rest, filled.slot, context);
    return corrected === undefined ? [] : [{ ...filled, corrected }];
  });
  const [only] = fitting;
  // "No, three on Sunday" is more than one correction.
  const isMore = earlier.some(
    ({ slot }) =>
      slot.type === 'number' &&
      fitting.every((one) => one.slot.name !== slot.name) &&
      parseSaid(slot, rest, context).type === 'found',
  );
  return only === undefined || isMore || fitting.length > 1 || only.corrected === only.value ? [] : [only];
}

/** A number is one only by itself or where it counts something: "I only need one" corrects nothing. */
function valueAfterNo(rest: string, slot: SlotSpec, context: EntityContext): unknown {
  const distinct = findDistinct(slot, rest, context);
  if (distinct !== undefined) return distinct;
  const isShort = slot.type === 'number' && tokens(rest.replace(STRONG, '')).length <= 2;
  if (!isShort && slot.type !== 'choice') return undefined;
  const result = parseSaid(slot, rest, context);
  return result.type === 'found' ? result.value : undefined;
}

/** What people call a value whatever its slot is named. */
const TYPE_NAMES: Readonly<Partial<Record<SlotSpec['type'], readonly string[]>>> = {
  name: ['name', 'nombre', 'nom', 'nome', 'naam'],
  email: ['email', 'e-mail', 'mail', 'correo', 'courriel'],
  postcode: ['postcode', 'zip', 'postleitzahl'],
};

/** "Change the name to Miller", "the day should be Thursday" */
function correctionByName(said: string, filled: Filled, context: EntityContext): Correction[] {
  const own = filled.slot.name.split(/[-_]/).filter((word) => word !== '');
  const phrases = [own, ...(TYPE_NAMES[filled.slot.type] ?? []).map((word) => [word])];
  const after = phrases.map((phrase) => afterPhrase(said, phrase)).find((text) => text !== undefined);
  if (after === undefined) return [];
  const result = parseSaid(filled.slot, after.replace(COPULA, ''), context);
  const isOther = result.type === 'found' && result.value !== filled.value;
  return isOther ? [{ ...filled, corrected: result.value }] : [];
}

/** A value that can be no answer to the question just asked. */
function valueFor(said: string, slot: SlotSpec, asked: SlotSpec, context: EntityContext): unknown {
  const distinct = findDistinct(slot, said, context);
  if (distinct !== undefined) return distinct;
  if (slot.type !== 'number' && slot.type !== 'choice') return undefined;
  // "Make it five", "make it a long one": only where the question just asked makes nothing of it.
  const isForAsked =
    asked.type !== 'text' && asked.type !== 'name' && asked.type !== slot.type
      ? parseSaid(asked, said, context).type !== 'none'
      : false;
  const result = isForAsked ? undefined : parseSaid(slot, said, context);
  return result?.type === 'found' ? result.value : undefined;
}

/** What follows the words of a phrase, as it was said; undefined where they are not there, or nothing follows. */
function afterPhrase(said: string, phrase: readonly string[]): string | undefined {
  const pattern = phrase.map((word) => word.replaceAll(/[^\p{L}\p{N}]/gu, '')).join('[\\s_-]+');
  const match = new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, 'iu').exec(said);
  if (match === null) return undefined;
  const after = said.slice(match.index + match[0].length);
  return tokens(after).length === 0 ? undefined : after;
}
