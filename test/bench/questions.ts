/** What the benchmark's callers ask, and the script of a whole conversation of it. */
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';

type Steps = CallerScriptInput['steps'];

/** Each is answered by a sentence of the flows in `flows/` whose first clause has four tokens. */
const QUESTIONS = [
  ['When do you open', 'on Sunday?'],
  ['Do you have a café', 'in the garden?'],
  ['How do I get there', 'by tram?'],
  ['What do children', 'of a family pay?'],
] as const;
/** One question of so many comes in two pieces, as people speak who think while they do. */
const ONE_IN_HESITANT = 4;
/** Longer than a recogniser takes for a likely end of turn, shorter than it takes for a certain one. */
const HESITATION_MS = 160;
/** The answers of a call to `form`, in the order of its questions. */
const ANSWERS = [
  'No.',
  'Two.',
  'Three.',
  'The afternoon.',
  'Yes, please.',
  'No, thank you.',
  'Yes.',
  'Next Friday.',
  'At three.',
  'Yes.',
];

/** So many questions, beginning with another one for each seed. */
export function questionSteps(count: number, seed: number): Steps {
  const steps = Array.from({ length: count }, (_, i): Steps => {
    const [start, end] = QUESTIONS[(i + seed) % QUESTIONS.length] ?? QUESTIONS[0];
    if ((i + seed) % ONE_IN_HESITANT !== ONE_IN_HESITANT - 1) return [{ say: `${start} ${end}` }];
    return [{ say: start }, { say: end, when: { afterMs: HESITATION_MS } }];
  });
  return [...steps.flat(), { hangUp: true }];
}

/** Everything that the form asks; the agent ends the call. */
export function formSteps(): Steps {
  return ANSWERS.map((say) => ({ say }));
}
