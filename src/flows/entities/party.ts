/** Who comes, told one by one: "me and my wife", "my wife, our two kids and I". English. */
import { spokenNumber } from './spoken-numbers.ts';

const BEFORE =
  /^(?:(?:it|that|there)(?:['’]?s| is| will be|['’]?ll be| would be)|we are|we['’]re|for|just|only|well|oh|um|uh|a table for|party of)\s+/i;
const AFTER = /[\s,.!]*(?:please|thanks|thank you|that['’]?s (?:it|all)|in total|altogether)?[\s,.!]*$/i;
const SELF = /^(?:me|myself|i)$/i;
const ONE =
  /^(?:my|our|his|her|a|one|another|the)(?: \p{L}+)? (?:wife|husband|partner|spouse|fianc[eé]e?|girlfriend|boyfriend|friend|mate|mother|mom|mum|father|dad|son|daughter|brother|sister|kid|child|baby|boy|girl|colleague|co-?worker|boss|client|guest|neighbou?r|roommate|grandmother|grandma|grandfather|grandpa|aunt|uncle|cousin|nephew|niece|person|adult|toddler)$/iu;
const SEVERAL =
  /^(?:(?:my|our|the) )?(\p{L}+|\d{1,2})(?: (?:of (?:my|our)|little|small|young|more|other))? (?:friends|mates|sons|daughters|brothers|sisters|kids|children|babies|boys|girls|colleagues|co-?workers|clients|guests|neighbou?rs|cousins|nephews|nieces|parents|adults|people|persons|others|more)$/iu;
const JOINED = /\s*(?:,\s*(?:and|plus)?|\band\b|\bplus\b|\bwith\b|&)\s*/gi;

/**
 * How many they are; `unclear` where members are named and it is not sure that they are all, such as "my wife and two
 * kids"; undefined where nobody is named.
 */
export function partySize(said: string): number | 'unclear' | undefined {
  let text = said.trim().replace(AFTER, '');
  while (BEFORE.test(text)) text = text.replace(BEFORE, '');
  const members = text.split(JOINED).filter((member) => member !== '');
  if (members.length < 2) return undefined;
  let size = 0;
  for (const member of members) {
    const count = membersIn(member);
    if (count === undefined) return undefined;
    size += count;
  }
  return members.some((member) => SELF.test(member)) ? size : 'unclear';
}

function membersIn(member: string): number | undefined {
  if (SELF.test(member) || ONE.test(member)) return 1;
  const count = SEVERAL.exec(member)?.[1];
  return count === undefined ? undefined : spokenNumber(count);
}
