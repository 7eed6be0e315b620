/** A flow's variants: each combination of its experiments' arms, checked as a flow of its own. */
import { checkDraft } from './checks.ts';
import { draftOf } from './draft.ts';
import { type Change, changed, MOST_VARIANTS, type Variant, variantsOf } from './experiments.ts';
import { inItsLanguages } from './language-views.ts';
import { type FlowProblem, suggestion } from './problems.ts';
import { editorSchema, type FlowFile, parseFlowFile } from './schema.ts';
import type { Experiments } from './schema-experiments.ts';
import { schemaProblems } from './schema-problems.ts';
import type { YamlSource } from './yaml-source.ts';

/** What makes a flow this one, whichever arm a caller is in; an arm cannot change it. */
const COMMON = ['flow', 'numbers', 'experiments', 'knowledge', 'tests', 'secrets', 'input'];

export interface VariantFile {
  readonly arms: Readonly<Record<string, string>>;
  readonly file: FlowFile;
  /** The same in the other languages of the flow. */
  readonly others: readonly FlowFile[];
}

/**
 * The files of all variants; problems where an arm changes what is not there, or makes the flow wrong. `file`: the flow
 * as it is written, which has passed every check.
 */
export function variantFiles(
  source: YamlSource,
  file: FlowFile,
  env: Readonly<Record<string, string | undefined>>,
): { files: VariantFile[]; problems: FlowProblem[] } {
  const variants = variantsOf(file.experiments);
  if (variants.length > MOST_VARIANTS) {
    const message = `the experiments have ${variants.length} combinations of arms; ${MOST_VARIANTS} at most can be told apart`;
    return { files: [], problems: [source.keyProblem(['experiments'], 'wrong-value', message)] };
  }
  const shared = twiceChanged(source, file.experiments);
  if (shared.length > 0) return { files: [], problems: shared };
  const files: VariantFile[] = [];
  const problems = new Map<string, FlowProblem>();
  for (const variant of variants) {
    const made = variantFile(source, variant, env);
    if (!('problem' in made)) files.push({ arms: variant.arms, ...made });
    // One wrong arm makes every combination wrong that it is in.
    else problems.set(`${made.problem.line}:${made.problem.column}`, made.problem);
  }
  return { files, problems: [...problems.values()] };
}

/** Where two experiments change one value, nobody can say which of them made the difference. */
function twiceChanged(source: YamlSource, experiments: Experiments): FlowProblem[] {
  const owners = new Map<string, string>();
  const places = Object.entries(experiments).flatMap(([experiment, { arms }]) =>
    Object.entries(arms).flatMap(([arm, { set }]) =>
      Object.keys(set).map((place) => ({
        experiment,
        place,
        at: ['experiments', experiment, 'arms', arm, 'set', place],
      })),
    ),
  );
  return places.flatMap(({ experiment, place, at }) => {
    const owner = owners.get(place) ?? experiment;
    owners.set(place, owner);
    if (owner === experiment) return [];
    const message = `"${place}" is changed by the experiment "${owner}" too, so neither could be told apart; put both into one experiment`;
    return [source.keyProblem(at, 'duplicate', message)];
  });
}

function variantFile(
  source: YamlSource,
  { arms, changes }: Variant,
  env: Readonly<Record<string, string | undefined>>,
): Pick<VariantFile, 'file' | 'others'> | { problem: FlowProblem } {
  const common = changes.find(({ path }) => COMMON.includes(path[0] ?? ''));
  if (common !== undefined) return { problem: cannotChange(source, common) };
  const result = changed(source.data, changes);
  if ('lost' in result) return { problem: lost(source, result.lost) };
  const files: FlowFile[] = [];
  for (const view of inItsLanguages(source, result.data).all) {
    const parsed = parseFlowFile(view.data);
    if (!parsed.success) {
      const path = parsed.error.issues[0]?.path.join('.') ?? '';
      const [problem] = schemaProblems(view, parsed.error.issues, editorSchema());
      return {
        problem: blame(source, changeBehind(changes, path), arms, problem?.message ?? `"${path}" is wrong`),
      };
    }
    const error = firstError(view, parsed.data, env);
    if (error !== undefined) {
      const guilty = changesByArm(changes).find((alone) => isWrongAlone(source, alone, env)) ?? changes;
      return { problem: blame(source, guilty.at(-1), arms, error.message) };
    }
    files.push(parsed.data);
  }
  const [file, ...others] = files;
  if (file === undefined) throw new Error('a flow has at least one language');
  return { file, others };
}

function firstError(
  source: YamlSource,
  file: FlowFile,
  env: Readonly<Record<string, string | undefined>>,
): FlowProblem | undefined {
  return checkDraft(draftOf(source, file), env).find(
    ({ severity, code }) => severity === 'error' && code !== 'missing-environment',
  );
}

function changesByArm(changes: readonly Change[]): Change[][] {
  return [...Map.groupBy(changes, ({ at }) => at.slice(0, 4).join('.')).values()];
}

function isWrongAlone(
  source: YamlSource,
  changes: readonly Change[],
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const result = changed(source.data, changes);
  if ('lost' in result) return false;
  return inItsLanguages(source, result.data).all.some((view) => {
    const parsed = parseFlowFile(view.data);
    return parsed.success && firstError(view, parsed.data, env) !== undefined;
  });
}

function cannotChange(source: YamlSource, { at, path }: Change): FlowProblem {
  const message = `"${path[0]}" is the same in all arms of an experiment; an arm can change nodes, texts, voices and settings`;
  return source.keyProblem(at, 'not-allowed', message);
}

function lost(source: YamlSource, { at, path }: Change): FlowProblem {
  const place = path.join('.');
  const near = suggestion(place, placesIn(source.data));
  return source.keyProblem(at, 'wrong-value', `there is no place "${place}" in this file${near}`);
}

function blame(
  source: YamlSource,
  change: Change | undefined,
  arms: Readonly<Record<string, string>>,
  message: string,
): FlowProblem {
  const with_ = Object.entries(arms)
    .map(([name, arm]) => `arm "${arm}" of "${name}"`)
    .join(' and ');
  return source.problem(change?.at ?? ['experiments'], 'wrong-value', `with ${with_}: ${message}`);
}

function changeBehind(changes: readonly Change[], path: string): Change | undefined {
  return changes.find((change) => path.startsWith(change.path.join('.'))) ?? changes.at(-1);
}

/** Every place in the data, as an experiment would name it. */
function placesIn(data: unknown, before = ''): string[] {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => {
    const place = before === '' ? key : `${before}.${key}`;
    return [place, ...placesIn(value, place)];
  });
}
