/** Turns what zod says of a flow file into sentences for the person who wrote it, with positions and suggestions. */
import type { z } from 'zod';
import { type FlowProblem, list, nearest, suggestion } from './problems.ts';
import type { Path, YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** @param jsonSchema of the whole file: it knows which keys may stand where. */
export function schemaProblems(
  source: YamlSource,
  issues: readonly Issue[],
  jsonSchema: unknown,
): FlowProblem[] {
  const problems = issues.flatMap((issue) => issueProblems(source, issue, issue.path, jsonSchema));
  // "nxt" is unknown and "next" is missing: one mistake, told once.
  const meant = new Set(problems.map(({ meant: key }) => key).filter((key) => key !== undefined));
  return problems
    .filter(({ lacks }) => lacks === undefined || !meant.has(lacks))
    .map(({ problem }) => problem);
}

/** `meant`: the key an unknown one was meant to be; `lacks`: the key that is missing. Both as whole paths. */
interface Told {
  problem: FlowProblem;
  meant?: string;
  lacks?: string;
}

function issueProblems(source: YamlSource, issue: Issue, path: Path, jsonSchema: unknown): Told[] {
  const value = valueAt(source.data, path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(jsonSchema, source.data, path);
    return issue.keys.map((key) => {
      const problem = source.keyProblem([...path, key], 'unknown-key', unknownKey(path, key, known));
      const meant = nearest(key, known);
      return { problem, ...(meant === undefined ? {} : { meant: subjectOf([...path, meant]) }) };
    });
  }
  if (issue.code === 'invalid_union') {
    const branch = likelyBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) => issueProblems(source, inner, [...path, ...inner.path], jsonSchema));
    }
  }
  if (issue.code === 'invalid_key') {
    const reason = issue.issues[0]?.message ?? 'is not a valid name';
    return [
      { problem: source.keyProblem(path, 'wrong-value', `the name "${String(path.at(-1))}" ${reason}`) },
    ];
  }
  if (value === undefined) {
    return [{ problem: source.problem(path, 'missing-key', missing(path)), lacks: subjectOf(path) }];
  }
  const message = value === null ? 'has no value' : expectation(issue, value);
  return [{ problem: source.problem(path, 'wrong-value', `"${subjectOf(path)}" ${message}`) }];
}

function expectation(issue: Issue, value: unknown): string {
  const got = typeof value === 'object' || value === '' ? '' : `, not ${JSON.stringify(value)}`;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'string' && typeof value === 'number')
        return `must be text: write it in quotes, "${value}"`;
      if (issue.expected === 'string' && typeof value === 'boolean')
        return `must be text: write it in quotes, "${value}"`;
      return `must be ${KINDS[issue.expected] ?? issue.expected}${typeof value === 'object' ? `, not ${kindOf(value)}` : got}`;
    case 'invalid_value': {
      const known = issue.values.map(String);
      return `must be ${list(known)}${got}${typeof value === 'string' ? suggestion(value, known) : ''}`;
    }
    case 'invalid_union': {
      const known = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      if (known.length === 0 || typeof value !== 'string')
        return `${issue.message.replace(/^type /, '')}${got}`;
      return `must be ${list(known)}${got}${suggestion(value, known)}`;
    }
    case 'too_small':
    case 'too_big':
      return issue.message.startsWith('Too ') ? plainBound(issue) : `${issue.message}${got}`;
    default:
      return `${issue.message}${got.length > 80 ? '' : got}`;
  }
}

function plainBound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === 'array') return `must have ${bound} ${bound.endsWith(' 1') ? 'entry' : 'entries'}`;
  return issue.origin === 'string' ? `must have ${bound} characters` : `must be ${bound}`;
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

function unknownKey(path: Path, key: string, known: readonly string[]): string {
  const [top, name, field] = path;
  if (top === 'nodes' && field === 'next' && path.length === 3) {
    return `node "${String(name)}" can never end with "${key}"; it ends with ${list(known)}${suggestion(key, known)}`;
  }
  const where = path.length === 0 ? 'a flow' : `"${subjectOf(path)}"`;
  const near = suggestion(key, known);
  return `unknown key "${key}" in ${where}${near === '' && known.length > 0 ? `; it may hold ${list(known)}` : near}`;
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

/** `nodes.book.next`, `nodes.name.slots[0].ask` */
function subjectOf(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
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

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part]; // an own property, just checked
  }
  return value;
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
  return [...new Set(candidates.flatMap((candidate) => Object.keys(asObject(candidate['properties']))))];
}

function childSchemas(schema: Record<string, unknown>, part: PropertyKey): unknown[] {
  if (typeof part === 'number') return [schema['items']];
  const properties = asObject(schema['properties']);
  const own = Object.hasOwn(properties, part) ? properties[String(part)] : schema['additionalProperties'];
  return [own];
}

function alternatives(schema: unknown, value: unknown): Record<string, unknown>[] {
  const object = asObject(schema);
  const several = object['oneOf'] ?? object['anyOf'];
  if (!Array.isArray(several)) return [object];
  const type = valueAt(value, ['type']);
  const all = several.map(asObject);
  const typed = all.filter(
    (one) => type !== undefined && valueAt(one, ['properties', 'type', 'const']) === type,
  );
  return typed.length > 0 ? typed : all;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}; // any object can be read by key
}
