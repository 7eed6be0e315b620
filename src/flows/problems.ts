/** What can be wrong with a flow file, and how it is told: always with file, line and column. */
import { closest, distance } from 'fastest-levenshtein';

/** A longer word is no slip of the pen, and comparing it costs too much. */
const MOST_SUGGESTED_CHARACTERS = 64;
const MOST_CANDIDATES = 1000;

/** Stable words for kinds of problems; a program may act on them. */
export type FlowProblemCode =
  | 'unreadable'
  | 'not-yaml'
  | 'not-allowed'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-value'
  | 'unknown-node'
  | 'unknown-tool'
  | 'unknown-outcome'
  | 'missing-outcome'
  | 'duplicate'
  | 'bad-template'
  | 'bad-schema'
  | 'missing-environment'
  | 'unknown-flow'
  | 'cyclic-subflow'
  | 'broken-subflow'
  | 'unreachable-node'
  | 'no-way-out'
  | 'endless-loop'
  | 'unset-slot'
  | 'too-long'
  | 'ambiguous-words'
  | 'shadowed'
  | 'unknown-model'
  | 'no-effect'
  | 'unused';

/** One thing wrong. `line` and `column` count from 1. Warnings do not stop a flow from taking calls. */
export interface FlowProblem {
  code: FlowProblemCode;
  severity: 'error' | 'warning';
  file: string;
  line: number;
  column: number;
  message: string;
}

/** `flows/dental-reception.yaml:14:5: node "book" goes to "confrim", which does not exist; …` */
export function formatProblem(problem: FlowProblem): string {
  const warning = problem.severity === 'warning' ? 'warning: ' : '';
  return `${problem.file}:${problem.line}:${problem.column}: ${warning}${problem.message}`;
}

/** Flow files that cannot take calls. `problems` holds every error that was found, in the order of the files. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  readonly code = 'flow-invalid';
  readonly problems: readonly FlowProblem[];
  constructor(problems: readonly FlowProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** `; did you mean "confirm"?`, or nothing where no known word is near. */
export function suggestion(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** The known word that was probably meant: another spelling, two letters swapped, or a slip or two. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const all = [...known];
  const isCostly = word.length > MOST_SUGGESTED_CHARACTERS || all.length > MOST_CANDIDATES;
  if (all.length === 0 || isCostly) return undefined;
  const alike =
    all.find((candidate) => fold(candidate) === fold(word)) ??
    all.find((candidate) => letters(candidate) === letters(word));
  if (alike !== undefined) return alike;
  const candidate = closest(word, all);
  return distance(word, candidate) <= Math.max(1, Math.floor(word.length / 3)) ? candidate : undefined;
}

/** `a, b or c` */
export function list(words: Iterable<string>, last = 'or'): string {
  const all = [...words];
  if (all.length < 2) return all.join('');
  return `${all.slice(0, -1).join(', ')} ${last} ${all.at(-1)}`;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
}

function letters(word: string): string {
  return [...fold(word)].sort().join('');
}
