import { settle } from './correction.ts';
import { type EntityResult, found, NONE } from './entity.ts';

const FILLER = 'um|uh|er|erm|hm+|well|yes|yeah|yep|sure|okay|ok|hi|hello|oh|so';
const LEAD_IN = new RegExp(
  `^(?:(?:${FILLER})\\b[,.!…]*\\s*)*(?:(?:(?:my|the|her|his|their) (?:full |first |last )?name(?:'s| is| would be| should be)|(?:this|it|that)(?: is| would be| should be|'s|'d be)|i am|i'm|you can call me|call me|put it|book it|for|under)\\s+)*(?:(?:under|for)\\s+)?(?:the name (?:of )?)?`,
  'i',
);
const TAIL = /[\s,]+(?:please|thanks|thank you|speaking|here)[\s.!]*$/i;
const IS_FILLER = new RegExp(`^(?:(?:${FILLER})\\b[\\s,.!…]*)*$`, 'i');
const MOST_WORDS = 5;
/** Words that no name has: what holds one is a sentence. */
const NOT_NAMES =
  /\b(?:i|you|don't|do not|know|want|need|what|why|how|can|could|would|no|not|yes|my|your|the|is|are|was|appointment|book|please|sorry|hello|nothing|nobody|thanks|idea|comment|way|problem|should|would|will not)\b/i;

const FIRST_AND_LAST =
  /\bfirst name(?:'s| is)? (\S+?),? (?:and )?(?:my )?(?:last name|surname|family name)(?:'s| is)? (.+)$/i;

/** A person's name, without what people say around it: "my name is …". */
export function parseName(said: string): EntityResult {
  const settled = settle(said.replaceAll('’', "'"));
  if (settled === undefined) return NONE;
  const text = settled.text.replace(/[\s.!,;:]+$/, '').replace(TAIL, '');
  const [, first, last] = FIRST_AND_LAST.exec(text) ?? [];
  const name =
    first === undefined || last === undefined ? oneOf(text.split(/\s*[,;]\s*/)) : `${first} ${last}`;
  const words = (name ?? '').split(/\s+/).filter((word) => word !== '');
  const isName =
    words.length <= MOST_WORDS &&
    /\p{L}/u.test(name ?? '') &&
    !/[\d?]/.test(said) &&
    !NOT_NAMES.test(name ?? '');
  return isName ? found(words.map(capitalised).join(' ')) : NONE;
}

/** "Anna", "Bond, James Bond", "Anna Miller, M I L L E R": the parts that say one name; undefined where they differ. */
function oneOf(parts: readonly string[]): string | undefined {
  const names = parts
    .map((part) => spelled(part.replace(LEAD_IN, '').trim()))
    .filter((name) => !IS_FILLER.test(name));
  const fullest = names.reduce((longest, name) => (name.length > longest.length ? name : longest), '');
  const within = ` ${fullest.toLowerCase()} `;
  return names.every((name) => within.includes(` ${name.toLowerCase()} `)) ? fullest : undefined;
}

/** "A N N A" → "Anna" */
function spelled(name: string): string {
  return /^\p{L}(?:[\s.-]+\p{L})+\.?$/u.test(name) ? name.replaceAll(/[^\p{L}]/gu, '').toLowerCase() : name;
}

/** Recognisers write names in small letters; names with capitals of their own (McKay) are left alone. */
function capitalised(word: string): string {
  return word === word.toLowerCase()
    ? word.replaceAll(
        /(^|[-'’])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      )
    : word;
}
