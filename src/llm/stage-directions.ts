/**
 * Stage directions that models write into speech: `*smiles*`, `(laughs softly)`, `[pause]`. They are told from real
 * content by a small vocabulary, so that `(size 4)`, `(555) 010-0000` and `*really* good` survive.
 */

/** What a voice or a body does, and noises: at least one makes a text a direction. */
const ACTS = new Set(
  `laugh laughs laughing laughter chuckle chuckles chuckling giggle giggles giggling smile smiles smiling grin grins
  grinning sigh sighs sighing pause pauses pausing nod nods nodding gasp gasps gasping whisper whispers whispering cough
  coughs coughing sniff sniffs sniffles wink winks winking shrug shrugs shrugging hum hums humming yawn yawns frown frowns
  frowning snort snorts groan groans mutter mutters muttering murmur murmurs exhale exhales inhale inhales sob sobs throat
  breath breathes typing types silence silent beat beep beeps applause applauds`.split(/\s+/),
);

/** Words that may stand around an act. Adverbs in -ly are allowed without being listed. */
const AROUND = new Set(
  `a an and at clear clears clearing deep effect for her herself him himself his in it its itself keyboard long moment my
  myself of on second short slight small the their them themselves then through to takes taking thoughtful understanding
  agreement sympathy with you caller warm soft gentle quiet light brief nervous head sound sounds`.split(
    /\s+/,
  ),
);

/** Words in -s and -ing that begin ordinary emphasis rather than an action. */
const NOT_ACTIONS = new Set(
  `always as does during evening has his is its less morning nothing perhaps plus something sometimes this thus unless us
  was yes anything everything`.split(/\s+/),
);

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

function isInVocabulary(word: string): boolean {
  return ACTS.has(word) || AROUND.has(word) || word.endsWith('ly');
}

/** Whether the whole of a bracketed text is a stage direction. */
export function isDirection(text: string): boolean {
  const all = words(text);
  return all.some((word) => ACTS.has(word)) && all.every(isInVocabulary);
}

/** Whether a bracketed text of which only the beginning is known may still turn out to be a stage direction. */
export function mayBecomeDirection(beginning: string): boolean {
  const known = words(beginning);
  if (/[\p{L}\p{N}']$/u.test(beginning)) known.pop();
  return known.every(isInVocabulary);
}

/**
 * Whether a text in asterisks that stands where a sentence could begin describes an action, whatever its words:
 * `*checks the calendar*`. Lower case, more than one word, the first a verb in -s or -ing.
 */
export function isAction(text: string): boolean {
  return /^\S+\s+\S/.test(text) && mayBecomeAction(text);
}

/** The same of a text of which only the beginning is known. */
export function mayBecomeAction(beginning: string): boolean {
  const first = /^(\p{Ll}+)(?=\P{Ll})/u.exec(beginning)?.[1];
  if (first === undefined) return /^\p{Ll}*$/u.test(beginning);
  return /(?:s|ing)$/.test(first) && !NOT_ACTIONS.has(first);
}
