/**
 * Guards: conditions on the conversation that must hold before a tool runs or an agent may end its step. They see what
 * conditions see, and two facts no model can make up: `confirmed.SLOT`, read back and agreed to, and `said`, what was
 * last said.
 */
import { isDoubtful, parseYesNo } from '../entities/yes-no.ts';
import type { Guard } from '../flow.ts';
import type { State } from '../state.ts';
import type { Step } from '../step.ts';

/** What the caller's last turn was; an agent's own goodbye is seen as it is said. */
export type Said = State['said'];

/** Words of parting that are hardly ever said for anything else, by language. */
const GOODBYES: Readonly<Record<string, readonly string[]>> = {
  de: ['auf wiederhören', 'auf wiedersehen', 'wiederhören', 'tschüss', 'tschüs', 'tschau', 'ciao', 'ade'],
  en: [
    'goodbye',
    'good bye',
    'bye',
    'bye bye',
    'good night',
    'have a nice day',
    'have a good day',
    'farewell',
  ],
  es: ['adiós', 'adios', 'hasta luego', 'hasta pronto', 'hasta mañana', 'chao', 'chau'],
  fr: ['au revoir', 'bonne journée', 'bonne soirée', 'salut', 'à bientôt', 'adieu'],
  it: ['arrivederci', 'arrivederla', 'ciao', 'addio', 'buona giornata', 'a presto'],
  nl: ['tot ziens', 'dag', 'doei', 'tot straks', 'fijne dag'],
  pt: ['adeus', 'tchau', 'até logo', 'até breve', 'até mais'],
};

const patterns = new Map<string, RegExp>();

export const NOTHING_SAID: Said = { goodbye: false, yes: false, no: false };

/** What a turn of the caller's says; `language`: BCP 47. */
export function saidIn(text: string, language: string): Said {
  const { answer, rest } = parseYesNo(text, language);
  return {
    goodbye: hasGoodbye(text, language),
    yes: answer === true && !isDoubtful(rest),
    no: answer === false,
  };
}

/** What the model is told where a guard does not hold; undefined where all do. The refusal is noted. */
export function unmetGuard(step: Step, what: string, guards: readonly Guard[]): string | undefined {
  const { confirmed, said, saidSinceCaller } = step.state;
  const facts = {
    confirmed,
    said: { ...said, goodbye: said.goodbye || hasGoodbye(saidSinceCaller, step.flow.file.language) },
  };
  const unmet = guards.find(({ when }) => !step.holds(when, facts));
  if (unmet === undefined) return undefined;
  step.problem(`${what} was refused: "${unmet.when}" does not hold`);
  return unmet.otherwise;
}

/** Everybody's English goodbyes are understood: they are heard in every language. */
function hasGoodbye(text: string, language: string): boolean {
  const [primary = 'en'] = language.toLowerCase().split('-');
  const known = patterns.get(primary) ?? goodbyePattern(primary);
  patterns.set(primary, known);
  return known.test(text);
}

function goodbyePattern(language: string): RegExp {
  const words = new Set([...(GOODBYES[language] ?? []), ...(GOODBYES['en'] ?? [])]);
  const any = [...words].map((word) => word.replaceAll(' ', String.raw`[\s,-]+`)).join('|');
  return new RegExp(String.raw`(?<!\p{L})(?:${any})(?!\p{L})`, 'iu');
}
