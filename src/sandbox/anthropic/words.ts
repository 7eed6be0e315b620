/** Comparing what people say with how tools are described: content words, reduced to a stem or to a shared meaning. */

/** Words that say the same to the rules; the first names the meaning. Kept small on purpose. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['book', 'schedule', 'reserve', 'reservation', 'booking', 'arrange', 'sign', 'enrol'],
  ['move', 'reschedule', 'change', 'postpone', 'shift', 'update', 'push'],
  ['cancel', 'delete', 'remove', 'cancellation', 'drop'],
  ['find', 'look', 'search', 'list', 'get', 'check', 'fetch', 'show', 'lookup'],
  ['free', 'available', 'availability', 'slot', 'opening', 'vacancy', 'times'],
  ['status', 'track', 'where', 'arrive', 'progress', 'happening'],
  [
    'person',
    'human',
    'someone',
    'somebody',
    'representative',
    'operator',
    'receptionist',
    'staff',
    'colleague',
    'people',
    'transfer',
  ],
  ['appointment', 'visit', 'checkup', 'consultation', 'come'],
  ['pay', 'payment', 'bill', 'invoice'],
];

const MEANINGS = new Map(SYNONYMS.flatMap((group) => group.map((word) => [stem(word), group[0] ?? word])));

const STOP_WORDS = new Set(
  `a an the i me my mine you your yours we our us it its they them their he she his her this that these those is am are was
  were be been being do does did have has had will would shall should can could may might must to of in on at for from by
  with about as into and or but if when then than so not no yes please just like want need know tell say hello hi hey there
  here ok okay thanks thank well um uh also some any all one ones let lets im id ill ive its thats what who which how why
  good morning afternoon evening day caller customer first use call ask asks called given only`.split(/\s+/),
);

/** The content words of a text, each once, reduced so that `Bookings` and `book` are the same. */
export function contentWords(text: string): Set<string> {
  const words = text
    .toLowerCase()
    .replaceAll("'", '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1 && !STOP_WORDS.has(word));
  return new Set(words.map((word) => MEANINGS.get(stem(word)) ?? stem(word)));
}

/** Rough: plural and verb endings only. */
function stem(word: string): string {
  if (word.length > 5 && word.endsWith('ing')) return word.slice(0, -3);
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && word.endsWith('ed')) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss') && !word.endsWith('us'))
    return word.slice(0, -1);
  return word;
}

/** How many words two texts share. */
export function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return [...a].filter((word) => b.has(word)).length;
}

/** `find_slots`, `findSlots` and `find-slots` as words in order. */
export function nameWords(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean);
}
