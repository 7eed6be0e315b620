import { settle } from './correction.ts';
import { type EntityResult, found, NONE } from './entity.ts';
import { asWritten, withSpelling } from './name-spelling.ts';

const FILLER = 'um|uh|er|erm|hm+|well|yes|yeah|yep|sure|okay|ok|hi|hello|oh|so';
const LEAD_IN = new RegExp(
  `^(?:(?:${FILLER})\\b[,.!…]*\\s*)*(?:(?:(?:my|the|her|his|their) (?:full |first |last )?name(?:'s| is| would be| should be)|(?:this|it|that)(?: is| would be| should be|'s|'d be)|i am|i'm|you can call me|call me|(?:you can |please )?put it|book it|for|under)\\s+)*(?:(?:under|for)\\s+)?(?:the name (?:of )?)?`,
  'i',
);
/** The same in the other languages that answers are understood in. */
const OTHER_LEAD_IN =
  /^(?:(?:sí|si|oui|ja|sì|sim|hola|bonjour|hallo|guten tag|ciao|buongiorno|olá|goedendag)[\s,.!]+)*(?:me llamo|mi nombre es|soy|a nombre de|je m'appelle|mon nom est|je suis|c'est|au nom de|ich hei(?:ß|ss)e|mein name ist|ich bin|hier (?:ist|spricht)|auf den namen|mi chiamo|il mio nome è|sono|a nome di|(?:eu )?me chamo|chamo-me|(?:o )?meu nome é|em nome de|ik heet|mijn naam is|ik ben|op naam van|u spreekt met|met)\s+/i;
const TAIL =
  /[\s,]+(?:please|thanks|thank you|speaking|here|por favor|gracias|s'il vous plaît|merci|bitte|danke|per favore|grazie|obrigad[oa]|alstublieft)[\s.!]*$/i;
const IS_FILLER = new RegExp(`^(?:(?:${FILLER})\\b[\\s,.!…]*)*$`, 'i');
const BETWEEN = /\s*[,;]\s*|\s+(?:spelled|spelt|buchstabiert|geschrieben)\s+/i;
const MOST_WORDS = 5;
/** Words that no name has: what holds one is a sentence. */
const NOT_NAMES =
  /\b(?:i|you|don't|do not|know|want|need|what|why|how|can|could|would|no|not|yes|my|your|the|is|are|was|appointment|book|please|sorry|hello|nothing|nobody|thanks|idea|comment|way|problem|should|would|will not)\b/i;

const FIRST_AND_LAST =
  /\bfirst name(?:'s| is)? (\S+?),? (?:and )?(?:my )?(?:last name|surname|family name)(?:'s| is)? (.+)$/i;

/** A person's name, without what people say around it: "my name is …". */
export function parseName(said: string): EntityResult {
  const settled = settle(asWritten(said.replaceAll('’', "'")));
  if (settled === undefined) return NONE;
  const text = settled.text
    .replace(/[\s.!,;:]+$/, '')
    .replace(TAIL, '')
    .replace(OTHER_LEAD_IN, '');
  const [, first, last] = FIRST_AND_LAST.exec(text) ?? [];
  const name = first === undefined || last === undefined ? oneOf(text.split(BETWEEN)) : `${first} ${last}`;
  const words = (name ?? '').split(/\s+/).filter((word) => word !== '');
  const isName =
    words.length <= MOST_WORDS &&
    /\p{L}/u.test(name ?? '') &&
    !/[\d?]/.test(said) &&
    !NOT_NAMES.test(name ?? '');
  return isName ? found(words.map(inCapitals).join(' ')) : NONE;
}

/** "Anna", "Bond, James Bond", "Anna Miller, M I L L E R": the parts that say one name; undefined where they differ. */
function oneOf(parts: readonly string[]): string | undefined {
  const names = parts
    .map((part) => spelled(part.replace(LEAD_IN, '').trim()))
    .filter((name) => !IS_FILLER.test(name));
  const spellings = parts.flatMap((part) => {
    const bare = part.replace(LEAD_IN, '').trim();
    return spelled(bare) === bare ? [] : [spelled(bare)];
  });
  const longest = names.reduce((most, name) => (name.length > most.length ? name : most), '');
  // What is spelled is right where it is nearly what was heard.
  const heard = spellings.includes(longest)
    ? undefined
    : spellings.map((one) => withSpelling(longest, one))[0];
  const fullest = heard?.toLowerCase() === longest.toLowerCase() ? longest : (heard ?? longest);
  const within = ` ${fullest.toLowerCase()} ${longest.toLowerCase()} `;
  const isOne = names.every((name) => within.includes(` ${name.toLowerCase()} `));
  return isOne ? fullest : undefined;
}

/** "A N N A" → "Anna" */
function spelled(name: string): string {
  return /^\p{L}(?:[\s.-]+\p{L})+\.?$/u.test(name) ? name.replaceAll(/[^\p{L}]/gu, '').toLowerCase() : name;
}

const PARTICLES = new Set('von vom zu zur zum van der den ter ten de del dos das di da du'.split(' '));
const ARTICLES = new Set('la las los'.split(' '));

/** "von der Heide": the particles of a name stay small. */
function inCapitals(word: string, index: number, words: readonly string[]): string {
  const isParticle = PARTICLES.has(word) || (ARTICLES.has(word) && words[index - 1] === 'de');
  return isParticle && index < words.length - 1 ? word : capitalised(word);
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
