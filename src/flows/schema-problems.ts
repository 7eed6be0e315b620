/** Turns what zod says of a flow file into sentences for the person who wrote it, with positions and suggestions. */
import type { z } from 'zod';
import { meantBy } from './meant-values.ts';
import { keyElsewhere, typeElsewhere } from './meant-words.ts';
import { asMap, subjectOf, valueAt } from './plain-data.ts';
import { type FlowProblem, list, nearest, suggestion } from './problems.ts';
import type { Path, YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/**
 * One mistake is told once: a misspelt key does not also miss, and what is missing in the same place is one problem.
 *
 * @param jsonSchema of the whole file: it knows which keys may stand where.
 */
export function schemaProblems(
  source: YamlSource,
  issues: readonly Issue[],
  jsonSchema: unknown,
): FlowProblem[] {
  const found = issues.flatMap((issue) => findings(source, issue, issue.path, jsonSchema));
  const byMap = Map.groupBy(found, ({ map }) => subjectOf(map));
  const problems = [...byMap.values()].flatMap((inMap) => oneMap(source, inMap));
  // Two tellings of one place are one mistake; so are two of one bad name, where it is declared and where it is used.
  const told = new Set<string>();
  return problems.filter(({ line, column, message, code }) => {
    const name = code === 'wrong-value' ? /^the name "[^"]*"/.exec(message)?.[0] : undefined;
    const marks = [`${line}:${column}`, ...(name === undefined ? [] : [name])];
    const isNew = marks.every((mark) => !told.has(mark));
    for (const mark of marks) told.add(mark);
    return isNew;
  });
}

/** What an issue says of a map, before what several of them have in common is seen. */
interface Finding {
  /** The map that the key stands in, or should. */
  map: Path;
  key: string;
  kind: 'unknown' | 'missing' | 'empty' | 'other';
  /** Of an unknown key: what may stand there. */
  known: readonly string[];
  problem: FlowProblem;
}

function findings(source: YamlSource, issue: Issue, path: Path, jsonSchema: unknown): Finding[] {
  const value = valueAt(source.data, path);
  const finding = (kind: Finding['kind'], problem: FlowProblem): Finding => ({
    map: path.slice(0, -1),
    key: String(path.at(-1)),
    kind,
    known: [],
    problem,
  });
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(jsonSchema, source.data, path);
    return issue.keys.map((key) => {
      const message = unknownKey(source, path, key, known);
      const problem = source.keyProblem([...path, key], 'unknown-key', message);
      return { map: path, key, kind: 'unknown', known, problem };
    });
  }
  if (issue.code === 'invalid_union') {
    const branch = likelyBranch(issue.errors);
    // Where every way of writing it failed as a whole, the sentence about all of them says more.
    const isWhole =
      branch?.every((inner) => inner.path.length === 0) === true && issue.message.startsWith('must ');
    if (branch !== undefined && !isWhole)
      return branch.flatMap((inner) => findings(source, inner, [...path, ...inner.path], jsonSchema));
  }
  if (issue.code === 'invalid_key') {
    const name = String(path.at(-1));
    const [inner] = issue.issues;
    const reason = inner === undefined ? 'is not a valid name' : expectation(inner, name, { got: false });
    const message = `the name "${name}" ${reason}${keyName(path, name)}`;
    return [finding('other', source.keyProblem(path, 'wrong-value', message))];
  }
  if (value === undefined) return [finding('missing', source.problem(path, 'missing-key', missing(path)))];
  if (value === null) {
    const why = source.isCommentedOut(path)
      ? '; # begins a comment, so a text with it must be in quotes'
      : emptyMeant(path);
    return [finding('empty', source.problem(path, 'wrong-value', `"${subjectOf(path)}" has no value${why}`))];
  }
  const message = `"${subjectOf(path)}" ${expectation(issue, value)}${exampleOf(issue, path)}`;
  return [finding('other', source.problem(path, 'wrong-value', message))];
}

/** Where what is named may be empty: an option is known by its name alone. */
const MAY_BE_EMPTY: ReadonlySet<PropertyKey> = new Set([
  'options',
  'choices',
  'handlers',
  'languages',
  'arms',
]);

function emptyMeant(path: Path): string {
  if (path.at(-1) === 'next' || path.at(-2) === 'next') return '; write the name of the node it leads to';
  const isNamed = MAY_BE_EMPTY.has(path.at(-2) ?? '');
  return isNamed ? `; write "${String(path.at(-1))}: {}" where there is nothing more to say of it` : '';
}

/** Lists of maps look like nothing else in a flow. */
const LISTS: Readonly<Record<string, string>> = {
  guards: '[{ when: slots.order, otherwise: Ask for the order first. }]',
  validate: '[{ when: "value > 8", say: "That is too many." }]',
};

function exampleOf(issue: Issue, path: Path): string {
  const example = LISTS[String(path.at(-1))];
  const isList = issue.code === 'invalid_type' && issue.expected === 'array';
  return isList && example !== undefined ? `, such as ${example}` : '';
}

/** The problems of one map: keys that nobody knows and keys that are missing are often one mistake. */
function oneMap(source: YamlSource, inMap: readonly Finding[]): FlowProblem[] {
  const of = (kind: Finding['kind']): Finding[] => inMap.filter((each) => each.kind === kind);
  const unknown = of('unknown');
  const missed = of('missing');
  const empty = of('empty')[0];
  const others = of('other').map(({ problem }) => problem);
  const [first] = unknown;
  const holds = first === undefined ? {} : asMap(valueAt(source.data, first.map));
  if (first !== undefined && empty !== undefined && isMapOfMaps(holds[first.key])) {
    const message = `"${first.key}" stands beside "${empty.key}", which has no value; indent what belongs to "${empty.key}"`;
    return [...others, source.keyProblem([...first.map, first.key], 'wrong-value', message)];
  }
  const meant = unknown.map(({ key, known }) =>
    meantKey(
      key,
      known.filter((each) => !Object.hasOwn(holds, each)),
    ),
  );
  const left = missed.filter(({ key }) => !meant.includes(key));
  const [lacking] = left;
  if (first !== undefined && unknown.length === 1 && lacking !== undefined && left.length === 1) {
    const where = first.map.length === 0 ? 'a flow' : `"${subjectOf(first.map)}"`;
    const message = `unknown key "${first.key}" in ${where}, which has no "${lacking.key}"; did you mean "${lacking.key}"?`;
    return [...others, source.keyProblem([...first.map, first.key], 'unknown-key', message)];
  }
  return [
    ...others,
    ...unknown.map(({ problem }) => problem),
    ...of('empty').map(({ problem }) => problem),
    ...together(source, left),
  ];
}

/** What is missing in one place is one problem. */
function together(source: YamlSource, missed: readonly Finding[]): FlowProblem[] {
  const [first] = missed;
  if (first === undefined || missed.length === 1 || first.map[2] === 'next')
    return missed.map(({ problem }) => problem);
  const keys = list(
    missed.map(({ key }) => `"${key}"`),
    'and no',
  ).replaceAll(', ', ', no ');
  const subject = first.map.length === 0 ? 'the flow' : `"${subjectOf(first.map)}"`;
  return [source.problem([...first.map, first.key], 'missing-key', `${subject} has no ${keys}`)];
}

function meantKey(key: string, known: readonly string[]): string | undefined {
  return keyElsewhere(key, known) ?? nearest(key, known);
}

function isMapOfMaps(value: unknown): boolean {
  return Object.keys(asMap(value)).length > 0;
}

/** An option that is called by its key. */
function keyName(path: Path, name: string): string {
  const isOption = ['options', 'choices'].includes(String(path.at(-2)));
  return isOption && /^[0-9*#]$/.test(name) ? `; name it in words, and give it key: "${name}"` : '';
}

/** `Day` → `day`, `my day` → `my_day` */
function nameSuggestion(name: string, reason: string): string {
  if (!reason.startsWith('must ') || !reason.includes('hold only')) return '';
  const plain = name
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, reason.includes('and _') ? '$1_$2' : '$1-$2')
    .toLowerCase()
    .replaceAll(/[\s.]+/g, reason.includes('and _') ? '_' : '-');
  return plain !== name && /^[a-z][a-z0-9_-]*$/.test(plain) ? `; did you mean "${plain}"?` : '';
}

/** @param options `got: false` where the value has been named already. */
function expectation(issue: Issue, value: unknown, options = { got: true }): string {
  const got = options.got ? gotten(value) : '';
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.includes('phone number')) return `${issue.message}${got}${numberMeant(value)}`;
      if (issue.expected === 'string' && typeof value === 'number')
        return `must be text: write it in quotes, "${value}"`;
      if (issue.expected === 'string' && typeof value === 'boolean')
        return `must be text: write it in quotes, "${value}"`;
      return `must be ${KINDS[issue.expected] ?? issue.expected}${got}${issue.expected === 'boolean' ? booleanMeant(value) : ''}`;
    case 'invalid_value': {
      const known = issue.values.map(String);
      return `must be ${list(known)}${got}${typeof value === 'string' ? oneOf(value, known) : ''}`;
    }
    case 'invalid_union': {
      const known = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      if (known.length === 0 || typeof value !== 'string')
        return `${issue.message.replace(/^type /, '')}${got}`;
      return `must be ${list(known)}${got}${oneOf(value, known)}`;
    }
    case 'too_small':
    case 'too_big':
      return issue.message.startsWith('Too ')
        ? plainBound(issue, got)
        : `${issue.message}${typeof value === 'object' ? '' : got}`;
    default:
      return `${issue.message}${typeof value === 'object' ? '' : got}${meantValue(issue, value)}`;
  }
}

/** The one of these that was probably meant. */
function oneOf(value: string, known: readonly string[]): string {
  return suggestion(typeElsewhere(value, known) ?? value, known);
}

/** `, not "Hello"`: what is there, where that helps. */
function gotten(value: unknown): string {
  if (typeof value === 'object') return `, not ${kindOf(value)}`;
  const got = value === '' ? '' : `, not ${JSON.stringify(value)}`;
  return got.length > 80 ? '' : got;
}

/** A phone number that lost its plus. */
function numberMeant(value: unknown): string {
  const number = `+${String(value)}`;
  return /^\+[1-9]\d{9,14}$/.test(number) ? `; did you mean "${number}"?` : '';
}

/** YAML 1.1 had more words for true and false. */
function booleanMeant(value: unknown): string {
  if (/^(?:y|yes|on)$/i.test(String(value))) return '; did you mean true?';
  return /^(?:n|no|off)$/i.test(String(value)) ? '; did you mean false?' : '';
}

/** What was probably meant by a value that a rule of the schema refused. */
function meantValue(issue: Issue, value: unknown): string {
  if (typeof value !== 'string' || issue.code === 'invalid_union') return '';
  const meant = meantBy(issue.message, value);
  if (meant !== undefined) return `; did you mean "${meant}"?`;
  return nameSuggestion(value, issue.message);
}

function plainBound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>, got: string): string {
  if (issue.code === 'too_small' && issue.minimum === 1 && issue.origin === 'string')
    return 'must not be empty';
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === 'array') return `must have ${bound} ${bound.endsWith(' 1') ? 'entry' : 'entries'}`;
  return issue.origin === 'string' ? `must have ${bound} characters` : `must be ${bound}${got}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list (lines that begin with "- ")',
  object: 'a map (lines of "key: value")',
  record: 'a map (lines of "key: value")',
};

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : 'a map';
}

function unknownKey(source: YamlSource, path: Path, key: string, all: readonly string[]): string {
  const holds = asMap(valueAt(source.data, path));
  const known = all.filter((each) => !Object.hasOwn(holds, each));
  const [top, name, field] = path;
  if (top === 'nodes' && field === 'next' && path.length === 3) {
    return `node "${String(name)}" can never end with "${key}"; it ends with ${list(all)}${suggestion(key, known)}`;
  }
  const where = path.length === 0 ? 'a flow' : `"${subjectOf(path)}"`;
  if (source.isBareWord([...path, key]))
    return `unknown key "${key}" in ${where}; a text that holds a comma must be in quotes here`;
  const meant = meantKey(key, known) ?? meantKey(key, all);
  const near = meant === undefined ? '' : `; did you mean "${meant}"?`;
  return `unknown key "${key}" in ${where}${near === '' && all.length > 0 ? `; it may hold ${list(all)}` : near}`;
}

function missing(path: Path): string {
  const key = String(path.at(-1));
  const [top, name, field] = path;
  if (top === 'nodes' && field === 'next' && path.length === 4) {
    return `node "${String(name)}" can end with "${key}", and its next does not say where that leads`;
  }
  if (path.length === 1) return `the flow has no "${key}"`;
  return `"${subjectOf(path.slice(0, -1))}" has no "${key}"`;
}

/** The alternative that was probably meant: the first one that did not already fail on its outermost type. */
function likelyBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const open = branches.filter((branch) => !branch.some(isOutermost));
  return open.toSorted((a, b) => depth(b) - depth(a))[0];
}

function isOutermost(issue: Issue): boolean {
  const wrongKind =
    issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
  if (wrongKind && issue.path.length === 0) return true;
  // A whole JSON Schema announces itself with `type: object`.
  return (
    issue.code === 'invalid_value' &&
    issue.path.length === 1 &&
    issue.path[0] === 'type' &&
    issue.values[0] === 'object'
  );
}

function depth(branch: readonly Issue[]): number {
  return Math.max(0, ...branch.map((issue) => issue.path.length));
}

/** The keys that may stand at a path, read off the JSON Schema along the data. */
function knownKeys(schema: unknown, data: unknown, path: Path): string[] {
  let candidates = alternatives(schema, data);
  let value = data;
  for (const part of path) {
    value = valueAt(value, [part]);
    candidates = candidates
      .flatMap((candidate) => childSchemas(candidate, part))
      .flatMap((child) => alternatives(child, value));
  }
  return [...new Set(candidates.flatMap((candidate) => Object.keys(asMap(candidate['properties']))))];
}

function childSchemas(schema: Record<string, unknown>, part: PropertyKey): unknown[] {
  if (typeof part === 'number') return [schema['items']];
  const properties = asMap(schema['properties']);
  const own = Object.hasOwn(properties, part) ? properties[String(part)] : schema['additionalProperties'];
  return [own];
}

function alternatives(schema: unknown, value: unknown): Record<string, unknown>[] {
  const object = asMap(schema);
  const several = object['oneOf'] ?? object['anyOf'];
  if (!Array.isArray(several)) return [object];
  const type = valueAt(value, ['type']);
  const all = several.map(asMap);
  const typed = all.filter(
    (one) => type !== undefined && valueAt(one, ['properties', 'type', 'const']) === type,
  );
  return typed.length > 0 ? typed : all;
}
