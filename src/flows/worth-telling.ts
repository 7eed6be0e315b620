/** Which of all the problems found are told: each mistake once, errors before doubts, and no more than anybody reads. */
import type { FlowProblem } from './problems.ts';

/** Who has that many mends the first of them and looks again. */
const MOST_PROBLEMS = 100;

/** Whether a file is fit to be judged as a whole: nothing but the environment is wrong, and that may be another's. */
export function isSound(problems: readonly FlowProblem[]): boolean {
  return problems.every(isOfEnvironment);
}

/** In the order of the file. Warnings only where nothing is wrong: most would follow from what is. */
export function worthTelling(problems: readonly FlowProblem[]): FlowProblem[] {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const told = isSound(errors) ? problems : onePerPlace(errors);
  const ordered = told.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const next = ordered[MOST_PROBLEMS];
  if (next === undefined) return ordered;
  const more = { ...next, message: `and ${ordered.length - MOST_PROBLEMS} problems more from here on` };
  return [...ordered.slice(0, MOST_PROBLEMS), more];
}

function isOfEnvironment({ code }: FlowProblem): boolean {
  return code === 'missing-environment';
}

/** What is wrong at one place is one mistake: what else is said of it mostly follows. */
function onePerPlace(errors: readonly FlowProblem[]): FlowProblem[] {
  const places = new Set<string>();
  return errors.filter(({ line, column }) => {
    const place = `${line}:${column}`;
    const isNew = !places.has(place);
    places.add(place);
    return isNew;
  });
}
