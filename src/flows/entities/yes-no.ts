import { type EntityResult, found, NONE } from './entity.ts';
import { tokens } from './words.ts';

interface Words {
  yes: readonly string[];
  no: readonly string[];
  /** Turn a yes beside them: "that's not right", "sure isn't". */
  negators: readonly string[];
  /** Neither, whatever of yes and no is in them. */
  unclear: readonly string[];
}

const WORDS: Readonly<Record<string, Words>> = {
  en: {
    yes: [
      'yes',
      'yeah',
      'yep',
      'yup',
      'yah',
      'ya',
      'aye',
      'sure',
      'correct',
      'right',
      'exactly',
      'absolutely',
      'definitely',
      'of course',
      'ok',
      'okay',
      'fine',
      'perfect',
      'please do',
      'go ahead',
      'sounds good',
      'that works',
      'it is',
      'i do',
      'i would',
      'affirmative',
      'uh huh',
      'mhm',
      'no problem',
      'no worries',
      'why not',
      'not a problem',
      'no objections',
      'great',
      'you got it',
      'i think so',
      'i guess so',
      'mm hmm',
      'mmhmm',
      'i said yes',
    ],
    no: [
      'no',
      'nope',
      'nah',
      'not really',
      'absolutely not',
      'definitely not',
      'of course not',
      'sure not',
      'not at all',
      'thats wrong',
      'its wrong',
      'wrong',
      'incorrect',
      'negative',
      'never',
      'dont think so',
      'no thank you',
      'no thanks',
      'id rather not',
      'no way',
      'certainly not',
      'uh uh',
    ],
    negators: [
      'not',
      'dont',
      'isnt',
      'wasnt',
      'doesnt',
      'wont',
      'cant',
      'not quite',
      'not exactly',
      'not really',
    ],
    unclear: [
      'not sure',
      'not really sure',
      'not quite sure',
      'not so sure',
      'not too sure',
      'not certain',
      'not necessarily',
      'dont know',
      'do not know',
      'dont mind',
      'dont care',
      'do not mind',
      'no idea',
      'no preference',
      'no matter',
      'maybe',
      'perhaps',
      'depends',
    ],
  },
  es: {
    yes: [
      'si',
      'claro',
      'claro que si',
      'correcto',
      'vale',
      'exacto',
      'por supuesto',
      'de acuerdo',
      'no hay problema',
      'sin problema',
      'como no',
    ],
    no: [
      'no',
      'incorrecto',
      'para nada',
      'claro que no',
      'por supuesto que no',
      'no es correcto',
      'no esta bien',
    ],
    negators: [],
    unclear: [
      'no se',
      'no estoy seguro',
      'no estoy segura',
      'no lo se',
      'tal vez',
      'quiza',
      'quizas',
      'me da igual',
    ],
  },
  fr: {
    yes: [
      'oui',
      'ouais',
      'daccord',
      'exact',
      'tout a fait',
      'bien sur',
      'bien sur que oui',
      'cest ca',
      'pas de probleme',
      'pas de souci',
      'aucun probleme',
      'pourquoi pas',
    ],
    no: ['non', 'pas du tout', 'bien sur que non', 'pas vraiment'],
    negators: ['pas'],
    unclear: ['sais pas', 'pas sur', 'pas sure', 'peut etre', 'ca mest egal'],
  },
  de: {
    yes: [
      'ja',
      'jawohl',
      'genau',
      'stimmt',
      'richtig',
      'gerne',
      'klar',
      'naturlich',
      'selbstverstandlich',
      'kein problem',
      'warum nicht',
      'in ordnung',
    ],
    no: [
      'nein',
      'ne',
      'nee',
      'falsch',
      'auf keinen fall',
      'naturlich nicht',
      'lieber nicht',
      'auf gar keinen fall',
    ],
    negators: ['nicht'],
    unclear: [
      'weiß nicht',
      'weiss nicht',
      'weiß ich nicht',
      'nicht sicher',
      'keine ahnung',
      'vielleicht',
      'egal',
    ],
  },
};

/** "Yes… no, wait, no": only what comes at once after one of these counts. */
const CORRECTIONS = ['wait', 'sorry', 'i mean', 'i meant', 'actually', 'rather', 'scratch that'];

type Verdict = 'yes' | 'no' | 'not' | 'unclear' | 'correction';
interface Match {
  verdict: Verdict;
  at: number;
  end: number;
}

/**
 * Yes, no or neither, and what was said besides: "no, it's Thursday" → no, "it's Thursday". An answer that says both
 * is neither, and so is one in doubt: "no, go ahead", "I'm not sure".
 */
export function parseYesNo(said: string, language: string): { answer: boolean | undefined; rest: string } {
  const words = tokens(said);
  const known = WORDS[language.slice(0, 2).toLowerCase()] ?? WORDS['en'];
  const unclear = { answer: undefined, rest: said.trim() };
  if (known === undefined) return unclear;
  const matches = sinceCorrection(negated(matchesIn(words, known)));
  const verdicts = new Set(matches.map(({ verdict }) => verdict));
  const [verdict] = verdicts;
  if (verdicts.size !== 1 || (verdict !== 'yes' && verdict !== 'no')) return unclear;
  let end = matches[0]?.end ?? 0;
  for (const match of matches) if (match.at === end) end = match.end;
  return { answer: verdict === 'yes', rest: restAsSaid(said, words.slice(end).join(' ')) };
}

/** A slot's value: true or false. */
export function parseYesNoSlot(said: string, language: string): EntityResult {
  const { answer } = parseYesNo(said, language);
  return answer === undefined ? NONE : found(answer);
}

/** The phrases in a text, from its beginning; where two begin together, the longer. */
function matchesIn(words: readonly string[], { yes, no, negators, unclear }: Words): Match[] {
  const phrases = (list: readonly string[], verdict: Verdict) =>
    list.map((phrase) => ({ parts: tokens(phrase), verdict }));
  const all = [
    ...phrases(negators, 'not'),
    ...phrases(yes, 'yes'),
    ...phrases(no, 'no'),
    ...phrases(unclear, 'unclear'),
    ...phrases(CORRECTIONS, 'correction'),
  ].sort((a, b) => b.parts.length - a.parts.length);
  const matches: Match[] = [];
  for (let at = 0; at < words.length; ) {
    const match = all.find(({ parts }) => parts.every((part, index) => words[at + index] === part));
    const end = at + (match?.parts.length ?? 1);
    if (match !== undefined) matches.push({ verdict: match.verdict, at, end });
    at = end;
  }
  return matches;
}

/** "Not right" and "sure isn't" are no. */
function negated(matches: readonly Match[]): Match[] {
  const joined: Match[] = [];
  for (const match of matches) {
    const last = joined.at(-1);
    const isBeside = last !== undefined && last.end === match.at;
    const isTurned =
      isBeside &&
      (last.verdict === 'not' ? match.verdict === 'yes' : last.verdict === 'yes' && match.verdict === 'not');
    if (isTurned) joined[joined.length - 1] = { verdict: 'no', at: last.at, end: match.end };
    else joined.push(match);
  }
  return joined.map((match) => (match.verdict === 'not' ? { ...match, verdict: 'no' } : match));
}

/** What counts of an answer that was taken back, where an answer follows at once. */
function sinceCorrection(matches: readonly Match[]): Match[] {
  const at = matches.findLastIndex(
    ({ verdict, end }, index) => verdict === 'correction' && matches[index + 1]?.at === end,
  );
  return matches.slice(at + 1).filter(({ verdict }) => verdict !== 'correction');
}

/** The end of the text in its own spelling: as many words as the rest has. */
function restAsSaid(said: string, rest: string): string {
  if (rest === '') return '';
  const words = said.trim().split(/\s+/);
  for (let count = 1; count <= words.length; count++) {
    const tail = words.slice(-count).join(' ');
    if (tokens(tail).join(' ') === rest) return tail;
  }
  return rest;
}
